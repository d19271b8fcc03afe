"""How old the directory is where a Header Store feeds it: told, never guessed at, and no reason to stop answering."""

import math
from datetime import datetime

import msgspec

from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.storage import headers
from contact_service.storage.headers import Phase

LEAST_S = 600.0
"""Younger is not worth a word."""


class Age(msgspec.Struct, frozen=True):
    """`stale_s`: since all that the store had was read, infinite for never; `held`: removals wait for the operator."""

    stale_s: float
    held: bool


async def look(house: House, now: datetime) -> Age | None:
    """How old it is; None where no Header Store is named. Raises DatabaseDown and Overloaded (503)."""
    if house.neighbours.header_store is None:
        return None
    state = await house.db.glance(OwnerId(""), headers.state)
    age = math.inf if state.fresh_at is None else (now - state.fresh_at).total_seconds()
    house.neighbours.stale_s = age
    return Age(age, held=state.phase is Phase.HELD)


def notes(house: House, age: Age | None) -> list[str]:
    """What an operator should know: slugs."""
    if age is None:
        return []
    late = max(LEAST_S, 3 * house.settings.neighbours.header_store_poll_s)
    found = ["header-store-stale"] * (age.stale_s > late)
    return found + ["header-store-removals-held"] * age.held
