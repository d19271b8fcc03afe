"""The snapshot: never stale, loaded once for many, bounded in bytes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from acting import Actor, person
from contact_service.actions import cards, edge, snapshot, view
from contact_service.actions.search import find
from contact_service.actions.snapshot import NO_BOOKS, Snapshot
from contact_service.actions.snapshots import Snapshots
from contact_service.formats import jscontact
from contact_service.model.ids import CardId, OwnerId
from contact_service.model.owner import Head, State
from contact_service.storage.cards import FeedRow
from contact_service.vault import cards as sealed_cards
from contact_service.vault import sealing


async def test_fifty_requests_for_a_cold_owner_cost_one_load(ann: Actor) -> None:
    await ann(cards.create, person("A"))
    head = await edge.head(ann.house, ann.owner)
    before = ann.house.snapshots.misses
    books = await asyncio.gather(*(view.book(ann.house, head) for _ in range(50)))
    assert ann.house.snapshots.misses - before == 1
    assert len({id(book) for book in books}) == 1


async def test_a_read_after_a_write_sees_it(ann: Actor) -> None:
    for place in range(20):
        made = await ann(cards.create, person(f"n{place}"))
        book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
        assert book.get(str(made.id)) is not None
        assert len(book.cards) == place + 1


async def test_a_cancelled_reader_does_not_take_the_book_from_the_others(ann: Actor) -> None:
    await ann(cards.create, person("A"))
    head = await edge.head(ann.house, ann.owner)
    tasks = [asyncio.create_task(view.book(ann.house, head)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    books = await asyncio.gather(*tasks[1:])
    assert books[0].cards


async def test_the_cache_stays_within_its_bytes(ann: Actor, bea: Actor) -> None:
    small = Snapshots(8_000)
    for actor in (ann, bea):
        await actor(cards.create, person("A" * 1000))
        head = await edge.head(actor.house, actor.owner)
        await small.load(head, lambda owner, older: view._load_book(ann.house, owner, older))
        assert small.held_bytes <= 8_000


async def test_search_finds_a_contact_at_once_after_its_write(ann: Actor) -> None:
    await ann(cards.create, person("Zoë Müller", "+4915112345678"))
    head = await edge.head(ann.house, ann.owner)
    assert await find(ann.house, head, "smith", 10) == []
    made = await ann(cards.create, person("John Smith"))
    head = await edge.head(ann.house, ann.owner)
    assert [card.id for card, _ in await find(ann.house, head, "smi", 10)] == [str(made.id)]
    assert len(await find(ann.house, head, "muller", 10)) == 1
    await ann(cards.delete, made.id)
    head = await edge.head(ann.house, ann.owner)
    assert await find(ann.house, head, "smith", 10) == []


async def pages(rows: list[FeedRow]) -> AsyncIterator[list[FeedRow]]:
    """The rows as storage gives them, in pages of three."""
    for start in range(0, len(rows), 3):
        yield rows[start : start + 3]


HEAD = Head(OwnerId("o"), 0, 1, 0, State.ACTIVE, 1, 0)
WRITES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40)


@given(WRITES, st.lists(st.integers(1, 10), max_size=12))
async def test_put_in_by_steps_it_is_the_same_as_built_at_once(
    writes: list[tuple[int, bool]], steps: list[int]
) -> None:
    key = sealing.new("o", 1)
    rows: dict[int, FeedRow] = {}
    at_once: Snapshot | None = None
    stepwise: Snapshot | None = None
    pending: list[FeedRow] = []
    waits = iter(steps)
    wait = next(waits, 1)
    for version, (place, deleted) in enumerate(writes, 1):
        card = UUID(int=place)
        body = jscontact.read(person(f"n{version}", uid=f"u{place}"), "x")[0]
        sealed = None if deleted else sealed_cards.seal(key, CardId(card), 1, body)
        if deleted and (place not in rows or rows[place].deleted):
            continue
        row = FeedRow(card, version, 1, sealed, datetime.now(UTC), deleted)
        rows.pop(place, None)
        rows[place] = row
        pending = [p for p in pending if p.card != card] + [row]
        wait -= 1
        if wait <= 0:
            head = msgspec.structs.replace(HEAD, version=version)
            stepwise = await snapshot.build(key, head, pages(pending), stepwise, NO_BOOKS)
            await stepwise.index()
            pending, wait = [], next(waits, 1)
    head = msgspec.structs.replace(HEAD, version=len(writes))
    stepwise = await snapshot.build(key, head, pages(pending), stepwise, NO_BOOKS)
    at_once = await snapshot.build(key, head, pages(list(rows.values())), None, NO_BOOKS)
    assert stepwise.cards == at_once.cards
    assert stepwise.changed(0) == at_once.changed(0)
    assert at_once.gone == stepwise.gone
    found = {hit.id for hit in (await stepwise.index()).search("n", 50)}
    assert found == {hit.id for hit in (await at_once.index()).search("n", 50)}
