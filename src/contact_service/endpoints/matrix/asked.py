"""A request of the Matrix face after its checks: who asks, what it says, and its way to the actions."""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from starlette.types import Scope

from contact_service.actions import context, edge
from contact_service.actions.context import Context, House
from contact_service.endpoints import origin
from contact_service.endpoints.matrix.told import Refused
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.owner import State
from contact_service.model.problem import Restricted

P = ParamSpec("P")
T = TypeVar("T")


class Who(msgspec.Struct, frozen=True):
    """Who asks. `token`: one of this face's own, None for a JWT, which has `scopes` instead."""

    owner: OwnerId
    mxid: str | None
    token: str | None = None
    scopes: frozenset[str] = frozenset()


NOBODY = Who(OwnerId(""), None)


class Asked:
    """One request. `who` is NOBODY on ways that are open to all; `now` in monotonic seconds."""

    __slots__ = ("_fields", "house", "now", "raw", "request_id", "scope", "who")

    def __init__(self, house: House, request_id: str, scope: Scope, now: float) -> None:
        self.house = house
        self.request_id = request_id
        self.scope = scope
        self.now = now
        self.who = NOBODY
        self.raw = b""
        self._fields: dict[str, Any] | None = None

    async def agreed(self) -> None:
        """Raises ConsentRequired (403) until the owner has accepted the terms, which are the consent `match`;
        OwnerErased (410).
        """
        head = await edge.head(self.house, self.who.owner)
        consent.require(head.consents, Purpose.MATCH)

    async def may_find(self) -> None:
        """As `agreed`, and the owner is not restricted: Restricted (423)."""
        head = await edge.head(self.house, self.who.owner)
        consent.require(head.consents, Purpose.MATCH)
        if head.state is State.RESTRICTED:
            raise Restricted

    def field(self, name: str, kind: type[T]) -> T:
        """A member of the body's JSON object.

        Raises Refused (400): no JSON, no object, the member missing or of another type.
        """
        if self._fields is None:
            self._fields = _object(self.raw)
        if name not in self._fields:
            raise Refused(400, "M_MISSING_PARAMS", f"The body lacks {name}.")
        found = self._fields[name]
        if not isinstance(found, kind):
            raise Refused(400, "M_INVALID_PARAM", f"{name} is of another type.")
        return found

    def texts(self, name: str) -> list[str]:
        """A member that is a list of strings. Raises Refused (400) as `field`."""
        found = self.field(name, list)
        if not all(isinstance(each, str) for each in found):
            raise Refused(400, "M_INVALID_PARAM", f"{name} holds something that is no string.")
        return found

    async def read(
        self,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that only reads, as the one who asks."""
        owner = self.who.owner
        return await edge.read(self.house, owner, self.request_id, story, *args, **kwargs)

    async def write(
        self,
        owner: OwnerId,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that writes, as that owner, counted in the client's network."""
        told = context.within(origin.network(self.scope), story)
        return await edge.write(self.house, owner, self.request_id, told, *args, **kwargs)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "M_NOT_JSON", "The body is no JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "M_BAD_JSON", "The body is no JSON object.")
    return found
