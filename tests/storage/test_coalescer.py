import asyncio
from collections import Counter

import pytest

from contact_service.model.problem import Broken, DatabaseDown, Overloaded
from contact_service.storage.coalescer import BATCH, IN_FLIGHT, Coalescer


class Source:
    """Answers {key: key * 10}; keeps every batch; waits at the gate when it is closed."""

    def __init__(self):
        self.batches = []
        self.open = asyncio.Event()
        self.open.set()
        self.error = None
        self.running = self.most = 0

    async def __call__(self, keys):
        self.batches.append(list(keys))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.open.wait()
            if self.error:
                raise self.error
            return [(key, key * 10) for key in reversed(keys) if key >= 0]
        finally:
            self.running -= 1


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def reads(source):
    return Coalescer(source, lambda row: row[0])


async def drained(reads):
    async with asyncio.timeout(5):
        await asyncio.gather(*reads._runners)
        await asyncio.sleep(0)


async def test_what_is_asked_in_one_step_is_one_statement(reads, source):
    assert await asyncio.gather(*[reads.get(n) for n in range(40)]) == [
        (n, n * 10) for n in range(40)
    ]
    assert source.batches == [list(range(40))]


async def test_a_key_without_a_row_answers_none(reads):
    assert await asyncio.gather(reads.get(-1), reads.get(1)) == [None, (1, 10)]


async def test_the_same_key_asked_twice_is_sent_once(reads, source):
    assert await asyncio.gather(reads.get(7), reads.get(7)) == [(7, 70), (7, 70)]
    assert source.batches == [[7]]


async def test_a_row_nobody_asked_for_goes_to_nobody():
    async def fetch(keys):
        return [("ann", 2, b"other"), ("ann", 1, b"hers")]

    reads = Coalescer(fetch, lambda row: row[:2])
    assert await asyncio.gather(reads.get(("ann", 1)), reads.get(("bea", 2))) == [
        ("ann", 1, b"hers"),
        None,
    ]


async def test_a_read_that_comes_while_a_statement_runs_is_not_answered_by_it(reads, source):
    source.open.clear()
    first = reads.get(1)
    await asyncio.sleep(0)
    again = reads.get(1)
    await asyncio.sleep(0)
    source.open.set()
    await asyncio.gather(first, again)
    assert source.batches == [[1], [1]]


async def test_at_most_two_statements_run_and_none_is_longer_than_500_keys(reads, source):
    source.open.clear()
    waiting = []
    for n in range(3 * BATCH):
        waiting.append(reads.get(n))
        if n % 100 == 0:
            await asyncio.sleep(0)
    source.open.set()
    assert await asyncio.gather(*waiting) == [(n, n * 10) for n in range(3 * BATCH)]
    assert source.most == IN_FLIGHT
    assert max(map(len, source.batches)) <= BATCH


async def test_a_cancelled_reader_leaves_the_others_alone(reads, source):
    source.open.clear()
    gone, stays = reads.get(1), reads.get(1)
    await asyncio.sleep(0)
    gone.cancel()
    source.open.set()
    assert await stays == (1, 10)


@pytest.mark.parametrize(
    ("error", "told"),
    [(DatabaseDown(), DatabaseDown), (Overloaded(), Overloaded), (KeyError(), Broken)],
)
async def test_a_failed_statement_fails_each_reader_and_the_next_works(reads, source, error, told):
    source.error = error
    answers = await asyncio.gather(*[reads.get(n) for n in range(3)], return_exceptions=True)
    assert [type(answer) for answer in answers] == [told] * 3
    assert len(set(map(id, answers))) == 3
    source.error = None
    assert await reads.get(1) == (1, 10)


async def test_a_runner_that_is_cancelled_fails_its_readers_and_gives_its_slot_back(reads, source):
    source.open.clear()
    cut = []
    for n in (1, 2, 3):
        cut.append(reads.get(n))
        await asyncio.sleep(0)
    assert source.batches == [[1], [2]]
    for runner in list(reads._runners):
        runner.cancel()
    source.open.set()
    answers = await asyncio.wait_for(asyncio.gather(*cut, return_exceptions=True), 5)
    assert [type(answer) for answer in answers] == [DatabaseDown, DatabaseDown, tuple]
    assert await reads.get(2) == (2, 20)
    await drained(reads)
    assert reads._in_flight == 0


@pytest.fixture
async def owners(db):
    made = [f"stress-{n}" for n in range(300)]
    sql = """INSERT INTO owners (owner_id, epoch, created_at)
        SELECT o, n, now() FROM unnest($1::text[]) WITH ORDINALITY u (o, n) ON CONFLICT DO NOTHING"""
    async with db.write("stress-0") as tx:
        await tx.run(sql, made)
    return {owner: n + 1 for n, owner in enumerate(made)}


async def ask(reads, owners, name, rnd):
    """One read, sometimes cut at once; says how it ended, and fails when it got another's row."""
    waiter = reads.get(name)
    if rnd.random() < 0.05:
        asyncio.get_running_loop().call_soon(waiter.cancel)
    try:
        row = await waiter
    except asyncio.CancelledError:
        return "cut"
    except DatabaseDown:
        return "failed"
    assert (row and row["owner_id"], row and row["epoch"]) == (
        name if row else None,
        owners.get(name),
    )
    return "row" if row else "none"


async def test_20000_reads_by_64_tasks_with_cuts_and_failures_neither_hang_nor_mix(db, owners, rnd):
    async def fetch(keys):
        if rnd.random() < 0.01:
            raise DatabaseDown
        return await db._heads(keys)

    reads = Coalescer(fetch, lambda row: row[0])

    async def reader():
        return Counter(
            [await ask(reads, owners, f"stress-{rnd.randrange(320)}", rnd) for _ in range(313)]
        )

    async with asyncio.timeout(20):
        ends = sum(await asyncio.gather(*[reader() for _ in range(64)]), Counter())
    assert ends.total() == 64 * 313
    assert set(ends) == {"row", "none", "failed", "cut"}
    await drained(reads)
    assert (reads._in_flight, reads._waiting) == (0, {})


async def test_wrapped_keys_match_owner_and_generation_together(db):
    async with db.write("ann-keys") as tx:
        for owner, gen in [("ann-keys", 1), ("bea-keys", 2)]:
            await tx.run(
                "INSERT INTO vault.data_keys VALUES ($1, $2, $3, 'live', now())",
                owner,
                gen,
                f"{owner}{gen}".encode(),
            )
    asked = [("ann-keys", 1), ("ann-keys", 2), ("bea-keys", 2)]
    found = await asyncio.gather(*[db.wrapped_keys.get(key) for key in asked])
    assert [row and row["wrapped"] for row in found] == [b"ann-keys1", None, b"bea-keys2"]
