"""Owners by the hundred thousand: their sealed rows are made here and go in by COPY, as a restore would put them.

They are what the service itself writes (CS-ENC-1 under a data key each, wrapped by the installation's keyring); the
service opens them for each answer, so a wrong byte would show as a failure.
"""

import random
import struct
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO

import msgspec

from contact_service.cli.bench import books, people, stage
from contact_service.cli.bench.stage import NotMeasured, Stage
from contact_service.model.card import Card
from contact_service.model.consent import BITS
from contact_service.model.ids import DEFAULT_BOOK, CardId
from contact_service.vault import cards as sealed_cards
from contact_service.vault import sealing, uuid7
from contact_service.vault.keyring import Keyring

COLUMNS = {
    "owners": "owner_id, version, epoch, consents, state, key_gen, live_cards, created_at",
    "books": "owner_id, book_id, version",
    "vault.data_keys": "owner_id, gen, wrapped, state, created_at",
    "cards": "owner_id, card_id, book_id, version, rev, sealed, head, uid_key, by_hand, updated_at",
}
_PEOPLE = 20_000
COPY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"
_I64 = struct.Struct(">q")
_FALSE = b"\0"
_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)  # where PostgreSQL counts its microseconds from


class Loaded(msgspec.Struct, frozen=True):
    """An owner with a book: the ids of its cards."""

    owner: str
    cards: tuple[str, ...]


class _Whole(msgspec.Struct, frozen=True):
    """An owner's rows, encoded for COPY."""

    owner: bytes
    book: bytes
    key: bytes
    cards: bytes
    loaded: Loaded


def load(at: Stage, count: int, cards: int, prefix: str) -> list[Loaded]:
    """`count` owners with `cards` cards each; returns the first 100. Raises NotMeasured."""
    heads: dict[str, list[bytes]] = {"owners": [], "books": [], "vault.data_keys": []}
    first: list[Loaded] = []
    with subprocess.Popen(  # noqa: S603  PostgreSQL's own program
        at.psql(_copy("cards")), stdin=subprocess.PIPE, env=stage.environment()
    ) as psql:
        assert psql.stdin is not None, "opened with a pipe"
        psql.stdin.write(COPY_START)
        for whole in _made(at.keyring(), count, cards, prefix):
            heads["owners"].append(whole.owner)
            heads["books"].append(whole.book)
            heads["vault.data_keys"].append(whole.key)
            _put(psql.stdin, whole.cards)
            if len(first) < 100:
                first.append(whole.loaded)
        psql.stdin.write(COPY_END)
    if psql.returncode:
        raise NotMeasured("the rows of cards do not go in")
    for table, rows in heads.items():
        at.sql(_copy(table), b"".join([COPY_START, *rows, COPY_END]))
    # As after a restore: with statistics, and nothing left to be tidied up while something is measured.
    at.sql("VACUUM (ANALYZE)")
    at.sql("CHECKPOINT")
    return first


def row(fields: Iterable[bytes]) -> bytes:
    """One row of COPY's binary format (PostgreSQL manual, COPY, "Tuples")."""
    parts = [b""]
    for field in fields:
        parts.append(len(field).to_bytes(4, "big"))
        parts.append(field)
    parts[0] = (len(parts) // 2).to_bytes(2, "big")
    return b"".join(parts)


def packed(value: int | datetime) -> bytes:
    """A number or a moment as COPY's binary format has it."""
    if isinstance(value, datetime):
        return _I64.pack(int((value - _BEFORE).total_seconds() * 1_000_000))
    return _I64.pack(value)


def _put(into: IO[bytes], rows: bytes) -> None:
    try:
        into.write(rows)
    except BrokenPipeError:
        raise NotMeasured("the rows of cards do not go in") from None


def _made(keyring: Keyring, count: int, cards: int, prefix: str) -> Iterator[_Whole]:
    pool = [(books.uid(who).encode(), Card(books.card(who))) for who in _people(count * cards)]
    now = datetime.now(UTC)
    chance = random.Random(1)  # noqa: S311  epochs of a benchmark
    for number in range(count):
        start = number * cards % len(pool)
        theirs = [pool[(start + n) % len(pool)] for n in range(cards)]
        yield _owner(keyring, f"{prefix}{number:06d}", theirs, now, chance.randrange(1, 2**32))


def _people(wanted: int) -> Iterator[people.Person]:
    return map(people.person, range(min(wanted, _PEOPLE)))


def _owner(
    keyring: Keyring, owner: str, theirs: list[tuple[bytes, Card]], now: datetime, epoch: int
) -> _Whole:
    key, count = sealing.new(owner, 1), len(theirs)
    ids = [CardId(made) for made in uuid7.many(now, count)]
    bodies = sealed_cards.seal_many(key, [(i, 1, c) for i, (_, c) in zip(ids, theirs, strict=True)])
    named = [(str(i).encode(), 1, uid) for i, (uid, _) in zip(ids, theirs, strict=True)]
    heads = key.seal_many("head", named)
    name, version, one, at = owner.encode(), packed(count), packed(1), packed(now)
    book, both = DEFAULT_BOOK.encode(), packed(sum(BITS.values()))
    rows = b"".join(
        row((name, i.bytes, book, packed(n), one, body, head, key.mac(uid), _FALSE, at))
        for n, (i, body, head, (uid, _)) in enumerate(
            zip(ids, bodies, heads, theirs, strict=True), 1
        )
    )
    return _Whole(
        owner=row((name, version, packed(epoch), both, b"active", one, version, at)),
        book=row((name, book, version)),
        key=row((name, one, key.wrap(keyring), b"live", at)),
        cards=rows,
        loaded=Loaded(owner, tuple(map(str, ids))),
    )


def _copy(table: str) -> str:
    return f"COPY {table} ({COLUMNS[table]}) FROM STDIN (FORMAT binary)"
