"""The Header Store: a neighbour that knows who is a user. The contract is docs/contracts/header-store.openapi.yaml.

Only what is wholly of the contract's shape is passed on; what it means for the directory is decided in
actions/header_store.py.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol
from urllib.parse import quote

import msgspec
from msgspec import Meta

from contact_service.integrations.neighbour import Call, Neighbour, NeighbourAway, Told

MOST = 500
"""Users of a batch, and changes of a page."""
LARGEST_BYTES = 16_000_000
TOTAL_S = 10.0
_LONGEST_ID = 128

Id = Annotated[str, Meta(min_length=1, max_length=_LONGEST_ID)]
Version = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """What the app shows of a user."""

    display_name: Annotated[str, Meta(max_length=256)] | None = None
    photo_url: Annotated[str, Meta(max_length=2048)] | None = None


class HeaderUser(msgspec.Struct, frozen=True, rename="camel"):
    """A user. `version` grows with each change of it; None of `discoverable` and `suggestible` says nothing."""

    user_id: Id
    version: Version
    status: Literal["active", "suspended"]
    identifiers: Annotated[list[Annotated[str, Meta(max_length=1024)]], Meta(max_length=50)]
    profile: Profile = Profile()
    discoverable: bool | None = None
    suggestible: bool | None = None
    class_: Literal["verified", "attested"] = msgspec.field(default="verified", name="class")


class Removed(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who is no user any more, from that version on."""

    user_id: Id
    version: Version


class Page(msgspec.Struct, frozen=True):
    """Changes in the order in which they were made. `token` is asked with next, at once when there are `more`."""

    changed: Annotated[list[HeaderUser], Meta(max_length=MOST)]
    removed: Annotated[list[Removed], Meta(max_length=MOST)]
    more: bool
    token: Annotated[str, Meta(min_length=1, max_length=1024)]


class Users(msgspec.Struct, frozen=True, rename="camel"):
    """Those of a batch that are users."""

    users: Annotated[list[HeaderUser], Meta(max_length=MOST)]


class TokenExpired(Exception):
    """The store no longer knows what came before the token: everything is to be read once."""


class HeaderStore(Protocol):
    """Who is a user. The default is our own directory; this is how one is asked that is not ours."""

    async def user(self, user: str, known: int | None = None) -> HeaderUser | None:
        """The user; None where there is none, or none newer than the version `known`. Raises NeighbourAway."""
        ...

    async def batch(self, users: Sequence[str]) -> list[HeaderUser]:
        """Those of up to 500 ids that are users. Raises NeighbourAway."""
        ...

    async def changes(self, since: str | None) -> Page:
        """The page that follows a token; None from the start. Raises TokenExpired, NeighbourAway."""
        ...


_users = msgspec.json.Decoder(HeaderUser)
_batches = msgspec.json.Decoder(Users)
_pages = msgspec.json.Decoder(Page)


class HttpHeaderStore:
    """A Header Store by URL."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour

    async def user(self, user: str, known: int | None = None) -> HeaderUser | None:
        """See HeaderStore."""
        headers = {} if known is None else {"If-None-Match": f'"{known}"'}
        call = Call(f"/v1/users/{quote(user, safe='')}", headers=headers, empty=_NONE)
        found = (await self._neighbour.ask(call, _users)).value
        if found is not None and found.user_id != user:
            raise NeighbourAway("wrong-schema")
        return found

    async def batch(self, users: Sequence[str]) -> list[HeaderUser]:
        """See HeaderStore."""
        body = msgspec.json.encode({"userIds": list(users)})
        call = Call("/v1/users:batchGet", "POST", headers=_JSON, body=body)
        found = await self._neighbour.ask(call, _batches)
        assert found.value is not None, "no other status than 200 passes"
        if not {each.user_id for each in found.value.users} <= set(users):
            raise NeighbourAway("wrong-schema")
        return found.value.users

    async def changes(self, since: str | None) -> Page:
        """See HeaderStore."""
        params = {} if since is None else {"since": since}
        call = Call("/v1/users/changes", params=params, empty=_EXPIRED)
        told: Told[Page] = await self._neighbour.ask(call, _pages)
        if told.value is None:
            raise TokenExpired
        return told.value

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._neighbour.aclose()


def of(url: str, token: str | None) -> HttpHeaderStore:
    """The store at that URL, asked with that bearer token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    neighbour = Neighbour(url, headers=headers, total_s=TOTAL_S, largest_bytes=LARGEST_BYTES)
    return HttpHeaderStore(neighbour)


_NONE = frozenset({304, 404})
_EXPIRED = frozenset({410})
_JSON = {"Content-Type": "application/json"}
