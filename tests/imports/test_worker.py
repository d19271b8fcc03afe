"""The same by a worker that looks into its queue: what was begun is done, and a limit brings nobody's book to an end."""

from dataclasses import replace

import httpx2
import msgspec

from acting import make_house
from contact_emulators.google import LIST
from contact_emulators.knobs import Fault
from contact_service.actions.context import House
from contact_service.storage.db import Db
from imports.conftest import Linking
from imports.stack import Account, Doors
from jobs.conftest import Place, until, working


async def test_a_worker_reads_an_account_waits_out_a_limit_and_reads_what_is_new(
    linking: Linking,
    providers_house: House,
    port: tuple[Doors, str],
    browser: httpx2.AsyncClient,
    fresh_db: Db,
    fresh_dsn: str,
) -> None:
    await linking("google", link=False)
    settings = msgspec.structs.replace(providers_house.settings, jobs_sweep_ms=50)
    house = replace(make_house(fresh_db, settings), outward=providers_house.outward)
    account = Account(house, port[0], browser, "google")
    assert "is connected" in await account.link()
    account.emulator.knobs.set(Fault.TOO_MANY, LIST, nth=2, value="1")
    run = await account.begin()

    async def done() -> bool:
        return bool((await account.shown(run))["state"] == "done")

    async with working(Place(house, fresh_dsn).worker()):
        await until(done, "the import was not done")
        assert await account.book() == account.truth()
        account.emulator.book.delete(next(iter(account.emulator.book.contacts.people)))
        run = await account.begin()
        await until(done, "the second import was not done")
    assert await account.book() == account.truth()
    house.darkroom.close()
