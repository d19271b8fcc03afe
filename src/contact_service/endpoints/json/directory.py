"""Registration of the app's users, by the app itself (scope `directory.write`)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from contact_service.actions import directory
from contact_service.actions.context import Context
from contact_service.actions.directory import User
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits, problems
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.matching import identifiers
from contact_service.model import ids
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.problem import (
    InvalidId,
    InvalidParameter,
    NotFound,
    Problem,
    TooLarge,
)


class UserProfile(msgspec.Struct, frozen=True, rename="camel"):
    """What may be shown of a user, where the user shares it."""

    display_name: Annotated[str, Meta(max_length=256)] | None = None
    photo_url: Annotated[str, Meta(max_length=2048)] | None = None


class Registration(msgspec.Struct, frozen=True, rename="camel"):
    """A user as the app knows them, with identifiers that it has verified: `tel:+14155550123`, `mailto:a@b.c`,
    `account:x:4711`, `account:facebook:4711`. `discoverable` is the start value of sharing (accounts:
    nobody); the user's own choice beats it. With a `version`, what is not newer than what was told of the user before
    is ignored.
    """

    identifiers: Annotated[list[str], Meta(max_length=limits.IDENTIFIERS)] = []
    profile: UserProfile | None = None
    discoverable: bool | None = None
    class_: Literal["verified", "attested"] = msgspec.field(default="verified", name="class")
    state: Literal["active", "suspended"] = "active"
    version: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    suggestible: bool | None = None


class UserRegistration(Registration, frozen=True, kw_only=True, rename="camel"):
    """A registration in a batch."""

    user_id: str


class Registrations(msgspec.Struct, frozen=True):
    """At most 500 users."""

    users: list[UserRegistration]


class RegistrationResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How one registration went. `ignored`: something newer, or the very same, was told before."""

    user_id: str | None
    status: int
    ignored: bool = False
    problem: dict[str, Any] | None = None


class RegistrationResults(msgspec.Struct, frozen=True):
    """A result a user, in their order."""

    results: list[RegistrationResult]


class Registered(msgspec.Struct, frozen=True, rename="camel"):
    """What is registered for a user; identifiers in their canonical spelling."""

    user_id: UserId
    identifiers: list[Identifier]
    profile: UserProfile
    class_: str = msgspec.field(name="class")
    state: str


class _Loose(msgspec.Struct, frozen=True):
    users: list[msgspec.Raw]


class _Named(msgspec.Struct, frozen=True, rename="camel"):
    user_id: str | None = None


_ONE = msgspec.json.Decoder(Registration)
_LOOSE = msgspec.json.Decoder(_Loose)
_OF_BATCH = msgspec.json.Decoder(UserRegistration)
_NAMED = msgspec.json.Decoder(_Named)


async def put(caller: Caller) -> Answer:
    """PUT /v1/directory/users/{userId} -> the registration; an identifier another user holds goes over."""
    user = _user(ids.user_id(caller.params["userId"]), bodies.read(_ONE, caller.body))

    async def story(ctx: Context) -> Answer:
        await directory.put(ctx, [user])
        return await _shown(ctx, user.user)

    return await caller.write(story)


async def get(caller: Caller) -> Answer:
    """GET /v1/directory/users/{userId} -> the registration."""
    return await caller.read(_shown, ids.user_id(caller.params["userId"]))


async def delete(caller: Caller) -> Answer:
    """DELETE /v1/directory/users/{userId} -> 204; nobody finds the user from then on."""
    user, version = ids.user_id(caller.params["userId"]), caller.query("version")
    if version is None:
        await caller.write(directory.remove, user)
    else:
        await caller.write(directory.remove_at, user, _version(version))
    return Answer(204, {}, b"")


async def batch(caller: Caller) -> Answer:
    """POST /v1/directory/users:batch -> {results}; a bad item is told in its place and never sinks the rest."""
    sent = bodies.read(_LOOSE, caller.body, whole=False)
    if len(sent.users) > limits.USERS:
        raise TooLarge(limits.USERS, "users a directory batch")
    parsed = [_parsed(bytes(raw)) for raw in sent.users]
    return await caller.post(lambda ctx: _register(ctx, parsed))


async def _register(ctx: Context, parsed: list[User | RegistrationResult]) -> Answer:
    good = [item for item in parsed if isinstance(item, User)]
    ignored = await directory.put(ctx, good) if good else set()
    return bodies.answer(RegistrationResults([_result(item, ignored) for item in parsed]))


async def _shown(ctx: Context, user: UserId) -> Answer:
    known, row = await directory.get(ctx, user)
    return bodies.answer(
        Registered(
            row.user,
            list(known.identifiers),
            UserProfile(known.display_name, known.photo_url),
            row.trust,
            row.state,
        )
    )


def _user(user: UserId, sent: Registration) -> User:
    """The registration with its identifiers canonical. Raises InvalidParameter (422), naming positions only."""
    profile = sent.profile or UserProfile()
    return User(
        user,
        tuple(dict.fromkeys(_identifier(i, text) for i, text in enumerate(sent.identifiers))),
        display_name=profile.display_name,
        photo_url=profile.photo_url,
        discoverable=sent.discoverable,
        trust=sent.class_,
        state=sent.state,
        version=sent.version,
        suggestible=sent.suggestible,
    )


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) < 2**63:
        raise InvalidParameter("version", "a whole number from 1 on")
    return int(text)


def _identifier(place: int, text: str) -> Identifier:
    found = identifiers.parse(text)
    if found is None:
        raise InvalidParameter(
            f"identifiers[{place}]",
            "neither tel: and a number with its plus, nor mailto:, nor account: with provider and id",
        )
    return found


def _parsed(raw: bytes) -> User | RegistrationResult:
    try:
        sent = bodies.read(_OF_BATCH, raw)
        return _user(ids.user_id(sent.user_id), sent)
    except Problem as problem:
        return RegistrationResult(_named(raw), problem.status, problem=problems.members(problem))


def _named(raw: bytes) -> str | None:
    try:
        return _NAMED.decode(raw).user_id
    except bodies.ERRORS:
        return None


def _result(item: User | RegistrationResult, ignored: set[UserId]) -> RegistrationResult:
    if isinstance(item, RegistrationResult):
        return item
    return RegistrationResult(item.user, 200, item.user in ignored)


_PATH = "/v1/directory/users/{userId}"
ROUTES = (
    Route(
        "PUT",
        _PATH,
        put,
        "directory.write",
        "directory",
        "Register a user, or renew",
        {200: Registered},
        body=Body({JSON: Registration}, limits.JSON_BODY),
        problems=(InvalidId, InvalidParameter, NotFound),
    ),
    Route(
        "GET",
        _PATH,
        get,
        "directory.write",
        "directory",
        "Read a registration",
        {200: Registered},
        problems=(NotFound, InvalidId),
    ),
    Route(
        "DELETE",
        _PATH,
        delete,
        "directory.write",
        "directory",
        "Deregister a user",
        {204: None},
        query=(Query("version", int, "As of this version; a newer word stands.", required=False),),
        problems=(NotFound, InvalidId, InvalidParameter),
    ),
    Route(
        "POST",
        "/v1/directory/users:batch",
        batch,
        "directory.write",
        "directory",
        "Register many users",
        {200: RegistrationResults},
        body=Body({JSON: Registrations}, limits.JSON_BODY),
        lane="bulk",
    ),
)
