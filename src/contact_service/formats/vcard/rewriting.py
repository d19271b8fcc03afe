"""An edit of the JSON carried into the lines: only those of changed parts are made anew, the others stay."""

import re
from typing import Any

from contact_service.formats import jsrules
from contact_service.formats.vcard import derive, generate, lines, units, write_person
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version
from contact_service.formats.vcard.units import Key
from contact_service.model.card import Card

_POSITIONAL = re.compile(r"[A-Z-]+-[0-9]+")
_VERSIONS = ("2.1", "3.0", "4.0")


def write(card: Card, version: str = "4.0") -> bytes:
    """The card's vCard: its own lines as they are, in the version received; one made as JSON in `version`."""
    if card.lines:
        return card.lines
    return lines.serialise(generate.card(jsrules.untyped(card.json), version))


def rewrite(old: Card, new_json: bytes) -> Card:
    """The card after its JSON became `new_json` (read by `jscontact.read` before), in the version of its lines.

    Parts are aligned by what they say, then by their key: map ids made from positions may have shifted since.
    """
    if not old.lines:
        return Card(new_json)
    parsed = lines.parse(old.lines)
    building = derive.card(parsed)
    before, wanted = units.of(building.card), units.of(jsrules.untyped(new_json))
    kept = units.aligned(before, wanted)
    on_line: dict[int, set[Key]] = {}
    for member, key, index in building.links:
        on_line.setdefault(index, set()).add((member, key))
    dropped = _dropped(on_line, set(before) - set(kept))
    staying = set(kept) - {unit for index in dropped for unit in on_line[index]}
    missing = [key for key in wanted if key not in {kept[unit] for unit in staying}]
    old_keys = units.aligned(before, units.of(jsrules.untyped(old.json)))
    places = _places(
        on_line, dropped, {unit: kept.get(unit) or old_keys.get(unit, unit) for unit in before}
    )
    made = _made(_version(parsed), parsed, wanted, missing)
    return Card(
        new_json,
        lines.serialise(_merged(parsed, dropped, places, made, jsrules.untyped(new_json))),
    )


def _dropped(on_line: dict[int, set[Key]], changed: set[Key]) -> set[int]:
    """The lines that go: those of a changed part, and of parts that share a line with one."""
    dropped: set[int] = set()
    pending = set(changed)
    while pending:
        hit = {index for index, here in on_line.items() if index not in dropped and here & pending}
        dropped |= hit
        pending = {unit for index in hit for unit in on_line[index]} - changed
        changed = changed | pending
    return dropped


def _places(on_line: dict[int, set[Key]], dropped: set[int], now: dict[Key, Key]) -> dict[Key, int]:
    """Where the new lines of a part go: at the first line it had."""
    places: dict[Key, int] = {}
    for index in sorted(dropped):
        for unit in on_line[index]:
            places.setdefault(now.get(unit, unit), index)
    return places


def _made(
    version: Version, parsed: list[Line], wanted: dict[Key, Any], missing: list[Key]
) -> dict[Key, list[Line]]:
    made = {key: _unit(version, key, wanted) for key in missing if key[0] != "keywords"}
    words = [key for key in missing if key[0] == "keywords"]
    if words:
        made[words[0]] = generate.keywords(version, [word for _, word in words])
    return {key: [_as_it_was(line, parsed) for line in new] for key, new in made.items()}


def _unit(version: Version, key: Key, wanted: dict[Key, Any]) -> list[Line]:
    """The lines of a part. A JSPROP among them points at its key, which must not be one that position gives a line that
    stays: then another is written.
    """
    new = generate.unit(version, key, wanted[key])
    if _POSITIONAL.fullmatch(key[1]) and any(line.head.name == "JSPROP" for line in new):
        free = (key[0], f"x{key[1]}")
        while free in wanted:
            free = (key[0], f"x{free[1]}")
        return generate.unit(version, free, wanted[key])
    return new


def _as_it_was(line: Line, parsed: list[Line]) -> Line:
    """The received spelling of a line that would say the same: a changed N leaves FN as it is."""
    if line.head.params or line.head.group:
        return line
    for old in parsed:
        if (
            old.head.name == line.head.name
            and old.value == line.value
            and not old.head.params
            and not old.head.group
        ):
            return old
    return line


def _version(parsed: list[Line]) -> Version:
    said = [line.value.strip() for line in parsed if line.head.name == "VERSION"]
    number = said[0] if said and said[0] in _VERSIONS else "3.0"
    return Version(number, {line.head.group for line in parsed if line.head.group})


def _merged(
    parsed: list[Line],
    dropped: set[int],
    places: dict[Key, int],
    made: dict[Key, list[Line]],
    card: dict[str, Any],
) -> list[Line]:
    at: dict[int, list[Line]] = {}
    last = max(index for index, line in enumerate(parsed) if line.head.name == "END")
    for key, new in made.items():
        at.setdefault(places.get(key, last), []).extend(new)
    out: list[Line] = []
    for index, line in enumerate(parsed):
        if index == last:
            named = any(one.head.name == "FN" for one in (*out, *at.get(last, ())))
            if not named and any(one.head.name == "FN" for one in parsed):
                out.append(write_person.full_name(_version(parsed), card))
        out += at.get(index, [])
        if index not in dropped:
            out.append(line)
    return out
