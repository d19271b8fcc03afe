"""Friends and followers elsewhere, as providers and archives told of them. They are no contacts.

Who of them is here is asked as any look-up is: charged and committed, then asked through the gate, on each request.
"""

import re
from collections import Counter
from datetime import datetime

import msgspec

from contact_service.actions import linked_people, social
from contact_service.actions.idempotency import Answer
from contact_service.actions.linked_people import Linked
from contact_service.actions.social import Shown
from contact_service.endpoints import asking, routes, veil
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import Query, Route
from contact_service.model.ids import UserId
from contact_service.model.match import Profile
from contact_service.model.problem import ConsentRequired, InvalidCursor, InvalidParameter
from contact_service.storage.social_edges import Key

_SCOPE = "discovery"
"""Besides the route's own: who learns of users needs it on every road."""
_BATCHES = 5
"""So many batches of people are asked about for one page; where fewer are here, the page is short and has a `next`."""
_PARAMETERS = ("provider", "kind")
_KEY = msgspec.msgpack.Decoder(Key)
_WORD = re.compile(r"[a-z]{0,32}")


class EdgeShown(msgspec.Struct, frozen=True, rename="camel"):
    """A friend, follower, or somebody who is followed; `name` is absent where the source has only an id. `via`: api or
    archive. With `linked=true`: the user it is, and of the profile what that user shares with me.
    """

    provider: str
    kind: str
    via: str
    seen_at: datetime
    name: str | msgspec.UnsetType = msgspec.UNSET
    user_id: UserId | msgspec.UnsetType = msgspec.UNSET
    profile: Profile | msgspec.UnsetType = msgspec.UNSET


class Edges(msgspec.Struct, frozen=True):
    """A page of them, each person once."""

    edges: list[EdgeShown]
    next: str | None


class CountShown(msgspec.Struct, frozen=True):
    """`people` of that kind at that provider; `linked` of them have linked that account here and share it; null where I
    may not learn that: without the scope `discovery`, the consents `match` and `import.…`, or restricted. Of `deferred`
    the directory was not asked yet: each costs one unit of the discovery budget, once.
    """

    provider: str
    kind: str
    people: int
    linked: int | None
    deferred: int


class Counts(msgspec.Struct, frozen=True):
    """How many there are."""

    counts: list[CountShown]


async def page(caller: Caller) -> Answer:
    """GET /v1/social/edges -> {edges, next}."""
    if asking.flag("linked", caller.query("linked")):
        return await _linked(caller)
    limit = asking.limit(caller.query("limit"))
    provider, kind = _only(caller)
    found = await caller.read(social.page, _place(caller), limit + 1, provider, kind)
    shown = [_shown(one) for one in found[:limit]]
    following = _cursor(caller, found[limit - 1].key) if len(found) > limit else None
    return bodies.answer(Edges(shown, following))


@veil.behind
async def _linked(caller: Caller) -> Answer:
    """The page of those who are here. Raises MissingScope, ConsentRequired (403), Restricted (423)."""
    caller.needs(_SCOPE)
    limit = asking.limit(caller.query("limit"))
    provider, kind = _only(caller)
    after: Key | None = _place(caller)
    await _charge(caller)
    found: list[Linked] = []
    for _ in range(_BATCHES):
        if after is None or len(found) >= limit:
            break
        batch = await caller.read(linked_people.batch, after, provider, kind)
        found, after = found + batch.linked, batch.last
    if len(found) > limit:
        after = found[limit - 1].edge.key
    shown = [_with_user(one) for one in found[:limit]]
    return bodies.answer(Edges(shown, None if after is None else _cursor(caller, after)))


@veil.behind
async def counts(caller: Caller) -> Answer:
    """GET /v1/social/counts -> {counts}."""
    linked = await _linked_by_kind(caller)
    shown = [
        CountShown(one.provider, one.kind, one.people, _of(linked, one), one.deferred)
        for one in await caller.read(social.counts)
    ]
    return bodies.answer(Counts(shown))


def _of(linked: dict[str, Counter[str]], one: social.Count) -> int | None:
    return linked[one.provider][one.kind] if one.provider in linked else None


async def _linked_by_kind(caller: Caller) -> dict[str, Counter[str]]:
    """How many are here, by the providers that may be asked about, and kind."""
    head = await caller.head()
    if _SCOPE not in caller.scopes or not linked_people.admits(head):
        return {}
    await _charge(caller)
    found = {provider: Counter[str]() for provider in linked_people.providers(head)}
    for provider, kinds in found.items():
        after: Key | None = social.FIRST
        while after is not None:
            batch = await caller.read(linked_people.batch, after, provider)
            kinds.update(one.edge.kind for one in batch.linked)
            after = batch.last
    return found


async def _charge(caller: Caller) -> None:
    if await caller.read(linked_people.due):
        await caller.write(linked_people.charge)


def _shown(one: Shown) -> EdgeShown:
    return EdgeShown(one.provider, one.kind, one.via, one.seen_at, one.name or msgspec.UNSET)


def _with_user(one: Linked) -> EdgeShown:
    user, profile = one.disclosed.user_id, one.disclosed.profile
    return msgspec.structs.replace(_shown(one.edge), user_id=user, profile=profile)


def _only(caller: Caller) -> list[str]:
    """Which provider and kind, "" for all. Raises InvalidParameter (422)."""
    asked = [caller.query(name) or "" for name in _PARAMETERS]
    for name, value in zip(_PARAMETERS, asked, strict=True):
        if not _WORD.fullmatch(value):
            raise InvalidParameter(name, "is a word of small letters")
    return asked


def _list(caller: Caller) -> str:
    return ":".join(("edges", *_only(caller), caller.query("linked") or ""))


def _cursor(caller: Caller, last: Key) -> str:
    place = msgspec.msgpack.encode(last)
    return caller.house.signer.cursor(caller.owner, _list(caller), place)


def _place(caller: Caller) -> Key:
    sent = caller.query("cursor")
    if sent is None:
        return social.FIRST
    place = caller.house.signer.read_cursor(caller.owner, _list(caller), sent)
    key: Key = _KEY.decode(place)
    return key


ROUTES = (
    Route(
        "GET",
        "/v1/social/edges",
        page,
        "imports",
        "discovery",
        "List friends and followers elsewhere",
        {200: Edges},
        query=(
            routes.LIMIT,
            routes.CURSOR,
            Query("provider", str, "Only of this one, such as `x`."),
            Query("kind", str, "Only these: `friend`, `follower`, `following`."),
            Query("linked", bool, "`true`: only those who linked that account here and share it."),
        ),
        problems=(InvalidCursor, InvalidParameter, ConsentRequired),
    ),
    Route(
        "GET",
        "/v1/social/counts",
        counts,
        "imports",
        "discovery",
        "Count friends and followers elsewhere",
        {200: Counts},
    ),
)
