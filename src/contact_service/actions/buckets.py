"""Buckets of private discovery as one viewer may see them: all of a bucket, or what changed since she saw it.

A bucket is shared by all and read once; a viewer's own is it without the entries of those who block her. What she is
told to remove may have gone for any reason: deregistered, no longer shared with everyone, blocked.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from contact_service.actions import disclosure, kept_buckets, private
from contact_service.actions.context import Context
from contact_service.actions.kept_buckets import Shared
from contact_service.actions.refusers import Refusers
from contact_service.model import bucket
from contact_service.model.epoch import Epoch
from contact_service.model.problem import InvalidParameter
from contact_service.storage import blocked_by
from contact_service.storage import private as rows
from contact_service.storage.private import Clock, Line

MOST = 1_024
_AT_ONCE = 128
"""Buckets a statement reads, and that are packed between two turns of the event loop."""
_BIG_BYTES = 1_000_000
"""Above that a bucket is packed in a thread: sorting it lets go of the interpreter."""


class Seen(msgspec.Struct, frozen=True):
    """A bucket as the viewer is to hold it, packed and ascending: all `tags`, or (None) what was `added`, `removed`."""

    id: int
    tags: bytes | None
    added: bytes = b""
    removed: bytes = b""


async def read(ctx: Context, epoch: int, asked: Mapping[int, int | None]) -> tuple[int, list[Seen]]:
    """The directory's number now and these buckets, in their order (number -> the number they are held at, or None).

    Raises ConsentRequired (403), Restricted (423), EpochMismatch (409), EpochRetired (410), InvalidParameter (422).
    """
    disclosure.require_viewer(ctx)
    served = await private.served(ctx, epoch)
    if not all(0 <= number < 1 << served.bits for number in asked):
        raise InvalidParameter("id", f"a whole number below {1 << served.bits}")
    now = await rows.clock(ctx.tx)
    since = {n: at for n, at in asked.items() if at is not None and now.floor <= at <= now.seq}
    kept = _kept(ctx, epoch, now, asked)
    log = await _log(ctx, epoch, since, kept)
    found = await _shared(ctx, served, now, list(asked), kept, log)
    refusers = await _refusers(ctx, served)
    return now.seq, [_seen(n, found[n], since.get(n), log.get(n, ()), refusers) for n in asked]


def _seen(
    number: int, shared: Shared, since: int | None, log: Sequence[Line], refusers: Refusers
) -> Seen:
    hidden = refusers.hidden(number)
    if since is None:
        return Seen(number, shared.without(hidden))
    touched = sorted(refusers.touched(number, since, log))
    added = [tag for tag in touched if shared.shows(tag, hidden)]
    removed = [tag for tag in touched if not shared.shows(tag, hidden)]
    return Seen(number, None, b"".join(added), b"".join(removed))


async def _refusers(ctx: Context, served: Epoch) -> Refusers:
    told = await blocked_by.of(ctx.tx)
    # Asked in any case: that somebody blocks the viewer is not to be told from the number of questions.
    digests = await rows.of_users(ctx.tx, served.epoch, [user for user, _, _ in told])
    return Refusers(served.bits, told, digests)


def _kept(
    ctx: Context, epoch: int, now: Clock, asked: Mapping[int, int | None]
) -> dict[int, Shared]:
    """What is held of these buckets, unless this transaction sees an older state or the log does not reach so far."""
    found = {number: ctx.house.buckets.get(epoch, number) for number in asked}
    return {n: one for n, one in found.items() if one and now.floor <= one.seq <= now.seq}


async def _log(
    ctx: Context, epoch: int, since: Mapping[int, int], kept: Mapping[int, Shared]
) -> dict[int, list[Line]]:
    """The log of each bucket after what the viewer holds of it and after what we hold, whichever is older."""
    after = dict(since)
    for number, one in kept.items():
        after[number] = min(one.seq, after.get(number, one.seq))
    found: dict[int, list[Line]] = {}
    for line in await rows.log(ctx.tx, epoch, after):
        found.setdefault(line.bucket, []).append(line)
    return found


async def _shared(
    ctx: Context,
    served: Epoch,
    now: Clock,
    asked: Sequence[int],
    kept: Mapping[int, Shared],
    log: Mapping[int, Sequence[Line]],
) -> dict[int, Shared]:
    """The buckets as they stand now; those read or found unchanged are held from now on."""
    found = {
        number: msgspec.structs.replace(one, seq=now.seq)
        for number, one in kept.items()
        if not any(line.seq > one.seq for line in log.get(number, ()))
    }
    missing = [number for number in asked if number not in found]
    for at in range(0, len(missing), _AT_ONCE):
        part = missing[at : at + _AT_ONCE]
        limits = [bucket.bounds(number, served.bits) for number in part]
        heads = await rows.buckets(ctx.tx, served.epoch, limits)
        for number, each in zip(part, heads, strict=True):
            found[number] = await _packed(now.seq, served.bits, each)
    for number, one in found.items():
        ctx.house.buckets.keep(served.epoch, number, one)
    return found


async def _packed(seq: int, bits: int, heads: bytes) -> Shared:
    if len(heads) > _BIG_BYTES:
        return await asyncio.to_thread(kept_buckets.shared, seq, bits, heads)
    return kept_buckets.shared(seq, bits, heads)
