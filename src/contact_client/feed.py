"""A page of the change feed as NDJSON: a line a row, the token on the last. A page without it was cut and is none."""

from typing import TypeVar

import msgspec

from contact_client.problems import Unreachable
from contact_client.values import Changes, Contact, contact

T = TypeVar("T")


class _Line(msgspec.Struct, frozen=True, rename="camel"):
    changed: dict[str, msgspec.Raw] | None = None
    removed: str | None = None
    sync_token: str | None = None
    more: bool = False


_LINE = msgspec.json.Decoder(_Line)


def read(body: bytes) -> Changes:
    """The page. Raises Unreachable when it was cut."""
    changed: list[Contact] = []
    removed: list[str] = []
    last = _Line()
    try:
        for text in body.splitlines():
            last = _LINE.decode(text)
            if last.changed is not None:
                changed.append(contact(last.changed))
            elif last.removed is not None:
                removed.append(last.removed)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        raise Unreachable("a page of the feed cannot be read", sent=True) from None
    if last.sync_token is None:
        raise Unreachable("a page of the feed was cut short", sent=True)
    return Changes(tuple(changed), tuple(removed), last.more, last.sync_token)
