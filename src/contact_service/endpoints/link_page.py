"""The page a browser sees that comes back from a provider without an app to go on to. Nothing it sent is on it."""

from types import MappingProxyType

from contact_service.actions.idempotency import Answer

HEADERS = MappingProxyType(
    {
        "Content-Type": "text/html; charset=utf-8",
        # The address has the provider's code in it.
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }
)
_DONE = ("Your account is connected", "You can close this page and go back to the app.")
_OTHER = ("Your account was not connected", "Please begin again in the app.")
_TOLD = {
    "": _DONE,
    "access-denied": (
        "Your account was not connected",
        "You chose not to allow it. Nothing was read.",
    ),
    "scopes-not-granted": (
        "Your account was not connected",
        "The permission to read contacts was not given. Begin again in the app and leave its box ticked.",
    ),
    "link-refused": (
        "This link cannot be used",
        "It was used before, has expired, or was begun in another browser. Please begin again in the app.",
    ),
    "unavailable": (
        "The provider did not answer",
        "Please wait a moment and begin again in the app.",
    ),
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}</style>
<h1>{title}</h1>
<p>{text}</p>
<p><a href="/app/accounts">To the accounts</a></p>
</html>
"""


def answer(slug: str) -> Answer:
    """The page for what became of the link: "" is that it is linked."""
    title, text = _TOLD.get(slug, _OTHER)
    status = 200 if slug in ("", "access-denied") else 400
    return Answer(status, dict(HEADERS), _PAGE.format(title=title, text=text).encode())
