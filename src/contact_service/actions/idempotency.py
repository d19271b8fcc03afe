"""Idempotency-Key: the first request's answer is kept with its effect, and every repeat gets that answer.

Two requests with one key wait for each other at the owner's row, so the second always finds the first's answer.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from contact_service.actions.context import Context
from contact_service.model.problem import IdempotencyKeyReused, RequestInFlight
from contact_service.storage import idempotency
from contact_service.storage.idempotency import Kept

KEPT = timedelta(hours=24)
T = TypeVar("T")
_PAID = 200


class Answer(msgspec.Struct, frozen=True):
    """A response as it leaves: status, headers beside the usual ones, body. `replayed`: it is a kept one."""

    status: int
    headers: dict[str, str]
    body: bytes
    replayed: bool = False


class Paid(msgspec.Struct, frozen=True):
    """The charge of a request. `first`: it is to be made now, else it was made at `at`; `mark`: 16 bytes that are the
    same whenever the request is sent again under its key, and noise to all others.
    """

    at: datetime
    mark: bytes
    first: bool


_decoder = msgspec.msgpack.Decoder(Answer)


async def once(
    ctx: Context,
    key: str,
    fingerprint: bytes,
    story: Callable[[Context], Awaitable[Answer]],
    *,
    keep: bool,
) -> Answer:
    """Run the story, or give the answer it gave before under this key (1-255 characters).

    `keep` False: only the fingerprint is kept and the story runs each time, for answers that must not rest (lookups).
    Raises IdempotencyKeyReused (422) when the key was used for another request, RequestInFlight (409).
    """
    key_mac, print_mac, first = await _begun(ctx, key, fingerprint)
    if first:
        answer = await story(ctx)
        sealed = ctx.key.seal("idem", key_mac, 0, msgspec.msgpack.encode(answer)) if keep else b""
        await idempotency.answer(ctx.tx, key_mac, answer.status, sealed)
        return answer
    kept = await _kept(ctx, key_mac, print_mac)
    if not kept.answer:
        return await story(ctx)
    before = _decoder.decode(ctx.key.open("idem", key_mac, 0, kept.answer))
    return msgspec.structs.replace(before, replayed=True)


async def _begun(ctx: Context, key: str, fingerprint: bytes) -> tuple[bytes, bytes, bool]:
    """Keyed hashes of key and request, and whether this is the first request under the key."""
    key_mac = ctx.key.mac(b"idem:" + key.encode())
    print_mac = ctx.key.mac(fingerprint)
    begun = await idempotency.begin(ctx.tx, key_mac, print_mac, ctx.now, ctx.now - KEPT)
    return key_mac, print_mac, begun


async def _kept(ctx: Context, key_mac: bytes, print_mac: bytes) -> Kept:
    """What the first request under the key left."""
    kept = await idempotency.get(ctx.tx, key_mac)
    if kept is None or kept.status is None:
        raise RequestInFlight
    if kept.fingerprint != print_mac:
        raise IdempotencyKeyReused
    return kept


async def charge(
    ctx: Context,
    key: str,
    fingerprint: bytes,
    story: Callable[[Context, Paid], Awaitable[T]],
) -> T:
    """Run a story that charges once under this key: told again it is given the first charge. Only that it was charged
    is kept; what a look-up asked and answered never rests.

    Raises IdempotencyKeyReused (422) when the key was used for another request, RequestInFlight (409).
    """
    key_mac, print_mac, first = await _begun(ctx, key, fingerprint)
    if first:
        await idempotency.answer(ctx.tx, key_mac, _PAID, b"")
        return await story(ctx, Paid(ctx.now, key_mac, first=True))
    kept = await _kept(ctx, key_mac, print_mac)
    return await story(ctx, Paid(kept.at, key_mac, first=False))


async def charge_anyway(ctx: Context, story: Callable[[Context, Paid], Awaitable[T]]) -> T:
    """As `charge`, for a request without a key: sent again it is charged again."""
    return await story(ctx, Paid(ctx.now, os.urandom(16), first=True))
