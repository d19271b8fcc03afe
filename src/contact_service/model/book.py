"""A Book: one of an owner's address books, as CardDAV shows them; the JSON API reads all of them as one list."""

import msgspec

from contact_service.model.ids import DEFAULT_BOOK, BookId


class Book(msgspec.Struct, frozen=True):
    """`name` is its part of URLs; `version`: last number given to a row of it; tokens below `floor` are expired;
    `props`: properties a client set, the XML of each element by its name in Clark notation.
    """

    id: BookId = DEFAULT_BOOK
    name: str = DEFAULT_BOOK
    version: int = 0
    floor: int = 0
    rev: int = 0
    props: dict[str, str] = {}
