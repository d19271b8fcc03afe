"""Three-way merge of plain JSON values: what two sides made of the base both knew (sync.md 3).

`mine` is what arrives, `theirs` what stands. What only one side changed is that side's; where both changed, mine wins
and the loser becomes a Conflict. UNSET stands for a member that is not there, which null is not.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="deterministic")


class Conflict(msgspec.Struct, frozen=True):
    """Both sides had changed the value at `path` into the result (RFC 8620 5.3, `~1` for `/`): `kept` stands there now,
    `dropped` would, had the other side won; None: nothing. An edit kept over a removal has `dropped` None.
    """

    path: str
    kept: Any
    dropped: Any


class Trio(msgspec.Struct, frozen=True):
    """One value on its three sides, each UNSET where it is not there."""

    base: Any = UNSET
    mine: Any = UNSET
    theirs: Any = UNSET

    def __iter__(self) -> Iterator[Any]:
        return iter((self.base, self.mine, self.theirs))

    def member(self, name: str) -> "Trio":
        """The member of this name of the objects on each side; of what is no object, none."""
        return Trio(*(side.get(name, UNSET) if isinstance(side, dict) else UNSET for side in self))

    def are(self, kind: type) -> bool:
        """Every side is of this kind, or null or not there, which stand for an empty one."""
        return all(
            isinstance(side, kind) for side in self if side is not None and side is not UNSET
        )

    def without(self, *names: str) -> "Trio":
        """The objects on each side less these members."""
        return Trio(
            *(
                {name: value for name, value in side.items() if name not in names}
                if isinstance(side, dict)
                else side
                for side in self
            )
        )


def encode(value: Any) -> bytes:
    """Bytes that are equal for equal JSON values, whatever the order of their members."""
    return _ENCODER.encode(value)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON values. Python alone takes true for 1."""
    return one is other or (one == other and encode(one) == encode(other))


def scalar(values: Trio, path: str, conflicts: list[Conflict]) -> Any:
    """The value as one unit; UNSET when it is gone."""
    if same(values.mine, values.theirs) or same(values.base, values.mine):
        return values.theirs
    if not same(values.base, values.theirs):
        conflicts.append(Conflict(path, told(values.mine), told(values.theirs)))
    return values.mine


def fields(values: Trio, path: str, conflicts: list[Conflict]) -> dict[str, Any]:
    """Objects member by member, each a scalar; a side that is not there has none. Theirs' order, then mine's."""
    names = dict.fromkeys((*(values.theirs or ()), *(values.mine or ())))
    merged = {name: scalar(values.member(name), inside(path, name), conflicts) for name in names}
    return {name: value for name, value in merged.items() if value is not UNSET}


def entry(values: Trio, path: str, conflicts: list[Conflict], *, unit: bool = False) -> Any:
    """An entry of a collection, its sides aligned: UNSET when it was removed by one and untouched by the other; removed
    by one and edited by the other it is kept and reported. `unit`: its members belong together.
    """
    base, mine, theirs = values
    if mine is UNSET or theirs is UNSET:
        left = theirs if mine is UNSET else mine
        if same(base, left):
            return UNSET
        if base is not UNSET:
            conflicts.append(Conflict(path, left, None))
        return left
    if same(mine, theirs):
        return theirs
    if unit or not values.are(dict):
        return scalar(values, path, conflicts)
    return fields(values, path, conflicts)


def counted(
    base: Sequence[T], mine: Sequence[T], theirs: Sequence[T], key: Callable[[T], Hashable]
) -> list[T]:
    """Multisets: what either added is kept, what either removed is gone; added by one and removed by the other, added.
    Theirs' order, then mine's additions.
    """
    before, here, there = (Counter(map(key, side)) for side in (base, mine, theirs))
    left = {
        each: min(here[each], there[each])
        if max(here[each], there[each]) <= before[each]
        else max(here[each], there[each])
        for each in (*there, *here)
    }
    merged: list[T] = []
    for item in (*theirs, *mine):
        each = key(item)
        if left[each] > 0:
            left[each] -= 1
            merged.append(item)
    return merged


def inside(path: str, name: str) -> str:
    """The path of a member (RFC 6901 3)."""
    name = name.replace("~", "~0").replace("/", "~1")
    return f"{path}/{name}" if path else name


def told(value: Any) -> Any:
    """The value as a Conflict tells it: None for what is not there."""
    return None if value is UNSET else value
