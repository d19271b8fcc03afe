"""Key epochs of the directory at rest: states and progress. The keys themselves are in the keyring, never here."""

from datetime import datetime

from contact_service.model.epoch import Epoch, Kind, State
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("epochs")


async def read(tx: Tx) -> list[Epoch]:
    """Those that are not gone. A kind without any stands at its keyring's current epoch: see `actions/epochs.py`."""
    return [
        Epoch(
            Kind(r["kind"]),
            r["epoch"],
            State(r["state"]),
            r["bits"],
            r["position"],
            r["live_at"],
            r["ends_at"],
        )
        for r in await tx.rows(SQL["all"])
    ]


async def newest(tx: Tx) -> dict[Kind, int]:
    """The newest epoch of each kind that ever had a row: its key must be in the keyring."""
    return {Kind(r["kind"]): r["epoch"] for r in await tx.rows(SQL["kinds"])}


async def put(tx: Tx, epoch: Epoch, now: datetime) -> None:
    """A new epoch, or its new state."""
    await tx.run(
        SQL["put"],
        epoch.kind.value,
        epoch.epoch,
        epoch.state.value,
        epoch.bits,
        epoch.position,
        now,
        epoch.live_at,
        epoch.ends_at,
    )


async def gone(tx: Tx) -> dict[tuple[Kind, int], datetime]:
    """The epochs that are gone, with the moment."""
    return {(Kind(r["kind"]), r["epoch"]): r["since"] for r in await tx.rows(SQL["gone"])}


async def move(tx: Tx, kind: Kind, epoch: int, position: str) -> None:
    """An epoch that is being filled has the users up to that id from now on."""
    await tx.run(SQL["move"], kind.value, epoch, position)
