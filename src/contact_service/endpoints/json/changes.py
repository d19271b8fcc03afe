"""The change feed over JSON and NDJSON (sync.md 2; RFC 6578 3 in spirit). "Nothing new" is answered from bytes."""

import msgspec

from contact_service.actions import changes
from contact_service.actions.changes import Page
from contact_service.actions.idempotency import Answer
from contact_service.actions.snapshot import Shown
from contact_service.endpoints import asking, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies, matches
from contact_service.endpoints.json.contacts import Contact
from contact_service.endpoints.routes import NDJSON, Query, Route
from contact_service.model.owner import Head
from contact_service.model.problem import (
    InvalidParameter,
    NotFound,
    SyncTokenExpired,
    SyncTokenFuture,
    SyncTokenUnknown,
)

_TOKEN = ("token", 0)


class Changes(msgspec.Struct, frozen=True, rename="camel"):
    """What changed after `since`, oldest first; ask again with `syncToken`, at once while there is `more`."""

    changed: list[Contact]
    removed: list[str]
    more: bool
    sync_token: str


async def get(caller: Caller) -> Answer:
    """GET /v1/changes -> {changed, removed, more, syncToken}, or NDJSON; 400 future token, 410 expired."""
    since = _since(caller)
    head = await caller.head()
    await matches.pull(caller, head)
    as_lines = NDJSON in caller.header(b"accept")
    if since is not None and since == (token := _head_token(caller, head)):
        return _empty_lines(token) if as_lines else _empty(token)
    limit = asking.limit(caller.query("limit"))
    page = await changes.page(caller.house, head, since.decode() if since else None, limit)
    return _lines(page) if as_lines else _object(page)


def _since(caller: Caller) -> bytes | None:
    """The token sent. A poll has nothing else in its query and costs no parsing."""
    raw = caller.raw_query
    if raw.startswith(b"since=") and raw[6:].replace(b"-", b"").replace(b"_", b"").isalnum():
        return raw[6:]
    sent = caller.query("since")
    # A text that is no ASCII is no token; so that it is told as one, it goes on as bytes that none has.
    return sent.encode("ascii", "replace") if sent else None


def _head_token(caller: Caller, head: Head) -> bytes:
    book = caller.house.snapshots.fresh(head)
    if book is None or book.head.version != head.version:
        return changes.head_token(caller.house, head).encode()
    token = book.pages.get(_TOKEN)
    if token is None:
        token = book.pages[_TOKEN] = changes.head_token(caller.house, head).encode()
    return token


def _empty(token: bytes) -> Answer:
    return Answer(200, {}, b'{"changed":[],"removed":[],"more":false,"syncToken":"%b"}' % token)


def _empty_lines(token: bytes) -> Answer:
    body = b'{"syncToken":"%b","more":false}\n' % token
    return Answer(200, {"Content-Type": NDJSON}, body)


def _object(page: Page) -> Answer:
    changed = [row.body for row in page.rows if isinstance(row, Shown)]
    removed = [row for row in page.rows if not isinstance(row, Shown)]
    body = b'{"changed":[%b],"removed":%b,"more":%b,"syncToken":"%b"}' % (
        b",".join(changed),
        bodies.encode(removed),
        b"true" if page.more else b"false",
        page.token.encode(),
    )
    return Answer(200, {}, body)


def _lines(page: Page) -> Answer:
    lines = [
        b'{"changed":%b}\n' % _one_line(row.body)
        if isinstance(row, Shown)
        else b'{"removed":%b}\n' % bodies.encode(row)
        for row in page.rows
    ]
    last = b'{"syncToken":"%b","more":%b}\n' % (
        page.token.encode(),
        b"true" if page.more else b"false",
    )
    return Answer(200, {"Content-Type": NDJSON}, b"".join((*lines, last)))


def _one_line(body: bytes) -> bytes:
    """A card as its client spelled it may be spread over lines; a raw line end in JSON is nothing but white space."""
    return body.replace(b"\n", b" ").replace(b"\r", b" ")


ROUTES = (
    Route(
        "GET",
        "/v1/changes",
        get,
        "contacts.read",
        "sync",
        "What changed since a token",
        {200: Changes},
        query=(
            Query("since", str, "The token of the last answer; absent: everything, page by page."),
            routes.LIMIT,
        ),
        problems=(SyncTokenUnknown, SyncTokenFuture, SyncTokenExpired, InvalidParameter, NotFound),
        media=(routes.JSON, NDJSON),
    ),
)
