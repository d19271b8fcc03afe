"""Schema rules S1-S10 (docs/explanation/schema.md), read from pg_catalog of the migrated schema. Each is shown to bite."""

import re
from collections.abc import Mapping
from importlib import resources

import asyncpg
import pytest

from contact_service.storage import placement

SEQUENCES = (
    "pgqueuer",
)  # schemas of the job queue: triggers, defaults, functions are its library's business
EXTENSIONS = {"plpgsql", "pg_trgm", "unaccent", "citext"}
PARTITIONED = {"audit", "outbox"}

_OURS = (
    "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_temp'"
)
_NAME = "CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END"
_CONSTANT = re.compile(
    r"^(now\(\)|true|false|-?\d+|'(?:[^']|'')*'(::[a-z ]+(\[\])?)?|NULL::[a-z ]+)$"
)

Classes = Mapping[str, str]


async def rows(con: asyncpg.Connection, sql: str) -> list[asyncpg.Record]:
    return await con.fetch(sql.replace("{name}", _NAME).replace("{ours}", _OURS))


def of_queue(name: str) -> bool:
    """Whether a table is the job queue's: made as its library makes it."""
    return name.startswith(tuple(f"{schema}." for schema in SEQUENCES))


async def of_class(con: asyncpg.Connection, classes: Classes, *wanted: str) -> list[str]:
    return sorted(t for t in await tables(con) if classes.get(t) in wanted)


async def tables(con: asyncpg.Connection) -> list[str]:
    sql = "SELECT {name} AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours} AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    return [row["t"] for row in await rows(con, sql)]


async def indexes(con: asyncpg.Connection) -> list[asyncpg.Record]:
    return await rows(
        con,
        """SELECT {name} AS t, ic.relname AS i, x.indisunique AS uniq, x.indisprimary AS pk, am.amname AS am,
            ARRAY(SELECT coalesce(a.attname, '?') FROM unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY k (n, pos)
                LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n AND k.n > 0 ORDER BY k.pos)::text[] AS cols
        FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class ic ON ic.oid = x.indexrelid
        JOIN pg_am am ON am.oid = ic.relam JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}""",
    )


async def columns(con: asyncpg.Connection) -> list[asyncpg.Record]:
    return await rows(
        con,
        """SELECT {name} AS t, a.attname AS col, format_type(a.atttypid, NULL) AS type, a.attnotnull AS filled,
            a.attidentity::text AS identity, a.attgenerated::text AS generated, co.collname AS collation,
            pg_get_expr(d.adbin, d.adrelid) AS start
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_collation co ON co.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE {ours} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped""",
    )


async def constraints(con: asyncpg.Connection) -> list[asyncpg.Record]:
    return await rows(
        con,
        """SELECT {name} AS t, k.conname AS k, k.contype::text AS kind, k.condeferrable AS late,
            (SELECT CASE n2.nspname WHEN 'public' THEN f.relname ELSE n2.nspname || '.' || f.relname END
             FROM pg_class f JOIN pg_namespace n2 ON n2.oid = f.relnamespace WHERE f.oid = k.confrelid) AS other,
            (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]) AS first,
            (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1]) AS other_first
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {ours}""",
    )


async def s1(con: asyncpg.Connection, classes: Classes) -> list[str]:
    owned = await of_class(con, classes, "owner")
    key = {c["t"]: c for c in await columns(con) if c["col"] == "owner_id"}
    shape = [
        f"{t}.owner_id is not text COLLATE C NOT NULL"
        for t in owned
        if t not in key
        or (key[t]["type"], key[t]["collation"], key[t]["filled"]) != ("text", "C", True)
    ]
    leads = [
        f"{i['i']} does not lead with owner_id"
        for i in await indexes(con)
        if i["t"] in owned and i["cols"][0] != "owner_id"
    ]
    return shape + leads


async def s2(con: asyncpg.Connection, classes: Classes) -> list[str]:
    owned = await of_class(con, classes, "owner")
    return [
        f"{i['i']} is unique without owner_id"
        for i in await indexes(con)
        if i["uniq"] and i["t"] in owned and "owner_id" not in i["cols"]
    ]


