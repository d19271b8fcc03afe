"""Statement rules Q1-Q8 (docs/explanation/schema.md) on every named query. Each is shown to bite.

Also: every parameter has a cast and a word in the comment, and nothing selects `*`. Plans: test_plans.py.
"""

import re
from collections.abc import Iterator

import pytest
from pglast import ast, enums, parse_sql, visitors

from contact_service.storage import placement, queries

# They meet many owners, by `owner_id = ANY($1)` or from unnest: a point per owner, and the reason in the purpose line.
CROSSING = set(
    "coalesced.app_passwords coalesced.heads coalesced.wrapped_keys data_keys.add_many data_keys.of_users "
    "disclosure.between registrations.barred registrations.chosen walk.renew".split()
)
# They go through all owners by key range, `owner_id > $n`, a page at a time: the clock and commands, never a request.
WALKING = set(
    "accounts.due oauth_states.ended outbox.waiting provider_spend.past walk.owners".split()
)
PURE = {"unnest", "max", "min", "count", "greatest", "least", "now"}
_WRITES = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)
_PLAIN = (ast.SelectStmt, *_WRITES, ast.MergeStmt)


class Nodes(visitors.Visitor):
    """All nodes of a statement, in order."""

    def __init__(self):
        self.found = []

    def visit(self, _ancestors, node):
        self.found.append(node)


def nodes(root, *kinds) -> list:
    seen = Nodes()
    seen(root)
    return [node for node in seen.found if not kinds or isinstance(node, kinds)]


def named(function: ast.FuncCall) -> str:
    return function.funcname[-1].sval


def tables(root) -> list[ast.RangeVar]:
    made = {cte.ctename for cte in nodes(root, ast.CommonTableExpr)}
    return [var for var in nodes(root, ast.RangeVar) if var.schemaname or var.relname not in made]


def full_name(var: ast.RangeVar) -> str:
    return f"{var.schemaname}.{var.relname}" if var.schemaname else var.relname


def owned(var: ast.RangeVar) -> bool:
    return placement.TABLES.get(full_name(var)) == "owner"


def flat(sources, found, quals) -> None:
    for source in sources or ():
        if isinstance(source, ast.JoinExpr):
            flat((source.larg, source.rarg), found, quals)
            quals.append(source.quals)
        elif isinstance(source, ast.RangeVar):
            found.append(source)


def conjuncts(qual) -> Iterator:
    if isinstance(qual, ast.BoolExpr) and qual.boolop == enums.BoolExprType.AND_EXPR:
        for part in qual.args:
            yield from conjuncts(part)
    elif qual is not None:
        yield qual


def is_parameter(node) -> bool:
    return isinstance(node.arg if isinstance(node, ast.TypeCast) else node, ast.ParamRef)


def pins(qual, var: ast.RangeVar, *, alone: bool, many: bool, op: str = "=") -> bool:
    kinds = [enums.A_Expr_Kind.AEXPR_OP] + [enums.A_Expr_Kind.AEXPR_OP_ANY] * many
    if not isinstance(qual, ast.A_Expr) or qual.kind not in kinds or qual.name[-1].sval != op:
        return False
    if not isinstance(qual.lexpr, ast.ColumnRef) or not is_parameter(qual.rexpr):
        return False
    path = [field.sval for field in qual.lexpr.fields]
    prefix = var.alias.aliasname if var.alias else var.relname
    return path == [prefix, "owner_id"] or (alone and path == ["owner_id"])


def unpinned(root, *, many: bool, op: str = "=") -> Iterator[str]:
    for level in nodes(root, ast.SelectStmt, ast.UpdateStmt, ast.DeleteStmt):
        found, quals = [], [level.whereClause]
        if not isinstance(level, ast.SelectStmt):
            found.append(level.relation)
        flat(
            getattr(level, "fromClause", None) or getattr(level, "usingClause", None), found, quals
        )
        tests = [part for qual in quals for part in conjuncts(qual)]
        alone = len(found) == 1
        for var in (var for var in found if var in tables(root) and owned(var)):
            if not any(pins(test, var, alone=alone, many=many, op=op) for test in tests):
                yield f"{full_name(var)} is read without owner_id = $n"


