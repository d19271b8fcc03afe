"""Children that evaluate: what they are given, what becomes of them when they die, and that batches take turns."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contact_service.actions import evaluating, evaluators
from contact_service.actions.evaluators import Evaluators
from contact_service.model.discovery_problem import InvalidElement
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Overloaded
from contact_service.vault.oprf import Key
from private_client import Blinding, cut
from vault.ristretto import verifies

SEED = bytes(range(100, 132))
ASKED = Blinding([f"mailto:p{n}@example.com" for n in range(3)]).elements
WHOLE = b"".join(ASKED)


def children() -> set[int]:
    """Processes of ours that evaluate, dead ones that nobody cleared away among them."""
    mine = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (place / "cmdline").read_bytes()
        except OSError:
            continue
        asked = b"contact_service.actions.evaluating\0%d\0" % os.getpid() in line
        if asked or (state == "Z" and int(parent) == os.getpid()):
            mine.add(int(place.name))
    return mine


async def none_left() -> None:
    """Waits for the end of those that were ended in passing; a hang is a failure."""
    while children():  # noqa: ASYNC110  another process ends, nobody tells us
        await asyncio.sleep(0)


@pytest.fixture
async def pool() -> AsyncIterator[Evaluators]:
    opened = Evaluators(at_once=1)
    yield opened
    opened.close()


async def evaluate(
    pool: Evaluators, elements: bytes = WHOLE, epoch: int = 1
) -> tuple[bytes, bytes]:
    async with pool.checked(SEED, epoch, elements) as batch:
        return await batch.evaluate()


async def right(pool: Evaluators, epoch: int = 1) -> bool:
    evaluated, proof = await evaluate(pool, epoch=epoch)
    return verifies(Key.derive(SEED, epoch).public, ASKED, cut(evaluated, 32), proof)


async def test_a_child_evaluates_under_the_key_of_each_epoch(pool):
    assert not children(), "none is started before it is needed"
    assert await right(pool)
    assert await right(pool, 2)
    assert await right(pool)
    assert len(children()) == 1


async def test_a_refused_element_is_told_by_its_place_and_the_child_goes_on(pool):
    with pytest.raises(InvalidElement) as refused:
        await evaluate(pool, WHOLE + bytes(32))
    assert refused.value.members["index"] == 3
    before = children()
    assert await right(pool)
    assert children() == before


async def test_a_dead_child_is_replaced_and_cleared_away(pool):
    assert await right(pool)
    (dead,) = children()
    os.kill(dead, signal.SIGKILL)
    assert await right(pool)
    while dead in children():  # noqa: ASYNC110  it is cleared away in passing
        await asyncio.sleep(0)
    assert len(children()) == 1


async def test_a_child_that_dies_between_check_and_evaluation_is_replaced(pool):
    async with pool.checked(SEED, 1, WHOLE) as batch:
        (dead,) = children()
        os.kill(dead, signal.SIGKILL)
        evaluated, proof = await batch.evaluate()
    assert verifies(Key.derive(SEED, 1).public, ASKED, cut(evaluated, 32), proof)
    assert await right(pool)


async def test_what_is_checked_and_not_wanted_leaves_the_child_free(pool):
    class NotPaid(Exception):
        pass

    for _ in range(2):
        with pytest.raises(NotPaid):
            async with pool.checked(SEED, 1, WHOLE):
                raise NotPaid
    assert await right(pool)
    assert len(children()) == 1


async def test_two_deaths_in_a_row_are_told_and_the_next_batch_is_made(pool, monkeypatch):
    monkeypatch.setattr(evaluators, "_MODULE", "contact_service.no_such_module")
    with pytest.raises(Overloaded):
        await evaluate(pool, WHOLE)
    monkeypatch.undo()
    assert await right(pool)


async def test_a_child_that_takes_too_long_is_ended():
    pool = Evaluators(at_once=1, patience_s=0.001)
    with pytest.raises(Overloaded):
        await evaluate(pool, WHOLE)
    await none_left()
    pool.close()


async def test_who_goes_away_leaves_no_child_behind_with_their_work(pool):
    assert await right(pool)
    asked = asyncio.ensure_future(evaluate(pool, WHOLE * 300))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await none_left()
    assert await right(pool)


async def test_batches_take_turns_in_the_order_they_came(pool):
    done: list[int] = []

    async def ask(number: int, size: int) -> None:
        await evaluate(pool, ASKED[0] * size)
        done.append(number)

    await asyncio.gather(*(ask(n, 60 if n % 2 else 1) for n in range(8)))
    assert done == list(range(8))
    assert len(children()) == 1, "one child was all that was allowed"


async def test_places_are_counted_and_given_back(pool):
    most = pool.at_once * (1 + evaluators.WAITING_EACH)
    names = [OwnerId(f"o{n}") for n in range(most)]
    held = [pool.place(name) for name in names]
    for one in held:
        one.__enter__()
    with pytest.raises(Overloaded) as refused, pool.place(OwnerId("late")):
        pass
    assert 1 <= (refused.value.retry_after_s or 0) <= 3
    for one in held:
        one.__exit__(None, None, None)
    with pool.place(names[0]), pool.place(names[0]):
        with pytest.raises(Overloaded), pool.place(names[0]):
            pass
        with pool.place(names[1]):
            pass
    assert not pool._places, "nobody is remembered"


async def test_closing_and_a_rest_leave_nothing_running(pool):
    assert await right(pool)
    pool._retire()
    assert not children()
    assert await right(pool)
    pool.close()
    assert not children()


async def test_a_child_is_confined_and_knows_no_seed_by_its_arguments_or_environment(pool):
    assert await right(pool)
    (child,) = children()
    place = Path(f"/proc/{child}")
    limits = (place / "limits").read_text()
    assert f"Max address space         {evaluating.MEMORY_BYTES}" in limits
    assert "Max core file size        0 " in limits
    assert "Max file size             0 " in limits
    uid = next(line for line in (place / "status").read_text().splitlines() if "Uid:" in line)
    assert "0" not in uid.split()
    told = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
    assert SEED not in told
    assert SEED.hex().encode() not in told
    names = {pair.partition(b"=")[0] for pair in (place / "environ").read_bytes().split(b"\0")}
    assert names <= {b"", b"PATH", b"LC_ALL", b"PYTHONPATH"}


async def test_a_child_ends_with_its_parent():
    program = """
import asyncio, os, signal
from contact_service.actions.evaluators import Evaluators
from private_client import Blinding
pool = Evaluators(at_once=1)
async def work():
    async with pool.checked(bytes(32), 1, Blinding(["tel:+14155550123"]).elements[0]) as batch:
        await batch.evaluate()
asyncio.run(work())
(child,) = pool._running
print(child._popen.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    paths = os.pathsep.join(part for part in sys.path if part)
    made = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert made.returncode == -signal.SIGKILL
    child = Path(f"/proc/{int(made.stdout)}/status")
    while _alive(child):  # noqa: ASYNC110  another process ends, nobody tells us
        await asyncio.sleep(0)


def _alive(status: Path) -> bool:
    try:
        return "State:\tZ" not in status.read_text()
    except OSError:
        return False
