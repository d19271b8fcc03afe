"""R12, R34: whoever is hidden looks as if not registered, on every way: the same bytes, and the same work behind them.

One database is brought to a state; each case is a clone of it that differs in nothing but why bea cannot be found.
"""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import asyncpg
import pytest

from contact_service.storage import matches
from privacy import hidden
from privacy.hidden import HIDDEN, Clones, Why
from privacy.ways import WAYS, comparable
from watching import Asked

pytestmark = pytest.mark.xdist_group("hidden")


class Gone(NamedTuple):
    """A way that was gone: what came back, and what the database was asked."""

    told: tuple[Any, ...]
    asked: list[Asked]


Walk = dict[str, list[Gone]]
"""By way, each time it was gone."""


async def walk(clones: Clones, start: str, why: Why) -> Walk:
    world = await clones.clone(start, why)
    # What changed in the directory is taken note of, and what ann's own part in it opened and cached is no matter.
    for _ in range(2):
        await world.ann.get("/v1/matches")
    gone: Walk = {}
    for n in range(2):
        for name, way in WAYS.items():
            world.db.taken()
            told = await way(world, n)
            assert told.status in {200, 201, 304}, (name, told)
            gone.setdefault(name, []).append(Gone(comparable(told), world.db.taken()))
    await clones.rest()
    return gone


@pytest.fixture(scope="module")
async def walks(postgres: str) -> AsyncIterator[dict[str, Walk]]:
    admin = await asyncpg.connect(postgres.replace("@/contacts?", "@/template1?"))
    clones = Clones(admin, postgres)
    start = await clones.start()
    whys = {"found": hidden.found, "unregistered": hidden.unregistered, **HIDDEN}
    yield {name: await walk(clones, start, why) for name, why in whys.items()}
    await clones.rest()
    await admin.close()


@pytest.mark.parametrize("kind", HIDDEN)
def test_whoever_is_hidden_looks_unregistered(walks: dict[str, Walk], kind: str) -> None:
    # The first time: later on there are contacts that were made on the way, each with a time of its own.
    seen, expected = walks[kind], walks["unregistered"]
    assert {w: seen[w][0].told for w in WAYS} == {w: expected[w][0].told for w in WAYS}


@pytest.mark.parametrize("kind", HIDDEN)
def test_whoever_is_hidden_costs_the_same_statements_with_as_many_keys(
    walks: dict[str, Walk], kind: str
) -> None:
    # The second time: the first one fills caches, and what the reason itself did has filled some before.
    seen, expected = walks[kind], walks["unregistered"]
    assert {w: counted(seen[w][1].asked) for w in WAYS} == {
        w: counted(expected[w][1].asked) for w in WAYS
    }


def counted(asked: list[Asked]) -> list[Asked]:
    """A pair is kept of whoever is listed, shown or not (discovery.md): that statement has a row more."""
    return [(sql, () if sql == matches.SQL["add"] else sizes) for sql, sizes in asked]


def test_who_is_found_is_seen_on_every_way(walks: dict[str, Walk]) -> None:
    """The control: the tests above are not blind. A search tells of no matches, nor does a 201."""
    told = {
        way for way in WAYS if walks["found"][way][0].told != walks["unregistered"][way][0].told
    }
    assert told == WAYS.keys() - {"search", "new contact"}
