"""Owners who import linked accounts through the whole service: the application, the job, PostgreSQL, and emulators.

`book` is what an owner sees, `truth` what the provider holds; both as names, numbers, addresses and labels.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import httpx2
import msgspec
from starlette.types import Receive, Scope, Send

from asking import Api, Reply, build, call, fresh
from contact_emulators.emulator import Emulator
from contact_emulators.facebook import Facebook
from contact_emulators.google import LIST
from contact_emulators.google import Google as People
from contact_emulators.microsoft import Microsoft as Graph
from contact_emulators.x import X
from contact_service.actions import accounts, edge
from contact_service.actions.context import House
from contact_service.jobs import sweep
from contact_service.jobs.imports import Importing
from contact_service.model.ids import OwnerId
from contact_service.storage.outbox import Errand
from contact_service.storage.queue import Again
from contact_service.telemetry import logs
from googling import truth as google_truth
from providing import CLIENT, OURS, SECRET

KINDS: tuple[type[Emulator], ...] = (People, Graph, Facebook, X)
CALLBACK = "/v1/accounts/callback"
PEOPLE = 12
PAGES = {"google": (LIST,), "microsoft": ("contacts.delta", "folder.contacts.delta")}
"""The operations that give pages of contacts."""
_LEFT = (
    "SELECT owner_id, at, id, task, payload FROM outbox WHERE owner_id = $1 AND task = 'import' "
    "ORDER BY at DESC, id DESC LIMIT 1"
)
_DIED = "UPDATE imports SET lease_until = now() - interval '1 s' WHERE owner_id = $1"
Told = tuple[str, tuple[str, ...], tuple[str, ...], frozenset[str]]


class Doors:
    """One port for all emulators; each test puts its own behind it."""

    def __init__(self) -> None:
        self.emulators: dict[str, Emulator] = {}

    def renew(self) -> None:
        """Emulators with nothing in them, where everybody lets every app in."""
        self.emulators = {kind.name: _let_in(kind()) for kind in KINDS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].split("/")[1]
        inner = {**scope, "root_path": f"/{name}"}
        await self.emulators[name].app(inner, receive, send)


def _let_in(emulator: Emulator) -> Emulator:
    authority = vars(emulator)["authority"]
    authority.person = "allow"
    authority.clients = {CLIENT: SECRET}
    authority.redirects = frozenset({OURS})
    return emulator


class Account:
    """One owner with one linked account. `work` is the job as a worker does it."""

    def __init__(
        self, house: House, doors: Doors, browser: httpx2.AsyncClient, provider: str
    ) -> None:
        self.house, self.doors, self.browser = house, doors, browser
        self.provider = provider
        self.api = Api(build(house), fresh("ann"))
        self.id = ""
        self._importing = Importing(house, logs.make("error"), lambda: False)

    @property
    def emulator(self) -> Any:
        return self.doors.emulators[self.provider]

    @property
    def pages_asked(self) -> int:
        return sum(self.emulator.asked(name) for name in PAGES[self.provider])

    def budgeted(self, **cents: int) -> None:
        """The operator grants that much money."""
        base = self.house.settings
        self.house = replace(self.house, settings=_replaced(base, cents))
        self.api = Api(build(self.house), self.api.owner)
        self._importing = Importing(self.house, logs.make("error"), lambda: False)

    async def link(self, *, again: bool = False) -> str:
        """The whole way: authorize, the provider's page, the callback in the same browser; the page that is shown."""
        await self.api.consents("store", f"import.{self.provider}")
        asked = {"accountId": self.id} if again else {}
        begun = await self.api.post(f"/v1/accounts/{self.provider}:authorize", asked)
        assert begun.status == 200, begun
        cookie = begun.headers["set-cookie"].partition(";")[0]
        sent = await self.browser.get(begun.json["url"])
        params = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
        path = f"{CALLBACK}?{urlencode(params)}"
        told = await call(self.api.app, "GET", path, [("cookie", cookie)])
        shown = (await self.api.get("/v1/accounts")).json["accounts"]
        if shown:
            self.id = shown[-1]["id"]
        return str(told.body.decode())

    async def state(self) -> str | None:
        """Of the account, as it is listed."""
        found = (await self.api.get("/v1/accounts")).json["accounts"]
        return next((one["state"] for one in found if one["id"] == self.id), None)

    async def ask(self, **more: Any) -> Reply:
        return await self.api.post("/v1/imports", {"accountId": self.id, **more})

    async def begin(self, **more: Any) -> str:
        told = await self.ask(**more)
        assert told.status == 202, told
        return str(told.json["id"])

    async def work(self) -> float | None:
        """The job of the newest import once; seconds until it is to go on, None: it has ended."""
        row = await self.house.db.ask(lambda con: con.fetchrow(_LEFT, self.api.owner))
        payload = sweep.entry(Errand(*row)).payload
        try:
            await self._importing.do(payload)
        except Again as again:
            return again.after_s
        return None

    async def killed_work(self) -> None:
        """The job, of which something is to cancel `self.job`; then nobody holds the lease any more."""
        self.job = asyncio.ensure_future(self.work())
        await asyncio.wait({self.job})
        assert self.job.cancelled()
        await self.house.db.ask(lambda con: con.execute(_DIED, self.api.owner))

    async def shown(self, run: str) -> Any:
        return (await self.api.get(f"/v1/imports/{run}")).json

    async def run(self, **more: Any) -> Any:
        """An import from its beginning to its end."""
        run = await self.begin(**more)
        await self.work()
        return await self.shown(run)

    async def mended(self) -> None:
        """All knobs are off, and no breaker or limit remembers what was."""
        self.emulator.knobs.clear()
        self.house.outward._breakers.clear()
        await self.house.db.ask(lambda con: con.execute("DELETE FROM provider_buckets"))

    async def forget_cursor(self) -> None:
        """The next import reads everything."""
        owner = OwnerId(self.api.owner)
        await edge.write(self.house, owner, "test", accounts.drop_cursor, UUID(self.id))

    async def cards(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.api.get("/v1/contacts?limit=1000")).json[
            "contacts"
        ]
        return found

    async def book(self) -> Counter[Told]:
        return Counter(map(told, await self.cards()))

    def truth(self) -> Counter[Told]:
        return TRUTHS[self.provider](self.emulator)


