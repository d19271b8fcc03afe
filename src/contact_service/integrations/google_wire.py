"""What Google answers to `google.py`: pages, groups, errors; and what is kept of a pull between two pages."""

import zlib
from collections.abc import Sequence

import msgspec

from contact_service.formats import google
from contact_service.integrations.connector import (
    ConnectorError,
    CursorExpired,
    Fetched,
    MissingScope,
    ProviderChanged,
)

_EXPIRED = "Sync token is expired."
"""How the message opens in the field, where the documented reason is not told."""
_SWITCHED_OFF = frozenset({"SERVICE_DISABLED", "API_KEY_SERVICE_BLOCKED", "CONSUMER_INVALID"})
"""Reasons of a 403 that no owner can mend: the operator's project may not use the API."""
SOURCE = "READ_SOURCE_TYPE_CONTACT"
MASKS = f"{google.MASK} {google.OTHER_MASK} {SOURCE}"
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class People(msgspec.Struct, frozen=True, rename="camel"):
    """A page of `people.connections.list` or `otherContacts.list`; persons stay as they came."""

    connections: list[msgspec.Raw] = []
    other_contacts: list[msgspec.Raw] = []
    next_page_token: str = ""
    next_sync_token: str = ""
    total_items: int | None = None
    total_size: int | None = None


class Groups(msgspec.Struct, frozen=True, rename="camel"):
    """A page of `contactGroups.list`."""

    contact_groups: list[google.Group] = []
    next_page_token: str = ""


class _Detail(msgspec.Struct, frozen=True):
    reason: str = ""


class _Status(msgspec.Struct, frozen=True):
    message: str = ""
    details: list[_Detail] = []


class _Error(msgspec.Struct, frozen=True):
    error: _Status = _Status()


class State(msgspec.Struct, omit_defaults=True):
    """How far a pull has come: `resume` in the middle, a checkpoint once no list is to do.

    `mask`, `size`, `others`: what the chains were begun with, another wish voids them; `groups`: keyword by group;
    `syncs`: the sync token of each list, for the next chain; `used`: those that this chain began with; `todo`: lists of
    this round, the first is at `page`; `full`: this round began with nothing; `whole`: nothing was missed so far;
    `done`: how many records of that page have been applied, and a check sum of them.
    """

    mask: str = MASKS
    size: int = 0
    others: bool = False
    groups: dict[str, str | None] = {}
    syncs: dict[str, str] = {}
    used: dict[str, str] = {}
    todo: list[str] = []
    page: str = ""
    full: bool = False
    whole: bool = True
    done: tuple[int, int] = (0, 0)
    pages: int = 0
    read: int = 0
    seen: int = 0
    total: int = 0
    photos: int = 0
    v: int = 1


PEOPLE = msgspec.json.Decoder(People)
GROUPS = msgspec.json.Decoder(Groups)
_errors = msgspec.json.Decoder(_Error)
_states = msgspec.msgpack.Decoder(State)


def begun(cursor: bytes | None, *, size: int, others: bool) -> State:
    """Where to go on. Raises CursorExpired for a cursor of another wish, or one that cannot be read: Google refuses a
    token with other parameters than those of the first call, and would do so for good.
    """
    if cursor is None:
        return State(size=size, others=others, full=True)
    try:
        state = _states.decode(cursor)
    except _UNREADABLE:
        raise CursorExpired from None
    if (state.v, state.mask, state.size, state.others) != (1, MASKS, size, others):
        raise CursorExpired
    return state


def saved(state: State) -> bytes:
    """The cursor."""
    return msgspec.msgpack.encode(state)


def check_sum(records: Sequence[msgspec.Raw]) -> int:
    """Tells whether records are those that were read before."""
    found = 0
    for raw in records:
        found = zlib.crc32(raw, found)
    return found


def refused(answer: Fetched, *, resumed: bool) -> ConnectorError:
    """Why there is no page. `resumed`: the token was kept from an earlier pull, and may have died since then."""
    status = _status(answer.body)
    reasons = {detail.reason for detail in status.details}
    is_expired = "EXPIRED_SYNC_TOKEN" in reasons or status.message.startswith(_EXPIRED)
    if answer.status in (400, 410) and (is_expired or resumed):
        return CursorExpired()
    if answer.status == 403 and not reasons & _SWITCHED_OFF:
        return MissingScope()
    return ProviderChanged()


def _status(body: bytes) -> _Status:
    try:
        return _errors.decode(body).error
    except _UNREADABLE:
        return _Status()
