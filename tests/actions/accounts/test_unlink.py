"""Unlinking: the import ends, the grant goes back, the tokens go at once, and what only it brought stays or goes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from acting import Actor, person
from contact_emulators.knobs import Fault
from contact_emulators.oauth import REVOKE
from contact_service.actions import (
    accounts,
    cards,
    consent,
    due,
    edge,
    errands,
    running,
    runs,
    unlink,
    view,
)
from contact_service.actions.context import Context
from contact_service.integrations.oauth import OAuthAway
from contact_service.jobs import tasks
from contact_service.model.account import Account, State
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Kind
from contact_service.model.imports import State as RunState
from contact_service.model.problem import NotFound
from contact_service.storage import outbox
from contact_service.storage.db import Db
from contact_service.storage.outbox import Errand
from contact_service.storage.walk import START
from providing import World, linked, world


@pytest.fixture
async def there(fresh_db: Db) -> AsyncIterator[World]:
    async with world(fresh_db) as made:
        yield made


async def left(ann: Actor) -> list[Errand]:
    """The errands that wait, of these kinds."""
    return await outbox.waiting(ann.house.db, [errands.REVOKE, errands.UNLINK], 100)


async def carried(ann: Actor) -> None:
    for errand in await left(ann):
        await tasks.ERRANDS[errand.task](ann.house, errand)
        await ann.house.db.writing(errand.owner, lambda tx, id_=errand.id: outbox.moved(tx, [id_]))


async def states(ann: Actor) -> list[State]:
    return [one.state for one in await ann.read(accounts.listed)]


async def aged(ann: Actor, account: Account, column: str, days: int) -> None:
    async def age(ctx: Context) -> None:
        sql = f"UPDATE accounts SET {column} = now() - $3 * interval '1 day' WHERE owner_id = $1 AND account_id = $2"
        await ctx.tx.run(sql, ctx.owner, account.id, days)

    await ann(age)


@pytest.mark.parametrize("keep", [True, False], ids=["keep", "remove"])
async def test_an_unlinked_account_is_gone_and_its_grant_given_back(
    ann: Actor, there: World, keep: bool
) -> None:
    account = await linked(ann, "google")
    await ann(unlink.remove, account.id, keep=keep)
    assert await states(ann) == []
    assert len(there.google.authority.grants) == 1
    await carried(ann)
    assert there.google.authority.grants == []
    with pytest.raises(NotFound):
        await ann(unlink.remove, account.id, keep=keep)


async def test_of_another_owner_nothing_is_unlinked(ann: Actor) -> None:
    account = await linked(ann, "google")
    bea = Actor(ann.house, OwnerId(f"bea-{ann.owner}"))
    with pytest.raises(NotFound):
        await bea(unlink.remove, account.id, keep=False)
    assert await states(ann) == [State.CONNECTED]


async def test_the_tokens_wait_for_the_provider_sealed_and_nowhere_else(
    ann: Actor, there: World
) -> None:
    account = await linked(ann, "google")
    there.google.knobs.set(Fault.AWAY, REVOKE, times=2)
    await ann(unlink.remove, account.id, keep=True)
    (errand,) = await left(ann)
    secret = there.google.authority.grants[0].refresh.encode()
    assert errand.payload is not None
    assert secret not in errand.payload
    for _ in range(2):
        with pytest.raises(OAuthAway):
            await tasks.ERRANDS[errand.task](ann.house, errand)
    await carried(ann)
    assert there.google.authority.grants == []
    # Twice comes to the same: the provider knows the token no longer.
    await tasks.ERRANDS[errand.task](ann.house, errand)


async def test_a_running_import_ends_with_the_account(ann: Actor) -> None:
    account = await linked(ann, "google")
    run = await ann(runs.begin_account, account.id, Kind.GOOGLE)
    await ann(unlink.remove, account.id, keep=True)
    assert (await ann.read(runs.get, run.id)).state is RunState.CANCELLED


async def test_a_withdrawn_consent_takes_the_accounts_of_that_provider(
    ann: Actor, there: World
) -> None:
    google, microsoft = await linked(ann, "google"), await linked(ann, "microsoft")
    await ann(runs.begin_account, google.id, Kind.GOOGLE)
    await ann(consent.withdraw, Purpose.IMPORT_GOOGLE)
    assert [one.id for one in await ann.read(accounts.listed)] == [microsoft.id]
    await carried(ann)
    assert there.google.authority.grants == []
    assert len(there.microsoft.authority.grants) == 1


async def test_what_is_large_goes_slice_by_slice(
    ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await linked(ann, "google")
    slices = 3

    async def remove(ctx, kind, source, most, *, keep):
        nonlocal slices
        slices -= 1
        return unlink.unlinking.Unlinked(unlink.unlinking.Counts(), slices > 0, 0)

    monkeypatch.setattr(unlink.unlinking, "remove", remove)
    await ann(unlink.remove, account.id, keep=False)
    assert await states(ann) == [State.UNLINKING]
    await ann(unlink.remove, account.id, keep=False)
    await carried(ann)
    assert (await states(ann), slices) == ([], 0)


async def rounds(ann: Actor, **moved: float) -> due.Begun:
    async def rest(_: float) -> None: ...

    now = datetime.now(UTC) + timedelta(**moved)
    return await due.page(ann.house, START, 100, now, rest=rest)


async def test_an_account_is_read_again_when_its_turn_has_come(ann: Actor) -> None:
    account = await linked(ann, "google")
    assert (await rounds(ann)).begun == 0
    assert (await rounds(ann, days=1.2)).begun == 1
    (run,) = await ann.read(runs.listed, runs.NEWEST, 10)
    assert (run.account, run.kind) == (account.id, Kind.GOOGLE)
    # It is under way: no second one begins, and it stays due.
    await aged(ann, account, "next_due", 1)
    assert (await rounds(ann)).skipped == 1


@pytest.mark.parametrize("provider", ["google", "microsoft"])
async def test_a_turn_is_a_day_give_or_take_a_tenth(ann: Actor, provider: str) -> None:
    account = await linked(ann, provider)
    now = datetime.now(UTC)
    assert account.next_due is not None
    assert timedelta(hours=21) < account.next_due - now < timedelta(hours=27)
    assert accounts.next_due("x", account.id, now) is None


async def test_a_grant_that_nobody_uses_lapses_after_180_days(ann: Actor, there: World) -> None:
    account = await linked(ann, "google")
    await aged(ann, account, "used_at", 179)
    assert (await rounds(ann)).lapsed == 0
    await aged(ann, account, "used_at", 181)
    assert (await rounds(ann)).lapsed == 1
    assert await states(ann) == [State.REAUTHORISE]
    await carried(ann)
    assert there.google.authority.grants == []
    assert (await rounds(ann)).last is None


async def test_a_restricted_owner_is_passed_over(ann: Actor) -> None:
    account = await linked(ann, "google")
    await aged(ann, account, "next_due", 1)
    await ann.house.db.writing(
        ann.owner,
        lambda tx: tx.run("UPDATE owners SET state = 'restricted' WHERE owner_id = $1", ann.owner),
    )
    assert (await rounds(ann)).skipped == 1


async def book(ann: Actor) -> list[str]:
    """What the owner's cards say, without ids."""
    shown = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    return sorted(card.body.decode() for card in shown.cards)


async def imported(ann: Actor, account: Account) -> None:
    run = await ann(runs.begin_account, account.id, Kind.GOOGLE)
    await running.run(ann.house, ann.owner, "test", run.id)
    assert (await ann.read(runs.get, run.id)).state is RunState.DONE


@pytest.mark.parametrize("how", ["remove", "withdraw", "keep"])
async def test_what_only_the_account_brought_goes_or_stays(
    ann: Actor, there: World, how: str
) -> None:
    await ann(cards.create, person("Own Card", "+14155550123"))
    before = await book(ann)
    there.google.fill(25, seed=3)
    account = await linked(ann, "google", options={"photos": False})
    await imported(ann, account)
    full = await book(ann)
    assert len(full) == 26
    if how == "withdraw":
        await ann(consent.withdraw, Purpose.IMPORT_GOOGLE)
    else:
        await ann(unlink.remove, account.id, keep=how == "keep")
    await carried(ann)
    assert await book(ann) == (full if how == "keep" else before)
    assert await states(ann) == []
