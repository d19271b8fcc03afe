"""Probes of the directory of registered users. Imported by actions/disclosure.py alone (law 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from contact_service.model.identifier import Kind
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("directory")
_KINDS = {kind.value: kind for kind in Kind}
_NOBODY = ["", *5 * [Audience.NOBODY.value]]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A live binding of a tag to a user."""

    tag: bytes
    kind: Kind
    entry_id: int
    user: UserId


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """What the directory holds of a binding but for whose it is. Equal ones are one object: what follows from them is
    remembered by it.
    """

    kind: Kind
    live: bool
    """The binding stands, and its user is registered and active."""
    sharing: Sharing
    objected: bool


Target = tuple[UserId, Terms]
"""One binding that was asked for: whose it is, a decoy's id where there is none, and what is held of it."""
NEAR_BYTES = 8
"""What the decoys of one question have in common; each ends as the key does that it stands for."""


class Sealed(msgspec.Struct, frozen=True):
    """A registered user's sealed identifiers and profile."""

    user: UserId
    sealed: bytes
    key_gen: int


async def clock(tx: Tx) -> int:
    """The number of the last change that can turn a miss into a hit. Read it before probing."""
    return int(await tx.value(SQL["clock"]))


async def probe(tx: Tx, epoch: int, tags: list[bytes], after: int = 0) -> list[Entry]:
    """The live entries of these tags (sort them first), numbered after `after`."""
    return _entries(await tx.rows(SQL["probe"], epoch, tags, after))


async def new_entries(tx: Tx, epoch: int, after: int, most: int) -> list[Entry]:
    """The first `most` of the entries numbered after `after`."""
    return _entries(await tx.rows(SQL["new_entries"], epoch, after, most))


def _entries(rows: Iterable[Row]) -> list[Entry]:
    return [Entry(tag, _KINDS[kind], entry, UserId(user)) for tag, kind, entry, user in rows]


async def live(tx: Tx, epoch: int, users: list[UserId]) -> set[tuple[int, str]]:
    """The (entry, user) bindings of these users that are live now."""
    rows = await tx.rows(SQL["live"], epoch, users)
    return {(row["entry_id"], row["user_id"]) for row in rows}


async def of_tags(tx: Tx, epoch: int, tags: Sequence[bytes], near: bytes) -> list[Target]:
    """A Target for each tag of 16 bytes, in their order; where there is no binding a decoy is asked about, which begins
    with `near`.
    """
    return _targets(await tx.rows(SQL["of_tags"], epoch, b"".join(tags), near))


async def of_matrix(tx: Tx, epoch: int, tags: Sequence[bytes], near: bytes) -> list[Target]:
    """As `of_tags`, for tags of the Matrix index and an epoch of it."""
    return _targets(await tx.rows(SQL["of_matrix"], epoch, b"".join(tags), near))


async def of_digests(
    tx: Tx, epoch: int, digests: Sequence[bytes], near: bytes, oprf: int
) -> list[Target]:
    """As `of_tags`, for digests of the private index and an epoch of it."""
    return _targets(await tx.rows(SQL["of_digests"], epoch, b"".join(digests), near, oprf))


async def of_pairs(
    tx: Tx, epoch: int, users: Sequence[str], entries: Sequence[int], decoys: Sequence[bytes]
) -> tuple[int, list[Target]]:
    """The directory's clock (see `clock`), and as `of_tags`, for bindings that were met before: user and entry."""
    rows = await tx.rows(SQL["of_pairs"], epoch, "/".join(users), entries, b"".join(decoys))
    return rows[0]["clock"], _targets(row[:4] for row in rows)


def _targets(rows: Iterable[Iterable[Any]]) -> list[Target]:
    return [(user, _terms[kind, terms, objected]) for user, kind, terms, objected in rows]


class _Known(dict[tuple[str, str, bool], Terms]):
    """Each Terms by what it was made of. There are few, and a look-up reads a thousand."""

    def __missing__(self, read: tuple[str, str, bool]) -> Terms:
        made = self[read] = _made(*read[:2], objected=read[2])
        return made


_terms = _Known()


def _made(kind: str, terms: str, *, objected: bool) -> Terms:
    """`terms` as the column of that name: the user's state, then who may see what; empty without a binding."""
    state, phone, email, name, photo, account = terms.split() or _NOBODY
    sharing = Sharing(
        Audience(phone),
        Audience(email),
        Audience(name),
        Audience(photo),
        account=Audience(account),
    )
    return Terms(_KINDS[kind], state == "active", sharing, objected)


async def profiles(tx: Tx, users: list[UserId]) -> list[Sealed]:
    """What is sealed for these users."""
    rows = await tx.rows(SQL["profiles"], users)
    return [Sealed(UserId(user), sealed, gen) for user, sealed, gen in rows]
