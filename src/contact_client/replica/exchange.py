"""What a book and the service tell each other: a batch leaves, its answer comes in, a page of the feed arrives.

Each of the three is one Change of the store, under the book's lock. What the owner must hear of is told before it is
kept, so after a crash it may be told twice, and is never lost.
"""

import uuid
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from contact_client import batches
from contact_client.batches import Outcome
from contact_client.problems import PASSING, BaseExpired, NotFound, Problem, UidTaken
from contact_client.replica import drafts, patching
from contact_client.replica.book import Book, uid_of
from contact_client.replica.drafts import Step
from contact_client.replica.store import UNSEEN, Change, Draft, Flight, Held, Mark, Op
from contact_client.values import Card, Changes, Conflict, Operation, decoded

LARGEST = 4_000_000
"""Bytes of contacts a batch holds at most, but for one contact."""


class Refusal(msgspec.Struct, frozen=True):
    """An edit that the service will not take and the book has given up; `card` is what it would have made."""

    contact: str
    op: Op
    card: Card | None
    problem: Problem


class Exchange:
    """The book's side. `on_conflict` and `on_problem` must not wait for the book."""

    def __init__(
        self,
        book: Book,
        on_conflict: Callable[[Conflict], None],
        on_problem: Callable[[Refusal], None],
    ) -> None:
        self._book = book
        self._store = book.store
        self._on_conflict = on_conflict
        self._on_problem = on_problem

    async def depart(self, most: int) -> Flight | None:
        """The batch on its way, or the next one of at most `most` drafts; None when none can leave."""
        async with self._book.lock:
            mark = await self._store.mark()
            if mark.flight is not None:
                return mark.flight
            leaving = _leaving(await self._chains(), most)
            if not leaving:
                return None
            body = batches.body([_operation(draft) for draft in leaving])
            flight = Flight(uuid.uuid4().hex, tuple(draft.seq for draft in leaving), body)
            await self._store.commit(Change(mark=replace(mark, flight=flight)))
            return flight

    async def land(self, flight: Flight, outcomes: tuple[Outcome, ...]) -> None:
        """The answer to the batch. A draft without a final result of its own stays in the queue."""
        told = {o.client_id: o for o in outcomes if not isinstance(o.problem, PASSING)}
        async with self._book.lock:
            mark = await self._store.mark()
            change = Change(mark=replace(mark, flight=None))
            for draft, *later in (await self._chains()).values():
                outcome = told.get(str(draft.seq))
                if draft.seq in flight.seqs and outcome is not None:
                    change |= self._told(await self._step(draft, later, outcome))
            await self._store.commit(change)

    async def withdraw(self, flight: Flight, problem: Problem) -> None:
        """The whole batch was refused, so nothing of it was done. One of a single draft is that draft's refusal."""
        if len(flight.seqs) == 1:
            seq = flight.seqs[0]
            await self.land(flight, (Outcome(str(seq), problem.status, problem=problem),))
            return
        async with self._book.lock:
            mark = await self._store.mark()
            await self._store.commit(Change(mark=replace(mark, flight=None)))

    async def arrive(self, page: Changes) -> None:
        """A page of the feed, with its token."""
        async with self._book.lock:
            mark, chains = await self._store.mark(), await self._chains()
            change = Change(mark=replace(mark, token=page.sync_token))
            for contact in page.changed:
                held = Held(contact.id, contact.etag, contact.json, contact.book, mark.round)
                step = drafts.settled(chains.get(contact.id, ()), contact.etag, contact.json)
                change |= Change(held=(held,)) | self._told(step)
            for contact_id in (*page.removed, *await self._unseen(mark, page)):
                change |= Change(gone=(contact_id,)) | drafts.removed(chains.get(contact_id, ()))
            await self._store.commit(change)

    async def start_over(self) -> None:
        """The token is of no use: the next page is the first of a snapshot. The queue stays."""
        async with self._book.lock:
            mark = await self._store.mark()
            await self._store.commit(Change(mark=replace(mark, token=None, round=mark.round + 1)))

    async def _step(self, draft: Draft, later: list[Draft], outcome: Outcome) -> Step:
        problem = outcome.problem
        for conflict in outcome.conflicts:
            self._on_conflict(replace(conflict, contact=outcome.id or draft.contact))
        if problem is None:
            return await self._accepted(draft, later, outcome.id, outcome.etag)
        if isinstance(problem, NotFound) and not draft.after:
            return await self._accepted(draft, later, None, None)
        if isinstance(problem, UidTaken) and _made_here(draft):
            # Ours: it was made by a batch whose answer was lost for longer than the service keeps answers.
            return await self._accepted(draft, later, str(problem.members.get("id")), None)
        current = problem.current
        expired = isinstance(problem, BaseExpired) and draft.after
        if expired and current is not None and current.etag != draft.base:
            return drafts.outlived(draft, current)
        card = decoded(draft.after) if draft.after else None
        self._on_problem(Refusal(draft.contact, draft.op, card, problem))
        return drafts.refused(draft, later)

    async def _accepted(
        self, draft: Draft, later: list[Draft], id_: str | None, etag: str | None
    ) -> Step:
        contact = id_ or draft.contact
        held = await self._store.held(contact)
        known = etag if etag is not None else (held.etag if held is not None else "")
        now = Held(contact, known, draft.after, round=UNSEEN, settled=False)
        return drafts.accepted(draft, later, now, held)

    async def _chains(self) -> dict[str, tuple[Draft, ...]]:
        """All drafts by contact, oldest first; of two contacts the one with the oldest draft."""
        chains: dict[str, tuple[Draft, ...]] = {}
        for draft in await self._store.drafts():
            chains[draft.contact] = (*chains.get(draft.contact, ()), draft)
        return chains

    async def _unseen(self, mark: Mark, page: Changes) -> list[str]:
        """At the feed's end: the contacts that no page of it told of."""
        if page.more:
            return []
        here = {contact.id for contact in page.changed}
        return [name for name in await self._store.unseen(mark.round) if name not in here]

    def _told(self, step: Step) -> Change:
        change, conflicts = step
        for conflict in conflicts:
            self._on_conflict(conflict)
        return change


def _leaving(chains: dict[str, tuple[Draft, ...]], most: int) -> list[Draft]:
    """The drafts that can leave: the first of each contact, unless it waits."""
    leaving: list[Draft] = []
    size = 0
    for draft, *_ in chains.values():
        if draft.waits:
            continue
        size += len(draft.after)
        if leaving and (len(leaving) >= most or size > LARGEST):
            break
        leaving.append(draft)
    return leaving


def _operation(draft: Draft) -> Operation:
    return Operation(
        op=draft.op,
        client_id=str(draft.seq),
        id=draft.contact if draft.before else None,
        base=draft.base,
        card=msgspec.Raw(draft.after) if draft.op in {"create", "replace"} else None,
        patch=patching.difference(draft.before, draft.after) if draft.op == "patch" else None,
    )


def _made_here(draft: Draft) -> bool:
    return not draft.before and decoded(draft.after).get("uid") == uid_of(draft.contact)
