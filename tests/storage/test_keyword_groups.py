"""Rows of keyword groups: one a keyword and book, in the order of their numbers, the owner's alone."""

import uuid
from datetime import UTC, datetime

from contact_service.model.ids import BookId, OwnerId
from contact_service.storage import keyword_groups
from contact_service.storage.db import Tx
from contact_service.storage.keyword_groups import KeywordRow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOOK = BookId("contacts")


def row(key: bytes, version: int, book: BookId = BOOK, *, live: bool = True) -> KeywordRow:
    return KeywordRow(uuid.uuid4(), book, key, b"sealed " + key, version, live, NOW)


async def test_a_keyword_keeps_its_id_and_moves_in_the_feed(tx: Tx) -> None:
    first, second = row(b"a", 1), row(b"b", 2)
    await keyword_groups.put(tx, [second, first], NOW)
    again = row(b"a", 3, live=False)
    await keyword_groups.put(tx, [again], NOW)
    assert [(r.group, r.version, r.live) for r in await keyword_groups.of_owner(tx)] == [
        (second.group, 2, True),
        (first.group, 3, False),
    ]


async def test_books_and_owners_keep_apart(tx: Tx) -> None:
    other = BookId("b1")
    await keyword_groups.put(tx, [row(b"a", 1), row(b"a", 2, other)], NOW)
    assert [r.book for r in await keyword_groups.of_owner(tx)] == [BOOK, other]
    stranger = Tx(OwnerId("stranger"), tx._con)
    assert await keyword_groups.of_owner(stranger) == []
