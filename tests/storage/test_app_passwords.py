"""App passwords at rest: what a revoked one leaves behind, and which day of use counts."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from contact_service.model.app_password import Access, Device
from contact_service.model.ids import OwnerId
from contact_service.storage import app_passwords
from contact_service.storage.app_passwords import Link, PasswordRow
from contact_service.storage.db import Db, Tx

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
async def kept(tx: Tx) -> UUID:
    row = PasswordRow(uuid4(), b"sealed", Device.IOS, Access.READ, False, NOW, None)
    await app_passwords.add(tx, row, "hash", Link(b"mac", NOW))
    assert await app_passwords.all_(tx) == [row]
    return row.id


async def used(tx: Tx) -> date | None:
    (row,) = await app_passwords.all_(tx)
    return row.used_on


async def test_the_later_day_of_use_counts_whichever_is_told_last(tx: Tx, kept: UUID) -> None:
    for day in (TODAY, TODAY - timedelta(1), TODAY):
        await app_passwords.mark_used(tx, kept, day)
        assert await used(tx) == TODAY
    await app_passwords.mark_used(tx, kept, TODAY + timedelta(1))
    assert await used(tx) == TODAY + timedelta(1)


async def test_nothing_is_left_of_a_revoked_one(tx: Tx, kept: UUID) -> None:
    sql = "SELECT count(*) FROM dav_logins WHERE password_id = $1"
    assert await tx.value(sql, kept) == 1
    assert await app_passwords.remove(tx, kept) is False
    assert await app_passwords.remove(tx, kept) is None
    assert await tx.value(sql, kept) == 0
    assert await app_passwords.all_(tx) == []
    assert await app_passwords.link(tx, kept) is None


async def test_many_sign_ins_are_read_at_once_each_its_own(db: Db, owner: OwnerId) -> None:
    ids = [uuid4() for _ in range(3)]

    async def story(tx: Tx) -> None:
        for id_ in ids:
            row = PasswordRow(id_, b"sealed", Device.IOS, Access.READ, True, NOW, None)
            await app_passwords.add(tx, row, f"hash of {id_}", Link(b"mac", NOW))

    await db.writing(owner, story)
    waiting = [db.app_passwords.get((owner, id_)) for id_ in (*ids, uuid4())]
    found = [await each for each in waiting]
    logins = [app_passwords.login(row) for row in found if row is not None]
    assert [(each.id, each.hash) for each in logins] == [(id_, f"hash of {id_}") for id_ in ids]
    assert found[3] is None
    assert await db.app_passwords.get(("another", ids[0])) is None
    whose = await db.dav_logins.get(ids[0])
    assert whose is not None
    assert whose["owner_id"] == owner
