"""What a vCard cannot say outlives a PUT (sync.md, vCard line model): JSContact members that travel as JSPROP, or not
at all, stay while their entry lives; what a client could see and took away is gone.

Three views of one card: what is stored; its face, which is what the vCard shown says of it without JSPROP; what was
sent. Face and sent are compared; what the face told is taken from what was sent, all else from what is stored.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import msgspec

from contact_service.formats import jsrules
from contact_service.formats.vcard import derive, lines, markers, reading, units, versions
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.units import Key
from contact_service.model.card import Card
from contact_service.model.group import bare

Units = Mapping[Key, Any]

_FRAME = ("@type", "version", "uid")
# The member an entry is about, by which it is known again when the rest has changed.
_CORE = (
    "number", "address", "uri", "user", "note", "language", "pronouns", "value", "name", "components", "full", "date",
)  # fmt: skip


def carry(old: Card, sent: Card) -> Card:
    """The card of a PUT: the lines of `sent`, and its JSON with ids and members of `old` that no vCard holds.

    `sent` was read from what the client sent, in the version of `old`'s lines, or any where `old` was made as JSON.
    """
    if sent.lines == old.lines:
        return old
    stored = units.of(jsrules.untyped(old.json))
    face = _face(old, sent)
    told = jsrules.untyped(sent.json)
    said = units.of(told)
    on_face = _aligned(stored, face)
    in_sent = _aligned(face, said)
    made: list[tuple[Key, Any]] = []
    used: set[Key] = set()
    for key, value in stored.items():
        seen = on_face.get(key)
        if seen is None:
            if not _is_told(key, value, said):
                made.append((key, value))
            continue
        new = in_sent.get(seen)
        if new is None:
            continue
        used.add(new)
        made.append((key, _merged(value, face[seen], said[new])))
    # What was made up for the vCard and came back is no news.
    shown = set(on_face.values())
    used |= {new for seen, new in in_sent.items() if seen not in shown and face[seen] == said[new]}
    made += [(key, value) for key, value in said.items() if key not in used]
    return Card(_encoded(told, made), sent.lines)


def _face(old: Card, sent: Card) -> Units:
    """What a client sees of the card that does not read JSPROP; a binary value is no part of the JSON.

    An FN that was made up for the vCard is seen as a name by one that did not send back that it is.
    """
    raw, _ = versions.shown(old, None if old.lines else reading.version(sent.lines))
    seen = [line for line in lines.parse(raw) if line.head.name != "JSPROP"]
    if b"DERIVED" not in sent.lines.upper():
        seen = [_plain(line) for line in seen]
    return units.of(derive.card(seen).card)


def _plain(line: Line) -> Line:
    made_up = line.head.name == "FN" and "DERIVED" in line.head.params
    return lines.make("FN", line.value) if made_up else line


def _is_told(key: Key, value: Any, said: Units) -> bool:
    """Whether a part that the face lacks was sent all the same, by a JSPROP that came back; or is not ours to keep."""
    if key in said or (key[0] == "vCardProps" and value in _values(said)):
        return True
    # A blob is in its line, or is cut out of it as it is written.
    return key[0] == "media" and markers.blob(_text(value, "uri")) is not None


def _values(said: Units) -> list[Any]:
    return [value for key, value in said.items() if key[0] == "vCardProps"]


def _merged(stored: Any, face: Any, sent: Any) -> Any:
    """An entry: a member that was changed is as sent; one that came back as it was shown is as stored."""
    if not isinstance(stored, dict) or not isinstance(face, dict) or not isinstance(sent, dict):
        return stored if _same(face, sent) else sent
    return {
        name: value
        for name in dict.fromkeys((*stored, *sent))
        if (value := _member(stored.get(name), face.get(name), sent.get(name))) is not None
    }


def _member(stored: Any, face: Any, sent: Any) -> Any:
    return stored if _same(face, sent) else sent


def _same(one: Any, other: Any) -> bool:
    return bool(one == other)


def _aligned(before: Units, after: Units) -> dict[Key, Key]:
    """Which part is which: saying the same, of one key and core, of one core, of one key, then like but for its core;
    each is taken once.
    """
    found: dict[Key, Key] = {}
    taken: set[Key] = set()
    ways: tuple[Callable[[Key, Any], Hashable], ...] = (
        _whole,
        _keyed_core,
        _cored,
        _keyed,
        _beside,
    )
    for way in ways:
        free: dict[Hashable, list[Key]] = defaultdict(list)
        for key, value in after.items():
            if key not in taken:
                free[way(key, value)].append(key)
        for key, value in before.items():
            keys = free.get(way(key, value)) if key not in found else None
            if keys:
                found[key] = key if key in keys else keys[0]
                keys.remove(found[key])
                taken.add(found[key])
    return found


def _whole(key: Key, value: Any) -> Hashable:
    return units.content(key, value)


def _keyed_core(key: Key, value: Any) -> Hashable:
    return key, _core(key, value)


def _cored(key: Key, value: Any) -> Hashable:
    # Parts that are known by their position alone, or by nothing, are not told apart by a core.
    core = _core(key, value)
    return (key[0], core) if core else key


def _keyed(key: Key, value: Any) -> Hashable:
    return key if key[0] != "vCardProps" else (key, repr(value))


def _beside(key: Key, value: Any) -> Hashable:
    # A number that was changed by a client that keeps no ids: its label and contexts are what is left to know it by.
    if key[0] not in derive.MAPS or key[0] in units.NAMED or not isinstance(value, dict):
        return key
    rest = {name: said for name, said in value.items() if name not in _CORE}
    return key[0], units.canonical(key[0], rest)


def _core(key: Key, value: Any) -> str:
    if key[0] in units.NAMED:
        return bare(key[1]) if key[0] == "members" else key[1]
    said = (
        next((value[name] for name in _CORE if value.get(name)), "")
        if isinstance(value, dict)
        else ""
    )
    return said if isinstance(said, str) else repr(said)


def _text(value: Any, member: str) -> str:
    said = value.get(member) if isinstance(value, dict) else None
    return said if isinstance(said, str) else ""


def _encoded(told: dict[str, Any], made: list[tuple[Key, Any]]) -> bytes:
    """The card of these parts: those that are stored first, a key that is taken twice made free."""
    card: dict[str, Any] = {name: told[name] for name in _FRAME if name in told}
    for (member, key), value in made:
        if member == "vCardProps":
            card.setdefault(member, []).append(value)
        elif member in derive.MAPS:
            entries = card.setdefault(member, {})
            entries[_free(key, entries)] = value
        else:
            card[member] = value
    return msgspec.json.encode(card)


def _free(key: str, entries: dict[str, Any]) -> str:
    while key in entries:
        key = f"x{key}"
    return key
