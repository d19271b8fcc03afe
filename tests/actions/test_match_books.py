"""Books of honest sizes on a virtual clock: how long their owners wait, and that coming back costs nothing."""

import uuid

import pytest

from acting import make_house, person
from booking import Clock, Owner
from contact_service.actions import directory
from contact_service.actions.directory import User
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import load
from contact_service.storage.db import Db


@pytest.fixture
async def ann(db: Db) -> Owner:
    """With the figures of the design."""
    house = make_house(db, load({}))
    return await Owner(house, OwnerId(f"ann-{uuid.uuid4().hex[:12]}"), Clock()).matching()


async def book(ann: Owner, count: int) -> list[bytes]:
    """Numbers as people have them: far from each other, some of them on the app. Two on a card."""
    stem = int(ann.owner[-6:], 16)
    held = [f"+1{212 + n % 700}{2_000_000 + (n * 7919 + stem) % 7_999_999}" for n in range(count)]
    users = [
        User(UserId(f"{ann.owner}.{number}"), (Identifier(f"tel:{number}"),), discoverable=True)
        for number in held[::20]
    ]
    await ann(directory.put, users)
    return [person(f"P{n}", *held[n : n + 2]) for n in range(0, count, 2)]


@pytest.mark.parametrize("count", [500, 2_000])
async def test_a_usual_book_is_done_at_once_and_costs_nothing_again(ann: Owner, count: int) -> None:
    cards = await book(ann, count)
    told = await ann.upload(*cards)
    assert (told.deferred, len(told.matches)) == (0, count // 20)
    left = await ann.left()
    assert left == 2_000 - count
    for day in range(3):
        ann.clock.forward(days=1)
        await ann.upload(*cards)
        await ann.upload(*cards, device=f"phone{day}")
        await ann.get()
    assert await ann.left() == left + 1_500


async def test_a_large_book_is_done_within_six_days(ann: Owner) -> None:
    assert (await ann.upload(*await book(ann, 5_000))).deferred == 3_000
    waiting = []
    for _ in range(6):
        ann.clock.forward(days=1)
        await ann.get()
        waiting.append((await ann.upload(view="partial")).deferred)
    assert waiting == [2_500, 2_000, 1_500, 1_000, 500, 0]
    assert len(await ann.shown()) == 250


async def test_a_large_book_is_done_at_once_where_the_device_is_vouched_for(ann: Owner) -> None:
    await ann.register(ann.owner, f"mailto:{ann.owner}@example.org", attested=True)
    assert (await ann.upload(*await book(ann, 5_000))).deferred == 0
    assert await ann.left() == 0
