"""Each named query is prepared by a real server, and its generic plan reaches an owner's rows through owner_id."""

import json
from collections.abc import Iterator

import asyncpg
import pytest

from contact_service.storage import placement, queries

ALL = {
    f"{family}.{name}": sql
    for family in queries.families()
    for name, sql in queries.load(family).items()
}
FILL = {
    "text": "'v' || i",
    "bigint": "i",
    "uuid": "md5(i::text)::uuid",
    "bytea": "decode(md5(i::text), 'hex')",
}
FILL |= {"timestamp with time zone": "now() - i * interval '1 s'", "boolean": "i % 2 = 0"}
FILL |= {"bytea[]": "ARRAY[decode(md5(i::text), 'hex')]"}


@pytest.fixture(scope="module")
async def filled(postgres, dsn):
    """The owner tables with 4,000 rows each, analysed and rolled back: on empty tables every plan is a Seq Scan."""
    con = await asyncpg.connect(dsn)
    await con.execute("BEGIN")
    for table in (name for name, kind in placement.TABLES.items() if kind == "owner"):
        sql = "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0"
        start = {name: FILL[kind] for name, kind in await con.fetch(sql, table)}
        one = table in ("owners", "books", "sharing", "match_state", "budgets")
        start["owner_id"] = "'o' || i" if one else "'o' || i % 400"
        start |= {"state": "'active'"} if "state" in start else {}
        into = f"INSERT INTO {table} ({', '.join(start)}) SELECT {', '.join(start.values())}"
        await con.execute(f"{into} FROM generate_series(1, 4000) i; ANALYZE {table}")
    yield con
    await con.execute("ROLLBACK")
    await con.close()


def scans(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from scans(below)


async def odd_scans(con: asyncpg.Connection, sql: str) -> list[str]:
    # EXECUTE under force_generic_plan: a bound NULL would be folded into the plan and hide every scan.
    asked = len((await con.prepare(sql)).get_parameters())
    nulls = f"({', '.join(['NULL'] * asked)})" if asked else ""
    await con.execute(f"SET LOCAL plan_cache_mode = force_generic_plan; PREPARE q AS {sql}")
    told = await con.fetchval(f"EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE q{nulls}")
    await con.execute("DEALLOCATE q")
    found = []
    for node in scans(json.loads(told)[0]["Plan"]):
        schema, name = node.get("Schema", ""), node.get("Relation Name", "")
        if (
            placement.TABLES.get(name if schema == "public" else f"{schema}.{name}") != "owner"
            or node["Node Type"] == "ModifyTable"
        ):
            continue
        below = " ".join(str(part.get("Index Cond", "")) for part in scans(node))
        if "owner_id" not in below:
            found.append(f"{node['Node Type']} on {name}")
    return found


async def test_every_plan_reaches_owner_rows_through_an_index_on_owner_id(filled):
    assert {name: odd for name, sql in ALL.items() if (odd := await odd_scans(filled, sql))} == {}


async def test_a_planted_seq_scan_is_caught(filled):
    assert await odd_scans(filled, "SELECT card_id FROM cards WHERE sealed = $1::bytea") == [
        "Seq Scan on cards"
    ]


async def test_every_query_is_prepared_by_the_server(filled):
    for name, sql in ALL.items():
        assert (await filled.prepare(sql, name=None)).get_query() == sql, name
