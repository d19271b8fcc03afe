"""Signing in with an app password (sync.md 7): asked at each request of a device, before any story is told.

Whether it stands is read each time, in one coalesced statement, so that a revoked password is out at once in every
process; that it verified is remembered for five minutes, because Argon2 is slow.
"""

import contextlib
from datetime import date
from uuid import UUID

from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Unavailable
from contact_service.storage import app_passwords
from contact_service.storage.app_passwords import LoginRow

_NOBODY = OwnerId("")


async def remembered(house: House, login: UUID, password: str, now: float) -> LoginRow | None:
    """The app password, if this one verified lately and still stands. `now` in monotonic seconds."""
    kept = house.turnstile.remembered
    mark = kept.mark(login, password)
    owner = kept.get(mark, now)
    if owner is None:
        return None
    row = await _row(house, owner, login)
    if row is None:
        kept.drop(mark)
    return row


async def verify(
    house: House, login: UUID, password: str, now: float, today: date
) -> LoginRow | None:
    """The app password; None when there is none of this id, or it is another: both take the same statements and work.

    Raises Overloaded (503) when too many are being verified.
    """
    found = await house.db.dav_logins.get(login)
    row = await _row(house, OwnerId(found["owner_id"]) if found is not None else _NOBODY, login)
    if not await house.turnstile.verified(row.hash if row is not None else None, password):
        return None
    assert row is not None, "only what is kept can fit"
    kept = house.turnstile.remembered
    kept.put(kept.mark(login, password), row.owner, now)
    if row.used_on is None or row.used_on < today:
        await _note_use(house, row, today)
    return row


async def _row(house: House, owner: OwnerId, login: UUID) -> LoginRow | None:
    row = await house.db.app_passwords.get((owner, login))
    return app_passwords.login(row) if row is not None else None


async def _note_use(house: House, row: LoginRow, today: date) -> None:
    # Once a day, beside 20 ms of Argon2, and without the owner's lock, which a long upload may hold.
    # A device must not be refused for a note.
    with contextlib.suppress(Unavailable):
        await house.db.writing(row.owner, lambda tx: app_passwords.mark_used(tx, row.id, today))
