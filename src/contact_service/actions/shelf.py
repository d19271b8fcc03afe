"""The shelf: an owner's address books as they rest, opened."""

import msgspec

from contact_service.model.book import Book
from contact_service.model.ids import DEFAULT_BOOK, BookId
from contact_service.storage import books
from contact_service.storage.books import BookRow
from contact_service.storage.db import Tx
from contact_service.vault.sealing import DataKey


class _Sealed(msgspec.Struct):
    """What is sealed of a book."""

    name: str
    props: dict[str, str] = {}


_DECODER = msgspec.json.Decoder(_Sealed)


def book_id(key: DataKey, name: str) -> BookId:
    """The id of the book of that name: clients choose names, and one may be a person's."""
    if name == DEFAULT_BOOK:
        return DEFAULT_BOOK
    return BookId("b" + key.mac(b"book:" + name.encode()).hex())


async def read(tx: Tx, key: DataKey) -> dict[BookId, Book]:
    """All of the owner's books by id. Raises IntegrityBroken (500)."""
    return opened(key, await books.of_owner(tx))


def opened(key: DataKey, rows: list[BookRow]) -> dict[BookId, Book]:
    """These books by id. Raises IntegrityBroken (500)."""
    found = {}
    for row in rows:
        sealed = _Sealed(DEFAULT_BOOK)
        if row.sealed is not None:
            sealed = _DECODER.decode(key.open("book", row.book.encode(), row.rev, row.sealed))
        found[row.book] = Book(
            row.book, sealed.name, row.version, row.feed_floor, row.rev, sealed.props
        )
    return found


def seal(key: DataKey, book: Book) -> bytes:
    """What rests of the book's name and properties."""
    sealed = msgspec.json.encode(_Sealed(book.name, book.props))
    return key.seal("book", book.id.encode(), book.rev, sealed)