def unpinned_inserts(root, *, many: bool) -> Iterator[str]:
    for insert in nodes(root, ast.InsertStmt):
        if not owned(insert.relation):
            continue
        at = [column.name for column in insert.cols or ()].index("owner_id") if insert.cols else -1
        source = insert.selectStmt
        values = source.valuesLists or [[target.val for target in source.targetList or ()]]
        if (
            many
            and all(named(call) == "unnest" for call in nodes(source, ast.FuncCall))
            and not tables(source)
        ):
            continue
        if at < 0 or not all(is_parameter(row[at]) for row in values):
            yield f"{full_name(insert.relation)} is filled without owner_id from $n"


def q1(root, name: str) -> list[str]:
    if name in WALKING:
        return ["writes while it walks"] * bool(nodes(root, *_WRITES)) + [
            *unpinned(root, many=False, op=">")
        ]
    return [*unpinned(root, many=name in CROSSING), *unpinned_inserts(root, many=name in CROSSING)]


def q2(root, name: str) -> list[str]:
    classes = {
        placement.TABLES.get(full_name(var), f"unplaced {full_name(var)}") for var in tables(root)
    }
    bad = len(classes) > 1 or any(kind.startswith("unplaced") for kind in classes)
    return [f"touches {sorted(classes)}"] if bad else []


def q3(root, name: str) -> list[str]:
    merges = ["MERGE" for _ in nodes(root, ast.MergeStmt)]
    lateral = [
        "LATERAL" for part in nodes(root, ast.RangeSubselect, ast.RangeFunction) if part.lateral
    ]
    recursive = ["RECURSIVE" for part in nodes(root, ast.WithClause) if part.recursive]
    sets = [
        target
        for part in nodes(root, ast.UpdateStmt, ast.OnConflictClause)
        for target in part.targetList or ()
    ]
    return (
        merges
        + lateral
        + recursive
        + ["SET owner_id" for target in sets if target.name == "owner_id"]
    )


def q4(root, name: str) -> list[str]:
    if not nodes(root, *_WRITES):
        return []
    return [
        f"{named(call)}() in a write"
        for call in nodes(root, ast.FuncCall)
        if named(call) not in PURE
    ]


def q5(root, name: str) -> list[str]:
    found = []
    for level in nodes(root, ast.SelectStmt):
        for lock in level.lockingClause or ():
            if lock.waitPolicy == enums.LockWaitPolicy.LockWaitSkip:
                found.append("SKIP LOCKED")
            if not all(owned(var) for var in tables(level)) or list(unpinned(level, many=False)):
                found.append("FOR UPDATE without owner_id = $n")
    return found


def q6(root, name: str) -> list[str]:
    said = [
        type(part).__name__
        for part in nodes(root, ast.ListenStmt, ast.NotifyStmt, ast.UnlistenStmt)
    ]
    calls = [named(call) for call in nodes(root, ast.FuncCall)]
    return said + [call for call in calls if call == "pg_notify" or "advisory" in call]


def q7(root, name: str) -> list[str]:
    if isinstance(root, ast.VariableSetStmt):
        return [] if root.is_local else ["SET without LOCAL"]
    calls = [named(call) for call in nodes(root, ast.FuncCall)]
    return [f"{type(root).__name__}: not a plain statement"] * (not isinstance(root, _PLAIN)) + [
        call for call in calls if call == "set_config"
    ]


def q8(root, name: str) -> list[str]:
    return ["OFFSET" for level in nodes(root, ast.SelectStmt) if level.limitOffset is not None]


def starless(root, name: str) -> list[str]:
    return ["SELECT *" for _ in nodes(root, ast.A_Star)]


def cast(root, name: str) -> list[str]:
    with_cast = sum(isinstance(part.arg, ast.ParamRef) for part in nodes(root, ast.TypeCast))
    return ["a parameter without a cast"] if len(nodes(root, ast.ParamRef)) > with_cast else []


RULES = {
    "Q1": q1,
    "Q2": q2,
    "Q3": q3,
    "Q4": q4,
    "Q5": q5,
    "Q6": q6,
    "Q7": q7,
    "Q8": q8,
    "star": starless,
    "cast": cast,
}
ALL = {
    f"{family}.{name}": sql
    for family in queries.families()
    for name, sql in queries.load(family).items()
}


