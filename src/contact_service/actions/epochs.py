"""Which key epochs of the directory are read and which are written, as the database tells it.

Readers may be some seconds behind: an epoch is filled before it is live and readable long after. Writers ask in their
own transaction, behind the directory's locked counter, so that no registration misses an epoch that is being filled.
"""

from collections.abc import Iterable

from contact_service.actions.context import Context
from contact_service.model.epoch import Epoch, Epochs, Kind, State
from contact_service.model.problem import Unavailable
from contact_service.storage import epochs
from contact_service.storage.db import Tx
from contact_service.vault import rekeying
from contact_service.vault.keyring import Keyring

_NO_KEY = (
    "This node's keyring lacks a key that the directory is in use with: copy the keyring here."
)


async def read(ctx: Context) -> Epochs:
    """The epochs to read by, at most FRESH_S old; the keyring has the keys of all that are readable.

    Raises Unavailable (503) on a node whose keyring lacks one.
    """
    kept = ctx.house.epochs.fresh()
    if kept is not None:
        return kept
    found, ring = await of(ctx.tx, ctx.house.keyring), ctx.house.keyring
    held([e for e in found.all if e.state is not State.BUILDING], ring)
    if any(min(ring.of(kind), default=0) < found.written(kind)[0] for kind in _kinds(found)):
        rekeying.learned(ring)  # a key was destroyed: this process lets go of it as well
    return ctx.house.epochs.hold(found)


async def ahead(ctx: Context) -> Epochs:
    """As `now`, but at most FRESH_S old: to hash by before the counter is held. Raises Unavailable (503)."""
    found = await read(ctx)
    held(found.all, ctx.house.keyring)
    return found


async def now(ctx: Context) -> Epochs:
    """The epochs as this transaction sees them, for writers; the keyring has all their keys.

    Raises Unavailable (503) on a node whose keyring lacks one.
    """
    found = await of(ctx.tx, ctx.house.keyring)
    held(found.all, ctx.house.keyring)
    return found


def held(wanted: Iterable[Epoch], ring: Keyring) -> None:
    """See to it that the keyring holds these epochs' keys; its file is read again once. Raises Unavailable (503)."""
    missing = [e for e in wanted if e.epoch not in ring.of(e.kind)]
    if missing:
        rekeying.learned(ring)
        if any(e.epoch not in ring.of(e.kind) for e in missing):
            raise Unavailable(detail=_NO_KEY)


async def of(tx: Tx, ring: Keyring) -> Epochs:
    """The epochs, whatever the keyring holds; a kind that never had a row has one live epoch, the keyring's newest."""
    found = await epochs.read(tx)
    stand = {e.kind for e in found}
    missing = [
        Epoch(kind, max(ring.of(kind)), State.LIVE)
        for kind in Kind
        if kind not in stand and ring.of(kind)
    ]
    return Epochs((*found, *missing))


def _kinds(found: Epochs) -> set[Kind]:
    return {e.kind for e in found.all}
