"""Answers kept for 24 hours under the owner's Idempotency-Keys, sealed; written in the transaction of their effect."""

from datetime import datetime

import msgspec

from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("idempotency")


class Kept(msgspec.Struct, frozen=True):
    """What a key was used for; `status` and `answer` are None while the first request is being answered."""

    fingerprint: bytes
    status: int | None
    answer: bytes | None
    at: datetime


async def begin(
    tx: Tx, key_mac: bytes, fingerprint: bytes, now: datetime, before: datetime
) -> bool:
    """Claim the key; one used before `before` is free again. False when it is claimed."""
    await tx.run(SQL["drop_old"], tx.owner, key_mac, before)
    return await tx.value(SQL["begin"], tx.owner, key_mac, fingerprint, now) is not None


async def get(tx: Tx, key_mac: bytes) -> Kept | None:
    """What the key was used for."""
    row = await tx.row(SQL["get"], tx.owner, key_mac)
    return Kept(*row) if row else None


async def answer(tx: Tx, key_mac: bytes, status: int, sealed: bytes) -> None:
    """Keep the answer."""
    await tx.run(SQL["answer"], tx.owner, key_mac, status, sealed)
