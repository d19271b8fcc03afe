"""Friends and followers: edges as the provider has them, never contacts, and no paid call that no budget covers."""

from contact_emulators.facebook import Facebook
from contact_emulators.x import X
from imports.conftest import Linking
from imports.stack import Account

SPENT = (
    "SELECT coalesce(sum(micro_usd), 0)::bigint, count(*) FROM provider_spend WHERE owner_id = $1"
)


async def _edges(account: Account) -> set[tuple[str, str]]:
    found = (await account.api.get("/v1/social/edges?limit=1000")).json["edges"]
    assert {one["provider"] for one in found} <= {account.provider}
    return {(one["kind"], one["name"]) for one in found}


async def _spent(account: Account) -> tuple[int, int]:
    row = await account.house.db.ask(lambda con: con.fetchrow(SPENT, account.api.owner))
    return row[0], row[1]


def _of_x(x: X) -> set[tuple[str, str]]:
    return {("follower", name) for name in x.followers.values()} | {
        ("following", name) for name in x.following.values()
    }


async def test_friends_are_as_facebook_has_them(linking: Linking) -> None:
    account = await linking("facebook")
    there: Facebook = account.emulator
    there.fill(30, seed=3)
    done = await account.run()
    assert (done["state"], done["created"], done["report"]["edges"]) == ("done", 0, 30)
    assert await _edges(account) == {("friend", name) for name in there.friends.values()}
    gone, *_ = there.friends
    del there.friends[gone]
    there.friends["77"] = "Somebody new"
    assert (await account.run())["state"] == "done"
    assert await _edges(account) == {("friend", name) for name in there.friends.values()}
    assert await account.cards() == []
    assert await _spent(account) == (0, 0)


async def test_facebooks_permission_that_is_withdrawn_empties_nothing(linking: Linking) -> None:
    account = await linking("facebook")
    account.emulator.fill(5, seed=3)
    await account.run()
    before = await _edges(account)
    for grant in account.emulator.authority.grants:
        for token in grant.tokens:
            account.emulator.let_in(token, ())
    failed = await account.run()
    assert (failed["state"], failed["report"]["error"]) == ("failed", "missing-scope")
    assert await _edges(account) == before


async def test_without_a_budget_x_is_not_asked_at_all(linking: Linking) -> None:
    account = await linking("x")
    account.emulator.fill(30, seed=3)
    failed = await account.run()
    assert (failed["state"], failed["report"]["error"]) == ("failed", "budget-exceeded")
    assert account.emulator.returned == 0
    assert account.emulator.asked("users.me") + account.emulator.asked("followers") == 0
    assert await _spent(account) == (0, 0)


async def test_with_a_budget_followers_are_as_x_has_them_and_each_call_is_in_the_ledger(
    linking: Linking,
) -> None:
    account = await linking("x")
    account.emulator.fill(30, seed=3)
    account.budgeted(run=100, owner=1_000, day=100_000)
    done = await account.run()
    assert done["state"] == "done"
    assert await _edges(account) == _of_x(account.emulator)
    assert done["report"]["edges"] == len(_of_x(account.emulator))
    cost, rows = await _spent(account)
    assert cost == account.emulator.returned * 10_000 <= 100 * 10_000
    operations = ("users.me", "followers", "following")
    assert rows == sum(account.emulator.asked(name) for name in operations)
    assert await account.cards() == []


async def test_a_budget_that_is_too_small_ends_the_run_below_it(linking: Linking) -> None:
    account = await linking("x")
    account.emulator.fill(30, seed=3)
    account.budgeted(run=35, owner=1_000, day=100_000)
    failed = await account.run()
    assert (failed["state"], failed["report"]["error"]) == ("failed", "budget-exceeded")
    cost, _ = await _spent(account)
    assert cost == account.emulator.returned * 10_000 <= 35 * 10_000
    assert await _edges(account) == {("follower", name) for name in account.emulator.followers.values()}  # fmt: skip
