"""A card is woven of what its sources say and what the owner says beyond them (imports.md, provenance).

Whatever becomes of a source's record (new, changed, gone, back as it was), the card is woven anew: before and after are
folded by one formula, and the difference is merged into what stands. So an edit of the owner outlives it, and what only
that source gave comes and goes with it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from contact_service.actions import source_records
from contact_service.actions.context import Context
from contact_service.actions.sheet import same
from contact_service.actions.source_records import OWN
from contact_service.formats import claims, combining, jscontact, merging, vcard
from contact_service.formats.claims import Claim
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.imports import Kind
from contact_service.storage import cards, revisions
from contact_service.storage import source_records as rows
from contact_service.storage.cards import CardRow
from contact_service.storage.source_records import SourceRecord
from contact_service.vault import cards as sealed_cards

Id = tuple[str, bytes, bytes]
"""Of a record: kind, source, key."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """What one record says."""

    id: Id
    card: Card


class Woven(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a card. `card` None: it goes, for nobody says anything of it. `claim`: what the owner says, where
    that must be kept beside the sources; `drops`: records that go, her own among them where it says nothing any more;
    `hers`: what she said, where no source is left beside which that must be kept; `is_left`: the card is hers whole.
    """

    row: CardRow
    standing: Card
    card: Card | None
    claim: Claim | None = None
    drops: tuple[Id, ...] = ()
    hers: Claim | None = None
    is_left: bool = False

    @property
    def stays(self) -> bool:
        """Whether the card is left as it stands."""
        return self.card == self.standing


