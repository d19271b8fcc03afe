"""Sources that tell of people, for tests of the engine: pages applied as a run does it, and what the book says then."""

from typing import Any, ClassVar
from uuid import uuid4

import msgspec

from acting import Actor
from contact_service.actions import edge, importing, source_records, undo, unlinking, view
from contact_service.actions.importing import Applied, Ends, Run
from contact_service.formats import jscontact
from contact_service.model.card import Card
from contact_service.model.consent import Purpose
from contact_service.model.imports import NO_UID, Delete, Kind, Page, Place, Upsert

ALL = (Purpose.STORE, Purpose.IMPORT_GOOGLE, Purpose.IMPORT_MICROSOFT)


def said(name: str, *numbers: str, uid: str | None = None, **members: Any) -> Card:
    """What a source says of somebody."""
    phones = {f"p{at}": {"number": number} for at, number in enumerate(numbers)}
    made: dict[str, Any] = {"@type": "Card", "version": "1.0", "name": {"full": name}}
    if phones:
        made["phones"] = phones
    if uid is not None:
        made["uid"] = uid
    return jscontact.read(msgspec.json.encode(made | members), NO_UID)[0]


def told(source_id: str, card: Card, at: int = 0, **more: Any) -> Upsert:
    """A record as a page has it."""
    own = jscontact.fields(card.json).uid != NO_UID
    return Upsert(Place(at), source_id, card, own_uid=own, **more)


class Feed:
    """A source of an owner's contacts, and its runs."""

    numbers: ClassVar[dict[str, int]] = {}

    def __init__(self, actor: Actor, kind: Kind = Kind.GOOGLE, account: str = "a1") -> None:
        self.actor = actor
        self.kind = kind
        self.account = account
        self.runs: list[Run] = []

    async def run(self, *, full: bool = True, auto_merge: bool = False) -> Run:
        """A new run of this source."""

        async def source(ctx: Any) -> bytes:
            return source_records.source(ctx.key, self.kind, self.account)

        number = self.numbers[self.actor.owner] = self.numbers.get(self.actor.owner, 0) + 1
        made = Run(
            uuid4(),
            number,
            self.kind,
            await self.actor.read(source),
            f"import:{self.kind}",
            "US",
            auto_merge,
            full,
        )
        self.runs.append(made)
        return made

    async def page(
        self,
        run: Run,
        number: int,
        *changes: Any,
        prepared: bool = True,
        ends: Ends | None = None,
    ) -> Applied:
        """One page of a run is applied."""
        page = Page(tuple(changes))
        ready = None
        if prepared:
            ready = await importing.prepare(self.actor.house, self.actor.owner, "test", run, page)
        done: Applied = await self.actor(importing.apply, run, page, number, ready, ends)
        return done

    async def delta(self, *changes: Any, **options: Any) -> Applied:
        """A run that tells only of what changed."""
        return await self.page(await self.run(full=False, **options), 1, *changes)

    async def full(self, records: dict[str, Card], *, confirm: bool = False) -> Applied:
        """A run that reads everything, and sweeps."""
        run = await self.run()
        changes = [told(name, card, at) for at, (name, card) in enumerate(records.items())]
        return await self.page(run, 1, *changes, ends=Ends(confirm))

    async def undo(self, run: Run | None = None, most: int = 500) -> None:
        """A run is taken back, the last one where none is named."""
        while (await self.actor(undo.undo, run or self.runs[-1], most)).more:
            pass

    async def unlink(self, most: int = 500, *, keep: bool = False) -> None:
        """The source goes."""
        source = (await self.run()).source
        while (await self.actor(unlinking.remove, self.kind, source, most, keep=keep)).more:
            pass


def gone(source_id: str) -> Delete:
    """A record that the source has no more."""
    return Delete(source_id)


async def book(actor: Actor) -> list[dict[str, Any]]:
    """The owner's contacts, without what the service adds, by name."""
    head = await edge.head(actor.house, actor.owner)
    found = [msgspec.json.decode(c.body) for c in (await view.book(actor.house, head)).cards]
    for card in found:
        del card["etag"], card["addressBook"]
    return sorted(found, key=lambda card: (card.get("name", {}).get("full", ""), card["id"]))


async def says(actor: Actor) -> list[tuple[str, list[str]]]:
    """Names and numbers of the owner's contacts."""
    return [
        (
            card.get("name", {}).get("full", ""),
            sorted(phone["number"] for phone in card.get("phones", {}).values()),
        )
        for card in await book(actor)
    ]


async def version(actor: Actor) -> int:
    """The owner's version."""
    return (await edge.head(actor.house, actor.owner)).version
