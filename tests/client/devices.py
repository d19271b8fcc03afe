"""Devices of one owner: a book, its loop, and what the loop told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from asking import Api
from client.faulty import Net, client
from contact_client import Book, Client, Conflict, MemoryStore, Refusal, Store, SyncLoop
from contact_client.replica.store import Change


class Device:
    """`conflicts` and `refusals` are what its loop told."""

    def __init__(self, api: Api, net: Net, store: Store | None = None, page: int = 500) -> None:
        self.net = net
        self.client: Client = client(net, api.token)
        self.book = Book(store or MemoryStore())
        self.conflicts: list[Conflict] = []
        self.refusals: list[Refusal] = []
        self.loop = SyncLoop(
            self.client,
            self.book,
            on_conflict=self.conflicts.append,
            on_problem=self.refusals.append,
            page=page,
        )

    async def sync(self) -> None:
        await self.loop.once()

    async def shown(self) -> dict[str, Any]:
        """What the owner sees, by id."""
        return {entry.id: entry.card for entry in await self.book.every()}

    async def names(self) -> list[str]:
        return sorted(card["name"]["full"] for card in (await self.shown()).values())


def person(name: str, **members: Any) -> dict[str, Any]:
    return {"name": {"full": name}, **members}


def phones(*numbers: str) -> dict[str, Any]:
    return {f"p{n}": {"number": number} for n, number in enumerate(numbers)}


async def on_server(api: Api) -> dict[str, Any]:
    """The service's list, past every client, by id."""
    found: dict[str, Any] = {}
    cursor = ""
    while True:
        page = (await api.get(f"/v1/contacts?limit=1000{cursor}")).json
        for card in page["contacts"]:
            ours = ("id", "etag", "addressBook")
            found[card["id"]] = {name: value for name, value in card.items() if name not in ours}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


class Gate(Net):
    """A network on which a request to `path` waits, before it is carried out, until the test has done something."""

    def __init__(self, app: Any, path: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(app)
        self._path = path
        self._meanwhile: Callable[[], Awaitable[None]] | None = meanwhile

    async def handle_async_request(self, request: Any) -> Any:
        if self._meanwhile is not None and request.url.path == self._path:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
        return await super().handle_async_request(request)


class Crash(BaseException):
    """The program ends here."""


class Crashing(MemoryStore):
    """A store whose program ends before the `at`-th commit from now; what was committed stays."""

    at = 0

    async def commit(self, change: Change) -> None:
        await asyncio.sleep(0)
        if self.at:
            self.at -= 1
            if not self.at:
                raise Crash
        await super().commit(change)
