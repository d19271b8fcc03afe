"""Photos and other binary values on their way out of cards and back: kept apart, sealed, once an owner and content.

At rest a card holds markers and URIs (formats/vcard/media.py). Whatever a client sends passes `absorb` before it is
compared with what stands (inline_photos.py for JSON); whatever is sent as a vCard passes `restored` on its way out.
"""

import asyncio
import contextlib
import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial

import msgspec

from contact_service.actions.context import Context, House
from contact_service.formats import images, vcard
from contact_service.formats.vcard import markers, media
from contact_service.formats.vcard.media import Cut
from contact_service.model.card import Card
from contact_service.model.problem import InvalidCard, Problem, UnsupportedFormat
from contact_service.storage import blobs
from contact_service.storage.blobs import BlobRow
from contact_service.storage.db import Tx
from contact_service.vault import blobs as sealed_blobs
from contact_service.vault.sealing import DataKey

EXACT_BYTES = 512 * 1024
"""A picture in a vCard is kept as it came up to this size, and developed above it (sync.md 6)."""
SLICE = 16
"""Blobs that are sealed or opened at once: some megabytes."""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_PICTURES = frozenset({"photo", "logo"})
_AT = "/media/*/uri"
# It begins with a plain byte, so that the search runs from line to line.
_BINARY = re.compile(
    rb"\n(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|X-MS-CARDPICTURE)[;:]", re.IGNORECASE
)
_BY_URI = re.compile(b'"' + markers.URN.encode() + rb'([0-9a-f]{32})"')


def name(key: DataKey, content: bytes, _media: str = "") -> bytes:
    """The blob id of that content."""
    return sealed_blobs.name(key, content)


def blob_ids(card: Card) -> tuple[bytes, ...]:
    """The blobs a card points to."""
    if b"\x1a" not in card.lines and b"-cs:blob:" not in card.json:
        return ()
    return media.blob_ids(card)


async def prepare(house: House, cards: Iterable[Card]) -> None:
    """Develop the pictures of cards that are absorbed in a moment, before a transaction holds the owner's row.

    What is wrong with them is told then.
    """
    for card in cards:
        found = [inline.content or b"" for inline in _inlines(card.json)]
        if len(card.lines) > EXACT_BYTES:
            found += [cut.content for cut in media.cut(card.lines, _digest)[1] if _is_large(cut)]
        for content in found:
            with contextlib.suppress(Problem):
                await house.darkroom.develop(content)


async def absorbed(ctx: Context, card: Card) -> Card:
    """`absorb` for one card. Raises InvalidCard (422)."""
    (made,) = await absorb(ctx, [card])
    if isinstance(made, InvalidCard):
        raise made
    return made


async def absorb(ctx: Context, cards: Sequence[Card]) -> list[Card | InvalidCard]:
    """The cards with their binary values kept as blobs; in the place of one that cannot be taken, why.

    JSON: a `data:` URI of a photo or logo is developed. vCard lines: values are cut out as they are, pictures over
    512 kB developed. A web address stays, and is never fetched.
    """
    made: list[Card | InvalidCard] = []
    cuts: dict[bytes, Cut] = {}
    for at, card in enumerate(cards):
        if at % 500 == 499:
            await asyncio.sleep(0)
        if _is_bare(card):
            made.append(card)
            continue
        try:
            taken, own = await _cut(ctx, card)
        except InvalidCard as problem:
            made.append(problem)
            continue
        made.append(taken)
        cuts.update((cut.blob, cut) for cut in own)
    if cuts:
        await _keep(ctx, list(cuts.values()))
    return await _without_strangers(ctx, made, cuts)


def without_inline(card: Card) -> Card:
    """The card without the pictures that its JSON holds itself."""
    return Card(
        media.without(card.json, [inline.key for inline in _inlines(card.json)]), card.lines
    )


async def keep(ctx: Context, content: bytes) -> bytes:
    """Keep one value. Returns its blob id."""
    blob = name(ctx.key, content)
    await _keep(ctx, [Cut(blob, _type(content), content)])
    return blob


async def whole(ctx: Context, card: Card) -> bytes:
    """The card as a vCard, binary values in their places, byte for byte as they came."""
    return await restored(ctx.tx, ctx.key, vcard.write(card))


async def told(tx: Tx, key: DataKey, json: bytes) -> bytes:
    """A card's JSON by itself: each value that is kept apart as a `data:` URI (RFC 2397)."""
    wanted = {bytes.fromhex(found.decode()) for found in _BY_URI.findall(json)}
    if not wanted:
        return json
    held = await blobs.get_many(tx, list(wanted))

    def inline(found: re.Match[bytes]) -> bytes:
        row = held.get(bytes.fromhex(found[1].decode()))
        if row is None:
            return found[0]
        content = sealed_blobs.open_(key, row.blob, row.sealed)
        return b'"data:%b;base64,%b"' % (row.media.encode(), b64encode(content))

    return _BY_URI.sub(inline, json)


async def restored(tx: Tx, key: DataKey, lines: bytes) -> bytes:
    """Lines of a vCard with binary values in place of their markers."""
    wanted = markers.blobs(lines)
    return media.restore(lines, await _contents(tx, key, wanted)) if wanted else lines


