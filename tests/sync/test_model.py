"""T4 and T4m of reliability.md on the model: histories that must hold, and wrong servers that must be seen through."""

import asyncio
import random

import pytest

from sync.driver import Course, Run
from sync.faulty import FAULTY
from sync.model import Model
from sync.oracle import Violation, over, said
from sync.protocol import Op, Refused

HISTORIES, PARTS = 1_000, 4
COURSE = Course(devices=4, steps=120)


async def histories(made: type[Model], seeds: range) -> None:
    """A history a seed, each on a server of its own; the Violation names its seed."""
    for seed in seeds:
        try:
            await Run(made(), seed, COURSE).all()
        except Violation as broken:
            raise Violation(f"seed {seed}: {broken}") from broken


def hold(count: int = 100) -> None:
    """The histories of the first seeds: a check for a mutant of the source."""
    asyncio.run(histories(Model, range(count)))


@pytest.mark.parametrize("part", range(PARTS))
async def test_all_devices_and_the_server_agree_in_the_end(part: int, rnd: random.Random) -> None:
    first = rnd.randrange(2**32)
    await histories(Model, range(first, first + HISTORIES // PARTS))


@pytest.mark.parametrize("faulty", FAULTY, ids=lambda faulty: faulty.__name__)
async def test_the_oracle_sees_through_a_wrong_server(faulty: type[Model]) -> None:
    with pytest.raises(Violation):
        await histories(faulty, range(100))


async def test_the_histories_meet_what_they_are_for(rnd: random.Random) -> None:
    runs = [Run(Model(), rnd.randrange(2**32), COURSE) for _ in range(40)]
    for run in runs:
        await run.all()
    told = [
        result.status for run in runs for each in run.oracle.answers.values() for result in each
    ]
    assert {200, 201, 204, 404, 409} <= set(told)
    assert sum(len(run.oracle.contents) for run in runs) > 500


async def test_a_key_used_for_another_batch_is_refused() -> None:
    server = Model()
    card = {"@type": "Card", "version": "1.0", "uid": "u"}
    first = await server.batch("k", [Op("create", card=card)])
    assert await server.batch("k", [Op("create", card=card)]) == first
    with pytest.raises(Refused):
        await server.batch("k", [Op("create", card=card | {"kind": "org"})])


async def test_a_token_from_the_future_is_refused() -> None:
    with pytest.raises(Refused):
        await Model().changes("5.0", 1)


def test_the_oracle_keeps_what_a_later_edit_did_not_touch() -> None:
    def card(own: int, *phones: tuple[str, str | None]) -> dict:
        entries = {n: {"number": n} | ({"label": label} if label else {}) for n, label in phones}
        return {"x:a": own, "phones": entries, "example.com:own": 1}

    base = said(card(1, ("1", None), ("2", None)))
    mine, theirs = said(card(1, ("2", None), ("3", None))), said(card(2, ("1", "x"), ("2", None)))
    assert over(base, mine, theirs) == said(card(2, ("1", "x"), ("2", None), ("3", None)))
