"""A card in the version of vCard that a client asks for (sync.md, CardDAV face, Versions).

3.0 is written as Apple's programs read it. A line that needs no change leaves as its stored bytes. Converting is
deterministic: its `REVISION` is part of the entity-tags of what it made, and must change with what it makes.
"""

from contact_service.formats.vcard import groups, lines, reading, rewriting, stages
from contact_service.formats.vcard.downward import STAGE as TO_3_0
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.old_forms import FROM_2_1, TO_2_1
from contact_service.formats.vcard.stages import Shown, Stage, There
from contact_service.formats.vcard.upward import STAGE as TO_4_0
from contact_service.model.card import Card

REVISION = "c1"
"""Follows the number in the ETag of a converted representation."""

_ORDER = ("2.1", "3.0", "4.0")
_UP: dict[str, Stage] = {"2.1": FROM_2_1, "3.0": TO_4_0}
_DOWN: dict[str, Stage] = {"4.0": TO_3_0, "3.0": TO_2_1}


def shown(card: Card, version: str | None = None) -> tuple[bytes, bool]:
    """The card's vCard in 3.0 or 4.0, None: as it is stored, one made as JSON in 4.0; and whether it was made by this
    release, so that its entity-tag has `REVISION`. Binary values stand there as markers (`media.restore`).
    """
    if not card.lines:
        return groups.dressed(rewriting.write(card, version or "4.0")), True
    if version is None or version == reading.version(card.lines):
        return card.lines, False
    return convert(card.lines, version), True


def convert(raw: bytes, version: str) -> bytes:
    """One vCard's lines in another version (2.1, 3.0 or 4.0); the same bytes if it is theirs."""
    own = reading.version(raw)
    if own == version:
        return raw
    parsed = stages.closed(lines.parse(raw))
    return lines.serialise(one.line for one in project(parsed, own, version))


def project(parsed: list[Line], own: str, version: str) -> list[Shown]:
    """The lines of a whole card of version `own`, nested ones closed, in `version`, each with the indices of the lines
    it was made of.
    """
    return _walk(parsed, own, version, There(), whole=True)


def carried(parsed: list[Line], own: str, version: str, there: There) -> list[Line]:
    """Some lines of a card of version `own`, in `version` and fit to be put into a card that is there."""
    return [one.line for one in _walk(parsed, own, version, there, whole=False)]


def there(parsed: list[Line]) -> There:
    """A card as a place for new lines: they are spelled like those it has, and take no group of theirs.

    `TEL URI` is among the habits where its phones are URIs.
    """
    names = {line.head.name for line in parsed}
    phones = [line.value for line in parsed if line.head.name == "TEL"]
    if phones and all(number[:4].lower() == "tel:" for number in phones):
        names.add("TEL URI")
    groups = {line.head.group for line in parsed if line.head.group}
    return There(frozenset(names), frozenset(groups))


def _walk(parsed: list[Line], own: str, version: str, place: There, *, whole: bool) -> list[Shown]:
    found = [Shown(line, (at,)) for at, line in enumerate(parsed)]
    at, goal = _ORDER.index(own), _ORDER.index(version)
    steps = _ORDER[at:goal] if at < goal else _ORDER[at:goal:-1]
    for number in steps:
        stage = (_UP if at < goal else _DOWN)[number]
        found = stages.run(stage, found, place, whole=whole and number == steps[-1])
    return found
