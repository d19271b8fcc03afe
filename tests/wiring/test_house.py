"""Opening a House: on the database of a service that runs here, or on one started for a command alone."""

import asyncio
import os

import pytest

from conftest import open_folder
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import BadSetting, load
from contact_service.storage import embedded_place
from contact_service.storage.embedded import Embedded
from contact_service.wiring import database
from contact_service.wiring import house as houses


@pytest.fixture(scope="module")
def used():
    """A data directory with a cluster that is stopped."""
    with open_folder() as folder:
        Embedded.start(folder / "d", durable=False).stop()
        yield folder / "d"


def settings(data_dir, **more):
    return load({"CONTACT_DATA_DIR": str(data_dir), **more})


async def test_a_command_starts_a_database_of_its_own_and_ends_it(used):
    async with houses.attached(settings(used)) as house:
        assert await house.db.heads.get(OwnerId("nobody")) is None
    # The lock is free again, so nothing holds the directory.
    os.close(embedded_place.lock(used))
    assert not (used / "postgres" / "postmaster.pid").exists()


async def test_a_command_borrows_the_database_of_a_running_service_and_leaves_it(used):
    server = Embedded.start(used)
    try:
        where = database.attach(settings(used))
        assert where.borrowed
        assert where.server is None
        assert where.dsn == server.dsn
        async with houses.attached(settings(used)) as house:
            await house.db.ping()
        assert server.running()
    finally:
        server.stop()


async def test_a_command_waits_for_a_service_that_is_starting(used):
    held = embedded_place.lock(
        used
    )  # as a service that has taken the directory and starts its server
    waiting = asyncio.create_task(opened(used))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    os.close(held)
    server = Embedded.start(used)
    try:
        await waiting
    finally:
        server.stop()


async def opened(used):
    async with houses.attached(settings(used)) as house:
        await house.db.ping()


async def test_workers_get_connections_enough(used):
    where = database.start(settings(used, CONTACT_WORKERS="20"))
    try:
        async with asyncio.timeout(10):
            house = await houses.open_(settings(used), where)
            assert await house.db.ask(lambda con: con.fetchval("SHOW max_connections")) == "340"
            await house.db.close()
    finally:
        where.stop()


async def test_the_policy_text_is_kept_with_consents_and_must_be_readable(used, tmp_path):
    (tmp_path / "policy").write_bytes(b"We keep little.")
    named = settings(used, CONTACT_POLICY_TEXT_FILE=str(tmp_path / "policy"))
    async with houses.attached(named) as house:
        assert house.policy_text == b"We keep little."
    gone = settings(used, CONTACT_POLICY_TEXT_FILE=str(tmp_path / "gone"))
    with pytest.raises(BadSetting, match="CONTACT_POLICY_TEXT_FILE"):
        async with houses.attached(gone):
            pass
    os.close(embedded_place.lock(used))


async def test_a_profile_key_that_cannot_sign_stops_the_start(used, tmp_path):
    (tmp_path / "none").write_text("zx-secret")
    files = {f"CONTACT_PROFILE_{name}_FILE": str(tmp_path / "none") for name in ("CERT", "KEY")}
    with pytest.raises(BadSetting, match="CONTACT_PROFILE_CERT_FILE") as refused:
        async with houses.attached(settings(used, **files)):
            pass
    assert "secret" not in str(refused.value)
    os.close(embedded_place.lock(used))
