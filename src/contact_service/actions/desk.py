"""The desk: the contacts one request works on, changed in memory by the rules, then written as one block.

A single request lays one contact on it, a batch up to 500; the rules are here once.
"""

from typing import Any

import msgspec

from contact_service.actions import match, writing
from contact_service.actions.context import Context
from contact_service.actions.writing import Draft, Written
from contact_service.formats import jscontact, vcard
from contact_service.matching import identifiers, phones
from contact_service.model.card import Card, Fields
from contact_service.model.ids import CardId
from contact_service.model.owner import etag
from contact_service.model.problem import BookFull, InvalidCard, NotFound, StaleRevision, UidTaken
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards

MAX_CARDS = 50_000
"""Live cards an owner may have (api.md)."""


class Sheet(msgspec.Struct):
    """A contact on the desk. `rev` and `version` are those at rest (0: it is new); `touched`: it must be written."""

    id: CardId
    card: Card
    rev: int = 0
    version: int = 0
    touched: bool = False
    gone: bool = False


class Desk:
    """Contacts laid out for one transaction. Raises the Problems of its verbs before anything is written."""

    def __init__(self, ctx: Context) -> None:
        """An empty desk: see `lay`."""
        self.ctx = ctx
        self._sheets: dict[CardId, Sheet] = {}
        self._holders: dict[str, CardId] = {}
        self._live = ctx.head.live_cards

    async def lay(self, ids: list[CardId], uids: list[str]) -> None:
        """Fetch the contacts of these ids, and those that hold these uids."""
        holders: dict[bytes, CardId] = {}
        keys = {writing.uid_key(self.ctx, uid): uid for uid in uids}
        if keys:
            holders = await cards.by_uid(self.ctx.tx, list(keys))
        self._holders = {keys[key]: card for key, card in holders.items()}
        wanted = list({*ids, *self._holders.values()})
        rows = await cards.get_many(self.ctx.tx, wanted) if wanted else {}
        for row in rows.values():
            if row.sealed is not None and row.deleted_at is None:
                card = sealed_cards.open_(self.ctx.key, row.card, row.rev, row.sealed)
                self._sheets[row.card] = Sheet(row.card, card, row.rev, row.version)

    def create(self, content: Card, fields: Fields, card: CardId) -> tuple[CardId, bool]:
        """Lay a new contact. A live one with the same uid and content stands for it: (its id, False).

        Raises UidTaken (409) when the content is another, BookFull (422).
        """
        uid = fields.uid or ""
        holder = self._holders.get(uid)
        if holder is not None and not self._sheets[holder].gone:
            if not _same(self._sheets[holder].card.json, content.json):
                raise UidTaken(str(holder))
            return holder, False
        if self._live >= MAX_CARDS:
            raise BookFull(MAX_CARDS)
        self._live += 1
        self._holders[uid] = card
        self._sheets[card] = Sheet(card, content, touched=True)
        return card, True

    def replace(self, card: CardId, raw: bytes, base: str | None) -> None:
        """Other content in the contact's place. Raises NotFound (404), StaleRevision (412), InvalidCard (422)."""
        sheet = self._sheet(card, base)
        uid = jscontact.fields(sheet.card.json).uid or ""
        content, fields = jscontact.read(raw, uid)
        if fields.uid != uid:
            raise InvalidCard("/uid", "cannot be changed")
        self._change(sheet, content.json)

    def patch(self, card: CardId, changes: dict[str, Any], base: str | None) -> None:
        """Parts of the contact change (RFC 8620 5.3). Raises NotFound (404), StaleRevision (412), InvalidCard (422)."""
        sheet = self._sheet(card, base)
        self._change(sheet, jscontact.patch(sheet.card.json, changes))

    def delete(self, card: CardId, base: str | None) -> None:
        """The contact goes. Raises NotFound (404), StaleRevision (412)."""
        sheet = self._sheet(card, base)
        sheet.gone = True
        self._live -= 1

    async def write(self) -> tuple[dict[CardId, int], int]:
        """Write all that was touched. Returns the versions of the live contacts on the desk and the owner's version."""
        new, changed, gone = await self._sorted()
        versions = {sheet.id: sheet.version for sheet in self._sheets.values()}
        if not (new or changed or gone):
            return versions, self.ctx.head.version
        first = await writing.store(self.ctx, new, changed, gone, by_hand=True)
        for place, made in enumerate([*new, *changed], first):
            versions[made.id] = place
        return versions, first + len(new) + len(changed) + len(gone) - 1

    def written(self, card: CardId, version: int, *, created: bool) -> Written:
        """What the client is told of a contact on the desk."""
        tag = etag(self.ctx.head.epoch, version)
        return Written(
            card, tag, jscontact.render(self._sheets[card].card.json, str(card), tag), created
        )

    async def _sorted(self) -> tuple[list[Draft], list[Draft], list[CardId]]:
        alive = [s for s in self._sheets.values() if s.touched and not s.gone]
        views = {s.id: jscontact.fields(s.card.json) for s in alive}
        where = None
        if any(v.phones for v in views.values()):
            where = await match.region(self.ctx)
        memo = phones.Memo()
        drafts = [
            Draft(
                s.id,
                s.card,
                views[s.id].uid or "",
                identifiers.of(views[s.id], where, memo),
                s.rev,
            )
            for s in alive
        ]
        gone = [s.id for s in self._sheets.values() if s.gone and s.rev]
        return [d for d in drafts if not d.base], [d for d in drafts if d.base], gone

    def _sheet(self, card: CardId, base: str | None) -> Sheet:
        sheet = self._sheets.get(card)
        if sheet is None or sheet.gone:
            raise NotFound
        current = etag(self.ctx.head.epoch, sheet.version)
        if base is not None and base != "*" and base.strip('"') != current.strip('"'):
            shown = jscontact.render(sheet.card.json, str(card), current)
            raise StaleRevision(
                "Merge with the current contact and try again.",
                current={"etag": current, "contact": msgspec.json.decode(shown)},
            )
        return sheet

    def _change(self, sheet: Sheet, json: bytes) -> None:
        if not _same(sheet.card.json, json):
            sheet.card = vcard.rewrite(sheet.card, json) if sheet.card.lines else Card(json)
            sheet.touched = True


def _same(one: bytes, other: bytes) -> bool:
    """Equal as JSON values: the order of members and white space say nothing (RFC 8259 4)."""
    return one == other or bool(msgspec.json.decode(one) == msgspec.json.decode(other))
