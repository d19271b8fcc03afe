"""The desk: the contacts one request works on, changed in memory by the rules, then written as one block.

A single request lays one contact on it, a batch up to 500; the rules are here once. `if_match` asks that the contact
has not changed; `base` names the revision an edit was made on, and what changed since is merged (sync.md 3).
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from contact_service.actions import match, writing
from contact_service.actions.context import Context
from contact_service.actions.laying import Laid
from contact_service.actions.sheet import Sheet, same
from contact_service.actions.writing import Draft, Gone, Written
from contact_service.formats import jscontact, merging, vcard
from contact_service.formats.vcard import media
from contact_service.matching import identifiers, phones
from contact_service.model.card import Card, Fields
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.merge import Conflict
from contact_service.model.owner import etag, read_etag
from contact_service.model.problem import (
    BaseExpired,
    BookFull,
    EditedSince,
    InvalidCard,
    NotFound,
    StaleRevision,
    UidTaken,
)
from contact_service.model.revision import Cause

MAX_CARDS = 50_000
"""Live cards an owner may have (api.md)."""


class Desk:
    """Contacts laid out for one transaction. Raises the Problems of its verbs before anything is written."""

    def __init__(self, ctx: Context, book: BookId = DEFAULT_BOOK) -> None:
        """An empty desk: see `lay`. New contacts go into `book`."""
        self.ctx = ctx
        self.book = book
        self._laid = Laid(ctx, book)
        self._sheets = self._laid.sheets
        self._live = ctx.head.live_cards

    async def lay(
        self,
        ids: list[CardId],
        uids: list[str],
        bases: Iterable[tuple[CardId, str]] = (),
        *,
        trashed: bool = False,
    ) -> None:
        """Fetch the contacts of these ids, those that hold these uids, and the revisions that edits were made on:
        (id, etag). A deleted contact is fetched only when an edit names its base, or all with `trashed`.
        """
        keys = [writing.uid_key(self.ctx, uid) for uid in uids]
        await self._laid.fetch(ids, keys, list(bases), trashed=trashed)

    def create(
        self, content: Card, fields: Fields, card: CardId, name: str | None = None
    ) -> tuple[CardId, bool]:
        """Lay a new contact. A live one with the same uid and content stands for it: (its id, False).

        Raises UidTaken (409) when the content is another, BookFull (422).
        """
        key = writing.uid_key(self.ctx, fields.uid or "")
        holder = self._laid.holder(key)
        if holder is not None:
            if not same(self._sheets[holder].card.json, content.json):
                raise UidTaken(str(holder))
            return holder, False
        self._add_live()
        self._laid.holders[key] = card
        self._sheets[card] = Sheet(
            card, content, book=self.book, name=name, touched=True, cause=Cause.CREATED
        )
        return card, True

    def replace(
        self, card: CardId, raw: bytes, *, if_match: str | None = None, base: str | None = None
    ) -> None:
        """Other content in the contact's place, merged when it was made on `base`.

        Raises NotFound (404), StaleRevision (412), BaseExpired (409), InvalidCard (422).
        """
        sheet = self._sheet(card, if_match, base)
        uid = jscontact.fields(sheet.card.json).uid or ""
        content, fields = jscontact.read(raw, uid)
        if fields.uid != uid:
            raise InvalidCard("/uid", "cannot be changed")
        self._arrive(sheet, content.json, base)

    def patch(
        self,
        card: CardId,
        changes: dict[str, Any],
        *,
        if_match: str | None = None,
        base: str | None = None,
    ) -> None:
        """Parts of the contact change (RFC 8620 5.3), merged when they were made on `base`.

        Raises NotFound (404), StaleRevision (412), BaseExpired (409), InvalidCard (422).
        """
        sheet = self._sheet(card, if_match, base)
        on = sheet.card.json if base is None else self._base(sheet, base)
        self._arrive(sheet, jscontact.patch(on, changes), base)

    def put(self, card: CardId, content: Card, *, if_match: str | None = None) -> None:
        """A whole card with its own lines in the contact's place. Raises NotFound (404), StaleRevision (412)."""
        sheet = self._sheet(card, if_match, None)
        if sheet.card != content:
            sheet.card = content
            sheet.touched = True

    def restore(self, card: CardId, content: Card) -> None:
        """An earlier content of the contact comes back, from the trash too. Raises NotFound (404), UidTaken (409)."""
        sheet = self._sheets.get(card)
        if sheet is None or sheet.gone:
            raise NotFound
        if sheet.trashed:
            self._revive(sheet)
            sheet.conflicts.clear()
        elif sheet.card == content:
            return
        sheet.card, sheet.touched, sheet.cause = content, True, Cause.RESTORED

    def delete(self, card: CardId, *, if_match: str | None = None, base: str | None = None) -> None:
        """The contact goes. Raises NotFound (404), StaleRevision (412), EditedSince (409): it is not at `base`."""
        sheet = self._sheet(card, if_match, None)
        if base is not None and (sheet.touched or read_etag(base) != self._place(sheet)):
            raise EditedSince("Look at it again before deleting.", current=self._current(sheet))
        sheet.gone = True
        self._live -= 1

    async def write(self) -> tuple[dict[CardId, int], int]:
        """Write all that was touched. Returns the versions of the live contacts on the desk and the owner's version."""
        alive = [s for s in self._sheets.values() if s.touched and not s.gone]
        drafts = await self._drafts(alive)
        gone = [Gone(s.id, s.book) for s in self._sheets.values() if s.gone and s.rev]
        versions = {sheet.id: sheet.version for sheet in self._sheets.values()}
        if not (drafts or gone):
            return versions, self.ctx.head.version
        new, changed = [d for d in drafts if not d.base], [d for d in drafts if d.base]
        revived = sum(s.revived for s in alive)
        given = await writing.store(self.ctx, new, changed, gone, by_hand=True, revived=revived)
        for place, made in enumerate([*new, *changed], given.first + len(gone)):
            versions[made.id] = place
        return versions, given.last

    def written(self, card: CardId, version: int, *, created: bool) -> Written:
        """What the client is told of a contact on the desk."""
        sheet = self._sheets[card]
        tag = etag(self.ctx.head.epoch, version)
        return Written(card, tag, self._shown(sheet, tag), created, tuple(sheet.conflicts))

    def holder(self, uid: str) -> CardId | None:
        """The live contact of the desk's book that holds the uid, if it was laid."""
        return self._laid.holder(writing.uid_key(self.ctx, uid))

    def last(self, card: CardId) -> Card:
        """The contact as it stands on the desk, or was before it was deleted. Raises NotFound (404)."""
        sheet = self._sheets.get(card)
        if sheet is None or sheet.gone:
            raise NotFound
        return sheet.card

    def at(self, card: CardId, version: int) -> Card | None:
        """The contact as it stands at rest, if it is at that number."""
        sheet = self._sheets.get(card)
        return sheet.card if sheet is not None and sheet.version == version else None

    async def _drafts(self, sheets: list[Sheet]) -> list[Draft]:
        views = {s.id: jscontact.fields(s.card.json) for s in sheets}
        were = {s.id: self._was(s) for s in sheets}
        where = None
        if any(map(identifiers.is_regional, (*views.values(), *were.values()))):
            where = await match.region(self.ctx)
        memo = phones.Memo()
        return [
            Draft(
                s.id,
                s.card,
                views[s.id].uid or "",
                identifiers.of(views[s.id], where, memo),
                s.rev,
                s.cause,
                s.book,
                s.name,
                identifiers.of(were[s.id], where, memo),
            )
            for s in sheets
        ]

    def _was(self, sheet: Sheet) -> Fields:
        """What the contact says at rest; nothing where it is new or was deleted."""
        at_rest = None if sheet.revived else self._laid.held.get((sheet.id, sheet.version))
        return jscontact.fields(at_rest) if at_rest is not None else Fields()

    def _sheet(self, card: CardId, if_match: str | None, base: str | None) -> Sheet:
        sheet = self._sheets.get(card)
        if sheet is None or sheet.gone or (sheet.trashed and base is None):
            raise NotFound
        if if_match not in {None, "*"} and read_etag(if_match or "") != self._place(sheet):
            raise StaleRevision(
                "Merge with the current contact and try again.", current=self._current(sheet)
            )
        return sheet

    def _arrive(self, sheet: Sheet, mine: bytes, base: str | None) -> None:
        """What was sent over what stands: merged where that is another revision than it was made on."""
        if base is None:
            self._change(sheet, media.stored(mine, sheet.card.json), Cause.EDITED)
            return
        held = self._base(sheet, base)
        mine = media.stored(mine, held)
        if sheet.trashed:
            # Delete against edit: the edit wins; but one that says nothing new is none.
            if not merging.is_news(held, mine, self._laid.region):
                raise NotFound
            self._revive(sheet)
        if same(held, sheet.card.json):
            self._change(sheet, mine, Cause.EDITED)
            return
        merged = merging.merge(held, mine, sheet.card.json, self._laid.region)
        sheet.conflicts += merged.conflicts
        self._change(sheet, merged.json, Cause.MERGED)

    def _change(self, sheet: Sheet, json: bytes, cause: Cause) -> None:
        if not same(sheet.card.json, json):
            sheet.card = vcard.rewrite(sheet.card, json) if sheet.card.lines else Card(json)
            sheet.touched = True
            sheet.cause = Cause.RESTORED if sheet.revived else cause

    def _revive(self, sheet: Sheet) -> None:
        key = writing.uid_key(self.ctx, jscontact.fields(sheet.card.json).uid or "")
        holder = self._laid.holder(key)
        if holder is not None:
            raise UidTaken(str(holder))
        self._add_live()
        self._laid.holders[key] = sheet.id
        sheet.trashed, sheet.revived, sheet.touched = False, True, True
        sheet.cause = Cause.RESTORED
        sheet.conflicts.append(Conflict("", "edit", "delete"))

    def _base(self, sheet: Sheet, base: str) -> bytes:
        """The content an edit was made on. Raises BaseExpired (409)."""
        place = read_etag(base)
        held = None
        if place is not None and place[0] == self.ctx.head.epoch:
            held = self._laid.held.get((sheet.id, place[1]))
        if held is None:
            raise BaseExpired(
                "Look at the current contact and make the edit again.",
                current=self._current(sheet),
            )
        return held

    def _add_live(self) -> None:
        if self._live >= MAX_CARDS:
            raise BookFull(MAX_CARDS)
        self._live += 1

    def _place(self, sheet: Sheet) -> tuple[int, int]:
        return self.ctx.head.epoch, sheet.version

    def _current(self, sheet: Sheet) -> dict[str, Any]:
        tag = etag(*self._place(sheet))
        return {"etag": tag, "contact": msgspec.json.decode(self._shown(sheet, tag))}

    def _shown(self, sheet: Sheet, tag: str) -> bytes:
        member = self._laid.members.get(sheet.book, jscontact.DEFAULT_MEMBER)
        return jscontact.render(sheet.card.json, str(sheet.id), tag, member)
