"""What Graph answers to `microsoft.py`: pages, items, errors; and what is kept of a pull between two pages."""

from typing import Any

import msgspec

from contact_service.integrations.connector import (
    ConnectorError,
    CursorExpired,
    Fetched,
    MissingScope,
    ProviderChanged,
)

_EXPIRED = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid"})
_GONE = frozenset({"erroritemnotfound", "itemnotfound", "resourcenotfound"})
_NO_MAILBOX = frozenset({"mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi"})
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class NoMailbox(ConnectorError):
    """The account has no mailbox that Graph reaches: it lies on a server of its own, or there is none."""

    slug = "no-mailbox"


class Listing(msgspec.Struct, frozen=True):
    """A page of a delta: `next` while there are more, then `delta`, where the next changes will be."""

    value: list[msgspec.Raw]
    next: str = msgspec.field(default="", name="@odata.nextLink")
    delta: str = msgspec.field(default="", name="@odata.deltaLink")


class Item(msgspec.Struct, frozen=True):
    """What of a contact tells where it is."""

    id: str
    parent: Any = msgspec.field(default=None, name="parentFolderId")
    removed: Any = msgspec.field(default=None, name="@removed")


class Folder(msgspec.Struct, frozen=True):
    """A contactFolder."""

    id: str
    name: str | None = msgspec.field(default=None, name="displayName")
    removed: Any = msgspec.field(default=None, name="@removed")


class _Told(msgspec.Struct, frozen=True):
    code: str = ""


class _Error(msgspec.Struct, frozen=True):
    error: _Told = _Told()


class State(msgspec.Struct, omit_defaults=True):
    """How far a pull has come: `resume` in the middle, a checkpoint once nothing is to do.

    `folders`: names by id; `links`: where each folder's next changes are; `todo`: folders of this round, the first is
    at `at`; `anew`: folders with another name than before, read from their beginning first; `gone`: ids that left a
    folder and came into no other; `default`: the id that the default folder has as well; `full`: this chain began with
    nothing; `again`: it looks for what changed while it read; `lost`: a record had no id, so that nobody knows who is
    not there.
    """

    v: int = 1
    folders: dict[str, str] = {}
    folders_link: str = ""
    links: dict[str, str] = {}
    todo: list[str] = []
    at: str = ""
    anew: list[str] = []
    gone: list[str] = []
    default: str = ""
    full: bool = False
    again: bool = False
    lost: bool = False
    pages: int = 0
    read: int = 0
    photos: int = 0

    def settled(self) -> "State":
        """What of it the next pull begins with."""
        return State(
            folders=self.folders,
            folders_link=self.folders_link,
            links=self.links,
            default=self.default,
        )


LISTING = msgspec.json.Decoder(Listing)
ITEM = msgspec.json.Decoder(Item)
FOLDER = msgspec.json.Decoder(Folder)
_error = msgspec.json.Decoder(_Error)
_state = msgspec.json.Decoder(State)


def begun(cursor: bytes | None) -> State:
    """Where a pull goes on. Raises CursorExpired for a cursor of another release."""
    if cursor is None:
        return State(full=True)
    try:
        state = _state.decode(cursor)
    except _UNREADABLE:
        raise CursorExpired from None
    if state.v != 1:
        raise CursorExpired
    return state


def is_gone(answer: Fetched) -> bool:
    """Whether an item is nowhere. Not every 404 says so."""
    return answer.status == 404 and _code(answer) in _GONE


def refused(answer: Fetched) -> ConnectorError:
    """What a 4xx means. 410 has a `Location` where a new chain begins: that is where a full read begins anyway."""
    code = _code(answer)
    if answer.status == 410 or code in _EXPIRED or is_gone(answer):
        # Gone is a folder that somebody deleted since the list of folders was read.
        return CursorExpired()
    if answer.status == 403:
        return MissingScope()
    return NoMailbox() if code in _NO_MAILBOX else ProviderChanged()


def _code(answer: Fetched) -> str:
    try:
        return _error.decode(answer.body).error.code.lower()
    except _UNREADABLE:
        return ""
