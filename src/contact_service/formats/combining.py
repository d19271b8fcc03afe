"""What several sources say of one contact, told as one Card (imports.md); with what the owner says over it in `claims`.

Maps unite by value, as in a merge without a base; a scalar is that of the first source that has it, and the name is
one: half of one writer's and half of another's would be nobody's.
"""

from collections.abc import Sequence

import msgspec

from contact_service.formats import merging
from contact_service.model.imports import Kind

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RANK = {kind: rank for rank, kind in enumerate(Kind)}
_SAYS_NOTHING = frozenset({"@type", "version", "uid", "kind", "created", "updated", "prodId"})


def rank(kind: Kind) -> int:
    """The place of a source's kind in the order of precedence: lower comes first."""
    return _RANK[kind]


def fold(cards: Sequence[bytes], region: str | None = None) -> bytes | None:
    """The Cards as one, those of more weight first; None of none, and one alone stays as it is.

    `region` (ISO 3166-1) reads national numbers. Raises TooLarge (413).
    """
    if not cards:
        return None
    found = cards[-1]
    # From the least on: each is laid over what the lesser ones say.
    for card in reversed(cards[:-1]):
        found = merging.merge(None, card, found, region).json
    return _named(found, cards) if len(cards) > 1 else found


def is_bare(card: bytes) -> bool:
    """Whether a Card says nothing of anybody."""
    return _MEMBERS.decode(card).keys() <= _SAYS_NOTHING


def with_name(card: bytes, other: bytes) -> bytes:
    """The Card with the name of the other, where it has none."""
    members = _MEMBERS.decode(card)
    name = _MEMBERS.decode(other).get("name")
    if name is None or "name" in members:
        return card
    return msgspec.json.encode(members | {"name": name})


def with_uid(card: bytes, uid: str) -> bytes:
    """The Card under another uid; the same bytes where it has that one."""
    members = _MEMBERS.decode(card)
    encoded = msgspec.json.encode(uid)
    if bytes(members.get("uid", b"")) == encoded:
        return card
    return msgspec.json.encode(members | {"uid": msgspec.Raw(encoded)})


def _named(card: bytes, cards: Sequence[bytes]) -> bytes:
    names = (_MEMBERS.decode(each).get("name") for each in cards)
    first = next((name for name in names if name is not None), None)
    members = _MEMBERS.decode(card)
    if first is None or members.get("name") == first:
        return card
    return msgspec.json.encode(members | {"name": first})
