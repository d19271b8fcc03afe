"""The limits of providers, shared by all workers and nodes: a call is counted before it is made, in all that bound it.

Why rows, not equal shares and not another store: docs/decisions/0027.
"""

import asyncio
import hashlib
import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import msgspec

from contact_service.actions.context import House
from contact_service.integrations.connector import Manifest
from contact_service.model import pace
from contact_service.model.pace import Window
from contact_service.storage import provider_buckets
from contact_service.storage.db import Tx

_TRIES = 20
_BEATEN_S = (0.001, 0.02)


class Bucket(msgspec.Struct, frozen=True):
    """One limit of one app or account. Another figure is another bucket: its slots have another width."""

    name: str
    calls: int
    seconds: int
    of_account: bool


class _Beaten(Exception):
    """Somebody else changed a bucket meanwhile: nothing is counted, look again."""


class Shared:
    """The Gate (integrations/fetching.py) of an account."""

    __slots__ = ("_buckets", "_house")

    def __init__(self, house: House, manifest: Manifest, client_id: str, account: UUID) -> None:
        self._house = house
        self._buckets = buckets(manifest, client_id, account)

    async def take(self) -> float:
        """Count a call; else the seconds to wait. Raises DatabaseDown, Overloaded (503)."""
        return await take(self._house, self._buckets)

    async def silence(self, seconds: float) -> None:
        """Nobody calls for this account for so long; where only the app has limits, nobody for the app."""
        await silence(self._house, self._buckets, timedelta(seconds=seconds))


def buckets(manifest: Manifest, client_id: str, account: UUID) -> tuple[Bucket, ...]:
    """Those that a call for the account is counted in, in the order in which their rows are locked."""
    who = {"app": hashlib.sha256(client_id.encode()).hexdigest()[:16], "account": str(account)}
    made = [
        Bucket(
            f"{manifest.provider}/{one.calls}/{one.seconds}/{who[one.per]}",
            one.calls,
            one.seconds,
            one.per == "account",
        )
        for one in manifest.limits
    ]
    return tuple(sorted(made, key=lambda bucket: bucket.name))


async def take(house: House, of: Sequence[Bucket]) -> float:
    """Count one call in all of them and give 0.0; or how long to wait, and nothing is counted.

    Raises DatabaseDown, Overloaded (503).
    """
    if not of:
        return 0.0
    for _ in range(_TRIES):
        try:
            async with house.outward.counting:
                return await house.db.sharing(partial(_take, of))
        except _Beaten:
            await asyncio.sleep(random.uniform(*_BEATEN_S))  # noqa: S311 - spreads retries, guards nothing
    return _BEATEN_S[1]


async def silence(house: House, of: Sequence[Bucket], wait: timedelta) -> None:
    """Have nobody call for so long."""
    own = [bucket for bucket in of if bucket.of_account] or of

    async def story(tx: Tx) -> None:
        for bucket in own:
            await provider_buckets.silence(tx, bucket.name, wait)

    await house.db.sharing(story)


async def _take(of: Sequence[Bucket], tx: Tx) -> float:
    found: list[tuple[Bucket, int, Window]] = []
    wait = 0.0
    for bucket in of:
        seen = await provider_buckets.get(tx, bucket.name)
        if seen.not_before is not None and seen.not_before > seen.now:
            wait = max(wait, (seen.not_before - seen.now).total_seconds())
        taken = pace.take(seen.window, bucket.calls, bucket.seconds, seen.now.timestamp())
        if isinstance(taken, Window):
            found.append((bucket, seen.rev, taken))
        else:
            wait = max(wait, taken)
    if wait:
        return wait
    for bucket, rev, window in found:
        if not await provider_buckets.put(tx, bucket.name, rev, window):
            raise _Beaten
    return 0.0
