"""A thief has all tables of the directory, the numbers of registered users and what is public, and not the keyring: no
hash he can make is stored anywhere.
"""

import hashlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import methodcaller

import pytest

from acting import Actor
from contact_service.actions import directory, refill, rotation
from contact_service.actions.directory import User
from contact_service.model.epoch import Kind
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.storage.db import Db
from contact_service.vault import matrix_pepper, oprf
from contact_service.vault.keyring import Keyring
from listing_directory import objection, own_house, tag

PERSONS = [
    b"",
    *(f"cs-{use}-v1".encode() for use in ("dir", "mx", "obj", "hold", "carry", "retry")),
]
ZEROS = bytes(32)


def spellings(i: Identifier, peppers: list[str]) -> Iterator[bytes]:
    """What a hash may be over: the identifier, bare, as Matrix clients write it, salted with what is told to all."""
    bare = i.partition(":")[2]
    for text in (i, bare, bare.lstrip("+"), matrix_pepper.address(i)):
        yield text.encode()
        for pepper in peppers:
            yield f"{text} {pepper}".encode()
            yield f"{pepper} {text}".encode()


def hashes(text: bytes) -> Iterator[bytes]:
    """Every digest without a key, or with one that anybody has, at all the lengths that are stored."""
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        yield hashlib.new(name, text).digest()
    for person, key in itertools.product(PERSONS, (b"", ZEROS)):
        for size in (16, 32, 64):
            yield hashlib.blake2b(text, digest_size=size, person=person, key=key).digest()


def guesses(i: Identifier, peppers: list[str]) -> Iterator[bytes]:
    for text in spellings(i, peppers):
        for first in hashes(text):
            yield first
            # The Matrix index hashes a digest again.
            if len(first) == 32:
                yield from hashes(first)
    for epoch in (1, 2):
        yield oprf.Key.derive(ZEROS, epoch).digests([i.encode()])[0]


async def dump(db: Db) -> set[bytes]:
    """All byte values of all tables of the directory, objections and budgets left behind."""
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(directory_|objections|budget_)'"
    found: set[bytes] = set()
    for (table,) in await db.ask(lambda con: con.fetch(tables)):
        rows = await db.ask(methodcaller("fetch", f"SELECT * FROM {table}"))
        found |= {value for row in rows for value in row if isinstance(value, bytes)}
    return found


@pytest.fixture
async def stolen(fresh_db: Db) -> tuple[Keyring, list[Identifier], set[bytes]]:
    """The keyring, registered identifiers, and the dump, with two epochs of each key."""
    house = own_house(fresh_db)
    app = Actor(house, OwnerId("app"))
    numbers = [Identifier(f"tel:+1415555{n:04d}") for n in range(6)]
    mails = [Identifier(f"mailto:u{n}@example.org") for n in range(6)]
    users = [
        User(UserId(f"u{n}"), (tel, mail), discoverable=n != 5)
        for n, (tel, mail) in enumerate(zip(numbers, mails, strict=True))
    ]
    await app(directory.put, users)
    now = datetime.now(UTC)
    for kind in Kind:
        await rotation.begin(house, kind, now, timedelta())
        await rotation.go_on(house, kind, now, refill.ON)
    return house.keyring, [*numbers, *mails], await dump(fresh_db)


def peppers(ring: Keyring) -> list[str]:
    return [matrix_pepper.spelled(key) for key in ring.matrix.values()]


async def test_no_hash_without_the_keyring_is_stored(
    stolen: tuple[Keyring, list[Identifier], set[bytes]],
) -> None:
    ring, identifiers, values = stolen
    for i in identifiers:
        made = set(guesses(i, peppers(ring)))
        assert not made & values
        # Nor a shortened one: what is stored has 16 bytes.
        assert not {guess[:16] for guess in made} & values
        assert not any(i.partition(":")[2].encode() in value for value in values)


async def test_with_the_keyring_all_of_it_is_there(
    stolen: tuple[Keyring, list[Identifier], set[bytes]],
) -> None:
    """The same tags that the thief cannot make: else the test above would look past them."""
    ring, identifiers, values = stolen
    listed = [i for i in identifiers if not i.endswith(("0005", "u5@example.org"))]
    for i in listed:
        assert {tag(ring, kind, epoch, i) for kind in Kind for epoch in (1, 2)} <= values
        assert objection(ring, i) in values
    for i in set(identifiers) - set(listed):
        assert not {tag(ring, kind, epoch, i) for kind in Kind for epoch in (1, 2)} & values


async def test_the_thief_would_find_an_index_without_a_key(
    stolen: tuple[Keyring, list[Identifier], set[bytes]],
) -> None:
    ring, identifiers, _ = stolen
    pepper, i = peppers(ring)[0], identifiers[0]
    published = matrix_pepper.digests(pepper, [i])[0]
    zero_keyed = hashlib.blake2b(
        i.encode(), key=ZEROS, digest_size=16, person=b"cs-dir-v1"
    ).digest()
    assert {published, zero_keyed} <= set(guesses(i, peppers(ring)))
