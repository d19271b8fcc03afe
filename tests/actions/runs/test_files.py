"""A file's run: page by page under a lease, cut anywhere it goes on behind the last page; what a cancel leaves."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from actions.runs.conftest import upsert
from contact_service.actions import (
    decoding,
    edge,
    endings,
    leases,
    paging,
    run_source,
    running,
    runs,
    spool,
)
from contact_service.actions.leases import LeaseLost
from contact_service.actions.paging import Stand, Turn
from contact_service.model.import_run import Position
from contact_service.model.imports import Page, State
from contact_service.model.imports_problem import ImportEnded
from contact_service.model.problem import NotFound, Overloaded
from contact_service.storage import imports
from import_world import ODD, book, until

EXPIRE = "UPDATE imports SET lease_until = now() - interval '1 s' WHERE owner_id = $1"
PAGES = 10


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    monkeypatch.setattr(decoding, "PAGE", 4)


@pytest.fixture
def expire(house, owner):
    """The lease of whoever worked on the owner's runs is over."""

    async def over() -> None:
        await house.db.ask(lambda con: con.execute(EXPIRE, owner))

    return over


class Cut(Exception):
    """The worker dies here."""


def dies_after(pages: int):
    left = [pages]

    def told(*_):
        left[0] -= 1
        if not left[0]:
            raise asyncio.CancelledError

    return told


async def test_a_run_is_done_and_counts_every_record(cat):
    run = await cat.begin(book(9) + ODD)
    assert run.state is State.QUEUED
    assert await cat.go(run.id) == running.Outcome()
    done = await cat.run(run.id)
    assert (done.state, done.done, done.counts.created, done.counts.rejected) == (
        State.DONE,
        10,
        9,
        1,
    )
    assert done.details.position.pages == 3
    assert done.ended_at is not None


async def test_its_file_goes_when_it_ends(cat, house):
    run = await cat.begin(book(3))
    await cat.go(run.id)
    with pytest.raises(spool.FileGone):
        await cat.read(spool.piece, run.id, 0)


@pytest.mark.parametrize("page", range(1, PAGES + 1))
async def test_cut_behind_any_page_it_goes_on_there(cat, expire, page, monkeypatch):
    whole = book(4 * PAGES)
    run = await cat.begin(whole)
    with pytest.raises(asyncio.CancelledError):
        await dying(cat, run.id, page)
    await expire()
    applied = watch_pages(monkeypatch)
    assert (await cat.go(run.id)).after_s is None
    done = await cat.run(run.id)
    assert done.state is State.DONE
    assert (done.done, done.counts.created) == (4 * PAGES, 4 * PAGES)
    assert applied == list(range(page + 1, PAGES + 1))
    assert len(await cat.names()) == 4 * PAGES


async def dying(cat, id_, page):
    """The work of a process that ends behind that page: nothing is parked or let go of."""
    await cat.go(id_, told=dies_after(page))
    if (await cat.run(id_)).state is State.RUNNING:
        raise asyncio.CancelledError


def watch_pages(monkeypatch) -> list[int]:
    """The numbers of the pages that are applied from here on."""
    seen: list[int] = []
    apply = paging.apply

    async def watched(ctx, run, turn, stand):
        done = await apply(ctx, run, turn, stand)
        seen.append(turn.position.pages)
        return done

    monkeypatch.setattr(paging, "apply", watched)
    return seen


async def test_a_page_that_was_not_committed_is_read_again_and_counted_once(
    cat, expire, monkeypatch
):
    run = await cat.begin(book(12))
    keep = paging.apply

    async def cut(ctx, of, turn, stand):
        done = await keep(ctx, of, turn, stand)
        if turn.position.pages == 2:
            raise asyncio.CancelledError
        return done

    monkeypatch.setattr(paging, "apply", cut)
    with pytest.raises(asyncio.CancelledError):
        await dying(cat, run.id, 99)
    monkeypatch.setattr(paging, "apply", keep)
    await expire()
    await cat.go(run.id)
    done = await cat.run(run.id)
    assert (done.done, done.counts.created) == (12, 12)


async def test_who_slept_through_the_lease_writes_nothing(cat, expire):
    run = await cat.begin(book(4))
    slept = await cat(leases.take, run.id)
    await expire()
    taken = await cat(leases.take, run.id)
    assert taken.lease.token != slept.lease.token
    stand = Stand(slept.lease, run.rev, run.details)
    with pytest.raises(LeaseLost):
        await cat(endings.finish, stand, run.details, State.DONE)
    with pytest.raises(LeaseLost):
        await cat(endings.park, stand, run.details, None)
    assert not await cat(renewing, slept.lease)
    of = await cat.read(run_source.run, run)
    turn = Turn(Page((upsert(0),)), None, Position(read=1, pages=1), None)
    with pytest.raises(LeaseLost):
        await cat(paging.apply, of, turn, stand)
    assert await cat.names() == []
    assert (await cat.run(run.id)).state is State.RUNNING


async def renewing(ctx, lease):
    return await imports.renew(ctx.tx, lease)


