"""The page on which a person lets an app in, or does not."""

from html import escape

from contact_emulators.answers import UNCHECKED, Answer

_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body {{ font: 1rem/1.5 system-ui; max-width: 32rem; margin: 4rem auto; padding: 0 1rem }}
label {{ display: block }} button {{ font: inherit; padding: .5rem 1rem; margin: 1rem .5rem 0 0 }}</style>
<h1>{title}</h1>
{rest}
</html>
"""


def asking(provider: str, client: str, scopes: tuple[str, ...], wish: str) -> Answer:
    """What the app asks for, each scope with a box that can be unticked."""
    boxes = "\n".join(
        f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked> {escape(scope)}</label>'
        for scope in scopes
    )
    form = f"""<p>This stands in for the real one: nothing leaves this machine.</p>
<p><b>{escape(client)}</b> wants to:</p>
<form method="post">
<input type="hidden" name="wish" value="{escape(wish)}">
{boxes}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>"""
    return _page(f"Sign in at {provider}", form, 200)


def wrong(reason: str) -> Answer:
    """The app's request cannot be answered; it is not told, the person is."""
    return _page("Access blocked", f"<p>Error: {escape(reason)}</p>", 400)


def _page(title: str, rest: str, status: int) -> Answer:
    body = _PAGE.format(title=escape(title), rest=rest).encode()
    return Answer(body, status, _HEADERS, schema=UNCHECKED)
