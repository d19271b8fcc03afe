"""Registered users by the hundred thousand: what `contacts directory load` would write of each, put in by COPY.

They are sealed under a data key each and tagged under the installation's own keys: look-ups find them, and a rotation
opens every one. They have no place in private discovery's buckets, which take most of a registration's time.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from contact_service.actions.disclosure import Registration
from contact_service.cli.bench import people
from contact_service.cli.bench.owners import COPY_END, COPY_START, packed, row
from contact_service.cli.bench.people import Person
from contact_service.cli.bench.stage import Stage
from contact_service.model import identifier
from contact_service.storage import queries
from contact_service.vault import blind, matrix_pepper, sealing
from contact_service.vault.blind import Person as Use
from contact_service.vault.keyring import Keyring

COLUMNS = {
    "vault.data_keys": "owner_id, gen, wrapped, state, created_at",
    "directory_users": "user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, state, class, seq",
    "directory_entries": "epoch, tag, kind, entry_id, user_id, seq, objection, terms",
    "directory_matrix": "epoch, tag, kind, entry_id, user_id, objection, terms",
}
TERMS = b"active everyone everyone everyone everyone nobody"
"""What directory_users makes of what `_write` puts there."""
_AT_ONCE = 20_000


class Filled(msgspec.Struct, frozen=True):
    """How many entries the users have in each index, and how long it took to put them in."""

    entries: int
    seconds: float


def load(at: Stage, count: int) -> Filled:
    """People 0 to `count` - 1 as users u0, u1 …, found by everyone. Raises NotMeasured."""
    started, ring, numbered = time.perf_counter(), at.keyring(), 0
    for first in range(0, count, _AT_ONCE):
        crowd = [people.person(n) for n in range(first, min(first + _AT_ONCE, count))]
        rows: dict[str, list[bytes]] = {table: [] for table in COLUMNS}
        for who in crowd:
            numbered = _write(rows, ring, who, numbered)
        for table, lines in rows.items():
            named = f"COPY {table} ({COLUMNS[table]}) FROM STDIN (FORMAT binary)"
            at.sql(named, b"".join([COPY_START, *lines, COPY_END]))
    at.sql(queries.load("registrations")["lock_clock"].replace("$1", str(numbered)))
    at.sql("VACUUM (ANALYZE)")
    return Filled(numbered, time.perf_counter() - started)


def _write(rows: dict[str, list[bytes]], ring: Keyring, who: Person, numbered: int) -> int:
    """A user's rows; the last number of the directory's counter that they took."""
    user = f"u{who.number}"
    name, one = user.encode(), packed(1)
    key = sealing.new(user, 1)
    now = packed(datetime.now(UTC))
    rows["vault.data_keys"].append(row((name, one, key.wrap(ring), b"live", now)))
    known = Registration(tuple(who.identifiers), who.full)
    sealed = key.seal("dir", name, 0, msgspec.json.encode(known))
    shared = (b"everyone",) * 4
    end = (b"active", b"verified", packed(numbered + 1))
    rows["directory_users"].append(row((name, sealed, one, *shared, *end)))
    for tag, mark, objection, kind in _tags(ring, who):
        numbered += 1
        number = packed(numbered)
        rows["directory_entries"].append(
            row((one, tag, kind, number, name, number, objection, TERMS))
        )
        rows["directory_matrix"].append(row((one, mark, kind, number, name, objection, TERMS)))
    return numbered


def _tags(ring: Keyring, who: Person) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """(blind index, tag for Matrix, objection's tag, kind) of each identifier."""
    held = who.identifiers
    digests = matrix_pepper.digests(matrix_pepper.spelled(ring.matrix[1]), held)
    return zip(
        blind.tags(ring.peppers[1], held),
        matrix_pepper.tags(ring, digests),
        blind.tags(ring.fixed("objection"), held, Use.OBJECTION),
        (identifier.kind(each).value.encode() for each in held),
        strict=True,
    )