async def wholes(tx: Tx, key: DataKey, many: Iterable[bytes]) -> AsyncIterator[bytes]:
    """`restored` for many, in their order; a few megabytes of values are in memory at once."""
    waiting: list[bytes] = []
    wanted: set[bytes] = set()
    for lines in many:
        waiting.append(lines)
        wanted.update(markers.blobs(lines))
        if len(wanted) >= SLICE:
            contents = await _contents(tx, key, wanted)
            for each in waiting:
                yield media.restore(each, contents)
            waiting, wanted = [], set()
    contents = await _contents(tx, key, wanted) if wanted else {}
    for each in waiting:
        yield media.restore(each, contents)


async def _cut(ctx: Context, card: Card) -> tuple[Card, list[Cut]]:
    naming = partial(name, ctx.key)
    cuts: list[Cut] = []
    made = {inline.key: await _developed(ctx, inline) for inline in _inlines(card.json)}
    if made:
        cuts += made.values()
        card = Card(media.with_blobs(card.json, made), card.lines)
    if card.lines:
        card, found = media.cut_card(card, naming)
        smaller = {cut.blob: small for cut in found if (small := await _smaller(ctx, cut))}
        card = media.swap(card, smaller)
        cuts += [smaller.get(cut.blob, cut) for cut in found]
    return card, cuts


def _is_bare(card: Card) -> bool:
    """Whether it is certain, by a look at the bytes, that a card holds nothing to be kept apart: nearly all are so."""
    return (
        b'"media"' not in card.json
        and b"\\" not in card.json
        and not (card.lines and _BINARY.search(card.lines))
    )


def _is_large(cut: Cut) -> bool:
    return len(cut.content) > EXACT_BYTES and images.media(cut.content) is not None


def _digest(content: bytes, _media: str) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


async def _developed(ctx: Context, inline: media.Inline) -> Cut:
    """Raises InvalidCard (422) for what is no picture that we take."""
    if inline.content is None:
        raise InvalidCard(_AT, "a data: URI that cannot be decoded")
    try:
        picture = await ctx.house.darkroom.develop(inline.content)
    except UnsupportedFormat:
        raise InvalidCard(_AT, f"a picture is one of {', '.join(images.ACCEPTED)}") from None
    except Problem as problem:
        raise InvalidCard(_AT, problem.detail) from None
    return Cut(name(ctx.key, picture.content), picture.media, picture.content)


async def _smaller(ctx: Context, cut: Cut) -> Cut | None:
    """A large picture developed; None for what is small, or no picture, or cannot be read: that is kept as it came."""
    if not _is_large(cut):
        return None
    try:
        picture = await ctx.house.darkroom.develop(cut.content)
    except Problem:
        return None
    return Cut(name(ctx.key, picture.content), picture.media, picture.content)


def _inlines(json: bytes) -> tuple[media.Inline, ...]:
    """The pictures that a card's JSON holds itself; what is no card has none, and is refused by who reads it."""
    try:
        found = media.inlines(json)
    except _UNREADABLE:
        return ()
    return tuple(
        inline for inline in found if inline.kind in _PICTURES or inline.media.startswith("image/")
    )


async def _without_strangers(
    ctx: Context, made: list[Card | InvalidCard], cuts: dict[bytes, Cut]
) -> list[Card | InvalidCard]:
    """Only blobs that the owner has may be pointed to: a URI of ours is nothing a client can make."""
    pointed = {
        at: own - cuts.keys()
        for at, card in enumerate(made)
        if isinstance(card, Card) and not _is_bare(card) and (own := _pointed(card))
    }
    asked = set().union(*pointed.values()) if pointed else set()
    missing = asked - (await blobs.held(ctx.tx, list(asked))).keys() if asked else set()
    for at, own in pointed.items():
        if own & missing:
            made[at] = InvalidCard(_AT, "names nothing that is kept here")
    return made


def _pointed(card: Card) -> set[bytes]:
    """The blobs that a card's JSON names; none in what is no card, which is refused by who reads it."""
    if markers.URN.encode() not in card.json:
        return set()
    try:
        return set(media.blob_ids(Card(card.json)))
    except _UNREADABLE:
        return set()


async def _keep(ctx: Context, cuts: list[Cut]) -> None:
    held = await blobs.held(ctx.tx, [cut.blob for cut in cuts])
    new = [cut for cut in cuts if cut.blob not in held]
    for start in range(0, len(new), SLICE):
        some = new[start : start + SLICE]
        sealed = sealed_blobs.seal_many(ctx.key, [(cut.blob, cut.content) for cut in some])
        rows = [
            BlobRow(cut.blob, _type(cut.content), len(cut.content), one)
            for cut, one in zip(some, sealed, strict=True)
        ]
        await blobs.put(ctx.tx, rows, ctx.now)


def _type(content: bytes) -> str:
    return images.media(content) or "application/octet-stream"


async def _contents(tx: Tx, key: DataKey, wanted: Iterable[bytes]) -> dict[bytes, bytes]:
    rows = await blobs.get_many(tx, list(wanted))
    return {blob: sealed_blobs.open_(key, blob, row.sealed) for blob, row in rows.items()}
