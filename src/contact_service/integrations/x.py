"""Followers and followed of an X account over the API v2: read from the beginning each time, for there is no delta.

Each user that is returned costs 0.010 USD: the Fetch is told how many a call may return, and may refuse.
"""

from collections.abc import AsyncIterator

import msgspec

from contact_service.formats import x
from contact_service.integrations import chain
from contact_service.integrations.chain import Chain
from contact_service.integrations.connector import (
    BudgetExceeded,
    ConnectorError,
    CursorExpired,
    Fetched,
    Limit,
    Manifest,
    MissingScope,
    ProviderChanged,
    Pull,
)
from contact_service.model.imports import Page, Place, Reject

PAGE = 1_000
MICRO_USD = 10_000
_LISTS = {"followers": "follower", "following": "following"}
"""The lists in their order, and what somebody in each is."""
_USAGE = "https://api.x.com/2/problems/usage-capped"


class Price(msgspec.Struct, frozen=True):
    """What a read would cost now."""

    followers: int
    following: int
    micro_usd: int


class _Metrics(msgspec.Struct, frozen=True):
    followers_count: int = 0
    following_count: int = 0


class _Owner(msgspec.Struct, frozen=True):
    id: str
    public_metrics: _Metrics = _Metrics()


class _Me(msgspec.Struct, frozen=True):
    data: _Owner


class _Meta(msgspec.Struct, frozen=True):
    next_token: str | None = None


class _Listing(msgspec.Struct, frozen=True):
    meta: _Meta
    data: list[msgspec.Raw] | None = None
    errors: list[msgspec.Raw] | None = None


class _Refusal(msgspec.Struct, frozen=True):
    type: str = ""


class _Counted(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw] | dict[str, msgspec.Raw] | None = None


class State(msgspec.Struct, omit_defaults=True):
    """How far a pull has come. `todo`: lists to read, the first is at `token`; `counts`: how many were in each when it
    began; `lost`: somebody had no id, so that nobody knows who is not there.
    """

    v: int = 1
    user: str = ""
    counts: dict[str, int] = {}
    todo: list[str] = []
    token: str = ""
    lost: bool = False
    pages: int = 0
    read: int = 0


_me = msgspec.json.Decoder(_Me)
_listing = msgspec.json.Decoder(_Listing)
_refusal = msgspec.json.Decoder(_Refusal)
_counted = msgspec.json.Decoder(_Counted)
_state = msgspec.json.Decoder(State)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class X:
    """The connector: edges of the kinds follower and following."""

    manifest = Manifest(
        provider="x",
        scopes=("users.read", "tweet.read", "follows.read", "offline.access"),
        origins=("https://api.x.com",),
        limits=(Limit(300, 900, "account"),),
        gives_edges=True,
        cost_micro_usd=MICRO_USD,
    )

    @staticmethod
    def returned(body: bytes) -> int:
        """How many users an answer has, which is what it costs."""
        try:
            data = _counted.decode(body).data
        except _UNREADABLE:
            return PAGE  # what cannot be read may have cost all
        return len(data) if isinstance(data, list) else int(data is not None)

    async def pull(self, ctx: Pull, cursor: bytes | None) -> AsyncIterator[Page]:
        """The pages; the last has nothing, and completes them. Raises as `Connector` says."""
        state = _begun(cursor)
        if not state.user:
            owner = await _owner(ctx)
            state.user, state.todo = owner.id, list(_LISTS)
            state.counts = _counts(owner)
        guard = Chain(state.pages)
        total = sum(state.counts.values())
        while state.todo:
            name = state.todo[0]
            listing = await _page(ctx, state)
            found = [
                x.read(bytes(raw), Place(state.read + at), _LISTS[name])
                for at, raw in enumerate(listing.data or ())
            ]
            state.read += len(found)
            state.lost |= any(isinstance(each.change, Reject) for each in found)
            _advance(state, guard, listing, len(found))
            if found:
                yield Page(
                    tuple(each.change for each in found),
                    resume=msgspec.json.encode(state),
                    total=total,
                    unknown=sum(each.unknown for each in found),
                )
        yield Page((), complete=not state.lost, total=total)


async def price(ctx: Pull) -> Price:
    """What a read of all would cost. It asks for one user, the owner, which is paid for. Raises as `Connector` says."""
    counts = _counts(await _owner(ctx))
    return Price(counts["followers"], counts["following"], sum(counts.values()) * MICRO_USD)


def _begun(cursor: bytes | None) -> State:
    try:
        state = _state.decode(cursor) if cursor is not None else State()
    except _UNREADABLE:
        raise CursorExpired from None
    if state.v != 1 or not set(state.todo) <= _LISTS.keys():
        raise CursorExpired
    return state


def _counts(owner: _Owner) -> dict[str, int]:
    told = owner.public_metrics
    return {"followers": max(0, told.followers_count), "following": max(0, told.following_count)}


async def _owner(ctx: Pull) -> _Owner:
    params = {"user.fields": "public_metrics"}
    answer = await ctx.fetch(f"{ctx.base}/users/me", params=params, records=1)
    if answer.status != 200:
        raise _refused(answer)
    return chain.decoded(answer.body, _me).data


async def _page(ctx: Pull, state: State) -> _Listing:
    name = state.todo[0]
    # No more than there are, so that a small budget is enough for a small list; the same for the whole chain.
    size = min(PAGE, max(1, state.counts.get(name, PAGE)))
    params = {"max_results": str(size)}
    if state.token:
        params["pagination_token"] = state.token
    answer = await ctx.fetch(f"{ctx.base}/users/{state.user}/{name}", params=params, records=size)
    if answer.status in {400, 410} and state.token:
        raise CursorExpired  # a token of the chain that X no longer knows is an invalid request
    if answer.status != 200:
        raise _refused(answer)
    listing = chain.decoded(answer.body, _listing)
    if listing.data is None and listing.errors:
        raise ProviderChanged  # nobody is not the same as not told
    return listing


def _advance(state: State, guard: Chain, listing: _Listing, found: int) -> None:
    state.token = listing.meta.next_token or ""
    if state.token:
        guard.step(f"{state.todo[0]}:{state.token}", found)
    else:
        del state.todo[0]
    state.pages = guard.pages


def _refused(answer: Fetched) -> ConnectorError:
    try:
        kind = _refusal.decode(answer.body).type
    except _UNREADABLE:
        kind = ""
    if answer.status == 402 or kind == _USAGE:
        return BudgetExceeded()
    return MissingScope() if answer.status == 403 else ProviderChanged()
