"""A Caller: who asks, for what, and their way to the actions. Made by the door for one request, after all checks."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Concatenate, ParamSpec, TypeVar

from starlette.types import Scope

from contact_service.actions import context, edge, idempotency
from contact_service.actions.context import Context, House
from contact_service.actions.idempotency import Answer, Paid
from contact_service.endpoints import asking, origin
from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head
from contact_service.model.problem import InvalidParameter, MissingScope

P = ParamSpec("P")
T = TypeVar("T")
NOBODY = OwnerId("")
NO_SCOPES: frozenset[str] = frozenset()
_LONGEST_KEY = 255


class Caller:
    """`owner` is "" and `scopes` are empty on routes that need no token; `params` are the path's, decoded; `arriving`:
    the body where it is streamed.
    """

    __slots__ = (
        "_query",
        "arriving",
        "body",
        "device",
        "headers",
        "house",
        "method",
        "owner",
        "params",
        "path",
        "raw_query",
        "request_id",
        "scope",
        "scopes",
    )

    def __init__(
        self, house: House, request_id: str, headers: dict[bytes, bytes], scope: Scope
    ) -> None:
        """`headers` are the scope's, by lower-case name."""
        self.house = house
        self.owner = NOBODY
        self.scopes = NO_SCOPES
        self.request_id = request_id
        self.headers = headers
        self.method: str = scope["method"]
        self.scope = scope
        self.path: str = scope["path"]
        self.params: Mapping[str, str] = scope.get("path_params") or {}
        self.raw_query: bytes = scope["query_string"]
        self.body = b""
        self.arriving: AsyncIterator[bytes] | None = None
        self.device = asking.device(headers.get(b"x-device"))
        self._query: dict[str, str] | None = None

    async def head(self) -> Head:
        """The owner's head as it is now. Raises OwnerErased (410)."""
        return await edge.head(self.house, self.owner)

    async def read(
        self,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that only reads, in one transaction."""
        return await edge.read(self.house, self.owner, self.request_id, story, *args, **kwargs)

    async def write(
        self,
        story: Callable[Concatenate[Context, P], Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an action that writes, in one transaction, told again where that is safe."""
        if self.device is not None:
            story = context.by(self.device, story)
        told = context.within(origin.network(self.scope), story)
        return await edge.write(self.house, self.owner, self.request_id, told, *args, **kwargs)

    async def post(self, story: Callable[[Context], Awaitable[Answer]]) -> Answer:
        """A writing POST: under an Idempotency-Key its answer is kept with its effect, and given again."""
        key = self._key()
        if key is None:
            return await self.write(story)
        return await self.write(idempotency.once, key, self._fingerprint(), story, keep=True)

    async def pay(self, story: Callable[[Context, Paid], Awaitable[T]]) -> T:
        """Run the charge of a request whose answer must not rest, committed before the answer is looked for. The story
        charges if `paid.first`; else this very request was paid before, under the same Idempotency-Key.

        Raises IdempotencyKeyReused (422) for another request under the key.
        """
        key = self._key()
        if key is None:
            return await self.write(idempotency.charge_anyway, story)
        return await self.write(idempotency.charge, key, self._fingerprint(), story)

    async def ask(self, story: Callable[[Context], Awaitable[Answer]]) -> Answer:
        """A POST that only asks: its answer must not rest, so under a key it is made anew for the same request."""
        key = self._key()
        if key is None:
            return await self.read(story)
        return await self.write(idempotency.once, key, self._fingerprint(), story, keep=False)

    def header(self, name: bytes) -> str:
        """A request header, "" when absent; `name` in lower case."""
        return self.headers.get(name, b"").decode("latin-1")

    def query(self, name: str) -> str | None:
        """A parameter of the query string. Raises InvalidParameter (422) for a string that cannot be read."""
        if self._query is None:
            self._query = asking.query(self.raw_query)
        return self._query.get(name)

    def needs(self, scope: str) -> None:
        """Raises MissingScope (403): for what a parameter asks beyond the route's own scope."""
        if scope not in self.scopes:
            raise MissingScope(scope)

    def _key(self) -> str | None:
        key = self.headers.get(b"idempotency-key")
        if key is None:
            return None
        if not 1 <= len(key) <= _LONGEST_KEY:
            raise InvalidParameter("Idempotency-Key", f"1 to {_LONGEST_KEY} characters")
        return key.decode("latin-1")

    def _fingerprint(self) -> bytes:
        made = hashlib.blake2b(digest_size=32)
        for part in (self.method.encode(), self.path.encode(errors="replace"), self.raw_query):
            made.update(len(part).to_bytes(4, "big") + part)
        made.update(self.body)
        return made.digest()
