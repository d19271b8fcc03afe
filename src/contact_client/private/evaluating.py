"""Identifiers become digests: blinded, evaluated, proved, kept. Each costs a unit, once; a repeat of one whose answer
was lost is free, so what is on its way is held until its answer is here.
"""

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from contact_client.private import verbs
from contact_client.private.blinding import Blinding
from contact_client.private.notes import Digests, Notes, Pin
from contact_client.private.verbs import EpochLost, Verbs
from contact_client.problems import DiscoveryBudget, Problem, RequestInFlight, TooMany

PAD = 64


class Flight(msgspec.Struct, frozen=True):
    """An evaluation on its way. Its blinds cannot be kept beyond this program: one that ends meanwhile has paid."""

    epoch: int
    identifiers: tuple[str, ...]
    blinding: Blinding
    body: bytes
    key: str


class Evaluating:
    """`batch` identifiers a request; `pads`: filled up to a multiple of 64, which is charged."""

    def __init__(self, verbs: Verbs, notes: Notes, batch: int, *, pads: bool) -> None:
        self._verbs = verbs
        self._notes = notes
        self._batch = batch
        self._pads = pads
        self._flight: Flight | None = None

    async def fill(
        self,
        epoch: int,
        pins: Mapping[int, Pin],
        wanted: Sequence[str],
        digests: dict[str, Digests],
    ) -> DiscoveryBudget | None:
        """Add to `digests` those of the epoch, of `wanted` in their order, as far as the budget goes. The refusal, when
        it did not go all the way. `pins` are those of epochs that are served: digests of others are dropped.

        Raises Problem, Unreachable, EpochLost, ProofRefused; what was evaluated until then is kept.
        """
        most = self._whole(self._batch)
        while (flight := self._next(epoch, wanted, digests, most)) is not None:
            try:
                digests.update(await self._land(flight, pins))
            except DiscoveryBudget as refusal:
                affordable = self._whole(refusal.left)
                if not 0 < affordable < len(flight.identifiers):
                    return refusal
                most = affordable
        return None

    def let_go(self) -> None:
        """What is on its way will not be kept."""
        self._flight = None

    def _next(
        self, epoch: int, wanted: Sequence[str], digests: Mapping[str, Digests], most: int
    ) -> Flight | None:
        """What is still on its way, else the next ones to leave."""
        if self._flight is not None and self._flight.epoch == epoch:
            return self._flight
        leaving = [one for one in wanted if epoch not in digests.get(one, {})][:most]
        if not leaving:
            return None
        blinding = Blinding(leaving, -len(leaving) % PAD if self._pads else 0)
        body = verbs.evaluation(epoch, blinding.elements)
        self._flight = Flight(epoch, tuple(leaving), blinding, body, uuid.uuid4().hex)
        return self._flight

    async def _land(self, flight: Flight, pins: Mapping[int, Pin]) -> dict[str, Digests]:
        try:
            evaluated, proof = await self._verbs.evaluate(flight.epoch, flight.body, flight.key)
        except (Problem, EpochLost) as refusal:
            if not _may_be_paid(refusal):
                self._flight = None
            raise
        # A proof that does not hold leaves the flight: a repeat is free, and may come past whoever altered this one.
        found = flight.blinding.finish(evaluated, proof, pins[flight.epoch].public_key)
        known = await self._notes.digests(flight.identifiers)
        fresh = {
            one: {e: d for e, d in known.get(one, {}).items() if e in pins} | {flight.epoch: digest}
            for one, digest in zip(flight.identifiers, found, strict=True)
        }
        await self._notes.keep_digests(fresh)
        self._flight = None
        return fresh

    def _whole(self, most: int) -> int:
        return most - most % PAD if self._pads else most


def _may_be_paid(refusal: Problem | EpochLost) -> bool:
    """Whether the service may have charged, or be about to, all the same."""
    if isinstance(refusal, EpochLost | DiscoveryBudget):
        return False
    return refusal.status >= 500 or isinstance(refusal, RequestInFlight | TooMany)
