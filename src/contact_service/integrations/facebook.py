"""Friends over the Facebook Graph API (user/friends): those who use the app too and allowed it. There is no delta.

Without the permission the list is empty and no error: what was granted is asked first, or all would seem to be gone.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from contact_service.formats import facebook
from contact_service.integrations import chain
from contact_service.integrations.chain import Chain
from contact_service.integrations.connector import (
    ConnectorError,
    CursorExpired,
    Fetched,
    Limit,
    Manifest,
    MissingScope,
    ProviderChanged,
    Pull,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.model.imports import Page, Place, Reject

PAGE = 500
SCOPE = "user_friends"
PAUSE = timedelta(hours=1)
"""Where it is not said when calls are taken again: its windows are of an hour (Graph API, rate limiting)."""
_THROTTLED = frozenset({4, 17, 32, 613})
_AGAIN = frozenset({1, 2})
_DEAD = 190
_USAGE = ("x-business-use-case-usage", "x-app-usage")


class _Paging(msgspec.Struct, frozen=True):
    next: str = ""


class _Listing(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw]
    paging: _Paging = _Paging()


class _Granted(msgspec.Struct, frozen=True):
    permission: str
    status: str


class _Permissions(msgspec.Struct, frozen=True):
    data: list[_Granted]


class _Told(msgspec.Struct, frozen=True):
    code: int = 0


class _Error(msgspec.Struct, frozen=True):
    error: _Told = _Told()


class State(msgspec.Struct, omit_defaults=True):
    """How far a pull has come: the next page is at `at`. `lost`: somebody had no id, so that nobody knows who is not
    there.
    """

    v: int = 1
    at: str = ""
    lost: bool = False
    pages: int = 0
    read: int = 0


_listing = msgspec.json.Decoder(_Listing)
_permissions = msgspec.json.Decoder(_Permissions)
_error = msgspec.json.Decoder(_Error)
_state = msgspec.json.Decoder(State)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Facebook:
    """The connector: edges of the kind friend."""

    manifest = Manifest(
        provider="facebook",
        scopes=(SCOPE,),
        origins=("https://graph.facebook.com",),
        # Of an app: 200 an hour for each of its users (Graph API, rate limiting).
        limits=(Limit(200, 3_600, "account"),),
        gives_edges=True,
    )

    async def pull(self, ctx: Pull, cursor: bytes | None) -> AsyncIterator[Page]:
        """The pages; the last has nothing, and completes them. Raises as `Connector` says."""
        state = _begun(cursor)
        await _permitted(ctx)
        guard = Chain(state.pages)
        url = state.at or f"{ctx.base}/me/friends?{urlencode({'fields': 'id,name', 'limit': PAGE})}"
        while url:
            listing = chain.decoded(await _body(ctx, url), _listing)
            found = [
                facebook.read(bytes(raw), Place(state.read + at))
                for at, raw in enumerate(listing.data)
            ]
            url = state.at = _next(ctx, listing.paging.next)
            if url:
                guard.step(url, len(found))
            state.lost |= any(isinstance(each.change, Reject) for each in found)
            state.pages, state.read = guard.pages, state.read + len(found)
            if found:
                unknown = sum(each.unknown for each in found)
                resume = msgspec.json.encode(state) if url else None
                yield Page(tuple(each.change for each in found), resume=resume, unknown=unknown)
        yield Page((), complete=not state.lost)


def _begun(cursor: bytes | None) -> State:
    try:
        state = _state.decode(cursor) if cursor is not None else State()
    except _UNREADABLE:
        raise CursorExpired from None
    if state.v != 1:
        raise CursorExpired
    return state


async def _permitted(ctx: Pull) -> None:
    found = chain.decoded(await _body(ctx, f"{ctx.base}/me/permissions"), _permissions)
    if not any(each.permission == SCOPE and each.status == "granted" for each in found.data):
        raise MissingScope


async def _body(ctx: Pull, url: str) -> bytes:
    answer = await ctx.fetch(url)
    if answer.status != 200:
        raise _refused(answer)
    return answer.body


def _next(ctx: Pull, link: str) -> str:
    """The link without the token that it carries: ours goes in the header. Raises ProviderChanged for one elsewhere."""
    if not link:
        return ""
    here, there = urlsplit(ctx.base), urlsplit(link)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise ProviderChanged
    query = [(name, value) for name, value in parse_qsl(there.query) if name != "access_token"]
    return there._replace(query=urlencode(query), fragment="").geturl()


def _refused(answer: Fetched) -> ConnectorError:
    """What an error's code means (Graph API, handling errors)."""
    try:
        code = _error.decode(answer.body).error.code
    except _UNREADABLE:
        code = 0
    if code in _THROTTLED:
        return RateLimited(datetime.now(UTC) + _pause(answer))
    if code == _DEAD:
        return Reauthorise()
    if code == 10 or 200 <= code <= 299:
        return MissingScope()
    return Transient() if code in _AGAIN else ProviderChanged()


def _pause(answer: Fetched) -> timedelta:
    """As long as the provider estimates, at most a day."""
    for name in _USAGE:
        try:
            told = msgspec.json.decode(answer.headers.get(name, ""))
        except _UNREADABLE:
            continue
        minutes = max(_minutes(told), default=0)
        if minutes:
            return timedelta(minutes=min(minutes, 1_440))
    return PAUSE


def _minutes(told: object) -> list[int]:
    """Each `estimated_time_to_regain_access` in it, in minutes."""
    if isinstance(told, list):
        return [minutes for each in told for minutes in _minutes(each)]
    if not isinstance(told, dict):
        return []
    own = told.get("estimated_time_to_regain_access")
    below = [minutes for each in told.values() for minutes in _minutes(each)]
    return [own, *below] if isinstance(own, int) else below
