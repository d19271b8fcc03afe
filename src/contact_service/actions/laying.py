"""What is laid on the desk: contacts as they rest, the trash's last revisions, the bases edits were made on."""

from contact_service.actions import match, shelf
from contact_service.actions.context import Context
from contact_service.actions.sheet import Sheet
from contact_service.formats import jscontact
from contact_service.model.ids import DEFAULT_BOOK, BookId, CardId
from contact_service.model.owner import read_etag
from contact_service.storage import cards, revisions
from contact_service.storage.cards import CardRow
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads


class Laid:
    """`sheets`: the contacts by id; `holders`: who holds a uid, by its key; `held`: contents by (id, version);
    `region`: the owner's, once there is something to merge; `members`: the books' JSON members, when needed.
    """

    def __init__(self, ctx: Context, book: BookId) -> None:
        """Nothing yet. Uids are looked up in `book`."""
        self._ctx = ctx
        self._book = book
        self.sheets: dict[CardId, Sheet] = {}
        self.holders: dict[bytes, CardId] = {}
        self.held: dict[tuple[CardId, int], bytes] = {}
        self.region: str | None = None
        self.members: dict[BookId, bytes] = {}

    async def fetch(
        self,
        ids: list[CardId],
        uid_keys: list[bytes],
        bases: list[tuple[CardId, str]],
        *,
        trashed: bool,
    ) -> None:
        """The contacts of these ids, those that hold these uids, and the revisions of `bases`: (id, etag).

        A deleted contact is fetched only when an edit names its base, or all with `trashed`.
        """
        if uid_keys:
            self.holders = await cards.by_uid(self._ctx.tx, uid_keys, self._book)
        wanted = list({*ids, *self.holders.values()})
        rows = await cards.get_many(self._ctx.tx, wanted) if wanted else {}
        for row in rows.values():
            if row.sealed is not None:
                self._put(row, row.rev, row.sealed)
        based = {card for card, _ in bases}
        dead = [r for r in rows.values() if r.sealed is None and (trashed or r.card in based)]
        if dead:
            await self._fetch_dead(dead)
        if bases:
            await self._fetch_bases(bases)
        if bases or dead:
            self.region = await match.region(self._ctx)
        if any(book != DEFAULT_BOOK for book in (self._book, *(r.book for r in rows.values()))):
            books = await shelf.read(self._ctx.tx, self._ctx.key)
            self.members = {b.id: jscontact.book_member(b.name) for b in books.values()}

    def holder(self, uid_key: bytes) -> CardId | None:
        """The contact that holds the uid and stands."""
        holder = self.holders.get(uid_key)
        sheet = self.sheets.get(holder) if holder is not None else None
        return holder if sheet is None or not (sheet.gone or sheet.trashed) else None

    async def _fetch_dead(self, dead: list[CardRow]) -> None:
        """What deleted contacts were last, and who holds their uids by now."""
        lasts = await revisions.last(self._ctx.tx, [row.card for row in dead])
        books = await shelf.read(self._ctx.tx, self._ctx.key)
        for row in dead:
            if row.card in lasts:
                self._put(row, lasts[row.card].rev, lasts[row.card].sealed or b"", trashed=True)
                await self._free_name(row)
                if row.book not in books:
                    self.sheets[row.card].book = DEFAULT_BOOK
        keys = [row.uid_key for row in dead]
        self.holders = await cards.by_uid(self._ctx.tx, keys, self._book) | self.holders

    async def _free_name(self, row: CardRow) -> None:
        """A resource name that another card took since is that card's; this one goes by its id."""
        if row.name_key is not None and await cards.by_name(self._ctx.tx, row.book, row.name_key):
            self.sheets[row.card].name = None

    async def _fetch_bases(self, bases: list[tuple[CardId, str]]) -> None:
        wanted = set()
        for card, base in bases:
            place = read_etag(base)
            if place is not None and place[0] == self._ctx.head.epoch:
                wanted.add((card, place[1]))
        missing = wanted - self.held.keys()
        for key, found in (await revisions.at_versions(self._ctx.tx, missing)).items():
            body = sealed_cards.open_(self._ctx.key, found.card, found.rev, found.sealed or b"")
            self.held[key] = body.json

    def _put(self, row: CardRow, rev: int, sealed: bytes, *, trashed: bool = False) -> None:
        card = sealed_cards.open_(self._ctx.key, row.card, rev, sealed)
        name = None
        if row.name_key is not None and row.head is not None:
            _, name = heads.open_(self._ctx.key, row.card, row.rev, row.head)
        self.sheets[row.card] = Sheet(
            row.card, card, row.rev, row.version, row.book, name, trashed=trashed
        )
        # Of a deleted contact too: an edit made anew on what a refusal told of it has the tombstone's tag as its base.
        self.held[row.card, row.version] = card.json
