"""Which key epochs of the directory are read and which are written, as the database tells it.

Readers may be some seconds behind: an epoch is filled before it is live and readable long after. Writers ask in their
own transaction, behind the directory's locked counter, so that no registration misses an epoch that is being filled.
"""

from contact_service.actions.context import Context
from contact_service.model.epoch import Epoch, Epochs, Kind, State
from contact_service.storage import epochs
from contact_service.storage.db import Tx
from contact_service.vault.keyring import Keyring

async def read(ctx: Context) -> Epochs:
    """The epochs to read by, at most FRESH_S old."""
    found = ctx.house.epochs.fresh()
    return found if found is not None else ctx.house.epochs.hold(await now(ctx))


async def now(ctx: Context) -> Epochs:
    """The epochs as this transaction sees them: for writers."""
    return await of(ctx.tx, ctx.house.keyring)


async def of(tx: Tx, ring: Keyring) -> Epochs:
    """As `now`; a kind that never had a row has one live epoch, the keyring's current one."""
    found = await epochs.read(tx)
    current = {
        Kind.PEPPER: ring.epoch,
        Kind.OPRF: ring.oprf_epoch,
        Kind.MATRIX: ring.matrix_epoch,
    }
    stand = {e.kind for e in found}
    missing = [Epoch(kind, n, State.LIVE) for kind, n in current.items() if kind not in stand]
    return Epochs((*found, *missing))
