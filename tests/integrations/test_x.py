"""Followers of X over its API: every page paid for once and never beyond the budget, edges and no contacts."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from breaking import BROKEN, BROKEN_IDS, heals
from contact_emulators.knobs import Fault
from contact_emulators.x import X as Emulated
from contact_service.integrations import x
from contact_service.integrations.connector import (
    BudgetExceeded,
    ConnectorError,
    CursorExpired,
    MissingScope,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.integrations.outward import Outward
from contact_service.integrations.x import Price, X
from emulating import schemas
from pulled import Rig, pulling


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Emulated:
    monkeypatch.setattr(x, "PAGE", 4)
    made = Emulated(schemas())
    made.fill(18, seed=3)
    return made


@pytest.fixture
def rig(there: Emulated, way: Outward) -> Iterator[Rig]:
    with pulling(X(), there, way, "/2") as made:
        made.purse.left = 1_000
        yield made


def truth(there: Emulated) -> dict[tuple[str, str], str]:
    lists = (("follower", there.followers), ("following", there.following))
    return {(kind, who): name for kind, people in lists for who, name in people.items()}


async def test_a_read_has_both_lists_and_pays_for_each_user(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    assert rig.book.edges == truth(there)
    assert rig.book.pages[-1].complete
    assert rig.book.cards == {}
    assert rig.purse.paid == there.returned == len(truth(there)) + 1
    assert {page.total for page in rig.book.pages} == {len(truth(there))}


async def test_who_no_longer_follows_goes_by_the_next_read(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    there.followers.pop(next(iter(there.followers)))
    there.followers["99"] = "New"
    await rig.pull()
    assert rig.book.edges == truth(there)


async def test_without_a_budget_nothing_is_read(there: Emulated, rig: Rig) -> None:
    rig.purse.left = 0
    with pytest.raises(BudgetExceeded):
        await rig.pull()
    assert (there.returned, there.seen) == (0, [])


async def test_a_budget_that_ends_in_the_middle_is_never_overdrawn(
    there: Emulated, rig: Rig
) -> None:
    rig.purse.left = 12
    with pytest.raises(BudgetExceeded):
        await rig.pull()
    assert there.returned == rig.purse.paid <= 12
    assert rig.book.checkpoint is None
    rig.purse.left = 1_000
    await rig.pull()
    assert rig.book.edges == truth(there)
    assert there.returned == len(truth(there)) + 1, "what was read was not read again"


async def test_a_small_list_needs_a_small_budget(way: Outward) -> None:
    there = Emulated(schemas())
    there.followers, there.following = {"1": "Ada"}, {}
    with pulling(X(), there, way, "/2") as rig:
        rig.purse.left = 3
        await rig.pull()
    assert rig.book.edges == {("follower", "1"): "Ada"}


async def test_the_price_is_told_before_a_read(there: Emulated, rig: Rig) -> None:
    assert await x.price(rig.ctx) == Price(18, 7, 250_000)
    assert rig.purse.paid == there.returned == 1


@pytest.mark.parametrize("stop", range(1, 7))
async def test_a_run_killed_behind_any_page_goes_on_there(
    there: Emulated, rig: Rig, stop: int
) -> None:
    await rig.pull(stop_after=stop)
    await rig.pull()
    assert rig.book.edges == truth(there)
    assert there.asked("users.me") == 1
    assert there.returned == len(truth(there)) + 1


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        *BROKEN,
        (Fault.FORBIDDEN, "", MissingScope),
        (Fault.FORBIDDEN, "usage-capped", BudgetExceeded),
        (Fault.AWAY, "402", BudgetExceeded),
        (Fault.AWAY, "503", Transient),
        (Fault.AWAY, "404", ProviderChanged),
        (Fault.EXPIRED_CURSOR, "", CursorExpired),
        (Fault.TOO_MANY, "900", RateLimited),
        (Fault.EMPTY_PAGE, "", ProviderChanged),
    ],
    ids=[*BROKEN_IDS, *"forbidden capped 402 away 404 expired 429 empty".split()],
)
async def test_a_chain_that_breaks_loses_nobody_and_heals(
    there: Emulated, rig: Rig, fault: Fault, value: str, error: type[ConnectorError]
) -> None:
    def spoil() -> None:
        there.knobs.set(fault, "followers", nth=2, times=0, value=value)

    await heals(rig, there, spoil, error, lambda: dict(rig.book.edges), lambda: truth(there))


async def test_the_header_says_when_the_limit_resets(there: Emulated, rig: Rig) -> None:
    there.resets_in_s = 900
    there.knobs.set(Fault.TOO_MANY, "followers", nth=2)
    rig.clock.at = datetime.now(UTC)
    with pytest.raises(RateLimited) as limited:
        await rig.pull()
    assert 890 < (limited.value.until - rig.clock.at).total_seconds() <= 901


@pytest.mark.parametrize("fault", [Fault.SHORT_PAGE, Fault.REPLAYED_ITEM], ids=lambda fault: fault.value)  # fmt: skip
async def test_pages_may_be_short_or_repeat(there: Emulated, rig: Rig, fault: Fault) -> None:
    there.knobs.set(fault, times=0)
    await rig.pull()
    assert rig.book.edges == truth(there)


async def test_an_unknown_property_is_counted(there: Emulated, rig: Rig) -> None:
    there.knobs.set(Fault.UNKNOWN_FIELD, "following")
    await rig.pull()
    assert sum(page.unknown for page in rig.book.pages) == 1


async def test_a_user_without_an_id_costs_nobody(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    there.knobs.set(Fault.WRONG_TYPE, "following", value="id")
    await rig.pull()
    assert [reject.code for reject in rig.book.rejects] == ["no-id"]
    assert not rig.book.pages[-1].complete
    assert rig.book.edges == truth(there)


async def test_a_grant_that_is_gone_asks_to_connect_again(there: Emulated, rig: Rig) -> None:
    there.knobs.set(Fault.UNAUTHORISED, times=0)
    with pytest.raises(Reauthorise):
        await rig.pull()


async def test_an_account_without_the_scope_is_told_so(there: Emulated, way: Outward) -> None:
    with pulling(X(), there, way, "/2", scopes=("users.read",)) as rig:
        rig.purse.left = 100
        with pytest.raises(MissingScope):
            await rig.pull()


async def test_a_cursor_of_another_release_is_an_expired_one(rig: Rig) -> None:
    for cursor in (b"{", b'{"v":2}', b'{"user":"1","todo":["blocks"]}'):
        rig.book.resume = cursor
        with pytest.raises(CursorExpired):
            await rig.pull()


@pytest.mark.parametrize(
    ("body", "users"),
    [(b'{"data":[{},{}]}', 2), (b'{"data":{"id":"1"}}', 1), (b'{"meta":{}}', 0), (b"<", 4)],
    ids=["list", "one", "none", "unreadable"],
)
def test_what_an_answer_costs_is_read_off_it(there: Emulated, body: bytes, users: int) -> None:
    assert X.returned(body) == users
