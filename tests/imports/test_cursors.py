"""A provider forgot the cursor: one whole read, and the same book; never a second one, never a loop."""

from collections import Counter
from typing import Any

import pytest

from asking import Api
from contact_emulators.knobs import Fault
from imports.conftest import Linking
from imports.editing import WHOLE, edit, several
from imports.stack import PEOPLE, Account, Told, told

FORMS = [
    ("google", ""),
    ("google", "410"),
    ("google", "reason"),
    ("microsoft", ""),
    ("microsoft", "400 resyncRequired"),
    ("microsoft", "404 SyncStateNotFound"),
    ("microsoft", "410 SyncStateNotFound"),
]

REFUSED = {"google": 1, "microsoft": 0}
"""Pages that are refused: Graph refuses the list of folders, before any of their contacts."""


class Device:
    """A device that is told of three rows at a time."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.token = ""
        self.cards: dict[str, dict[str, Any]] = {}

    async def sync(self) -> None:
        more = True
        while more:
            since = f"&since={self.token}" if self.token else ""
            page = (await self.api.get(f"/v1/changes?limit=3{since}")).json
            self.cards |= {card["id"]: card for card in page["changed"]}
            for id_ in page["removed"]:
                self.cards.pop(id_, None)
            self.token, more = page["syncToken"], page["more"]

    def book(self) -> Counter[Told]:
        return Counter(map(told, self.cards.values()))


def _expire(account: Account, form: str) -> None:
    if account.provider == "microsoft":
        account.emulator.expire(form)
    else:
        account.emulator.knobs.set(Fault.EXPIRED_CURSOR, "connections.list", value=form)


@pytest.mark.parametrize(
    ("provider", "form"), FORMS, ids=lambda it: str(it).replace(" ", "-") or "usual"
)
async def test_an_expired_cursor_is_one_whole_read_and_the_same_book(
    linking: Linking, provider: str, form: str
) -> None:
    account = await linking(provider)
    await account.run()
    whole = account.pages_asked
    ids = {card["id"] for card in await account.cards()}
    _expire(account, form)
    done = await account.run()
    counts = [done[name] for name in ("created", "updated", "unchanged", "removed")]
    assert (done["state"], counts) == ("done", [0, 0, PEOPLE, 0])
    assert account.pages_asked == 2 * whole + REFUSED[provider], "one whole read"
    assert {card["id"] for card in await account.cards()} == ids
    assert await account.book() == account.truth()
    before = account.pages_asked
    edit(account, "changed")
    delta = await account.run()
    assert (delta["state"], delta["updated"], delta["unchanged"]) == ("done", 1, 0)
    assert account.pages_asked - before <= 3, "a delta again"
    assert await account.book() == account.truth()


@pytest.mark.parametrize(("provider", "form"), FORMS[::3], ids=lambda it: str(it) or "usual")
async def test_what_changed_while_the_cursor_was_dead_is_not_lost(
    linking: Linking, provider: str, form: str
) -> None:
    account = await linking(provider)
    await account.run()
    device = Device(account.api)
    await device.sync()
    several(account)
    for _ in range(3):
        edit(account, "added")
    _expire(account, form)
    done = await account.run()
    created, removed = WHOLE[provider]
    assert (done["created"], done["removed"]) == (created + 3, removed)
    assert await account.book() == account.truth()
    await device.sync()
    assert device.book() == await account.book(), "what a device was told, piece by piece"


async def test_a_cursor_that_expires_with_every_answer_is_no_loop(account: Account) -> None:
    await account.run()
    before = {card["id"] for card in await account.cards()}
    asked = account.pages_asked
    account.emulator.knobs.set(Fault.EXPIRED_CURSOR, times=0)
    done = await account.run()
    assert (done["state"], done["report"]["error"]) == ("failed", "provider-changed")
    assert account.pages_asked - asked <= 8
    assert {card["id"] for card in await account.cards()} == before
    await account.mended()
    assert (await account.run())["state"] == "done"
    assert await account.book() == account.truth()