def told(card: dict[str, Any]) -> Told:
    return (
        card["name"]["full"],
        _plain(one["number"] for one in card.get("phones", {}).values()),
        tuple(sorted(one["address"] for one in card.get("emails", {}).values())),
        frozenset(card.get("keywords", ())),
    )


def _of_google(people: People) -> Counter[Told]:
    return Counter(
        (name, _plain(phones), tuple(sorted(emails)), words)
        for name, phones, emails, words in google_truth(people).values()
    )


def _of_microsoft(graph: Graph) -> Counter[Told]:
    found: Counter[Told] = Counter()
    for kept in graph.box.contacts.values():
        props = kept.props
        numbers = [*filter(None, [props.get("mobilePhone")]), *props.get("businessPhones", ())]
        addresses = sorted(one["address"] for one in props.get("emailAddresses", ()))
        folder = graph.box.folders.get(kept.folder)
        words = {*props.get("categories", ()), *filter(None, [folder])}
        found[(props["displayName"], _plain(numbers), tuple(addresses), frozenset(words))] += 1
    return found


def _plain(numbers: Any) -> tuple[str, ...]:
    return tuple(sorted(re.sub(r"[^0-9+]", "", number) for number in numbers))


def _replaced(settings: Any, cents: dict[str, int]) -> Any:
    return msgspec.structs.replace(
        settings, **{f"budget_{name}": value for name, value in cents.items()}
    )


TRUTHS: dict[str, Callable[[Any], Counter[Told]]] = {
    "google": _of_google,
    "microsoft": _of_microsoft,
}
