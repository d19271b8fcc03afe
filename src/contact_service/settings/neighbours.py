"""The settings of the neighbours that are asked for a verdict, who is a user, or whom to suggest: rows of the table.

None is asked unless it is named here. What each learns: docs/how-to/validation.md, header-store.md, people-matcher.md.
"""

from typing import Any

import msgspec

from contact_service.settings import kinds
from contact_service.settings.setting import Setting

_SECRET = kinds.word(r"[!-~]{1,500}", "1 to 500 printable characters")


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """How each is reached; None: it is not asked. The repr shows no secret."""

    header_store_url: str | None = None
    header_store_token: str | None = None
    header_store_poll_s: int = 60
    people_matcher_url: str | None = None
    people_matcher_token: str | None = None
    twilio_url: str = ""
    twilio_account: str | None = None
    twilio_secret: str | None = None
    kickbox_url: str = ""
    kickbox_key: str | None = None
    kickbox_cost: int = 0
    validation_mx: bool = False

    def __repr__(self) -> str:
        return f"Neighbours(header_store={self.header_store_url!r}, people_matcher={self.people_matcher_url!r})"


PAIRS = (
    ("HEADER_STORE_TOKEN", "HEADER_STORE_URL"),
    ("PEOPLE_MATCHER_TOKEN", "PEOPLE_MATCHER_URL"),
    ("TWILIO_ACCOUNT", "TWILIO_SECRET"),
    ("TWILIO_SECRET", "TWILIO_ACCOUNT"),
)
"""The first has no effect without the second."""


def taken(values: dict[str, Any]) -> Neighbours:
    """How they are reached, taken out of the values of the table."""
    return Neighbours(**{name: values.pop(name) for name in Neighbours.__struct_fields__})


ROWS: tuple[Setting, ...] = (
    Setting(
        "HEADER_STORE_URL",
        kinds.fetched_url(),
        "",
        "Your Header Store, which tells who is a user; unset: only what is put into the directory counts.",
    ),
    Setting("HEADER_STORE_TOKEN", _SECRET, "", "The bearer token it is asked with.", secret=True),
    Setting(
        "HEADER_STORE_POLL_S",
        kinds.whole(60, 86_400, "seconds"),
        "60",
        "How often it is asked what changed, in whole minutes.",
        "s",
    ),
    Setting(
        "PEOPLE_MATCHER_URL",
        kinds.fetched_url(),
        "",
        "Your People Matcher, which ranks suggestions; unset: none is asked.",
    ),
    Setting("PEOPLE_MATCHER_TOKEN", _SECRET, "", "The bearer token it is asked with.", secret=True),
    Setting(
        "TWILIO_ACCOUNT",
        _SECRET,
        "",
        "Account or key with which Twilio Lookup is asked about numbers to be invited; unset: it is not asked.",
    ),
    Setting("TWILIO_SECRET", _SECRET, "", "Its token or secret.", secret=True),
    Setting(
        "TWILIO_URL", kinds.fetched_url(), "https://lookups.twilio.com", "Where Twilio Lookup is."
    ),
    Setting(
        "KICKBOX_KEY",
        _SECRET,
        "",
        "Key with which Kickbox is asked about addresses to be invited; unset: it is not asked.",
        secret=True,
    ),
    Setting("KICKBOX_URL", kinds.fetched_url(), "https://api.kickbox.com", "Where Kickbox is."),
    Setting(
        "KICKBOX_COST",
        kinds.whole(0, 10**9, "millionths of a US dollar"),
        "10000",
        "What Kickbox charges you for an address; the three CONTACT_BUDGET_ must cover it.",
        "µUSD",
    ),
    Setting(
        "VALIDATION_MX",
        kinds.switch(),
        "off",
        "The DNS is asked whether a domain takes mail: your resolver learns the domain.",
    ),
)
