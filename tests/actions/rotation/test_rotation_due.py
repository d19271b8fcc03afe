"""When keys are due, and who has them: what an hour brings, and nodes whose keyrings differ."""

import dataclasses
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from acting import Actor
from contact_service.actions import directory, refill, rotation
from contact_service.actions.context import House
from contact_service.actions.kept_epochs import KeptEpochs
from contact_service.model.epoch import Kind
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Unavailable
from contact_service.storage.db import Db
from contact_service.vault import keyring
from listing_directory import own_house
from rotating import DAY, NOW, lookup, people, rotated, tel


async def test_private_discovery_is_told_of_a_key_a_week_ahead(house: House, app: Actor) -> None:
    await app(directory.put, people(0, 5))
    made = await rotation.begin(house, Kind.OPRF, NOW)
    assert made.live_at == NOW + 7 * DAY
    for at, live in ((6 * DAY, 1), (7 * DAY, 2)):
        await rotation.go_on(house, Kind.OPRF, NOW + at, refill.ON)
        assert (await rotation.shown(house)).live(Kind.OPRF).epoch == live
    assert await rotation.retire(house, NOW + 36 * DAY) == []
    assert [e.epoch for e in await rotation.retire(house, NOW + 37 * DAY)] == [1]


async def test_an_hour_brings_what_is_due(house: House, app: Actor) -> None:
    await app(directory.put, people(0, 5))
    await rotation.turn(house, NOW, refill.ON)
    assert (await rotation.turn(house, NOW + 29 * DAY, refill.ON)).live == []
    (live,) = (await rotation.turn(house, NOW + 30 * DAY, refill.ON)).live
    assert (live.kind, live.epoch) == (Kind.MATRIX, 2)
    assert (
        await rotation.turn(house, NOW + 31 * DAY - timedelta(minutes=1), refill.ON)
    ).ended == []
    (ended,) = (await rotation.turn(house, NOW + 31 * DAY, refill.ON)).ended
    assert (ended.kind, ended.epoch) == (Kind.MATRIX, 1)
    assert (await rotation.turn(house, NOW + 31 * DAY + timedelta(hours=1), refill.ON)).rows == 5
    assert sorted(house.keyring.matrix) == [2]


async def test_buckets_that_are_too_few_are_told(house: House, app: Actor) -> None:
    assert await rotation.outgrown(house) == 0
    many = "INSERT INTO directory_private SELECT 1, decode(md5(i::text), 'hex'), 'phone', i, i::text FROM generate_series(1, 8192) i"
    await house.db.ask(lambda con: con.execute(many))
    assert await rotation.outgrown(house) == 3
    assert (await rotation.begin(house, Kind.OPRF, NOW)).bits == 3


@pytest.fixture
def nodes(fresh_db: Db, tmp_path: Path) -> tuple[House, House]:
    """Two nodes of one database, each with its own copy of the keyring's file."""
    one, two = tmp_path / "one" / "keyring.json", tmp_path / "two" / "keyring.json"
    first = keyring.open_(one, fresh=True)
    two.parent.mkdir(mode=0o700)
    shutil.copy2(one, two)
    made = own_house(fresh_db)
    return (
        dataclasses.replace(made, keyring=first, epochs=KeptEpochs()),
        dataclasses.replace(made, keyring=keyring.load(two), epochs=KeptEpochs()),
    )


async def test_a_node_without_the_key_refuses_until_its_file_has_it(
    nodes: tuple[House, House], kind: Kind
) -> None:
    here, there = nodes
    await Actor(here, OwnerId("app"))(directory.put, people(0, 3))
    await rotation.begin(here, kind, NOW, timedelta())
    app = Actor(there, OwnerId("app"))
    with pytest.raises(Unavailable, match="keyring"):
        await app(directory.put, people(3, 1))
    assert await lookup(Actor(there, OwnerId("v")), kind, [tel(1)]) == {tel(1)}
    await rotation.go_on(here, kind, NOW, refill.ON)
    there.epochs.forget()
    with pytest.raises(Unavailable, match="keyring"):
        await lookup(Actor(there, OwnerId("v")), kind, [tel(1)])
    assert here.keyring.source is not None
    assert there.keyring.source is not None
    shutil.copy2(here.keyring.source, there.keyring.source)
    await app(directory.put, people(3, 1))
    assert await lookup(Actor(there, OwnerId("v")), kind, [tel(1), tel(3)]) == {tel(1), tel(3)}


async def test_a_destroyed_key_leaves_the_memory_of_the_other_node_too(
    nodes: tuple[House, House],
) -> None:
    here, there = nodes
    await rotated(here, Kind.PEPPER)
    assert here.keyring.source is not None
    assert there.keyring.source is not None
    shutil.copy2(here.keyring.source, there.keyring.source)
    await lookup(Actor(there, OwnerId("v")), Kind.PEPPER, [tel(1)])
    assert sorted(there.keyring.peppers) == [1, 2]
    await rotation.retire(here, NOW + 2 * DAY)
    await rotation.sweep(here, NOW + 3 * DAY)
    shutil.copy2(here.keyring.source, there.keyring.source)
    there.epochs.forget()
    await lookup(Actor(there, OwnerId("v")), Kind.PEPPER, [tel(1)])
    assert sorted(there.keyring.peppers) == [2]
    assert sorted(keyring.load(here.keyring.source).peppers) == [2]
