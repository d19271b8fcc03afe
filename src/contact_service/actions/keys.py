"""Data keys on their way from their wrapped rest to open use: one place that unwraps."""

import secrets
import time

from contact_service.actions.context import Context, House
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import IntegrityBroken
from contact_service.storage import owners
from contact_service.storage.db import Tx
from contact_service.vault import sealing
from contact_service.vault.sealing import DataKey


def new_epoch() -> int:
    """A random epoch for an owner: 32 bits, never 0."""
    return secrets.randbelow(2**32 - 1) + 1


def new_wrapped(house: House, owner: OwnerId) -> bytes:
    """A fresh data key of the owner's first generation, wrapped."""
    return sealing.new(owner, 1).wrap(house.keyring)


async def of_owner(house: House, tx: Tx, gen: int) -> DataKey:
    """The owner's open data key. Raises IntegrityBroken (500) when it is missing or does not unwrap."""
    # Not the story's clock: this one only bounds how long a key lies open in memory.
    at = time.monotonic()
    found = house.open_keys.get(tx.owner, gen, at)
    if found is not None:
        return found
    wrapped = await owners.wrapped_key(tx, gen)
    if wrapped is None:
        raise IntegrityBroken
    key = sealing.unwrap(house.keyring, tx.owner, gen, wrapped)
    house.open_keys.put(key, at)
    return key


async def of_users(ctx: Context, gens: dict[UserId, int]) -> dict[UserId, DataKey]:
    """The open data keys of registered users (user -> generation), for the profiles that the gate lets through."""
    at = time.monotonic()
    found: dict[UserId, DataKey] = {}
    for user, gen in gens.items():
        key = ctx.house.open_keys.get(user, gen, at)
        if key is not None:
            found[user] = key
    missing = [user for user in gens if user not in found]
    if missing:
        wrapped = await owners.wrapped_keys_of(ctx.tx, missing)
        for user in missing:
            if user in wrapped:
                key = sealing.unwrap(ctx.house.keyring, user, *wrapped[user])
                ctx.house.open_keys.put(key, at)
                found[user] = key
    return found


async def of_users_or_new(ctx: Context, users: list[UserId]) -> dict[UserId, DataKey]:
    """The open data keys of users about to be registered; those who have none get one."""
    wrapped = await owners.wrapped_keys_of(ctx.tx, users)
    fresh = [user for user in users if user not in wrapped]
    if fresh:
        made = [(user, sealing.new(user, 1).wrap(ctx.house.keyring)) for user in fresh]
        await owners.add_keys(ctx.tx, made, ctx.now)
        # Read again: a user's own first request may have made the key meanwhile, and then that one counts.
        wrapped |= await owners.wrapped_keys_of(ctx.tx, fresh)
    return {user: sealing.unwrap(ctx.house.keyring, user, *wrapped[user]) for user in users}
