"""What rests of a look-up: nothing of who was not found, in no table; a search that finds what does rest shows it."""

from dataclasses import replace

import pytest

from asking import Api, build, fresh, number
from contact_service.actions import matrix
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.formats import matrix as spelling
from contact_service.storage import placement
from contact_service.storage.db import Db
from contact_service.vault import blind, matrix_pepper
from contact_service.vault.blind import Person
from homeserving import Homeserver
from matrixing import HOME, Matrix, hashed, registered


@pytest.fixture
def house(house: House, fresh_db: Db) -> House:
    return replace(house, db=fresh_db)


@pytest.fixture
def app(house: House) -> App:
    return build(house)


async def at_rest(db: Db) -> str:
    """All rows of all our tables, as PostgreSQL spells them."""
    found = []
    async with db.shared() as tx:
        for table in placement.TABLES:
            found += [row["t"] for row in await tx.rows(f"SELECT x::text AS t FROM {table} AS x")]
    return "\n".join(found)


def traces(house: House, address: str) -> list[str]:
    """All that could rest of an address: itself, its digest, a tag over it by any of our keys."""
    digest = spelling.digest(address)
    assert digest is not None
    (tag,) = matrix_pepper.tags(house.keyring, [digest])
    alone = blind.of_bytes(house.keyring.fixed("retry"), [digest], Person.RETRY)
    return [address, digest.hex(), digest[:16].hex(), tag.hex(), alone[0].hex()]


async def test_nothing_of_who_is_not_found_rests_anywhere(
    house: House, app: App, home: Homeserver
) -> None:
    phone = number()
    await registered(Api(app, "app"), fresh("bea"), f"tel:{phone}")
    ann = await (await Matrix(app, home, f"@{fresh('ann')}:{HOME}").sign_in()).accept()
    pepper = await ann.pepper()
    hit = hashed(phone[1:], "msisdn", pepper)
    misses = [hashed(f"{fresh('x')}@example.org", "email", pepper) for _ in range(matrix.LEAST_SET)]
    for asked in ([hit, *misses], misses[:1], [*misses, "no hash"]):
        assert (await ann.lookup(*asked)).status == 200
    rests = await at_rest(house.db)
    assert [miss for miss in misses if any(t in rests for t in traces(house, miss))] == []
    assert traces(house, hit)[3] in rests  # the tag of who is registered: the search is not blind
    assert str(ann.token) not in rests
