"""Whatever goes wrong on whichever page: no contact goes by it, and the next run has what the provider holds."""

import pytest

from contact_emulators.google import LIST
from contact_emulators.knobs import Fault
from imports.conftest import Linking
from imports.editing import WHOLE, several
from imports.stack import PAGES, Account

BROKEN = {
    "google": [
        (Fault.AWAY, "503"),
        (Fault.TRUNCATED, ""),
        (Fault.WRONG_SHAPE, ""),
        (Fault.CUT, ""),
        (Fault.ENDLESS, ""),
        (Fault.EMPTY_PAGE, ""),
        (Fault.UNAUTHORISED, ""),
        (Fault.FORBIDDEN, ""),
        (Fault.TOO_MANY, "120"),
    ],
    "microsoft": [
        (Fault.AWAY, "503"),
        (Fault.TRUNCATED, ""),
        (Fault.WRONG_SHAPE, ""),
        (Fault.CUT, ""),
        (Fault.ENDLESS, ""),
        (Fault.EMPTY_PAGE, ""),
        (Fault.FOREIGN_LINK, ""),
        (Fault.UNAUTHORISED, ""),
        (Fault.FORBIDDEN, ""),
        (Fault.TOO_MANY, "120"),
        (Fault.EXPIRED_CURSOR, ""),
    ],
}
ODD = [
    (Fault.REPLAYED_ITEM, ""),
    (Fault.REPLAYED_PAGE, ""),
    (Fault.SHORT_PAGE, ""),
    (Fault.EMPTY_PAGE, ""),
    (Fault.UNKNOWN_FIELD, ""),
]
WRONG = {"google": "phoneNumbers", "microsoft": "categories"}
LISTS = {"google": LIST, "microsoft": ""}

ANSWERS = {"google": 3, "microsoft": 6}
"""Answers of a whole read, each of which is broken in turn: Graph's first one is the list of folders."""


def _each(table: dict[str, list[tuple[Fault, str]]]) -> list[object]:
    return [
        pytest.param(provider, fault, value, id=f"{provider}-{fault.value}")
        for provider, faults in table.items()
        for fault, value in faults
    ]


async def _broken(account: Account, fault: Fault, value: str, nth: int) -> None:
    """A whole read breaks at its `nth` page, after the owner changed things there; then it works again."""
    several(account)
    truth = account.truth()
    before = {card["id"] for card in await account.cards()}
    await account.forget_cursor()
    account.emulator.knobs.set(fault, LISTS[account.provider], nth=nth, times=0, value=value)
    run = await account.begin()
    after_s = await account.work()
    broken = await account.shown(run)
    assert broken["removed"] == 0
    assert before <= {card["id"] for card in await account.cards()}
    await account.mended()
    if broken["state"] == "failed":
        if await account.state() == "reauthorise":
            await account.link(again=True)
        run = (await account.run())["id"]
    elif after_s is not None:
        assert await account.work() is None
    healed = await account.shown(run)
    assert (healed["state"], healed["rejected"]) == ("done", 0)
    assert await account.book() == truth


@pytest.mark.parametrize(("provider", "fault", "value"), _each(BROKEN))
async def test_a_chain_that_breaks_deletes_nobody_and_heals(
    linking: Linking, provider: str, fault: Fault, value: str
) -> None:
    account = await linking(provider)
    await account.run()
    await _broken(account, fault, value, nth=2)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("provider", "fault", "value", "nth"),
    [
        pytest.param(provider, fault, value, nth, id=f"{provider}-{fault.value}-{nth}")
        for provider, answers in ANSWERS.items()
        for fault, value in BROKEN[provider]
        for nth in range(1, answers + 1)
    ],
)
async def test_a_chain_may_break_at_any_page(
    linking: Linking, provider: str, fault: Fault, value: str, nth: int
) -> None:
    account = await linking(provider)
    await account.run()
    await _broken(account, fault, value, nth)


@pytest.mark.parametrize(("fault", "value"), ODD, ids=lambda it: getattr(it, "value", it or "-"))
async def test_odd_pages_are_no_fault(account: Account, fault: Fault, value: str) -> None:
    for name in PAGES[account.provider]:
        account.emulator.knobs.set(fault, name, nth=2, times=1, value=value)
    first = await account.run()
    assert (first["state"], first["rejected"], first["removed"]) == ("done", 0, 0)
    assert (first["report"]["unknownProperties"] > 0) is (fault is Fault.UNKNOWN_FIELD)
    several(account)
    await account.forget_cursor()
    done = await account.run()
    assert (done["state"], done["removed"]) == ("done", WHOLE[account.provider][1])
    assert await account.book() == account.truth()


async def test_a_page_that_was_left_out_removes_nobody(linking: Linking) -> None:
    account = await linking("google")
    await account.run()
    several(account)
    await account.forget_cursor()
    before = {card["id"] for card in await account.cards()}
    account.emulator.knobs.set(Fault.MISSING_PAGE, LIST, nth=1)
    done = await account.run()
    assert (done["state"], done["removed"]) == ("done", 0)
    assert before <= {card["id"] for card in await account.cards()}
    await account.forget_cursor()
    assert (await account.run())["state"] == "done"
    assert await account.book() == account.truth()


async def test_a_wrong_type_refuses_that_record_and_keeps_what_it_was(account: Account) -> None:
    await account.run()
    before = await account.book()
    await account.forget_cursor()
    account.emulator.knobs.set(
        Fault.WRONG_TYPE, PAGES[account.provider][0], nth=2, value=WRONG[account.provider]
    )
    done = await account.run()
    assert (done["state"], done["rejected"], done["removed"]) == ("done", 1, 0)
    (reject,) = done["report"]["rejects"]
    assert reject["code"] == "wrong-type"
    assert await account.book() == before
    rejects = (await account.api.get(f"/v1/imports/{done['id']}/rejects")).json["rejects"]
    assert "7" in rejects[0]["raw"]


async def test_a_long_limit_parks_the_run_and_the_queue_brings_it_back(account: Account) -> None:
    account.emulator.knobs.set(Fault.TOO_MANY, PAGES[account.provider][0], nth=2, value="120")
    run = await account.begin()
    after_s = await account.work()
    assert after_s == pytest.approx(120, abs=30)
    parked = await account.shown(run)
    assert (parked["state"], parked["progress"]["phase"]) == ("running", "waiting")
    assert parked["progress"]["waitingUntil"] is not None
    assert parked["created"] == 4
    asked = account.pages_asked
    assert await account.work() > 60, "nobody asks before"
    assert account.pages_asked == asked
    await account.mended()
    assert await account.work() is None
    assert (await account.shown(run))["state"] == "done"
    assert await account.book() == account.truth()