async def s3(con: asyncpg.Connection, classes: Classes) -> list[str]:
    return [
        f"{k['k']}: a foreign key goes from owner to owner and leads with owner_id"
        for k in await constraints(con)
        if k["kind"] == "f"
        and (classes.get(k["t"]), classes.get(k["other"]), k["first"], k["other_first"])
        != ("owner", "owner", "owner_id", "owner_id")
    ]


async def s4(con: asyncpg.Connection, classes: Classes) -> list[str]:
    queue = ", ".join(f"'{name}'" for name in SEQUENCES)
    triggers = f"SELECT g.tgname AS x FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND {_OURS} AND n.nspname NOT IN ({queue})"
    rules = f"SELECT r.rulename AS x FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND {_OURS}"
    return [
        f"{row['x']}: a trigger or rule" for row in await con.fetch(f"{triggers} UNION ALL {rules}")
    ]


async def s5(con: asyncpg.Connection, classes: Classes) -> list[str]:
    odd = [
        f"{k['k']}: exclusion or deferrable"
        for k in await constraints(con)
        if k["kind"] == "x" or k["late"]
    ]
    trees = [f"{i['i']}: {i['am']}" for i in await indexes(con) if i["am"] in ("gist", "spgist")]
    return (
        odd
        + trees
        + [f"{c['t']}.{c['col']}: generated" for c in await columns(con) if c["generated"]]
    )


async def s6(con: asyncpg.Connection, classes: Classes) -> list[str]:
    counted = [c for c in await columns(con) if c["identity"] or "nextval(" in (c["start"] or "")]
    return [
        f"{c['t']}.{c['col']}: numbers itself"
        for c in counted
        if classes.get(c["t"]) != "local" or c["type"] != "bigint"
    ]


async def s7(con: asyncpg.Connection, classes: Classes) -> list[str]:
    return [
        f"{c['t']}.{c['col']}: default {c['start']}"
        for c in await columns(con)
        if c["start"]
        and not c["generated"]
        and not of_queue(c["t"])
        and not _CONSTANT.match(c["start"])
    ]


async def s8(con: asyncpg.Connection, classes: Classes) -> list[str]:
    found = await rows(
        con,
        """SELECT {name} AS t, p.partstrat::text AS how, c.relispartition AS below FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}""",
    )
    keys = {i["t"]: i["cols"] for i in await indexes(con) if i["pk"]}
    return [
        f"{p['t']}: partitions"
        for p in found
        if p["below"]
        or p["how"] != "r"
        or p["t"] not in PARTITIONED
        or keys.get(p["t"]) != ["owner_id", "at", "id"]
    ]


async def s9(con: asyncpg.Connection, classes: Classes) -> list[str]:
    kinds = await rows(
        con,
        "SELECT {name} AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours} AND c.relkind IN ('v', 'm')",
    )
    calls = await rows(
        con,
        """SELECT {name} AS t FROM (SELECT oid, pronamespace, proname AS relname FROM pg_proc) c JOIN pg_namespace n ON n.oid = c.pronamespace WHERE {ours}
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')""",
    )
    keyed = {i["t"] for i in await indexes(con) if i["pk"]}
    made = [row["t"] for row in [*kinds, *calls] if not of_queue(row["t"])]
    return [f"{name}: a view or function" for name in made] + [
        f"{t}: no primary key" for t in await tables(con) if t not in keyed
    ]


async def s10(con: asyncpg.Connection, classes: Classes) -> list[str]:
    found = {row["extname"] for row in await con.fetch("SELECT extname FROM pg_extension")}
    return [f"extension {name}" for name in sorted(found - EXTENSIONS)]


async def unplaced(con: asyncpg.Connection, classes: Classes) -> list[str]:
    return sorted(set(await tables(con)) ^ set(classes))


RULES = {
    "S1": s1,
    "S2": s2,
    "S3": s3,
    "S4": s4,
    "S5": s5,
    "S6": s6,
    "S7": s7,
    "S8": s8,
    "S9": s9,
    "S10": s10,
    "placed": unplaced,
}

