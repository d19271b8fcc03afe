"""Digests against buckets, on the device; what stands there is resolved by the service, anew at every sync: a match
that was withdrawn since is gone, and so is one with a person the owner has blocked.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from contact_client.private import buckets
from contact_client.private.notes import Mark, Notes, Who
from contact_client.private.verbs import MOST_BUCKETS, MOST_DIGESTS, Epoch, Part, Verbs
from contact_client.problems import Unreachable


class Comparing:
    """Asks for buckets and for who is behind hits; neither is charged."""

    def __init__(self, verbs: Verbs, notes: Notes) -> None:
        self._verbs = verbs
        self._notes = notes

    async def found(self, epoch: Epoch, digests: Mapping[str, bytes]) -> dict[str, Who]:
        """Who is found by which identifier. Raises Problem, Unreachable, EpochLost."""
        bits = epoch.bits
        places = {one: buckets.bucket(digest, bits) for one, digest in digests.items()}
        own = set(places.values())
        await self._fetch(epoch.epoch, buckets.asked(own, bits, self._notes.secret, epoch.epoch))
        tags = await self._notes.tags(epoch.epoch, own)
        hits = {
            one: digest
            for one, digest in digests.items()
            if buckets.holds(tags.get(places[one], b""), buckets.tag(digest, bits))
        }
        return await self._resolve(epoch.epoch, hits)

    async def drop(self, epochs: Collection[int]) -> None:
        """Nothing is left of the buckets of epochs beside these."""
        mark = await self._notes.mark()
        for epoch in mark.seqs.keys() - set(epochs):
            left = {other: seqs for other, seqs in mark.seqs.items() if other != epoch}
            gone, mark = mark.seqs[epoch], replace(mark, seqs=left)
            await self._notes.keep_buckets(mark, epoch, {}, gone)

    async def _resolve(self, epoch: int, hits: Mapping[str, bytes]) -> dict[str, Who]:
        told = {}
        asked = [*dict.fromkeys(hits.values())]
        for at in range(0, len(asked), MOST_DIGESTS):
            told.update(await self._verbs.resolve(epoch, asked[at : at + MOST_DIGESTS]))
        return {one: Who(*told[digest]) for one, digest in hits.items() if digest in told}

    async def _fetch(self, epoch: int, asked: Sequence[int]) -> None:
        """The asked buckets stand in the notes as they are now, and no others of the epoch."""
        mark = await self._notes.mark()
        gone = set(mark.seqs.get(epoch, {})).difference(asked)
        for at in range(0, len(asked), MOST_BUCKETS):
            mark = await self._arrive(mark, epoch, asked[at : at + MOST_BUCKETS])
        if gone:
            seqs = {one: seq for one, seq in mark.seqs[epoch].items() if one not in gone}
            mark = replace(mark, seqs={**mark.seqs, epoch: seqs})
            await self._notes.keep_buckets(mark, epoch, {}, gone)

    async def _arrive(self, mark: Mark, epoch: int, asked: Sequence[int]) -> Mark:
        seqs = mark.seqs.get(epoch, {})
        seq, parts = await self._verbs.buckets(epoch, {one: seqs.get(one) for one in asked})
        moved = [part.id for part in parts if part.added or part.removed]
        held = await self._notes.tags(epoch, moved)
        tags = {
            part.id: _tags(part, held)
            for part in parts
            if part.tags is not None or part.id in held or part.id not in seqs
        }
        told = {**seqs, **{part.id: seq for part in parts}}
        mark = replace(mark, seqs={**mark.seqs, epoch: told})
        await self._notes.keep_buckets(mark, epoch, tags)
        return mark


def _tags(part: Part, held: Mapping[int, bytes]) -> bytes:
    """The bucket now. Raises Unreachable for a change of what is not held."""
    if part.tags is not None:
        return part.tags
    if part.id not in held:
        raise Unreachable("a change of a bucket that was asked for whole", sent=True)
    return buckets.changed(held[part.id], part.added, part.removed)