def breaches(sql: str, rule: str, name: str = "planted") -> list[str]:
    return [told for raw in parse_sql(sql) for told in RULES[rule](raw.stmt, name)]


PLANTED = [
    ("Q1", "SELECT card_id FROM cards WHERE card_id = $1::uuid"),
    ("Q1", "SELECT card_id FROM cards WHERE owner_id = ANY($1::text[])"),
    ("Q1", "SELECT card_id FROM cards WHERE owner_id = $1::text OR card_id = $2::uuid"),
    ("Q1", "SELECT 1 FROM cards c JOIN matches m USING (card_id) WHERE c.owner_id = $1::text"),
    (
        "Q1",
        "SELECT 1 FROM blocks WHERE owner_id = $1::text AND EXISTS (SELECT FROM cards WHERE by_hand)",
    ),
    ("Q1", "SELECT owner_id FROM owners WHERE owner_id > $1::text ORDER BY owner_id"),
    ("Q1", "DELETE FROM blocks WHERE user_id = $1::text"),
    ("Q1", "INSERT INTO blocks (user_id, owner_id) VALUES ($1::text, 'ann')"),
    ("Q1", "WITH gone AS (DELETE FROM cards WHERE by_hand RETURNING 1) SELECT count(*) FROM gone"),
    ("Q2", "SELECT 1 FROM matches m, directory_users d WHERE m.owner_id = $1::text"),
    ("Q3", "MERGE INTO cards USING matches ON false WHEN MATCHED THEN DELETE"),
    ("Q3", "SELECT 1 FROM owners o, LATERAL (SELECT 1) x WHERE o.owner_id = $1::text"),
    ("Q3", "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT 1 FROM r"),
    ("Q3", "UPDATE cards SET owner_id = $2::text WHERE owner_id = $1::text"),
    ("Q4", "INSERT INTO outbox (owner_id, id) VALUES ($1::text, gen_random_uuid())"),
    ("Q5", "SELECT seq FROM directory_clock WHERE id = 1 FOR UPDATE"),
    ("Q5", "SELECT version FROM owners WHERE owner_id = ANY($1::text[]) FOR UPDATE"),
    ("Q5", "SELECT 1 FROM outbox WHERE owner_id = $1::text FOR UPDATE SKIP LOCKED"),
    ("Q6", "NOTIFY z"),
    ("Q6", "SELECT pg_advisory_xact_lock(1)"),
    ("Q7", "PREPARE TRANSACTION 'z'"),
    ("Q7", "SELECT set_config('cs.owner', 'ann', false)"),
    ("Q8", "SELECT card_id FROM cards WHERE owner_id = $1::text LIMIT 10 OFFSET 10"),
    ("star", "SELECT * FROM cards WHERE owner_id = $1::text"),
    ("cast", "SELECT card_id FROM cards WHERE owner_id = $1"),
]


@pytest.mark.parametrize("rule", RULES)
def test_every_named_query_keeps(rule):
    assert {name: told for name, sql in ALL.items() if (told := breaches(sql, rule, name))} == {}


@pytest.mark.parametrize(("rule", "sql"), PLANTED)
def test_a_planted_breach_is_caught_of(rule, sql):
    assert breaches(sql, rule) != []


def test_each_query_is_one_statement_with_a_purpose_and_a_word_for_each_parameter():
    odd = []
    for family in queries.families():
        for name, section in queries.sections(family).items():
            prose = "\n".join(line for line in section.splitlines() if line.startswith("--"))
            sql = queries.load(family)[name]
            asked = set(re.findall(r"\$\d+", sql))
            if (
                len(parse_sql(sql)) != 1
                or not prose
                or not asked <= set(re.findall(r"\$\d+", prose))
            ):
                odd.append(f"{family}.{name}")
    assert odd == []


def test_no_query_is_on_the_list_of_crossing_ones_without_need():
    assert set(ALL) >= CROSSING | WALKING
    assert [name for name in CROSSING | WALKING if q1(parse_sql(ALL[name])[0].stmt, "") == []] == []
