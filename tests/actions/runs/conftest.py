"""An owner with files and accounts to import, and a provider whose pages a test lays out."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from contact_service.actions import account_tokens, accounts, runs
from contact_service.actions.account_tokens import Tokens
from contact_service.actions.context import Context
from contact_service.formats import jscontact
from contact_service.integrations.connector import Connector, Limit, Manifest, Pull
from contact_service.model.card import Card
from contact_service.model.consent import Purpose
from contact_service.model.import_run import Import
from contact_service.model.imports import Kind, Page, Place, Upsert
from contact_service.storage import accounts as rows
from contact_service.storage.accounts import Linked
from import_world import Importer


class Script:
    """A connector whose pages and faults stand in a list, by the cursor they are asked with; `asked` is what was."""

    manifest = Manifest("google", (), (), (Limit(1, 1, "app"),))

    def __init__(self) -> None:
        self.chains: dict[bytes | None, list[Page | Exception | Callable[[], Any]]] = {}
        self.asked: list[bytes | None] = []

    async def pull(self, _ctx: Pull, cursor: bytes | None) -> AsyncIterator[Page]:
        self.asked.append(cursor)
        for step in self.chains[cursor]:
            found = await step() if callable(step) else step
            if isinstance(found, Exception):
                raise found
            if found is not None:
                yield found


def upsert(n: int, name: str = "") -> Upsert:
    raw = msgspec.json.encode(
        {"@type": "Card", "version": "1.0", "uid": f"g-{n}", "name": {"full": name or f"P{n}"}}
    )
    card, _ = jscontact.read(raw, f"g-{n}")
    assert isinstance(card, Card)
    return Upsert(Place(n), f"id-{n}", card, own_uid=True)


def page(first: int, count: int = 2, **more: Any) -> Page:
    return Page(tuple(upsert(n) for n in range(first, first + count)), **more)


class Linker(Importer):
    """An owner with a linked account."""

    async def link(self) -> UUID:
        return await self(_link)

    async def imports(self, account: UUID) -> Import:
        """A run of the account, worked on until it ends or has to wait."""
        begun = await self(runs.begin_account, account, Kind.GOOGLE)
        await self.go(begun.id)
        return await self.run(begun.id)

    async def checkpoint(self, account: UUID) -> bytes | None:
        return await self.read(accounts.cursor, account)


async def _link(ctx: Context) -> UUID:
    made = ctx.new_id()
    tokens = account_tokens.seal(ctx.key, made, 1, Tokens("access", "refresh", None))
    linked = Linked(None, tokens, 1, "", "", None)
    await rows.add(ctx.tx, made, "google", linked, ctx.now)
    return made


@pytest.fixture
def script(monkeypatch) -> Script:
    made = Script()

    async def puller(*_: Any, **__: Any) -> tuple[Connector, Pull]:
        return made, Pull(lambda *_, **__: None, "")

    monkeypatch.setattr(accounts, "puller", puller)
    return made


@pytest.fixture
async def cat(house, owner) -> Linker:
    made = Linker(house, owner)
    await made.consents(Purpose.STORE, Purpose.IMPORT_GOOGLE)
    return made
