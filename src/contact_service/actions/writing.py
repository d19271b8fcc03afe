"""Drafts of cards on their way into rows: numbered, sealed, written, matched; for every story that writes cards."""

import asyncio

import msgspec

from contact_service.actions import match
from contact_service.actions.context import Context
from contact_service.model.card import Card
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId
from contact_service.model.problem import Overloaded
from contact_service.storage import cards, matches, owners
from contact_service.storage.cards import SealedCard
from contact_service.vault import cards as sealed_cards

SLICE = 500
"""Cards sealed between two turns of the event loop."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A card to be written over revision `base` (0: a new card). `identifiers` is what it will be found by."""

    id: CardId
    card: Card
    uid: str
    identifiers: tuple[Identifier, ...]
    base: int = 0


class Written(msgspec.Struct, frozen=True):
    """A card as it stands after the write; `body` is spelled as it is answered."""

    id: CardId
    etag: str
    body: bytes
    created: bool = False


def uid_key(ctx: Context, uid: str) -> bytes:
    """The keyed hash a uid is known by at rest."""
    return ctx.key.mac(uid.encode())


async def seal(ctx: Context, drafts: list[Draft], first_version: int) -> list[SealedCard]:
    """The drafts as rows, numbered from `first_version` on; in slices, so that others are served meanwhile."""
    rows: list[SealedCard] = []
    for start in range(0, len(drafts), SLICE):
        rows += _seal(ctx, drafts[start : start + SLICE], first_version + start)
        await asyncio.sleep(0)
    return rows


def _seal(ctx: Context, drafts: list[Draft], first_version: int) -> list[SealedCard]:
    mac = ctx.key.mac
    uids = [draft.uid.encode() for draft in drafts]
    bodies = sealed_cards.seal_many(ctx.key, [(d.id, d.base + 1, d.card) for d in drafts])
    heads = ctx.key.seal_many(
        "head",
        [
            (str(draft.id).encode(), draft.base + 1, uid)
            for draft, uid in zip(drafts, uids, strict=True)
        ],
    )
    return [
        SealedCard(draft.id, version, body, head, mac(uid), draft.base)
        for version, (draft, body, head, uid) in enumerate(
            zip(drafts, bodies, heads, uids, strict=True), first_version
        )
    ]


async def store(
    ctx: Context, new: list[Draft], changed: list[Draft], gone: list[CardId], *, by_hand: bool
) -> int:
    """Write new cards, new bodies and tombstones as one block of numbers, with their matches.

    Returns the first number: `new` have first, first + 1 …, then `changed`, then `gone`. Raises Overloaded (503) when a
    row is not at the revision it was read at, which the locked owner row rules out.
    """
    first = ctx.head.version + 1
    if new:
        await cards.add(ctx.tx, await seal(ctx, new, first), by_hand=by_hand, now=ctx.now)
        await match.relate(ctx, [(d.id, d.identifiers) for d in new], new=True)
    if changed:
        rows = await seal(ctx, changed, first + len(new))
        if not await cards.replace(ctx.tx, rows, by_hand=by_hand, now=ctx.now):
            raise Overloaded
        await match.relate(ctx, [(d.id, d.identifiers) for d in changed], new=False)
    if gone:
        start = first + len(new) + len(changed)
        await cards.bury(ctx.tx, gone, list(range(start, start + len(gone))), ctx.now)
        await matches.drop_cards(ctx.tx, gone)
    total = len(new) + len(changed) + len(gone)
    await owners.advance(ctx.tx, ctx.head.version + total, live=len(new) - len(gone))
    return first
