"""An account's run: where it begins, what it keeps for the next one, and what never deletes or loops."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from actions.runs.conftest import page
from contact_service.actions import account_source, accounts, running, runs
from contact_service.integrations.connector import (
    BudgetExceeded,
    CursorExpired,
    MissingScope,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.model.account import State as AccountState
from contact_service.model.imports import Kind, Page, State
from contact_service.model.imports_problem import ImportUnderWay


@pytest.fixture
async def account(cat):
    return await cat.link()


async def test_the_checkpoint_of_the_last_page_is_where_the_next_run_begins(cat, script, account):
    script.chains = {
        None: [page(0, resume=b"r1"), page(2, checkpoint=b"c1", complete=True)],
        b"c1": [page(4, checkpoint=b"c2")],
    }
    first = await cat.imports(account)
    assert (first.state, first.counts.created, first.done) == (State.DONE, 4, 4)
    assert await cat.checkpoint(account) == b"c1"
    second = await cat.imports(account)
    assert (second.counts.created, second.details.position.cursor) == (2, True)
    assert await cat.checkpoint(account) == b"c2"
    assert script.asked == [None, b"c1"]


async def test_a_chain_that_breaks_keeps_its_pages_and_no_checkpoint(cat, script, account):
    script.chains = {None: [page(0, resume=b"r1"), ProviderChanged()]}
    failed = await cat.imports(account)
    assert (failed.state, failed.details.fault) == (State.FAILED, "provider-changed")
    assert await cat.names() == ["P0", "P1"]
    assert await cat.checkpoint(account) is None


async def test_cut_it_goes_on_behind_the_last_page(cat, script, account):
    script.chains = {
        None: [page(0, resume=b"r1"), Transient()],
        b"r1": [page(2, checkpoint=b"c1", complete=True)],
    }
    waiting = await cat.imports(account)
    assert (waiting.state, waiting.phase, waiting.details.faults) == (State.RUNNING, "waiting", 1)
    assert await cat.go(waiting.id) == running.Outcome()
    assert script.asked == [None, b"r1"]
    done = await cat.run(waiting.id)
    assert (done.counts.created, done.details.faults) == (4, 0)


@pytest.mark.parametrize("known", [None, b"c0"], ids=["first", "delta"])
async def test_an_expired_cursor_costs_one_full_read(cat, script, account, known):
    if known:
        await cat(accounts.put_cursor, account, None, known)
    script.chains = {
        b"c0": [CursorExpired()],
        b"r1": [CursorExpired()],
        None: [page(0, resume=b"r1"), page(2, checkpoint=b"c1", complete=True)],
    }
    done = await cat.imports(account)
    assert done.state is State.DONE
    assert script.asked == ([b"c0", None] if known else [None])
    assert await cat.checkpoint(account) == b"c1"


async def test_a_cursor_that_expires_again_is_no_loop(cat, script, account):
    script.chains = {b"c0": [CursorExpired()], None: [CursorExpired()]}
    await cat(accounts.put_cursor, account, None, b"c0")
    failed = await cat.imports(account)
    assert (failed.state, failed.details.fault) == (State.FAILED, "provider-changed")
    assert script.asked == [b"c0", None]


@pytest.mark.parametrize(
    ("chain", "read"),
    [
        ([page(n, resume=b"same") for n in range(0, 8, 2)], 1),
        ([page(0, resume=b"a"), page(2, resume=b"b"), page(4, resume=b"a"), page(6)], 2),
        ([Page((), resume=b"%d" % n) for n in range(9)], 2),
        ([page(n, 1, resume=b"%d" % n) for n in range(9)], 8),
    ],
    ids=["one-token", "a-circle", "empty", "endless"],
)
async def test_a_chain_that_does_not_end_is_ended(cat, script, account, chain, read, monkeypatch):
    monkeypatch.setattr(account_source, "MOST_PAGES", 8)
    script.chains = {None: chain}
    failed = await cat.imports(account)
    assert (failed.state, failed.details.fault) == (State.FAILED, "provider-changed")
    assert failed.details.position.pages == read


async def test_empty_pages_between_full_ones_are_none(cat, script, account):
    nothing = Page((), resume=None)
    script.chains = {None: [nothing, nothing, page(0), nothing, nothing, Page((), checkpoint=b"c")]}
    assert (await cat.imports(account)).state is State.DONE


@pytest.mark.parametrize(
    ("error", "slug", "after"),
    [
        (Reauthorise(), "reauthorise", AccountState.REAUTHORISE),
        (MissingScope(), "missing-scope", AccountState.REAUTHORISE),
        (BudgetExceeded(), "budget-exceeded", AccountState.CONNECTED),
        (ProviderChanged(), "provider-changed", AccountState.CONNECTED),
    ],
    ids=["reauthorise", "scope", "budget", "changed"],
)
async def test_a_fault_that_waiting_does_not_mend_fails_with_its_word(
    cat, script, account, error, slug, after
):
    script.chains = {None: [page(0, resume=b"r"), error]}
    failed = await cat.imports(account)
    assert (failed.state, failed.details.fault) == (State.FAILED, slug)
    assert (await cat.read(accounts.get, account)).state is after
    assert await cat.names() == ["P0", "P1"]


async def test_a_long_limit_parks_the_run_until_then(cat, script, account):
    until = datetime.now(UTC) + timedelta(minutes=5)
    script.chains = {None: [page(0, resume=b"r"), RateLimited(until)]}
    begun = await cat(runs.begin_account, account, Kind.GOOGLE)
    told = await cat.go(begun.id)
    assert told.after_s == pytest.approx(300, abs=30)
    waiting = await cat.run(begun.id)
    assert (waiting.phase, waiting.details.faults) == ("waiting", 0)
    assert waiting.waiting_until == until
    other = await cat.begin(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:F\r\nN:F;;;;\r\nEND:VCARD\r\n")
    assert await cat.go(other.id) == running.Outcome()


async def test_a_short_limit_is_slept_through(cat, script, account):
    soon = datetime.now(UTC) + timedelta(milliseconds=50)
    script.chains = {
        None: [page(0, resume=b"r"), RateLimited(soon)],
        b"r": [page(2, checkpoint=b"c", complete=True)],
    }
    assert (await cat.imports(account)).counts.created == 4


async def test_a_cancel_acts_within_two_seconds_while_it_waits(cat, script, account):
    asked = asyncio.Event()

    async def never():
        asked.set()
        await asyncio.Event().wait()

    script.chains = {None: [page(0, resume=b"r"), never]}
    begun = await cat(runs.begin_account, account, Kind.GOOGLE)
    work = asyncio.ensure_future(cat.go(begun.id))
    await asked.wait()
    assert (await cat(runs.cancel, begun.id)).state is State.CANCELLED
    async with asyncio.timeout(2):
        assert await work == running.Outcome()
    assert await cat.names() == ["P0", "P1"]


async def test_a_provider_that_stays_away_is_given_up_after_hours(cat, script, account):
    script.chains = {None: [Transient()]}
    begun = await cat(runs.begin_account, account, Kind.GOOGLE)
    waited = 0.0
    while (told := await cat.go(begun.id)).after_s is not None:
        waited += told.after_s
    assert 3600 < waited < 12 * 3600
    assert (await cat.run(begun.id)).details.fault == "provider-away"


async def test_one_run_of_an_account_at_a_time(cat, script, account):
    begun = await cat(runs.begin_account, account, Kind.GOOGLE)
    with pytest.raises(ImportUnderWay):
        await cat(runs.begin_account, account, Kind.GOOGLE)
    await cat(runs.cancel_of, account)
    assert (await cat.run(begun.id)).state is State.CANCELLED
    await cat(runs.begin_account, account, Kind.GOOGLE)
