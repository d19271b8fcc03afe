"""A House whose neighbours are emulators on ports of this machine."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acting import UNFENCED, Actor, make_house
from contact_emulators.emulator import Emulator
from contact_emulators.header_store import HeaderStore
from contact_service.actions import header_store
from contact_service.actions.context import House
from contact_service.actions.directory import known
from contact_service.actions.header_store import Next
from contact_service.integrations.neighbours import Neighbours
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.sharing import Audience
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from emulating import serving_one

CONTRACTS = Path(__file__).parents[1] / "docs" / "contracts"


def named(db: Db, **settings: str) -> House:
    """A House with these settings, `header_store_url="…"`, and the neighbours they name."""
    given = {f"CONTACT_{name.upper()}": value for name, value in settings.items()}
    house = make_house(db, load({**UNFENCED, **given}))
    return dataclasses.replace(house, neighbours=Neighbours(house.settings.neighbours))


@contextmanager
def beside(emulator: Emulator, db: Db, variable: str, **more: str) -> Iterator[House]:
    """A House that has the emulator for a neighbour; it must have kept its contract all along."""
    with serving_one(emulator) as url:
        yield named(db, **{variable: url, **more})


async def read_all(house: House, steps: int = 500) -> Next:
    """Read until there is nothing more."""
    return await header_store.read(house, steps)


async def registered(house: House, users: list[str]) -> dict[str, dict[str, Any]]:
    """What the directory holds of these users, as a Header Store would tell it."""
    actor = Actor(house, OwnerId("reader"))
    held = await actor.read(known, [UserId(user) for user in users])
    return {
        str(user): {
            "identifiers": list(each.known.identifiers),
            "status": each.row.state,
            "displayName": each.known.display_name,
            "discoverable": each.row.sharing.phone is Audience.EVERYONE,
        }
        for user, each in held.items()
    }


def told(truth: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same of what an emulated store holds."""
    return {
        user: {
            "identifiers": each["identifiers"],
            "status": each["status"],
            "displayName": each.get("profile", {}).get("displayName"),
            "discoverable": each.get("discoverable", False) is True,
        }
        for user, each in truth.items()
    }


EVERYBODY = [f"u{n}" for n in range(60)]


def tel(n: int) -> str:
    return f"tel:+1415555{n:04d}"


def filled(users: int = 30) -> HeaderStore:
    store = HeaderStore(CONTRACTS)
    store.tokens["t"] = store.tokens["demo"]
    store.page = 10
    for n in range(users):
        store.put(f"u{n}", tel(n), profile={"displayName": f"Name {n}"}, discoverable=True)
    return store
