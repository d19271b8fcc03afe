"""Who was shown a projection edits a projection (sync.md, CardDAV face): a client sends back a card that it got in
another version of vCard, and only what it changed is carried into the stored lines.

Both sides are cut into units, a line or all lines of one `itemN` group, and aligned: units that say the same, then what
is left of one name. Stored lines behind a unit that is the same stay byte for byte.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable

import msgspec

from contact_service.formats.vcard import lines, reading, stages, versions
from contact_service.formats.vcard.carrying import carry
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version
from contact_service.formats.vcard.stages import Shown, There

__all__ = ["apply_edit", "carry"]

# Of the card, not of the person: the stored card keeps its own.
_FRAME = frozenset({"BEGIN", "END", "VERSION"})


class Unit(msgspec.Struct, frozen=True):
    """Lines that stand and fall together. `sources`: the stored lines they were made of; none in what was sent."""

    lines: tuple[Line, ...]
    sources: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The property it is about: that of its first line that is no label."""
        names = [line.head.name for line in self.lines]
        return next((name for name in names if name != "X-ABLABEL"), names[0])


def apply_edit(stored: bytes, shown_version: str, sent: bytes) -> bytes:
    """The stored lines after a client that was shown them in `shown_version` sent `sent`, in that version.

    What was not shown stays. A PUT that says what was shown changes no byte.
    """
    own = reading.version(stored)
    parsed = stages.closed(lines.parse(stored))
    before = _units(versions.project(parsed, own, shown_version))
    after = _units([Shown(line, ()) for line in stages.closed(lines.parse(sent))])
    return _Edit(parsed, own, shown_version).carried(before, after, _aligned(before, after))


def _units(shown: Iterable[Shown]) -> list[Unit]:
    """The units of a card in its order; blank lines are none."""
    groups: dict[str, list[Shown]] = {}
    order: list[list[Shown]] = []
    for one in shown:
        group = one.line.head.group
        if group in groups:
            groups[group].append(one)
        elif one.line.head.name not in _FRAME and one.line.raw.strip():
            order.append([one])
            if group:
                groups[group] = order[-1]
    return [_unit(unit) for unit in order]


def _unit(shown: list[Shown]) -> Unit:
    sources = {at for one in shown for at in one.sources}
    return Unit(tuple(one.line for one in shown), tuple(sorted(sources)))


def _says(unit: Unit) -> Hashable:
    """What a unit says: case and order of what stands before a value, folds and the name of a group do not count."""
    return frozenset(Counter(map(_content, unit.lines)).items())


def _content(line: Line) -> Hashable:
    head = line.head
    if not head.name:
        return line.raw.strip()
    params = frozenset(
        (key, frozenset(said.lower() for said in values) if key == "TYPE" else values)
        for key, values in head.params.items()
    )
    return head.name, params, line.value


def _value(unit: Unit) -> Hashable:
    return unit.name, frozenset(line.value for line in unit.lines)


def _aligned(before: list[Unit], after: list[Unit]) -> dict[int, int]:
    """Which unit of before is which of after: saying the same, then of one value, then of one name, in order."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for told in (_says, _value, lambda unit: unit.name):
        free: dict[Hashable, list[int]] = defaultdict(list)
        for at, unit in enumerate(after):
            if at not in taken:
                free[told(unit)].append(at)
        for at, unit in enumerate(before):
            found = free.get(told(unit)) if at not in pairs else None
            if found:
                pairs[at] = found.pop(0)
                taken.add(pairs[at])
    return pairs


class _Edit:
    """The stored card while an edit is carried into it."""

    def __init__(self, parsed: list[Line], own: str, shown_version: str) -> None:
        self._parsed = parsed
        self._own = own
        self._shown = shown_version
        self._there = versions.there(parsed)
        self._end = max(at for at, line in enumerate(parsed) if line.head.name == "END")

    def carried(self, before: list[Unit], after: list[Unit], pairs: dict[int, int]) -> bytes:
        """The stored lines, those behind a changed unit made anew in place, new ones before END."""
        gone: set[int] = set()
        made: dict[int, list[Line]] = defaultdict(list)
        for cluster in _clusters(before):
            sent = [(after[pairs[at]], before[at]) for at in cluster if at in pairs]
            if len(sent) == len(cluster) and all(_says(new) == _says(old) for new, old in sent):
                continue
            sources = sorted({source for at in cluster for source in before[at].sources})
            gone.update(sources)
            place = sources[0] if sources else self._end
            made[place] += self._back([(new, self._group(old)) for new, old in sent], sources)
        known = set(pairs.values())
        arrived = [(unit, "") for at, unit in enumerate(after) if at not in known]
        made[self._end] += self._back(arrived, [])
        return self._joined(gone, made)

    def _group(self, old: Unit) -> str:
        """The group that a unit's stored lines have; "" for none."""
        groups = [self._parsed[at].head.group for at in old.sources]
        return next(filter(None, groups), "")

    def _back(self, units: list[tuple[Unit, str]], sources: list[int]) -> list[Line]:
        """Lines that were sent, in the stored version, spelled like those they replace; with a group of their own where
        they had none at rest.
        """
        sent = [line for unit, group in units for line in self._regrouped(unit, group)]
        like = [self._parsed[at] for at in sources if self._parsed[at].head.name == "TEL"]
        habits = self._there.habits - {"TEL URI"} | versions.there(like or self._parsed).habits
        place = There(habits, self._there.groups)
        made = versions.carried(sent, self._shown, self._own, place)
        self._take(made)
        return [_ended(line) for line in made]

    def _take(self, made: Iterable[Line]) -> None:
        """The groups of lines that come are taken from now on."""
        groups = self._there.groups | {line.head.group for line in made if line.head.group}
        self._there = There(self._there.habits, groups)

    def _regrouped(self, unit: Unit, group: str) -> list[Line]:
        sent = unit.lines[0].head.group
        if not sent:
            return list(unit.lines)
        if not group and sent in self._there.groups:
            group = Version(self._shown, set(self._there.groups)).free_group()
        renamed = [self._in_group(line, group or sent) for line in unit.lines]
        self._take(renamed)
        return renamed

    def _in_group(self, line: Line, group: str) -> Line:
        edit = Edit(line)
        edit.group = group
        return edit.line(self._shown)

    def _joined(self, gone: set[int], made: dict[int, list[Line]]) -> bytes:
        out: list[Line] = []
        for at, line in enumerate(self._parsed):
            out += made.get(at, ())
            if at not in gone:
                out.append(line)
        return lines.serialise(out)


def _ended(line: Line) -> Line:
    """The line with a line end: the last of what was sent may have none."""
    if line.raw.endswith(b"\n"):
        return line
    return Line(line.head, line.value, line.raw + b"\r\n")


def _clusters(units: list[Unit]) -> list[list[int]]:
    """The units that share a stored line, together: a changed SORT-STRING changes the N that it was made of."""
    leader = list(range(len(units)))

    def lead(at: int) -> int:
        while leader[at] != at:
            at = leader[at]
        return at

    first: dict[int, int] = {}
    for at, unit in enumerate(units):
        for source in unit.sources:
            leader[lead(at)] = lead(first.setdefault(source, at))
    clusters: dict[int, list[int]] = defaultdict(list)
    for at in range(len(units)):
        clusters[lead(at)].append(at)
    return list(clusters.values())
