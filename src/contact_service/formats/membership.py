"""What a card says of groups, read without the rest of it: kind, members (RFC 9553 2.1.4, 2.1.6), keywords (2.8.2)."""

import msgspec

from contact_service.formats import jscontact
from contact_service.matching import names
from contact_service.model.group import Said

GROUP = "group"


class _Card(msgspec.Struct, frozen=True, gc=False):
    uid: str
    kind: str | None = None
    keywords: dict[str, bool] | None = None
    members: dict[str, bool] | None = None


_DECODER = msgspec.json.Decoder(_Card)


def said(card: str, version: int, book: str, json: bytes) -> Said:
    """What the stored or shown `json` of that card says."""
    read = _DECODER.decode(json)
    words = chosen(read.keywords)
    if read.kind != GROUP:
        return Said(card, version, book, read.uid, words)
    name = names.full_name(jscontact.fields(json))
    return Said(card, version, book, read.uid, words, chosen(read.members), name)


def keywords(json: bytes) -> tuple[str, ...]:
    """The keywords of a stored card."""
    return chosen(_DECODER.decode(json).keywords)


def chosen(flags: dict[str, bool] | None) -> tuple[str, ...]:
    """The keys of a set that RFC 9553 spells as a map to true."""
    return tuple(key for key, true in (flags or {}).items() if true)
