"""A database restored from a real dump: without a new epoch old tokens lie, with one they are refused."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acting import Actor, make_house, person
from contact_service.actions import cards, changes, edge, restored, view
from contact_service.actions.context import House
from contact_service.model.ids import CardId, OwnerId
from contact_service.model.problem import BaseExpired, StaleRevision, SyncTokenExpired
from contact_service.storage import embedded_place, walk
from contact_service.storage.db import Db


def run(name: str, *arguments: str) -> None:
    path = embedded_place.wheel() / name
    if not path.exists():
        pytest.skip(f"the embedded PostgreSQL brings no {name}")
    subprocess.run([str(path), *arguments], check=True, capture_output=True)


class Installation:
    """A House whose database can be backed up and put back, as an operator would, the service stopped meanwhile."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn = dsn
        self._dump = folder / "dump"

    async def open(self) -> House:
        self.db = await Db.open(self.dsn)
        return make_house(self.db)

    def back_up(self) -> None:
        run("pg_dump", "--format=custom", f"--file={self._dump}", self.dsn)

    async def restore(self) -> House:
        await self.db.close()
        run("pg_restore", "--clean", "--if-exists", f"--dbname={self.dsn}", str(self._dump))
        return await self.open()


@pytest.fixture
async def place(fresh_dsn: str, folder: Path) -> AsyncIterator[Installation]:
    made = Installation(fresh_dsn, folder)
    yield made
    await made.db.close()


async def pull(who: Actor, since: str | None) -> changes.Page:
    return await changes.page(who.house, await edge.head(who.house, who.owner), since, 100)


async def lived(place: Installation) -> tuple[Actor, CardId, str, str]:
    """A book backed up, then changed, then restored and changed in another way; its card, and the token and etag that a
    device was given between backup and restore.
    """
    ann = Actor(await place.open(), OwnerId("ann"))
    made = await ann(cards.create, person("A"))
    place.back_up()
    lost = await ann(cards.patch, made.id, {"name/full": "Lost"})
    for name in ("L1", "L2"):
        await ann(cards.create, person(name))
    token = (await pull(ann, None)).token
    back = Actor(await place.restore(), ann.owner)
    other = await back(cards.patch, made.id, {"name/full": "Other"})
    assert other.etag == lost.etag, "the same number names another state: that is the danger"
    for name in ("M1", "M2", "M3"):
        await back(cards.create, person(name))
    return back, made.id, token, lost.etag


async def test_without_a_new_epoch_a_device_would_hear_too_little_and_overwrite(place):
    ann, card, token, etag = await lived(place)
    assert len((await pull(ann, token)).rows) == 1, "of four changes"
    await ann(cards.patch, card, {"language": "de"}, if_match=etag)


async def test_with_a_new_epoch_tokens_etags_and_bases_of_before_are_refused(place):
    ann, card, token, etag = await lived(place)
    assert [n async for n in restored.renew(ann.house)] == [1]
    with pytest.raises(SyncTokenExpired):
        await pull(ann, token)
    with pytest.raises(StaleRevision):
        await ann(cards.patch, card, {"language": "de"}, if_match=etag)
    with pytest.raises(BaseExpired):
        await ann(cards.patch, card, {"language": "de"}, base=etag)
    whole = await pull(ann, None)
    assert len(whole.rows) == 4
    assert (await pull(ann, whole.token)).rows == []


async def epochs(house: House) -> dict[str, int]:
    found = await house.db.ask(lambda con: con.fetch("SELECT owner_id, epoch FROM owners"))
    return {row["owner_id"]: row["epoch"] for row in found}


async def test_every_owner_gets_another_epoch_than_it_had(fresh_db, monkeypatch):
    house = make_house(fresh_db)
    monkeypatch.setattr(restored, "AT_ONCE", 2)
    for n in range(5):
        await Actor(house, OwnerId(f"o{n}"))(cards.create, person("A"))
    before = await epochs(house)
    # The number that is drawn is one that an owner has already.
    monkeypatch.setattr(restored.keys, "new_epoch", lambda: before["o3"])
    assert [n async for n in restored.renew(house)] == [2, 4, 5]
    after = await epochs(house)
    assert [owner for owner in before if before[owner] == after[owner]] == []
    assert all(0 < epoch < 2**32 for epoch in after.values())


async def test_a_request_on_its_way_ends_and_the_next_one_is_served_from_memory(ann):
    await ann(cards.create, person("A"))
    read_before = await edge.head(ann.house, ann.owner)
    await walk.renew(ann.house.db, [ann.owner], read_before.epoch, read_before.epoch ^ 1)
    async with asyncio.timeout(10):
        book = await view.book(ann.house, read_before)
    head = await edge.head(ann.house, ann.owner)
    assert book.head.epoch == head.epoch != read_before.epoch
    assert ann.house.snapshots.fresh(head) is book


async def test_a_book_in_memory_from_after_the_backup_makes_room_for_the_restored_one(ann):
    for name in "AB":
        await ann(cards.create, person(name))
    head = await edge.head(ann.house, ann.owner)
    await view.book(ann.house, head)
    async with ann.house.db.write(ann.owner) as tx:
        await tx.run("UPDATE owners SET version = 1 WHERE owner_id = $1", tx.owner)
        await tx.run("DELETE FROM cards WHERE owner_id = $1 AND version = 2", tx.owner)
    await walk.renew(ann.house.db, [ann.owner], head.epoch, head.epoch ^ 1)
    head = await edge.head(ann.house, ann.owner)
    assert len((await view.book(ann.house, head)).cards) == 1
    assert ann.house.snapshots.fresh(head) is not None


async def test_writers_go_on_while_epochs_change(ann):
    made = await ann(cards.create, person("A"))

    async def write() -> None:
        for n in range(20):
            await ann(cards.patch, made.id, {"name/full": f"A{n}"})

    writing = asyncio.ensure_future(write())
    for n in range(20):
        await walk.renew(ann.house.db, [ann.owner], 7 + n, 1)
    await writing
    assert (await edge.head(ann.house, ann.owner)).version == 21
