"""One sync: the epochs in force, the digests that are wanting, the comparison, and what of it is remembered."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from contact_client.private import epochs, spelling
from contact_client.private.comparing import Comparing
from contact_client.private.evaluating import Evaluating
from contact_client.private.notes import Digests, Notes, Who
from contact_client.private.spelling import Spelled
from contact_client.private.verbs import Epoch, EpochLost, Verbs
from contact_client.problems import DiscoveryBudget, EpochUnsafe
from contact_client.values import Discovered


class Syncing:
    """Tells who is on the app, among identifiers. `now` tells which epochs are in force."""

    def __init__(
        self, verbs: Verbs, notes: Notes, now: Callable[[], datetime], batch: int, *, pads: bool
    ) -> None:
        self._verbs = verbs
        self._notes = notes
        self._now = now
        self._evaluating = Evaluating(verbs, notes, batch, pads=pads)
        self._comparing = Comparing(verbs, notes)

    async def sync(self, spelled: Spelled) -> Discovered:
        """The users among them. Raises what DiscoveryClient.sync does."""
        lost: dict[int, EpochLost] = {}
        while True:
            try:
                return await self._once(spelled, lost)
            except EpochLost as told:
                # It came into force or ended between two requests: asked again without it, by new parameters.
                if told.epoch in lost or len(lost) > 2:
                    raise told.problem from None
                lost[told.epoch] = told

    async def forget(self, identifiers: Collection[str] | None) -> None:
        """Nothing of these, or of anyone, is left; buckets that they alone were in go with the next sync."""
        await self._notes.mark()
        self._evaluating.let_go()
        if identifiers is None:
            await self._notes.forget_all()
        else:
            await self._notes.forget(identifiers)

    async def _once(self, spelled: Spelled, lost: Mapping[int, EpochLost]) -> Discovered:
        serving = await self._serving(lost)
        wanted = spelled.canonical
        digests = await self._notes.digests(wanted)
        before = await self._notes.found()
        refusal = await self._evaluate(serving, wanted, digests, before)
        found: dict[str, Who] = {}
        shares = _shares(serving, wanted, digests)
        for epoch, share in zip(serving, shares, strict=True):
            found |= await self._comparing.found(epoch, share)
        asked = set(wanted)
        others = {one: who for one, who in before.items() if one not in asked}
        await self._notes.keep_found(others | found)
        return replace(
            spelled.discovered(found),
            deferred=len(wanted) - sum(map(len, shares)),
            next_at=spelling.later(self._now(), refusal),
        )

    async def _serving(self, lost: Mapping[int, EpochLost]) -> list[Epoch]:
        """The epochs in force, newest first, all announced ones pinned."""
        params = await self._verbs.params()
        mark = await self._notes.mark()
        pins = epochs.pinned(params, mark.pins)
        serving = epochs.serving(params, self._now(), lost)
        if not serving and lost:
            raise next(iter(lost.values())).problem
        if not serving:
            raise EpochUnsafe("no epoch is in force")
        if pins != mark.pins:
            await self._notes.keep_mark(replace(mark, pins=pins))
        await self._comparing.drop({epoch.epoch for epoch in params.epochs})
        return serving

    async def _evaluate(
        self,
        serving: Sequence[Epoch],
        wanted: Sequence[str],
        digests: dict[str, Digests],
        before: Collection[str],
    ) -> DiscoveryBudget | None:
        """Fill in what is wanting in the newest epoch. Until that is all of them an older one serves for the rest."""
        mark = await self._notes.mark()
        pins = {epoch.epoch: mark.pins[epoch.epoch] for epoch in serving}

        def rank(one: str) -> int:
            if one in before:
                return 0
            return 2 if pins.keys() & digests.get(one, {}).keys() else 1

        ranked = sorted(wanted, key=rank)
        return await self._evaluating.fill(serving[0].epoch, pins, ranked, digests)


def _shares(
    serving: Iterable[Epoch], wanted: Sequence[str], digests: Mapping[str, Digests]
) -> list[dict[str, bytes]]:
    """For each epoch the digests that are compared in it: each identifier's newest."""
    left = [one for one in wanted if one in digests]
    shares = []
    for epoch in serving:
        share = {one: digests[one][epoch.epoch] for one in left if epoch.epoch in digests[one]}
        left = [one for one in left if one not in share]
        shares.append(share)
    return shares
