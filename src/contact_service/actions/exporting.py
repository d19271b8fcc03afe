"""A book leaves as one file: vCards, JSContact, or the CSV of another program. Read page by page, a short transaction
each, so that a slow taker holds neither a connection nor the book in memory.

Each contact is in it once, as it was when its page was read.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from contact_service.actions import edge, photos, residues, view
from contact_service.actions.context import Context, House
from contact_service.formats import jsrules, vcard
from contact_service.formats.csv.google_writing import Google
from contact_service.formats.csv.outlook_writing import Outlook
from contact_service.formats.csv.writing import Writer
from contact_service.formats.vcard import versions
from contact_service.model import group as groups
from contact_service.model.card import Card
from contact_service.model.ids import CardId, OwnerId
from contact_service.model.owner import Head
from contact_service.model.problem import NotFound
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards

_ROWS = 100
_BYTES = 4_000_000
"""What a page renders before it ends: a few cards with pictures, or a hundred without."""

Some = list[tuple[CardId, Card]]
Render = Callable[[Context, Some], AsyncIterator[bytes]]


class Form(msgspec.Struct, frozen=True):
    """A way to write a book: its media type, its file's suffix, and what renders cards."""

    media: str
    suffix: str
    render: Render | None = None
    writer: Callable[[], Writer] | None = None


class _Page(msgspec.Struct, frozen=True):
    """What of the feed was rendered, up to which number, and whether there may be more."""

    body: bytes
    since: int
    more: bool


def _vcards(version: str | None) -> Render:
    def write(card: Card) -> bytes:
        return versions.shown(card, version)[0] if version else vcard.write(card)

    def render(ctx: Context, some: Some) -> AsyncIterator[bytes]:
        return photos.wholes(ctx.tx, ctx.key, (write(card) for _, card in some))

    return render


async def _objects(ctx: Context, some: Some) -> AsyncIterator[bytes]:
    for _, card in some:
        told = await photos.told(ctx.tx, ctx.key, card.json)
        # A raw line end in JSON is nothing but white space.
        yield told.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


FORMS: Mapping[str, Form] = {
    "vcard": Form("text/vcard; charset=utf-8", "vcf", _vcards(None)),
    "jscontact": Form("application/x-ndjson", "ndjson", _objects),
    "vcard3": Form("text/vcard; charset=utf-8", "vcf", _vcards("3.0")),
    "vcard4": Form("text/vcard; charset=utf-8", "vcf", _vcards("4.0")),
    "google-csv": Form("text/csv; charset=utf-8", "csv", writer=Google),
    "outlook-csv": Form("text/csv; charset=utf-8", "csv", writer=Outlook),
}
"""By name: `vcard` is each card as it came, an untouched one byte for byte; the others are made."""


async def chosen(house: House, head: Head, group: str) -> frozenset[str]:
    """The ids of who is in the group of that id, else who has that keyword. Raises NotFound (404)."""
    held = await view.groups(house, await view.book(house, head))
    found = held.get(group)
    if found is not None:
        return frozenset(found.members)
    if group not in held.words:
        raise NotFound
    return frozenset(held.words[group])


async def parts(
    house: House,
    owner: OwnerId,
    request_id: str,
    form: Form,
    only: frozenset[str] | None = None,
) -> AsyncIterator[bytes]:
    """The file, in order of the last change. `only`: ids of the contacts that are wanted, None for all."""
    render = form.render
    if form.writer is not None:
        table = _Table(form.writer())
        async for _ in _walked(house, owner, request_id, table.measured, only):
            pass
        yield table.writer.header()
        render = table.written
    assert render is not None, "a form has one or the other"
    async for body in _walked(house, owner, request_id, render, only):
        yield body


class _Table:
    """A book as lines of a CSV: measured once, then written. Groups come to their members' lines by uid."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._groups: dict[str, list[str]] = {}

    async def measured(self, ctx: Context, some: Some) -> AsyncIterator[bytes]:
        """The first walk; nothing is written."""
        kept = await residues.of(ctx, [card for card, _ in some])
        for card, content in some:
            said = jsrules.untyped(content.json)
            self.writer.measure(said, kept.get(card, {}))
            if said.get("kind") == "group":
                self._note(said)
            yield b""

    async def written(self, ctx: Context, some: Some) -> AsyncIterator[bytes]:
        """The second walk."""
        kept = await residues.of(ctx, [card for card, _ in some])
        for card, content in some:
            said = jsrules.untyped(content.json)
            words = self._groups.get(groups.bare(str(said.get("uid"))), ())
            yield self.writer.row(said, kept.get(card, {}), words)

    def _note(self, said: dict[str, Any]) -> None:
        name, members = said.get("name"), said.get("members")
        full = name.get("full") if isinstance(name, dict) else None
        for uid in members if isinstance(members, dict) and isinstance(full, str) else ():
            self._groups.setdefault(groups.bare(uid), []).append(str(full))


async def _walked(
    house: House, owner: OwnerId, request_id: str, render: Render, only: frozenset[str] | None
) -> AsyncIterator[bytes]:
    """All cards rendered, a page in a transaction. One that changes meanwhile moves to the end: it is known again."""
    done: set[UUID] = set()
    since, more = 0, True
    while more:
        page = await edge.read(house, owner, request_id, _page, since, render, only, done)
        since, more = page.since, page.more
        if page.body:
            yield page.body


async def _page(
    ctx: Context, since: int, render: Render, only: frozenset[str] | None, done: set[UUID]
) -> _Page:
    rows = await cards.stretch(ctx.tx, since, _ROWS)
    wanted = [
        row
        for row in rows
        if row.sealed is not None
        and row.card not in done
        and (only is None or str(row.card) in only)
    ]
    some = list(_opened(ctx, wanted))
    held: list[bytes] = []
    size = 0
    async for body in render(ctx, some):
        held.append(body)
        size += len(body)
        if size > _BYTES:
            break
    done.update(row.card for row in wanted[: len(held)])
    if len(held) < len(wanted):
        return _Page(b"".join(held), wanted[len(held) - 1].version, more=True)
    last = rows[-1].version if rows else since
    return _Page(b"".join(held), last, more=len(rows) == _ROWS)


def _opened(ctx: Context, rows: Iterable[cards.FeedRow]) -> Iterable[tuple[CardId, Card]]:
    for row in rows:
        assert row.sealed is not None, "tombstones are left out"
        card = CardId(row.card)
        yield card, sealed_cards.open_(ctx.key, card, row.rev, row.sealed)
