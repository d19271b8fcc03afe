"""Binary values out of cards and back: bit for bit, kept once, and dropped with the last card that points to them."""

import msgspec
import pytest

from acting import Actor, person
from contact_service.actions import cards, inline_photos, photos, portrait
from contact_service.actions.context import Context, House
from contact_service.actions.desk import Desk
from contact_service.formats import vcard
from contact_service.formats.vcard import media
from contact_service.model.card import Card
from contact_service.model.problem import InvalidCard
from contact_service.storage import blobs
from picturing import GREEN, RED, colour, data_uri, noisy, photo, plain

BAD = data_uri(b"no picture")
NONE = Card(b'{"uid":"u"}')


def record(*lines: str, version: str = "3.0") -> bytes:
    whole = [
        "BEGIN:VCARD",
        f"VERSION:{version}",
        "FN:Ann",
        "N:;Ann;;;",
        "UID:u",
        *lines,
        "END:VCARD",
        "",
    ]
    return "\r\n".join(whole).encode()


def folded(head: str, raw: bytes, width: int = 74, fold: str = "\r\n ") -> str:
    value = f"{head}:{data_uri(raw).partition(',')[2]}"
    return fold.join(value[at : at + width] for at in range(0, len(value), width))


def read(raw: bytes) -> Card:
    return vcard.read(raw, "u")[0]


RECORDS = [
    record(folded("PHOTO;ENCODING=b;TYPE=PNG", plain(side=64))),
    record(folded("PHOTO;ENCODING=b;TYPE=PNG", plain(side=64), 61, "\r\n\t")),
    record("PHOTO:" + data_uri(plain(side=64)), version="4.0"),
    record(
        folded("item1.PHOTO;X-ABCROP-RECTANGLE=a;ENCODING=B", plain(side=64)), "item1.X-ABLabel:x"
    ),
    record(folded("SOUND;ENCODING=b;TYPE=OGG", b"OggS" + bytes(range(256)))),
    record("PHOTO;ENCODING=b;TYPE=PNG:" + "no base64 at all! " * 20),
    record("PHOTO;VALUE=uri:https://example.com/a.png"),
    record("TEL:+1 415 555 0123"),
]


@pytest.mark.parametrize("raw", RECORDS)
async def test_a_vcard_comes_back_byte_for_byte_without_its_values_in_the_card(
    ann: Actor, raw: bytes
) -> None:
    async def story(ctx: Context) -> tuple[Card, bytes]:
        taken = await photos.absorbed(ctx, read(raw))
        return taken, await photos.whole(ctx, taken)

    taken, back = await ann(story)
    assert back == raw
    assert len(taken.lines) < 600
    assert len(taken.json) < 600


async def test_many_come_back_in_their_order_few_values_at_a_time(
    ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "SLICE", 3)
    raws = [
        record(f"NOTE:{n}", *[folded("PHOTO;ENCODING=b", plain((n, n, n), side=40))] * (n % 3))
        for n in range(20)
    ]

    async def story(ctx: Context) -> list[bytes]:
        taken = await photos.absorb(ctx, [read(raw) for raw in raws])
        lines = [card.lines for card in taken if isinstance(card, Card)]
        return [each async for each in photos.wholes(ctx.tx, ctx.key, lines)]

    assert await ann(story) == raws


async def test_equal_values_are_kept_once_and_kept_ones_not_sealed_again(ann: Actor) -> None:
    async def story(ctx: Context) -> set[tuple[bytes, bytes]]:
        taken = await photos.absorb(ctx, [read(RECORDS[0]), read(RECORDS[1]), read(RECORDS[2])])
        ids = {blob for card in taken if isinstance(card, Card) for blob in media.blob_ids(card)}
        rows = await blobs.get_many(ctx.tx, list(ids))
        return {(blob, row.sealed) for blob, row in rows.items()}

    first = await ann(story)
    assert len(first) == 1
    assert await ann(story) == first


async def test_what_is_kept_is_sealed_and_knows_its_size_and_type(ann: Actor) -> None:
    raw = plain(side=64)

    async def story(ctx: Context) -> blobs.BlobRow:
        blob = await photos.keep(ctx, raw)
        return (await blobs.get_many(ctx.tx, [blob]))[blob]

    row = await ann(story)
    assert (row.media, row.size) == ("image/png", len(raw))
    assert raw[:16] not in row.sealed
    assert len(row.sealed) == 4096 + 33


