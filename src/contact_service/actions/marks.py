"""By what an identifier is found: its tag in every index, under the key of every epoch that is not gone.

Hashes take time, those of private discovery most of it (tens of microseconds): writers make them before they hold the
directory's counter, and go by the epochs once more when they do.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from contact_service.model import bucket
from contact_service.model.epoch import Epochs, Kind
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.storage.indexes import Binding, Logged, Place
from contact_service.vault import blind, matrix_pepper, oprf
from contact_service.vault.blind import Person
from contact_service.vault.keyring import Keyring

_STEP = 64
"""Digests of private discovery between two turns of the event loop: some milliseconds."""
Make = Callable[[list[Identifier]], list[bytes]]


class _Kept:
    """What `make` gives for identifiers, made once each."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Make) -> None:
        self._make = make
        self._made: dict[Identifier, bytes] = {}

    def __getitem__(self, identifier: Identifier) -> bytes:
        found = self._made.get(identifier)
        if found is None:
            self.know([identifier])
            found = self._made[identifier]
        return found

    def know(self, identifiers: Iterable[Identifier]) -> None:
        missing = [i for i in identifiers if i not in self._made]
        if missing:
            self._made.update(zip(missing, self._make(missing), strict=True))


class Marks:
    """The tags that one piece of work needs; forgotten with it."""

    def __init__(self, ring: Keyring, found: Epochs) -> None:
        self._ring = ring
        self._kept: dict[tuple[Kind, int], _Kept] = {}
        self._bits: dict[int, int] = {}
        self.holders = _Kept(self._fixed("holder", Person.HOLDER))
        self.objections = _Kept(self._fixed("objection", Person.OBJECTION))
        self.carries = _Kept(self._fixed("carry", Person.CARRY))
        self.follow(found)

    def _fixed(self, name: str, person: Person) -> Make:
        return lambda each: blind.tags(self._ring.fixed(name), each, person)

    def follow(self, found: Epochs) -> None:
        """Go by these epochs from now on; what was made for those that stay is kept."""
        self._epochs = found
        self._bits = {e.epoch: e.bits for e in found.all if e.kind is Kind.OPRF}
        stand = {(e.kind, e.epoch) for e in found.all}
        self._kept = {
            key: self._kept.get(key) or _Kept(partial(_MAKERS[key[0]], self._ring, key[1]))
            for key in sorted(stand)
        }
        self.live = self._kept[Kind.PEPPER, found.live(Kind.PEPPER).epoch]
        """By identifier, the tag in the live epoch of the directory."""

    @property
    def live_epoch(self) -> int:
        """The directory's live epoch."""
        return self._epochs.live(Kind.PEPPER).epoch

    def know(self, identifiers: Iterable[Identifier]) -> None:
        """Make what all indexes but the private one need of these."""
        wanted = list(identifiers)
        self.holders.know(wanted)
        self.objections.know(wanted)
        for (kind, _), kept in self._kept.items():
            if kind is not Kind.OPRF:
                kept.know(wanted)

    async def know_private(self, identifiers: Iterable[Identifier]) -> None:
        """Make what the private index needs of these; the event loop gets its turns."""
        wanted = list(identifiers)
        for (kind, _), kept in self._kept.items():
            if kind is Kind.OPRF:
                for at in range(0, len(wanted), _STEP):
                    kept.know(wanted[at : at + _STEP])
                    await asyncio.sleep(0)

    def places(self, kind: Kind, found: Sequence[tuple[Identifier, Binding]]) -> list[Place]:
        """Where these bindings stand in the index of that kind, in all its epochs; in the order of the keys."""
        made = [
            Place(epoch, kept[i], binding)
            for (of, epoch), kept in self._kept.items()
            if of is kind
            for i, binding in found
        ]
        made.sort(key=lambda place: (place.epoch, place.tag))
        return made

    def logged(self, at: Place, seq: int) -> Logged:
        """The line of the log for a digest that came."""
        return self.line(at.epoch, at.tag, at.binding.user, seq, added=True)

    def line(self, epoch: int, digest: bytes, user: UserId, seq: int, *, added: bool) -> Logged:
        """The line of the log for a digest that came or went."""
        at = bucket.bucket(digest, self._bits.get(epoch, 0))
        return Logged(epoch, at, seq, digest, user, added)


def _pepper(ring: Keyring, epoch: int, identifiers: list[Identifier]) -> list[bytes]:
    return blind.tags(ring.peppers[epoch], identifiers)


def _matrix(ring: Keyring, epoch: int, identifiers: list[Identifier]) -> list[bytes]:
    pepper = matrix_pepper.spelled(ring.matrix[epoch])
    return matrix_pepper.tags(ring, matrix_pepper.digests(pepper, identifiers))


def _private(ring: Keyring, epoch: int, identifiers: list[Identifier]) -> list[bytes]:
    return oprf.keys(ring)[epoch].digests([i.encode() for i in identifiers])


_MAKERS = {Kind.PEPPER: _pepper, Kind.MATRIX: _matrix, Kind.OPRF: _private}