async def test_a_run_that_is_held_waits_for_its_holder(cat, expire):
    run = await cat.begin(book(4))
    await cat(leases.take, run.id)
    told = await cat.go(run.id)
    assert told.after_s is not None
    assert 0 < told.after_s <= leases.TURN_S
    await expire()
    assert await cat.go(run.id) == running.Outcome()


async def test_one_run_of_an_owner_is_worked_on_at_a_time(cat):
    first, second = await cat.begin(book(4)), await cat.begin(book(4, 10))
    await cat(leases.take, first.id)
    assert (await cat.go(second.id)).after_s is not None
    await cat(runs.cancel, first.id)
    assert await cat.go(second.id) == running.Outcome()


async def test_a_cancel_acts_before_the_next_page_and_keeps_what_was_applied(cat):
    run = await cat.begin(book(40))
    halted = asyncio.Event()

    def told(stand, read):
        if read.position.pages == 2:
            halted.set()

    work = asyncio.ensure_future(cat.go(run.id, told=told))
    await halted.wait()
    cancelled = await cat(runs.cancel, run.id)
    assert cancelled.state is State.CANCELLED
    names = await cat.names()
    assert await work == running.Outcome()
    assert await cat.names() == names
    assert 8 <= len(names) < 40
    assert (await cat.run(run.id)).state is State.CANCELLED
    with pytest.raises(ImportEnded):
        await cat(runs.cancel, run.id)


async def test_told_to_stop_it_puts_the_run_aside_behind_a_page(cat):
    run = await cat.begin(book(12))
    told = await cat.go(run.id, stopped=lambda: True)
    assert told.after_s == 0
    waiting = await cat.run(run.id)
    assert (waiting.state, waiting.done, waiting.waiting_until) == (State.RUNNING, 4, None)
    assert await cat.go(run.id) == running.Outcome()
    assert (await cat.run(run.id)).counts.created == 12


async def test_a_mistake_of_ours_is_tried_again_later_and_in_the_end_told(cat, monkeypatch, house):
    run = await cat.begin(book(4))

    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(paging, "apply", broken)
    for _ in range(5):
        told = await cat.go(run.id)
        assert isinstance(told.error, ZeroDivisionError)
        assert told.after_s is not None
    told = await cat.go(run.id)
    assert told.after_s is None
    failed = await cat.run(run.id)
    assert (failed.state, failed.details.fault) == (State.FAILED, "broken")
    assert house.metrics.count("contacts_imports_total", kind="file", outcome="failed").n == 1


async def test_while_the_database_is_away_nothing_is_given_up(cat, monkeypatch):
    run = await cat.begin(book(4))
    keep = paging.apply

    async def away(*_):
        raise Overloaded

    monkeypatch.setattr(paging, "apply", away)
    for _ in range(20):
        told = await cat.go(run.id)
        assert told.after_s == running.BUSY_S
    monkeypatch.setattr(paging, "apply", keep)
    assert await cat.go(run.id) == running.Outcome()


async def test_a_file_that_is_gone_is_told_as_gone(cat):
    run = await cat.begin(book(4))
    await cat(spool.drop, run.id)
    await cat.go(run.id)
    assert (await cat.run(run.id)).details.fault == "file-gone"


async def test_the_runs_of_an_owner_are_counted_and_no_number_comes_twice(cat, house, owner):
    numbers = []
    for _ in range(3):
        run = await cat.begin(book(1))
        await cat.go(run.id)
        numbers.append(run.number)
        await house.db.ask(
            lambda con: con.execute("DELETE FROM imports WHERE owner_id = $1", owner)
        )
    assert numbers == [1, 2, 3]


async def test_another_owners_run_is_not_there(cat, bea):
    run = await cat.begin(book(1))
    with pytest.raises(NotFound):
        await bea(runs.get, run.id)
    with pytest.raises(NotFound):
        await bea(runs.cancel, run.id)
    assert await edge.write(bea.house, bea.owner, "test", leases.take, run.id) is None


async def test_a_lease_is_held_by_its_holder_and_given_up_when_it_is_taken_away(cat, monkeypatch):
    monkeypatch.setattr(leases, "LOOK_S", 0.01)
    monkeypatch.setattr(leases, "RENEW_S", 0.02)
    run = await cat.begin(book(1))
    taken = await cat(leases.take, run.id)
    soon = datetime.now(UTC) + timedelta(seconds=0.3)
    short = imports.Lease(taken.lease.id, taken.lease.token, soon)
    keeping = asyncio.ensure_future(leases.keep(cat.house, short, cat.owner))

    async def renewed() -> bool:
        return await until_of(cat) > taken.lease.until

    await until(renewed)
    assert not keeping.done()
    await cat(runs.cancel, run.id)
    async with asyncio.timeout(2):
        await keeping


async def until_of(cat):
    sql = "SELECT lease_until FROM imports WHERE owner_id = $1"
    return await cat.house.db.ask(lambda con: con.fetchval(sql, cat.owner))