class Loom:
    """The cards of one transaction with all that is said of them: `lay` first, then `weave` each."""

    def __init__(self, ctx: Context, region: str | None) -> None:
        """`region` (ISO 3166-1) reads national numbers."""
        self._ctx = ctx
        self._region = region
        self.rows: dict[CardId, CardRow] = {}
        self.records: dict[CardId, list[SourceRecord]] = {}
        self._former: dict[tuple[CardId, int], Card] = {}
        self._standing: dict[CardId, Card] = {}

    async def lay(self, wanted: Collection[CardId]) -> None:
        """Fetch cards, and what sources say of them. Deleted ones too: see `live`."""
        new = [card for card in dict.fromkeys(wanted) if card not in self.rows]
        if not new:
            return
        self.rows |= await cards.get_many(self._ctx.tx, new)
        for record in await rows.of_cards(self._ctx.tx, new):
            self.records.setdefault(record.card, []).append(record)
        asked = {
            (card, record.version)
            for card in new
            for record in self.records.get(card, ())
            if record.record is None and record.version != self._version(card)
        }
        await self.fetch(asked)

    async def fetch(self, asked: Collection[tuple[CardId, int]]) -> None:
        """Fetch what cards were at these numbers."""
        found = await revisions.at_versions(self._ctx.tx, asked) if asked else {}
        for place, old in found.items():
            self._former[place] = sealed_cards.open_(
                self._ctx.key, old.card, old.rev, old.sealed or b""
            )

    def _version(self, card: CardId) -> int | None:
        """The number of the body that a card has."""
        row = self.live(card)
        return row.version if row is not None else None

    def live(self, card: CardId) -> CardRow | None:
        """The card's row, if it was not deleted."""
        row = self.rows.get(card)
        return row if row is not None and row.sealed is not None else None

    def standing(self, card: CardId) -> Card:
        """A live card as it stands."""
        found = self._standing.get(card)
        if found is None:
            row = self.rows[card]
            found = sealed_cards.open_(self._ctx.key, card, row.rev, row.sealed or b"")
            self._standing[card] = found
        return found

    def content(self, record: SourceRecord) -> Card | None:
        """What a record says; None where that is not held any more."""
        if record.record is not None:
            return source_records.open_(self._ctx.key, record.source_key, record.record)
        row = self.live(record.card)
        if row is not None and row.version == record.version:
            return self.standing(record.card)
        return self._former.get((record.card, record.version))

    def weave(
        self,
        card: CardId,
        puts: Mapping[Id, Card],
        drops: Collection[Id] = (),
        *,
        was_left: bool = False,
    ) -> Woven:
        """The live card after these of its records say that, or are gone; `was_left`: it stands as it did when they
        said it last. Raises TooLarge (413).
        """
        row, standing = self.rows[card], self.standing(card)
        records = self.records.get(card, [])
        is_plain = not row.by_hand and len(puts) < 2
        if is_plain and all(record.id in puts or record.id in drops for record in records):
            made = next(iter(puts.values()), None)
            made = fitted(made, standing) if made is not None else None
            return Woven(row, standing, _kept(standing, made), drops=tuple(drops))
        said = [Said(r.id, found) for r in records if _is_told(r) and (found := self.content(r))]
        after = {one.id: one.card for one in said if one.id not in drops} | dict(puts)
        told = [Said(id_, content) for id_, content in after.items()]
        return self._woven(row, standing, told if was_left else said, told, tuple(drops))

    def _woven(
        self,
        row: CardRow,
        standing: Card,
        before: Sequence[Said],
        after: Sequence[Said],
        drops: tuple[Id, ...],
    ) -> Woven:
        was, now = self._folded(before), self._folded(after)
        own = next((r for r in self.records.get(row.card, ()) if not _is_told(r)), None)
        claim = self.claim(row, standing, was)
        made = claims.over(now, claim, self._region)
        if claim is None or not after:
            drops += (own_id(row.card),)
        if made is None or combining.is_bare(made):
            return Woven(row, standing, None, None, drops)
        if claim is not None:
            # What the owner wrote is about somebody: a contact that stays keeps its name, whoever gave it.
            made = combining.with_name(made, standing.json)
        base = claims.over(was, claim, self._region)
        merged = merging.merge(base, made, standing.json, self._region, steady=True).json
        card = self._lined(merged, standing, after, own if not after else None)
        if after:
            return Woven(row, standing, card, claim, drops)
        return Woven(row, standing, card, None, drops, claim)

    def whole(self, card: CardId, puts: Mapping[Id, Card]) -> Card:
        """A card that was deleted, as these records and the owner's own say it. Raises TooLarge (413)."""
        former = self._former_claim(card)
        if former is None and len(puts) == 1:
            return next(iter(puts.values()))
        said = self._folded([Said(id_, content) for id_, content in puts.items()])
        made = claims.over(said, former, self._region)
        assert made is not None, "some record says something"
        return Card(made)

    def claim(self, row: CardRow, standing: Card, was: bytes | None) -> Claim | None:
        """What the owner says of a card beyond `was`, which its sources say."""
        former = self._former_claim(row.card)
        if not row.by_hand:
            return former
        if was is None and former is None:
            return Claim(standing.json)
        over = claims.over(was, former, self._region)
        found = former
        if over is None or not same(combining.with_uid(over, _uid(standing)), standing.json):
            found = claims.of(was, standing.json, former, self._region)
        says = found is not None and not (
            combining.is_bare(found.said) and found.denied in {b"", b"{}"}
        )
        return found if says else None

    def _former_claim(self, card: CardId) -> Claim | None:
        """What the owner said of a card beyond its sources when it was woven last."""
        own = next((r for r in self.records.get(card, ()) if not _is_told(r)), None)
        if own is None or own.record is None:
            return None
        key = self._ctx.key
        said = source_records.open_(key, own.source_key, own.record).json
        denied = source_records.open_residue(key, own.source_key, own.residue)
        return Claim(said, denied or b"{}")

    def folded(self, card: CardId) -> bytes | None:
        """What all the sources of a card say together."""
        records = self.records.get(card, [])
        return self._folded(
            [Said(r.id, found) for r in records if _is_told(r) and (found := self.content(r))]
        )

    def _folded(self, said: Iterable[Said]) -> bytes | None:
        ordered = sorted(said, key=lambda one: (combining.rank(Kind(one.id[0])), one.id))
        return combining.fold([one.card.json for one in ordered], self._region)

    def _lined(
        self, json: bytes, standing: Card, after: Sequence[Said], own: SourceRecord | None
    ) -> Card:
        """The card of that JSON, with the lines of who says the same; else what stands, or came last, written anew."""
        if same(json, standing.json):
            return standing
        whole = [fitted(one.card, standing) for one in after]
        if own is not None and own.record is not None:
            said = source_records.open_(self._ctx.key, own.source_key, own.record)
            whole.append(fitted(said, standing))
        for card in whole:
            if same(json, card.json):
                return card
        lines = next((card for card in whole if card.lines), standing)
        lines = standing if standing.lines else lines
        return vcard.rewrite(lines, json) if lines.lines else Card(json)


def own_id(card: CardId) -> Id:
    """The id of the owner's own record of a card."""
    return OWN.kind, OWN.key, source_records.own_key(card)


def fitted(card: Card, standing: Card) -> Card:
    """What a record says, under the uid that the card has."""
    uid, own = _uid(standing), _uid(card)
    if uid == own:
        return card
    lines = vcard.with_uid(card.lines, uid) if card.lines else b""
    return Card(combining.with_uid(card.json, uid), lines)


def _uid(card: Card) -> str:
    return jscontact.fields(card.json).uid or ""


def _is_told(record: SourceRecord) -> bool:
    """Whether a source tells it; else it is the owner's own."""
    return record.kind != Kind.OWN


def _kept(standing: Card, made: Card | None) -> Card | None:
    """What is made, as it stands where that says the same."""
    if made is not None and made.lines == standing.lines and same(made.json, standing.json):
        return standing
    return made