async def test_a_card_without_pictures_is_given_back_as_it_is(ann: Actor) -> None:
    given = [read(RECORDS[-1]), NONE, Card(person("Ann", notes={"n": {"note": "data: x"}}))]

    async def story(ctx: Context) -> list[Card | InvalidCard]:
        return await photos.absorb(ctx, given)

    taken = await ann(story)
    assert all(one is other for one, other in zip(taken, given, strict=True))


async def test_one_that_cannot_be_taken_is_told_in_its_place(ann: Actor) -> None:
    good = Card(person("Ann", media=photo(data_uri(plain()))))
    bad = Card(person("Bea", media=photo(data_uri(b"none"))))
    strange = Card(person("Cas", media=photo(f"urn:x-cs:blob:{'00' * 16}")))

    async def story(ctx: Context) -> list[Card | InvalidCard]:
        return await photos.absorb(ctx, [bad, good, strange, NONE])

    first, second, third, last = await ann(story)
    assert isinstance(first, InvalidCard)
    assert isinstance(second, Card)
    assert isinstance(third, InvalidCard)
    assert (first.path, third.path) == ("/media/*/uri", "/media/*/uri")
    assert last is NONE


@pytest.mark.parametrize(
    "json", [b"", b"{", b'{"media":', b"[]", b'{"media":1}', b'"data:,"', b"\xff"]
)
@pytest.mark.parametrize("inside", [b"", b"data:image/png,x", b"urn:x-cs:blob:00"])
async def test_what_is_no_card_is_left_to_who_reads_it(
    ann: Actor, json: bytes, inside: bytes
) -> None:
    assert await ann(inline_photos.take, json + inside) == json + inside


async def test_pictures_are_developed_before_the_transaction(ann: Actor, house: House) -> None:
    card = Card(person("Ann", media=photo(data_uri(plain()))))
    large = read(record(folded("PHOTO;ENCODING=b", noisy(1200))))
    await photos.prepare(house, [card, large, Card(person("Bea", media=photo(BAD)))])
    made = len(house.darkroom._made)
    assert made == 2
    await ann(photos.absorb, [card, large])
    assert len(house.darkroom._made) == made


async def test_a_large_picture_that_cannot_be_read_is_kept_as_it_came(ann: Actor) -> None:
    raw = record(folded("PHOTO;ENCODING=b", noisy(1200)[:700_000]))

    async def story(ctx: Context) -> bytes:
        return await photos.whole(ctx, await photos.absorbed(ctx, read(raw)))

    assert await ann(story) == raw


async def test_a_large_picture_is_developed_and_its_line_says_the_new_type(ann: Actor) -> None:
    raw = record(folded("PHOTO;ENCODING=b;TYPE=PNG", noisy(1200)), "TEL:1")

    async def story(ctx: Context) -> bytes:
        return await photos.whole(ctx, await photos.absorbed(ctx, read(raw)))

    back = await ann(story)
    assert len(back) < len(raw)
    (line,) = (line for line in back.split(b"\r\n") if line.startswith(b"PHOTO"))
    assert b"JPEG" in line
    assert b"PNG" not in line
    assert back.endswith(b"TEL:1\r\nEND:VCARD\r\n")


async def test_a_photo_of_a_contact_made_as_json_is_in_its_vcard(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", media=photo(data_uri(plain(GREEN)))))

    async def story(ctx: Context) -> tuple[bytes, bytes]:
        shown = await portrait.get(ctx, made.id, lambda _: False)
        desk = Desk(ctx)
        await desk.lay([made.id], [])
        return shown.content or b"", await photos.whole(ctx, desk.last(made.id))

    shown, line = await ann(story)
    content, (cut,) = media.cut(line, lambda *_: b"n" * 16)
    assert cut.content == shown
    assert colour(shown) == GREEN
    assert len(content) < 400


async def test_a_card_by_itself_tells_its_values(ann: Actor) -> None:
    async def story(ctx: Context) -> bytes:
        json = await inline_photos.take(ctx, person("Ann", media=photo(data_uri(plain(RED)))))
        return await photos.told(ctx.tx, ctx.key, json)

    entry = msgspec.json.decode(await ann(story))["media"]["p1"]
    (inline,) = media.inlines(msgspec.json.encode({"media": {"p1": entry}}))
    assert inline.media == entry["mediaType"] == "image/jpeg"
    assert colour(inline.content or b"") == RED


async def test_a_removed_photo_stays_as_long_as_the_history_names_it(ann: Actor) -> None:
    made = await ann(cards.create, person("Ann", media=photo(data_uri(plain(RED)))))
    await ann(portrait.delete, made.id)

    async def drop(ctx: Context) -> int:
        return await blobs.drop_unused(ctx.tx, ctx.now)

    assert await ann(drop) == 0
