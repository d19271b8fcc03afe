"""The settings of the providers whose contacts are imported: rows of the table, and one App a provider made of them.

How an app is registered at each provider: docs/how-to/connect-providers.md.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from contact_service.settings import kinds
from contact_service.settings.setting import Setting

NAMES = ("google", "microsoft", "facebook", "x")
_MOST_CENTS = 10**9

# authorize, token, revoke, api; "" where the provider has none.
_URLS = {
    "google": (
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com/revoke",
        "https://people.googleapis.com",
    ),
    "microsoft": (
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "",
        "https://graph.microsoft.com/v1.0",
    ),
    "facebook": (
        "https://www.facebook.com/v23.0/dialog/oauth",
        "https://graph.facebook.com/v23.0/oauth/access_token",
        "https://graph.facebook.com/v23.0/me/permissions",
        "https://graph.facebook.com/v23.0",
    ),
    "x": (
        "https://x.com/i/oauth2/authorize",
        "https://api.x.com/2/oauth2/token",
        "https://api.x.com/2/oauth2/revoke",
        "https://api.x.com/2",
    ),
}
_SHOWN = {"google": "Google", "microsoft": "Microsoft", "facebook": "Facebook", "x": "X"}


class App(msgspec.Struct, frozen=True):
    """This installation's app at a provider; `client_id` None: it is not offered. The repr shows no secret."""

    client_id: str | None = None
    client_secret: str | None = None
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str | None = None
    api_url: str = ""

    def __repr__(self) -> str:
        return f"App(client_id={self.client_id!r}, api_url={self.api_url!r})"


def taken(values: dict[str, Any]) -> dict[str, App]:
    """The Apps by provider, taken out of the values of the table."""
    made = {}
    for name in NAMES:
        fields = {field: values.pop(f"{name}_{field}") for field in App.__struct_fields__}
        fields["api_url"] = fields["api_url"].rstrip("/")
        made[name] = App(**fields)
    return made


def _rows(name: str) -> Iterator[Setting]:
    upper, shown = name.upper(), _SHOWN[name]
    text = kinds.word(r"[!-~]{1,500}", "1 to 500 printable characters")
    yield Setting(
        f"{upper}_CLIENT_ID", text, "", f"Your app's id at {shown}; unset: {shown} is not offered."
    )
    yield Setting(f"{upper}_CLIENT_SECRET", text, "", f"Your app's secret at {shown}.", secret=True)
    authorize, token, revoke, api = _URLS[name]
    url = kinds.fetched_url()
    yield Setting(f"{upper}_AUTHORIZE_URL", url, authorize, f"Where owners of {shown} say yes.")
    yield Setting(f"{upper}_TOKEN_URL", url, token, f"Where {shown} gives tokens.")
    yield Setting(
        f"{upper}_REVOKE_URL", url, revoke, f"Where {shown} takes tokens back, if it does."
    )
    yield Setting(f"{upper}_API_URL", url, api, f"Where {shown} is read.")


def _cents(name: str, doc: str) -> Setting:
    return Setting(name, kinds.whole(0, _MOST_CENTS, "US cents"), "0", doc, "US cents")


ROWS: tuple[Setting, ...] = (
    *(row for name in NAMES for row in _rows(name)),
    Setting(
        "OAUTH_RETURN_URLS",
        kinds.return_urls(),
        "",
        "Your app's addresses that an owner may be sent back to after linking an account; each must match exactly.",
    ),
    _cents("BUDGET_RUN", "What the paid calls of one import may cost; 0: none are made."),
    _cents("BUDGET_OWNER", "What an owner's paid calls may cost in a day (UTC); 0: none are made."),
    _cents("BUDGET_DAY", "What all owners' paid calls may cost in a day (UTC); 0: none are made."),
)
