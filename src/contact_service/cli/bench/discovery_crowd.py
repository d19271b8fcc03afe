"""A crowd in the directory that nobody asks for: millions of rows with random tags, put in by COPY in a minute.

They make the indexes as deep as they are in a large installation. Their tags come out of no identifier, so that they
meet no look-up, and what they seal cannot be opened.
"""

import subprocess
import time
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from contact_service.cli.bench import stage
from contact_service.cli.bench.discovery_users import TERMS
from contact_service.cli.bench.owners import COPY_END, COPY_START
from contact_service.cli.bench.stage import NotMeasured, Stage
from contact_service.storage import queries

_SLICE = 200_000
_DIGITS = 9
_USER = b"crowd-" + b"0" * _DIGITS
_SHARED = b"everyone"
_SEALED = b"\x01" + bytes(160)
"""As long as a registration with a name and two identifiers."""


class Rows(msgspec.Struct, frozen=True):
    """How a table is filled: `columns` by name in COPY's order, each with a value in its binary format. `tag`,
    `objection` (random), `entry_id` and `user_id` (numbered) differ from row to row.
    """

    table: str
    columns: dict[str, bytes]
    key: str
    others: tuple[str, ...]


_ONE = (1).to_bytes(8, "big")
ENTRIES = Rows(
    "directory_entries",
    {
        "epoch": _ONE,
        "tag": bytes(16),
        "kind": b"phone",
        "entry_id": bytes(8),
        "user_id": _USER,
        "seq": _ONE,
        "objection": bytes(16),
        "terms": TERMS,
    },
    "epoch, tag",
    (
        "CREATE INDEX directory_entries_user ON directory_entries (user_id, epoch)",
        "CREATE INDEX directory_entries_seq ON directory_entries (epoch, seq)",
        "CREATE INDEX directory_entries_tag ON directory_entries USING hash (tag)",
    ),
)
MATRIX = Rows(
    "directory_matrix",
    {
        "epoch": _ONE,
        "tag": bytes(16),
        "kind": b"phone",
        "entry_id": bytes(8),
        "user_id": _USER,
        "objection": bytes(16),
        "terms": TERMS,
    },
    "epoch, tag",
    (
        "CREATE INDEX directory_matrix_user ON directory_matrix (user_id, epoch)",
        "CREATE INDEX directory_matrix_tag ON directory_matrix USING hash (tag)",
    ),
)
USERS = Rows(
    "directory_users",
    {
        "user_id": _USER,
        "sealed": _SEALED,
        "key_gen": _ONE,
        "share_phone": _SHARED,
        "share_email": _SHARED,
        "share_name": _SHARED,
        "share_photo": _SHARED,
        "state": b"active",
        "class": b"verified",
        "seq": _ONE,
    },
    "user_id",
    (),
)


def fill(at: Stage, first: int, end: int) -> float:
    """Entries number `first` to `end` - 1 in each index, a user for each; returns the seconds it took.

    Raises NotMeasured.
    """
    started = time.perf_counter()
    for rows in (USERS, MATRIX, ENTRIES):
        _fill(at, rows, first, end)
    at.sql(queries.load("registrations")["lock_clock"].replace("$1", str(end - first)))
    at.sql("VACUUM (ANALYZE) directory_users, directory_matrix, directory_entries")
    at.sql("CHECKPOINT")
    return time.perf_counter() - started


def _fill(at: Stage, rows: Rows, first: int, end: int) -> None:
    # An index is built far faster over all rows than row by row, whose tags come in no order.
    at.sql(f"ALTER TABLE {rows.table} DROP CONSTRAINT {rows.table}_pkey")
    for made in rows.others:
        at.sql(f"DROP INDEX {made.split()[2]}")
    named = f"COPY {rows.table} ({', '.join(rows.columns)}) FROM STDIN (FORMAT binary)"
    with subprocess.Popen(  # noqa: S603  PostgreSQL's own program
        at.psql(named), stdin=subprocess.PIPE, env=stage.environment()
    ) as psql:
        assert psql.stdin is not None, "opened with a pipe"
        try:
            psql.stdin.write(COPY_START)
            for part in encoded(rows, first, end):
                psql.stdin.write(part)
            psql.stdin.write(COPY_END)
        except BrokenPipeError:
            raise NotMeasured(f"the rows of {rows.table} do not go in") from None
    if psql.returncode:
        raise NotMeasured(f"the rows of {rows.table} do not go in")
    for made in (f"ALTER TABLE {rows.table} ADD PRIMARY KEY ({rows.key})", *rows.others):
        at.sql(f"SET maintenance_work_mem = '512MB'; {made}")


def encoded(rows: Rows, first: int, end: int) -> Iterator[memoryview]:
    """The rows in COPY's binary format (PostgreSQL manual, COPY, "Tuples"), in slices."""
    one, places = _pattern(rows)
    chance = np.random.default_rng(4 + first)
    for start in range(first, end, _SLICE):
        numbers = np.arange(start, min(start + _SLICE, end), dtype=np.int64)
        made = np.tile(one, (len(numbers), 1))
        for name, (at, size) in places.items():
            if name in {"tag", "objection"}:
                made[:, at : at + size] = chance.integers(
                    0, 256, (len(numbers), size), dtype=np.uint8
                )
            elif name == "entry_id":
                # Below 0: those that the service gives begin at 1.
                made[:, at : at + size] = (-1 - numbers).astype(">i8").view(np.uint8).reshape(-1, 8)
            elif name == "user_id":
                made[:, at + size - _DIGITS : at + size] = _digits(numbers)
        yield made.data


def _pattern(rows: Rows) -> tuple[NDArray[np.uint8], dict[str, tuple[int, int]]]:
    """A row's bytes, and where in it each column's value lies: (first byte, size)."""
    line, places = len(rows.columns).to_bytes(2, "big"), {}
    for name, value in rows.columns.items():
        line += len(value).to_bytes(4, "big")
        places[name] = (len(line), len(value))
        line += value
    return np.frombuffer(line, dtype=np.uint8), places


def _digits(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    powers = 10 ** np.arange(_DIGITS - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
