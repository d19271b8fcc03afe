"""Retention: what was promised to be held for a time goes after it, owner by owner, in bounded transactions.

A restricted owner's rows stay as they are (GDPR Art. 18: stored, nothing else), and an erasing owner's go another way.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from contact_service.actions import edge, epochs, spent_retention
from contact_service.actions.context import House
from contact_service.actions.idempotency import KEPT
from contact_service.actions.validations import KEPT as VERDICTS_KEPT
from contact_service.model.epoch import Kind
from contact_service.model.ids import OwnerId
from contact_service.model.owner import State
from contact_service.model.problem import Overloaded
from contact_service.settings.environment import Settings
from contact_service.storage import owners, retention, walk
from contact_service.storage.db import Tx
from contact_service.storage.retention import Before, Counts

UNDO = timedelta(days=30)
"""So long an import can be taken back, and its report is held (imports.md)."""
FILES = timedelta(hours=24)
"""A file that is imported goes when it is read; whatever happens, it is not held for longer."""
RAWS = timedelta(days=7)
"""So long it is held what rejected records were."""
AT_ONCE = 1_000
"""Rows that go in one transaction: its lock keeps the owner's own writes waiting."""


class Tidied(msgspec.Struct, frozen=True):
    """What became of a page of owners: `last` is the last one done (None: none was left), `skipped` were busy."""

    last: OwnerId | None
    owners: int = 0
    skipped: int = 0
    gone: Counts = Counts()


def before(settings: Settings, now: datetime, peppers: tuple[int, ...]) -> Before:
    """The moments from before which rows go. `peppers`: epochs of the Matrix pepper that are not gone."""
    return Before(
        history=now - timedelta(days=settings.retention_history_days),
        tombstones=now - timedelta(days=settings.retention_tombstones_days),
        answers=now - KEPT,
        now=now,
        budgets=spent_retention.before(settings, now),
        peppers=peppers,
        imports=now - UNDO,
        validations=now - VERDICTS_KEPT,
        files=now - FILES,
        raws=now - RAWS,
    )


async def tidy(
    house: House, owner: OwnerId, now: datetime, *, dry: bool = False, at_once: int = AT_ONCE
) -> Counts:
    """Let go of all that is past its time; what went. `dry`: what would go. An owner who is not active keeps all.

    Raises DatabaseDown and Overloaded (503).
    """
    moments = before(house.settings, now, await _peppers(house))
    found = await house.db.reading(owner, partial(_due, moments))
    if dry or not found.total:
        return found
    gone = Counts()
    while True:
        part = await edge.upkeep(house, owner, retention.drop, moments, at_once)
        gone += part or Counts()
        if part is None or part.total < at_once:
            break
    blobs = await edge.upkeep(house, owner, retention.drop_blobs, moments)
    return gone + (blobs or Counts())


async def page(
    house: House,
    after: OwnerId,
    limit: int,
    now: datetime,
    *,
    dry: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Tidied:
    """`tidy` for up to `limit` owners that follow `after`, or until `stopped`. A busy owner's turn comes next time.

    Raises DatabaseDown (503): all before `last` are done.
    """
    found = await walk.owners(house.db, after, limit)
    done = Tidied(after if found else None)
    for owner in found:
        if stopped():
            break
        try:
            gone, skipped = await tidy(house, owner, now, dry=dry), 0
        except Overloaded:
            gone, skipped = Counts(), 1
        done = Tidied(owner, done.owners + 1, done.skipped + skipped, done.gone + gone)
    return done


async def _peppers(house: House) -> tuple[int, ...]:
    found = house.epochs.fresh()
    if found is None:
        found = await house.db.glance(OwnerId(""), partial(epochs.of, ring=house.keyring))
    return found.written(Kind.MATRIX)


async def _due(moments: Before, tx: Tx) -> Counts:
    head = await owners.read(tx)
    if head is None or head.state is not State.ACTIVE:
        return Counts()
    return await retention.due(tx, moments)
