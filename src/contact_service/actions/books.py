"""An owner's address books: the default one is always there, clients may make others (RFC 5689, RFC 6352 5.2)."""

import msgspec

from contact_service.actions import shelf, writing
from contact_service.actions.context import Context
from contact_service.actions.writing import Gone
from contact_service.model.book import Book
from contact_service.model.dav_problem import BookExists, TooManyBooks
from contact_service.model.ids import DEFAULT_BOOK, BookId
from contact_service.model.problem import NotFound
from contact_service.storage import books, cards, owners

MAX_BOOKS = 50
"""Address books an owner may have."""


async def listed(ctx: Context) -> dict[BookId, Book]:
    """All of the owner's books by id."""
    return await shelf.read(ctx.tx, ctx.key)


async def make(ctx: Context, name: str, props: dict[str, str]) -> Book:
    """A new, empty book. Raises BookExists (405, as MKCOL answers), TooManyBooks (422)."""
    standing = await listed(ctx)
    number = ctx.head.version + 1
    new = Book(shelf.book_id(ctx.key, name), name, number, number, 1, props)
    if new.id in standing:
        raise BookExists
    if len(standing) >= MAX_BOOKS:
        raise TooManyBooks(MAX_BOOKS)
    # Its feed starts here: tokens of an earlier book of that name are expired.
    await books.make(ctx.tx, new.id, shelf.seal(ctx.key, new), number)
    await _changed(ctx)
    await ctx.note("book.created", object_kind="book", object_id=new.id)
    return new


async def set_props(ctx: Context, book: BookId, changes: dict[str, str | None]) -> Book:
    """Set and remove (None) properties. Raises NotFound (404)."""
    standing = (await listed(ctx)).get(book)
    if standing is None:
        raise NotFound
    props = {**standing.props, **{name: text for name, text in changes.items() if text is not None}}
    for name in [name for name, text in changes.items() if text is None]:
        props.pop(name, None)
    changed = msgspec.structs.replace(standing, props=props, rev=standing.rev + 1)
    if props != standing.props:
        await books.set_sealed(ctx.tx, book, shelf.seal(ctx.key, changed), changed.rev)
        await _changed(ctx)
    return changed


async def delete(ctx: Context, book: BookId) -> None:
    """The book and the contacts in it go; those can be restored, into the default book. The default book stays empty.

    Raises NotFound (404).
    """
    if book not in await listed(ctx):
        raise NotFound
    gone = [Gone(card, book) for card in await cards.live_in(ctx.tx, book)]
    if gone:
        await writing.store(ctx, [], [], gone, by_hand=True)
    else:
        await _changed(ctx)
    if book != DEFAULT_BOOK:
        await books.drop(ctx.tx, book)
    await ctx.note("book.deleted", object_kind="book", object_id=book, n=len(gone))


async def _changed(ctx: Context) -> None:
    """Take a number for a change that no row has: what is kept of the owner in memory is read anew by it."""
    await owners.advance(ctx.tx, ctx.head.version, ctx.head.version + 1, live=0, books={})
