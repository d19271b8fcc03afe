"""Another key for an index of the directory, while lookups and registrations go on: building, live, retiring, gone.

Each step is a transaction behind the directory's counter and leaves its place in the database: whoever goes on, here or
in another process, goes on from there. Registrations write all epochs that are not gone; readers read live ones.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

import msgspec

from contact_service.actions import epochs, refill
from contact_service.actions.context import House
from contact_service.actions.refill import Going
from contact_service.model import bucket
from contact_service.model.epoch import Epoch, Epochs, Kind, State
from contact_service.storage import epochs as rows
from contact_service.storage import rebuild, registrations
from contact_service.storage.db import Tx
from contact_service.vault import rekeying
from contact_service.vault.keyring import Keyring

GRACE = timedelta(minutes=1)
"""Between the end of an epoch and that of its rows: a reader knows of the end some seconds later."""
ROWS = 2_000
"""Rows of an epoch that is gone that one transaction lets go of."""
_GROWN_BITS = 3


class Pace(msgspec.Struct, frozen=True):
    """`ahead`: how long an epoch is announced before it is live; `overlap`: how long the one before stays readable."""

    ahead: timedelta = timedelta()
    overlap: timedelta = timedelta(hours=24)


PACES: Mapping[Kind, Pace] = MappingProxyType(
    {
        Kind.PEPPER: Pace(),
        Kind.MATRIX: Pace(),
        # Clients pin the key, and pay for what they evaluate anew: they get time for it.
        Kind.OPRF: Pace(timedelta(days=7), timedelta(days=30)),
    }
)


class Turn(msgspec.Struct, frozen=True):
    """What an hour brought: epochs that went live, that ended, rows that went; by how many bits buckets are too few."""

    live: list[Epoch]
    ended: list[Epoch]
    rows: int
    outgrown: int


async def turn(house: House, now: datetime, going: Going) -> Turn:
    """Do what is due: the next Matrix pepper, epochs to fill and to make live, epochs to end and to let go of.

    Raises as `begin`, `go_on` and `sweep`.
    """
    await establish(house, now)
    days = house.settings.matrix_pepper_days
    if days and await due(house, Kind.MATRIX, now, timedelta(days=days)):
        await begin(house, Kind.MATRIX, now)
    done = [await go_on(house, kind, now, going) for kind in Kind if going.on()]
    live = [epoch for epoch in done if epoch is not None and epoch.state is State.LIVE]
    ended = await retire(house, now)
    swept = await sweep(house, now, going)
    return Turn(live, ended, swept, await outgrown(house))


async def shown(house: House) -> Epochs:
    """The epochs as the database has them now, for who watches."""
    return await house.db.reading(refill.NOBODY, partial(epochs.of, ring=house.keyring))


async def progress(house: House, epoch: Epoch) -> tuple[int, int]:
    """How many users an epoch that is being filled has, and how many there are."""
    return await house.db.reading(refill.NOBODY, partial(rebuild.progress, position=epoch.position))


async def begin(house: House, kind: Kind, now: datetime, ahead: timedelta | None = None) -> Epoch:
    """Make a key and an epoch that is to be filled; the one that is being filled already, where there is one.

    `ahead`: live not before that has passed (None: as PACES has it; it shortens the wait of one that waits).
    Raises Unavailable (503), OSError and KeyringRefused when no key can be kept.
    """
    ring = house.keyring

    async def establish(tx: Tx) -> int:
        """The newest epoch that the database knows; first of all the one that was meant without being written."""
        await registrations.take(tx, 0)
        await _establish(tx, ring, now)
        return (await rows.newest(tx)).get(kind, 0)

    newest = await house.db.sharing(establish)
    rekeying.learned(ring)
    if await _building(house, kind) is None and max(ring.of(kind), default=0) <= newest:
        rekeying.with_new(ring, kind)
    until = now + (PACES[kind].ahead if ahead is None else ahead)

    async def announce(tx: Tx) -> Epoch:
        await registrations.take(tx, 0)
        found = await epochs.of(tx, ring)
        made = refill.building(found, kind)
        if made is None:
            bits = bucket.bits_for(await _size(tx, found)) if kind is Kind.OPRF else 0
            made = Epoch(kind, max(ring.of(kind)), State.BUILDING, bits, live_at=until)
        elif ahead is not None and (made.live_at is None or until < made.live_at):
            made = msgspec.structs.replace(made, live_at=until)
        await rows.put(tx, made, now)
        return made

    made = await house.db.sharing(announce)
    house.epochs.forget()
    return made


async def go_on(house: House, kind: Kind, now: datetime, going: Going) -> Epoch | None:
    """Fill the epoch that is being built, compare it with the live one, and make it live if its time has come.

    The epoch as it is then; None when none is being built. Stops where `going` says so. Raises Unavailable (503), and
    IndexesDiffer after it has seen to it that the epoch is filled anew.
    """
    if await _building(house, kind) is None:
        return None
    filled = await refill.fill(house, kind, going)
    made = await _building(house, kind)
    if made is not None and (not filled or (made.live_at is not None and made.live_at > now)):
        return made
    await refill.compare(house, kind)

    async def switch(tx: Tx) -> Epoch:
        await registrations.take(tx, 0)
        found = await epochs.of(tx, house.keyring)
        fresh, old = refill.building(found, kind), found.live(kind)
        if fresh is None:
            return old  # another process was first
        ends = now + PACES[kind].overlap
        await rows.put(tx, msgspec.structs.replace(old, state=State.RETIRING, ends_at=ends), now)
        live = msgspec.structs.replace(fresh, state=State.LIVE, position="", live_at=now)
        await rows.put(tx, live, now)
        return live

    live = await house.db.sharing(switch)
    house.epochs.forget()
    return live


async def retire(house: House, now: datetime) -> list[Epoch]:
    """End the epochs whose time is over; which. Their rows and keys go a little later: see `sweep`."""

    async def story(tx: Tx) -> list[Epoch]:
        await registrations.take(tx, 0)
        found = await epochs.of(tx, house.keyring)
        over = [e for e in found.all if e.ends_at is not None and e.ends_at <= now]
        ended = [msgspec.structs.replace(e, state=State.GONE) for e in over]
        for each in ended:
            await rows.put(tx, each, now)
        return ended

    ended = await house.db.sharing(story)
    house.epochs.forget()
    return ended


async def sweep(house: House, now: datetime, going: Going = refill.ON) -> int:
    """Let go of the rows of epochs that are gone, then destroy their keys; how many rows went.

    Raises Unavailable (503), OSError and KeyringRefused.
    """
    swept = 0
    for kind, epoch in await house.db.reading(refill.NOBODY, partial(_over, house, now)):
        while n := await house.db.sharing(partial(_drop, kind, epoch)):
            swept += n
            if not going.on():
                return swept
        rekeying.without(house.keyring, kind, epoch)
    return swept


async def establish(house: House, now: datetime) -> None:
    """Write down which epochs are live where nothing was written yet."""

    async def story(tx: Tx) -> None:
        await registrations.take(tx, 0)
        await _establish(tx, house.keyring, now)

    await house.db.sharing(story)


async def due(house: House, kind: Kind, now: datetime, every: timedelta) -> bool:
    """Whether the live key of that kind is older than `every`, with no next one on its way."""
    found = await shown(house)
    since = found.live(kind).live_at
    return refill.building(found, kind) is None and since is not None and since + every <= now


async def outgrown(house: House) -> int:
    """By how many bits the buckets of private discovery are too few; 3 (eight times the users) deserve a new epoch."""

    async def story(tx: Tx) -> int:
        found = await epochs.of(tx, house.keyring)
        return bucket.bits_for(await _size(tx, found)) - found.live(Kind.OPRF).bits

    grown = await house.db.reading(refill.NOBODY, story)
    return grown if grown >= _GROWN_BITS else 0


async def _establish(tx: Tx, ring: Keyring, now: datetime) -> None:
    """Write down what is live without a row. Before a next key is made: from then on the newest is not the live one."""
    known = await rows.newest(tx)
    for each in (await epochs.of(tx, ring)).all:
        if each.kind not in known:
            await rows.put(tx, msgspec.structs.replace(each, live_at=now), now)


async def _building(house: House, kind: Kind) -> Epoch | None:
    return refill.building(await shown(house), kind)


async def _size(tx: Tx, found: Epochs) -> int:
    return await rebuild.count(tx, Kind.OPRF, found.live(Kind.OPRF).epoch)


async def _over(house: House, now: datetime, tx: Tx) -> list[tuple[Kind, int]]:
    """The epochs that are gone long enough and whose keys this node still has. A key without a row is left alone: it
    may be of a time that the database, restored from a backup, does not remember.
    """
    gone = sorted((await rows.gone(tx)).items())
    return [
        (kind, epoch)
        for (kind, epoch), since in gone
        if since <= now - GRACE and epoch in house.keyring.of(kind)
    ]


async def _drop(kind: Kind, epoch: int, tx: Tx) -> int:
    await registrations.take(tx, 0)
    return await rebuild.drop(tx, kind, epoch, ROWS)
