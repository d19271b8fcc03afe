"""Acting as an owner over a House, for tests of actions and of what stands above them."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from contact_service.actions import consent, edge
from contact_service.actions.context import House
from contact_service.actions.kept_faces import Faces
from contact_service.actions.snapshots import Snapshots
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import Settings, load
from contact_service.storage.db import Db
from contact_service.telemetry.metrics import Metrics
from contact_service.vault import keyring
from contact_service.vault.open_keys import OpenKeys
from contact_service.vault.tokens import Signer

KEYRING = keyring.create()


# All tests ask from one address, and their accounts are young.
UNFENCED = {"CONTACT_DISCOVERY_NETWORK_PER_DAY": "0", "CONTACT_DISCOVERY_HITS_FROM": "0"}


def make_house(db: Db, settings: Settings | None = None) -> House:
    return House(
        db=db,
        keyring=KEYRING,
        open_keys=OpenKeys(),
        signer=Signer(KEYRING.feed),
        snapshots=Snapshots(64_000_000),
        listings=Snapshots(16_000_000),
        faces=Faces(8_000_000),
        said=Snapshots(8_000_000),
        identifiers=Snapshots(8_000_000),
        settings=settings or load(UNFENCED),
        metrics=Metrics(),
    )


class Actor:
    """An owner who acts: `await ann(cards.create, raw)` runs the story in a write transaction."""

    def __init__(self, house: House, owner: OwnerId) -> None:
        self.house = house
        self.owner = owner

    async def __call__(
        self, story: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        return await edge.write(self.house, self.owner, "test", story, *args, **kwargs)

    async def read(self, story: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await edge.read(self.house, self.owner, "test", story, *args, **kwargs)

    async def consents(self, *purposes: Purpose) -> "Actor":
        for purpose in purposes:
            await self(consent.grant, purpose, "1", "api")
        return self


def card(**members: Any) -> bytes:
    return msgspec.json.encode({"@type": "Card", "version": "1.0", **members})


def person(name: str, *phones: str, **members: Any) -> bytes:
    numbers = {f"p{i}": {"number": number} for i, number in enumerate(phones)}
    return card(name={"full": name}, phones=numbers, **members)
