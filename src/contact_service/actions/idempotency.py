"""Idempotency-Key: the first request's answer is kept with its effect, and every repeat gets that answer.

Two requests with one key wait for each other at the owner's row, so the second always finds the first's answer.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from contact_service.actions.context import Context
from contact_service.model.problem import IdempotencyKeyReused, RequestInFlight
from contact_service.storage import idempotency

KEPT = timedelta(hours=24)


class Answer(msgspec.Struct, frozen=True):
    """A response as it leaves: status, headers beside the usual ones, body. `replayed`: it is a kept one."""

    status: int
    headers: dict[str, str]
    body: bytes
    replayed: bool = False


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
    key_mac = ctx.key.mac(b"idem:" + key.encode())
    print_mac = ctx.key.mac(fingerprint)
    if await idempotency.begin(ctx.tx, key_mac, print_mac, ctx.now, ctx.now - KEPT):
        answer = await story(ctx)
        sealed = ctx.key.seal("idem", key_mac, 0, msgspec.msgpack.encode(answer)) if keep else b""
        await idempotency.answer(ctx.tx, key_mac, answer.status, sealed)
        return answer
    kept = await idempotency.get(ctx.tx, key_mac)
    if kept is None or kept.status is None:
        raise RequestInFlight
    if kept.fingerprint != print_mac:
        raise IdempotencyKeyReused
    if not kept.answer:
        return await story(ctx)
    before = _decoder.decode(ctx.key.open("idem", key_mac, 0, kept.answer))
    return msgspec.structs.replace(before, replayed=True)
