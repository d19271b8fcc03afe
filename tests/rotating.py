"""What tests of rotations share: users by number, lookups by the road of each index, and when a walk stops."""

from datetime import UTC, datetime, timedelta
from typing import Any

from acting import Actor
from contact_service.actions import disclosure, epochs, refill, rotation
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.actions.refill import Going
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from listing_directory import tag

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)


def stopping_after(pages: int) -> Going:
    left = iter(range(pages - 1))
    return Going(lambda: next(left, None) is not None, lambda _: None)


async def rotated(house: House, kind: Kind, now: datetime = NOW) -> Epoch | None:
    await rotation.begin(house, kind, now, timedelta())
    return await rotation.go_on(house, kind, now, refill.ON)


def tel(n: int) -> Identifier:
    return Identifier(f"tel:+1415{n:07d}")


def people(first: int, n: int) -> list[User]:
    return [
        User(UserId(f"u{at}"), (tel(at),), f"Name {at}", discoverable=True)
        for at in range(first, first + n)
    ]


async def states(house: House, kind: Kind) -> dict[int, State]:
    house.epochs.forget()
    return {e.epoch: e.state for e in (await rotation.shown(house)).all if e.kind is kind}


async def lookup(viewer: Actor, kind: Kind, asked: list[Identifier]) -> set[Identifier]:
    """Whom the gate lets through, by the road of that index, under the epoch that is live now."""

    async def story(ctx: Any) -> set[Identifier]:
        if kind is Kind.PEPPER:
            return set(await disclosure.find(ctx, asked))
        epoch = (await epochs.read(ctx)).live(kind).epoch
        by_tag = {tag(ctx.house.keyring, kind, epoch, i): i for i in asked}
        find = disclosure.find_matrix if kind is Kind.MATRIX else disclosure.find_private
        return {by_tag[found] for found in await find(ctx, epoch, list(by_tag))}

    found: set[Identifier] = await viewer.read(story)
    return found
