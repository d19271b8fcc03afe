"""One step between two neighbouring versions of vCard, line by line; each line made knows what it was made of."""

from collections.abc import Callable, Mapping

import msgspec

from contact_service.formats.vcard import derive, lines, markers
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.markers import Marker
from contact_service.formats.vcard.spelling import Version


class Shown(msgspec.Struct, frozen=True):
    """A line of a projection; `sources`: the indices of the stored lines it was made of, () where it was added."""

    line: Line
    sources: tuple[int, ...]


class There(msgspec.Struct, frozen=True):
    """The card that lines go to, if it is not made of them alone: `habits`, the names it uses, and its groups."""

    habits: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


class Room:
    """What a converter may ask and add. `names` and `labels` (by group) are those of the lines at hand, `habits` the
    names in use where they go; `after`: lines that follow the one at hand.
    """

    __slots__ = ("after", "habits", "labels", "names", "version")

    def __init__(self, shown: list[Shown], number: str, there: There) -> None:
        groups = {one.line.head.group for one in shown if one.line.head.group}
        self.version = Version(number, groups | there.groups)
        self.habits = there.habits
        self.names = {one.line.head.name for one in shown}
        labels = derive.labels([one.line for one in shown])
        self.labels = {group: label for group, (label, _) in labels.items()}
        self.after: list[Line] = []

    def add(self, edit: Edit) -> None:
        """Put a line after the one at hand."""
        self.after.append(edit.line(self.version.number))


Convert = Callable[[Edit, Room], None]


class Stage(msgspec.Struct, frozen=True):
    """The step to version `number`. `table`: what becomes of a property; `every`: of all of them, before that;
    `before`: what becomes of lines that belong together; `frame`: the lines the version asks for; `by_params`: `every`
    looks at parameters alone.
    """

    number: str
    table: Mapping[str, Convert]
    every: Convert
    before: Callable[[list[Shown]], list[Shown]]
    frame: Callable[[list[Shown]], list[Shown]]
    by_params: bool = True


def run(stage: Stage, shown: list[Shown], there: There, *, whole: bool) -> list[Shown]:
    """The lines in the stage's version. `whole`: they are a card, and get the lines each card must have."""
    shown = stage.before(shown)
    room = Room(shown, stage.number, there)
    out: list[Shown] = []
    for one in shown:
        name = one.line.head.name
        convert = stage.table.get(name)
        untouched = convert is None and stage.by_params and not one.line.head.params
        # Without a name: a line that is kept and never read.
        if untouched or not name or name in {"BEGIN", "END"}:
            out.append(one)
            continue
        edit = Edit(one.line)
        stage.every(edit, room)
        if convert:
            convert(edit, room)
        out += [Shown(line, one.sources) for line in (edit.line(stage.number), *room.after)]
        room.after = []
    return stage.frame(out) if whole else out


def closed(parsed: list[Line]) -> list[Line]:
    """The lines with each nested AGENT as one that is never read: they are another person's."""
    kept: list[list[Line]] = []
    depth = 0
    for line in parsed:
        inner = depth > 1
        depth += _step(line)
        if inner or (depth > 1 and kept and kept[-1][0].head.name == "AGENT"):
            kept[-1].append(line)
        else:
            kept.append([line])
    return [_opaque(some) if len(some) > 1 else some[0] for some in kept]


def _opaque(some: list[Line]) -> Line:
    return Line(lines.OPAQUE, "", lines.serialise(some))


def _step(line: Line) -> int:
    if line.head.name not in {"BEGIN", "END"} or line.value.strip().upper() != "VCARD":
        return 0
    return 1 if line.head.name == "BEGIN" else -1


def insert(shown: list[Shown], line: Line) -> list[Shown]:
    """The card with one line more, before its END."""
    ends = [at for at, one in enumerate(shown) if one.line.head.name == "END"]
    at = ends[-1] if ends else len(shown)
    return [*shown[:at], Shown(line, ()), *shown[at:]]


def relaid(value: str) -> str:
    """A binary value without its folds; a marker's is laid out anew when it is put back."""
    before, sign, rest = value.partition(markers.SIGN)
    marker = markers.of(sign + rest)
    if marker is None:
        return "".join(value.split())
    return f"{before}{Marker(marker.blob, marker.media) if marker.is_binary else marker}"
