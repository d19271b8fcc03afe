"""Killed anywhere, an import goes on behind the last page that was applied: no page twice, one at most read again."""

import asyncio
from typing import Any

import pytest

from contact_service.actions import importing
from imports.conftest import Linking
from imports.editing import WHOLE, several
from imports.stack import Account

HOW = ("behind", "inside")
AGAIN = {"google": 1, "microsoft": 3}
"""Answers that a cut may have read twice. Graph's: the last look into three folders, which is one page with nothing."""


def _killing(account: Account, monkeypatch: pytest.MonkeyPatch, page: int, how: str) -> None:
    """The job dies at that page: `behind` it, before the next is begun, or `inside` its transaction, all rows written."""
    prepare, apply = importing.prepare, importing.apply
    prepared = [0]

    async def dying() -> None:
        account.job.cancel()
        await asyncio.Event().wait()

    async def preparing(*given: Any) -> Any:
        prepared[0] += 1
        if how == "behind" and prepared[0] == page + 1:
            await dying()
        return await prepare(*given)

    async def applying(ctx: Any, run: Any, read: Any, number: int, *more: Any) -> Any:
        done = await apply(ctx, run, read, number, *more)
        if how == "inside" and number == page:
            await dying()
        return done

    monkeypatch.setattr(importing, "prepare", preparing)
    monkeypatch.setattr(importing, "apply", applying)


async def _counted(account: Account, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, int]]:
    """An unbroken run: its pages, and what it counts."""
    apply, numbers = importing.apply, []

    async def applying(ctx: Any, run: Any, read: Any, number: int, *more: Any) -> Any:
        numbers.append(number)
        return await apply(ctx, run, read, number, *more)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "apply", applying)
        done = await account.run()
    return max(numbers), _counts(done)


def _counts(run: dict[str, int]) -> dict[str, int]:
    return {name: run[name] for name in ("created", "updated", "unchanged", "removed", "rejected")}


async def _killed(
    account: Account, monkeypatch: pytest.MonkeyPatch, page: int, how: str
) -> dict[str, int]:
    """A run that is killed there once, and taken up; what it counts in the end."""
    with monkeypatch.context() as patched:
        _killing(account, patched, page, how)
        run = await account.begin()
        await account.killed_work()
    broken = await account.shown(run)
    assert (broken["state"], broken["removed"]) == ("running", 0)
    assert await account.work() is None
    done = await account.shown(run)
    assert done["state"] == "done"
    return _counts(done)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("provider", ["google", "microsoft"])
async def test_killed_at_any_page_it_comes_to_the_same(
    linking: Linking, monkeypatch: pytest.MonkeyPatch, provider: str, how: str
) -> None:
    """A first import, then a whole read of a book that changed meanwhile; beside an owner whose runs are not cut."""
    whole = await linking(provider)
    pages, counts = await _counted(whole, monkeypatch)
    asked = whole.pages_asked
    assert pages >= 3
    for page in range(1, pages + (how == "inside")):
        account = await linking(provider)
        before = account.pages_asked
        assert await _killed(account, monkeypatch, page, how) == counts
        assert account.pages_asked - before - asked <= AGAIN[provider], "pages were read again"
        assert await account.book() == account.truth()


@pytest.mark.parametrize("how", HOW)
async def test_killed_in_a_whole_read_nobody_goes_before_its_end(
    account: Account, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    await account.run()
    several(account)
    await account.forget_cursor()
    counts = await _killed(account, monkeypatch, 2, how)
    assert (counts["created"], counts["removed"]) == WHOLE[account.provider]
    assert await account.book() == account.truth()
