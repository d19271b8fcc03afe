"""Keywords as group cards for devices that asked for them: a row each, numbered in the transaction that edits a member.

The JSON API never shows these rows: there a keyword is a group by itself (actions/groups.py).
"""

import asyncio
from collections.abc import Collection, Mapping

import msgspec

from contact_service.actions import view
from contact_service.actions.context import Context
from contact_service.formats import membership
from contact_service.model.ids import BookId, CardId
from contact_service.storage import cards, keyword_groups, owners
from contact_service.storage.keyword_groups import KeywordRow
from contact_service.vault import cards as sealed_cards
from contact_service.vault import heads

SLICE = 200
"""Cards opened between two turns of the event loop."""
Place = tuple[BookId, str]
"""A keyword in a book."""


class Landed(msgspec.Struct, frozen=True, gc=False):
    """Where a card lies after a write, and its JSON."""

    book: BookId
    json: bytes


async def follow(ctx: Context, after: Mapping[CardId, Landed | None], first: int) -> list[BookId]:
    """Number, from `first` on, the keywords that these cards (None: it goes) are about to get or lose: to be asked
    before the cards are written. Returns the book of each numbered row, in their order.
    """
    now = {card: _places(landed) for card, landed in after.items()}
    before = await _before(ctx, list(after))
    changed = {place for card in now for place in now[card] ^ before.get(card, frozenset())}
    alive = {place for places in now.values() for place in places}
    touched = {str(card) for card in after}
    for book, word in changed - alive:
        if await _held(ctx, word, book, but=touched):
            alive.add((book, word))
    return await _put(ctx, {place: place in alive for place in changed}, first)


async def populate(ctx: Context) -> None:
    """Give each keyword its row, for an owner who has a device that is shown them from now on. Rows of an earlier time
    are numbered anew: what changed meanwhile was not followed.
    """
    if ctx.head.keyword_groups:
        return
    groups = await view.groups(ctx.house, await view.here(ctx))
    held = {(BookId(said.book), w) for said in groups.said.values() for w in said.keywords}
    known = {
        (row.book, heads.open_keyword(ctx.key, row.keyword_key, row.sealed))
        for row in await keyword_groups.of_owner(ctx.tx)
    }
    first = ctx.head.version + 1
    numbered = await _put(ctx, {place: place in held for place in held | known}, first)
    if numbered:
        last = {book: version for version, book in enumerate(numbered, first)}
        await owners.advance(
            ctx.tx, ctx.head.version, ctx.head.version + len(numbered), live=0, books=last
        )


async def _put(ctx: Context, places: Mapping[Place, bool], first: int) -> list[BookId]:
    """Write the rows: whether each place is live."""
    made = []
    for version, (book, word) in enumerate(sorted(places), first):
        key = ctx.key.mac(b"keyword:" + word.encode())
        sealed = heads.seal_keyword(ctx.key, key, word)
        live = places[book, word]
        made.append(KeywordRow(ctx.new_id(), book, key, sealed, version, live, ctx.now))
    if made:
        await keyword_groups.put(ctx.tx, made, ctx.now)
    return [row.book for row in made]


async def _before(ctx: Context, touched: list[CardId]) -> dict[CardId, frozenset[Place]]:
    """What the live ones of these cards have now."""
    found = {}
    for at, row in enumerate((await cards.get_many(ctx.tx, touched)).values()):
        if row.sealed is not None:
            content = sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed)
            found[row.card] = _places(Landed(row.book, content.json))
        if at % SLICE == 0:
            await asyncio.sleep(0)
    return found


async def _held(ctx: Context, word: str, book: BookId, but: Collection[str]) -> bool:
    """Whether another contact of the book has the keyword."""
    groups = await view.groups(ctx.house, await view.here(ctx))
    return any(
        card not in but and groups.said[card].book == book for card in groups.words.get(word, ())
    )


def _places(landed: Landed | None) -> frozenset[Place]:
    if landed is None:
        return frozenset()
    return frozenset((landed.book, word) for word in membership.keywords(landed.json))
