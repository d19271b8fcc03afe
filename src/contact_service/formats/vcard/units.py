"""A card cut into the parts that have lines of their own, and when two parts say the same."""

from typing import Any

import msgspec

from contact_service.formats.vcard.derive import MAPS
from contact_service.formats.vcard.map_person import NAME_KINDS
from contact_service.formats.vcard.map_reach import ADDRESS_KINDS

# A map's entry, a `vCardProps` item (key: its position), or a member as a whole (key: "").
Key = tuple[str, str]
# Told by the structure of every vCard.
_FRAME = frozenset({"@type", "version", "uid", "id", "etag", "addressBook"})
NAMED = frozenset({"keywords", "members", "relatedTo"})
"""Members whose entries are known by their keys."""
_ORDER = {kind: at for at, kind in enumerate(dict.fromkeys((*NAME_KINDS, *ADDRESS_KINDS)))}
_ENCODER = msgspec.json.Encoder(order="deterministic")


def of(card: dict[str, Any]) -> dict[Key, Any]:
    """The parts of a card in its order; null members are none."""
    found: dict[Key, Any] = {}
    for member, value in card.items():
        if member in _FRAME or value is None:
            continue
        if member in MAPS and isinstance(value, dict):
            found.update({(member, key): entry for key, entry in value.items()})
        elif member == "vCardProps" and isinstance(value, list):
            found.update({(member, str(at)): entry for at, entry in enumerate(value)})
        else:
            found[member, ""] = value
    return found


def content(key: Key, value: Any) -> tuple[str, bytes]:
    """What a part says; of those known by their key, the key as well. A hashable value."""
    member, inner = key
    told = inner.encode() if member in NAMED else b""
    return member, told + canonical(member, value)


def aligned(before: dict[Key, Any], wanted: dict[Key, Any]) -> dict[Key, Key]:
    """Which part of before is which part wanted, saying the same; each is taken once, an equal key first."""
    pool: dict[tuple[str, bytes], list[Key]] = {}
    for key, value in wanted.items():
        pool.setdefault(content(key, value), []).append(key)
    found: dict[Key, Key] = {}
    for exact in (True, False):
        for key, value in before.items():
            keys = pool.get(content(key, value), [])
            if key in found or not keys or (exact and key not in keys):
                continue
            found[key] = key if exact else keys[0]
            keys.remove(found[key])
    return found


def canonical(member: str, value: Any) -> bytes:
    """Bytes that are equal for two parts that say the same (RFC 9553): defaults left out, unordered parts sorted."""
    return _ENCODER.encode(normal(member, value))


def normal(member: str, value: Any) -> Any:
    """The part less what needs no saying: default `@type` and kind, the group of a label."""
    if not isinstance(value, dict):
        return value
    plain = {key: _inner(key, inner) for key, inner in value.items() if inner is not None}
    if member != "relatedTo" or "relation" in plain:
        plain.pop("@type", None)
    if member == "titles" and plain.get("kind") == "title":
        plain.pop("kind")
    if "label" in plain and isinstance(plain.get("vCardParams"), dict):
        params = {key: param for key, param in plain["vCardParams"].items() if key != "group"}
        plain["vCardParams"] = params
        if not params:
            plain.pop("vCardParams")
    components = plain.get("components")
    if not plain.get("isOrdered"):
        plain.pop("isOrdered", None)
        if isinstance(components, list):
            plain["components"] = sorted(components, key=_position)
    return plain


def _inner(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        # A Timestamp must say what it is, the default PartialDate need not (RFC 9553 2.8.1).
        said = value.get("@type")
        return {
            name: _inner(name, inner)
            for name, inner in value.items()
            if name != "@type" or said == "Timestamp"
        }
    if isinstance(value, list) and key in {"components", "units"}:
        return [_inner("", item) for item in value]
    return value


def _position(component: Any) -> int:
    kind = component.get("kind") if isinstance(component, dict) else None
    return _ORDER.get(kind, 99) if isinstance(kind, str) else 99
