"""A page of the owner's contacts: plain first pages are kept as bytes beside the snapshot, filters walk the book."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from contact_service.actions import changes, match, view
from contact_service.actions.idempotency import Answer
from contact_service.actions.snapshot import Shown, Snapshot
from contact_service.endpoints import asking
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.model.owner import etag
from contact_service.model.problem import InvalidCursor, InvalidParameter, NotFound

MOST_PAGES = 4
"""Pages kept a snapshot: lists are asked for in one or two sizes, and each costs as much memory as its cards."""


class Asked(NamedTuple):
    """What of the list is wanted. `cursor` is still as sent; `matched` is None where it does not matter."""

    limit: int
    cursor: str | None
    group: str | None
    matched: bool | None
    since: datetime | None
    book: str | None = None

    @property
    def plain(self) -> bool:
        """A first page without filters."""
        return self[1:] == (None, None, None, None, None)

    @property
    def name(self) -> str:
        """The list's name for its cursors: filters are part of it, but not readable in it."""
        told = repr((self.group, self.matched, self.since, self.book)).encode(
            errors="surrogatepass"
        )
        return "contacts:" + hashlib.blake2b(told, digest_size=12).hexdigest()


def read(caller: Caller) -> Asked:
    """The request's parameters. Raises InvalidParameter (422), MissingScope (403)."""
    if not caller.raw_query:
        return Asked(asking.DEFAULT_LIMIT, None, None, None, None)
    query = caller.query
    matched = asking.flag("matched", query("matched"))
    if matched is not None:
        caller.needs("discovery")
    return Asked(
        asking.limit(query("limit")),
        query("cursor"),
        query("group"),
        matched,
        _moment(query("updatedSince")),
        query("book"),
    )


def plain(caller: Caller, book: Snapshot, limit: int) -> Answer:
    """The first page of everything, encoded once a version and size."""
    body = book.pages.get(("contacts", limit))
    if body is None:
        body = _body(caller, book, Asked(limit, None, None, None, None), book.after("", limit + 1))
        if len(book.pages) < MOST_PAGES:
            book.pages["contacts", limit] = body
            caller.house.snapshots.keep(book)
    return Answer(200, {"ETag": etag(book.head.epoch, book.head.version)}, body)


async def filtered(caller: Caller, book: Snapshot, asked: Asked) -> Answer:
    """A later page, or one with filters. Its tag is of its bytes: `matched` may change while the book stands.

    Raises InvalidCursor (400), ConsentRequired (403).
    """
    after = ""
    if asked.cursor is not None:
        position = caller.house.signer.read_cursor(caller.owner, asked.name, asked.cursor)
        after = _text(position)
    fits = await _filter(caller, book, asked)
    rows: list[Shown] = []
    for card in book.after(after, len(book.cards)):
        if fits(card):
            rows.append(card)
            if len(rows) > asked.limit:
                break
    return tagged(caller, _body(caller, book, asked, rows))


def tagged(caller: Caller, body: bytes) -> Answer:
    """The body under the tag of its bytes, or 304."""
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if asking.unchanged(caller.headers.get(b"if-none-match"), tag):
        return Answer(304, {"ETag": tag}, b"")
    return Answer(200, {"ETag": tag}, body)


def _body(caller: Caller, book: Snapshot, asked: Asked, rows: list[Shown]) -> bytes:
    """`rows` may be one more than the page holds: then there is a next one."""
    page = rows[: asked.limit]
    cursor = None
    if len(rows) > len(page):
        cursor = caller.house.signer.cursor(caller.owner, asked.name, page[-1].id.encode())
    token = changes.head_token(caller.house, book.head)
    return b'{"contacts":[%b],"next":%b,"syncToken":"%b"}' % (
        b",".join([card.body for card in page]),
        bodies.encode(cursor),
        token.encode(),
    )


async def _filter(caller: Caller, book: Snapshot, asked: Asked) -> Callable[[Shown], bool]:
    tests: list[Callable[[Shown], bool]] = []
    if asked.book is not None:
        lies_in = _book(book, asked.book)
        tests.append(lambda card: card.book == lies_in)
    if asked.since is not None:
        since = asked.since
        tests.append(lambda card: card.updated_at >= since)
    if asked.group is not None:
        held = set(await _members(caller, book, asked.group))
        tests.append(lambda card: card.id in held)
    if asked.matched is not None:
        wanted = asked.matched
        users = {str(found.card) for found in await caller.read(match.stored)}
        tests.append(lambda card: (card.id in users) is wanted)
    return lambda card: all(test(card) for test in tests)


async def _members(caller: Caller, book: Snapshot, group: str) -> Iterable[str]:
    """Who is in the group of that id, else who has that keyword."""
    held = await view.groups(caller.house, book)
    found = held.get(group)
    return found.members if found is not None else held.words.get(group, ())


def _book(book: Snapshot, name: str) -> str:
    """The id of the address book of that name. Raises NotFound (404)."""
    for one in book.books.values():
        if one.name == name:
            return one.id
    raise NotFound


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidParameter(
            "updatedSince", "a moment with its zone (RFC 3339), such as 2026-01-31T12:00:00Z"
        )
    return found


def _text(position: bytes) -> str:
    try:
        return position.decode()
    except UnicodeDecodeError:
        raise InvalidCursor from None