_T = 'owner_id text COLLATE "C" NOT NULL'
# None of the extensions we would not want may be installed here: the catalogue's row is what the rule reads.
_EXTENSION = """SET LOCAL allow_system_table_mods = on;
    INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT 99999, 'hstore', extowner, extnamespace, false, '1' FROM pg_extension LIMIT 1"""
PLANTED = [
    ("S1", "CREATE TABLE z (owner_id uuid NOT NULL, PRIMARY KEY (owner_id))"),
    (
        "S1",
        'CREATE TABLE z (owner_id text COLLATE "C" NOT NULL, a int, PRIMARY KEY (owner_id)); CREATE INDEX z_a ON z (a)',
    ),
    (
        "S2",
        f"CREATE TABLE z ({_T}, a int, PRIMARY KEY (owner_id)); CREATE UNIQUE INDEX z_a ON z (a)",
    ),
    (
        "S3",
        f'CREATE TABLE z ({_T}, u text COLLATE "C" REFERENCES directory_users (user_id), PRIMARY KEY (owner_id))',
    ),
    (
        "S4",
        "CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER z_t BEFORE INSERT ON cards FOR EACH ROW EXECUTE FUNCTION pg_temp.f()",
    ),
    ("S4", "CREATE RULE z_r AS ON DELETE TO cards DO INSTEAD NOTHING"),
    (
        "S5",
        f"CREATE TABLE z ({_T}, a int, PRIMARY KEY (owner_id), UNIQUE (owner_id, a) DEFERRABLE)",
    ),
    (
        "S5",
        f"CREATE TABLE z ({_T}, a int, b int GENERATED ALWAYS AS (a + 1) STORED, PRIMARY KEY (owner_id))",
    ),
    (
        "S5",
        f"CREATE TABLE z ({_T}, p point, PRIMARY KEY (owner_id)); CREATE INDEX z_p ON z USING gist (p)",
    ),
    ("S6", f"CREATE TABLE z ({_T}, a bigserial, PRIMARY KEY (owner_id))"),
    ("S6", f"CREATE TABLE z ({_T}, a bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (owner_id))"),
    ("S7", f"CREATE TABLE z ({_T}, a uuid DEFAULT gen_random_uuid(), PRIMARY KEY (owner_id))"),
    (
        "S7",
        f"CREATE TABLE z ({_T}, a timestamptz DEFAULT clock_timestamp(), PRIMARY KEY (owner_id))",
    ),
    ("S8", f"CREATE TABLE z ({_T}, PRIMARY KEY (owner_id)) PARTITION BY HASH (owner_id)"),
    ("S9", "CREATE VIEW z AS SELECT owner_id FROM cards"),
    ("S9", f"CREATE TABLE z ({_T})"),
    ("S9", "CREATE FUNCTION z() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'"),
    ("S10", _EXTENSION),
    ("placed", "CREATE TABLE nowhere (a int PRIMARY KEY)"),
]


@pytest.fixture
async def con(dsn):
    opened = await asyncpg.connect(dsn)
    await opened.execute("BEGIN")
    yield opened
    await opened.execute("ROLLBACK")
    await opened.close()


@pytest.mark.parametrize("rule", RULES)
async def test_the_migrated_schema_keeps(rule, con):
    assert await RULES[rule](con, placement.TABLES) == []


@pytest.mark.parametrize(("rule", "ddl"), PLANTED)
async def test_a_planted_breach_is_caught_of(rule, ddl, con):
    classes = {**placement.TABLES, "z": "owner"}
    await con.execute(ddl)
    assert await RULES[rule](con, classes) != []


async def test_each_migration_names_the_class_of_its_tables():
    folder = resources.files("contact_service.storage") / "migrations"
    named = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        found = re.findall(r"-- class: (\w+)\nCREATE TABLE ([\w.]+)", file.read_text())
        gone = re.findall(r"\nDROP TABLE ([\w.]+)", file.read_text())
        named = {t: k for t, k in {**named, **{t: k for k, t in found}}.items() if t not in gone}
    assert {**named, "schema_migrations": "local"} == dict(placement.TABLES)
