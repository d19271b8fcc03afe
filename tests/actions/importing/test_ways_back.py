"""Undoing a run, unlinking a source, withdrawing a consent: what goes, what stays, what is kept for it and how long."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from acting import Actor, person
from actions.importing.sourcing import ALL, Feed, book, gone, said, says, told
from contact_service.actions import cards, consent, edge, retention, trash, upload
from contact_service.formats import upload as wire
from contact_service.model import ids
from contact_service.model.consent import Purpose
from contact_service.model.imports import Counts, Kind, Rename
from contact_service.storage import import_undo
from contact_service.storage.db import Tx

PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
async def dee(ann: Actor) -> Actor:
    return await ann.consents(*ALL)


async def card_of(actor: Actor, name: str) -> Any:
    found = next(card for card in await book(actor) if card["name"]["full"] == name)
    return ids.card_id(found["id"])


async def trashed(actor: Actor) -> int:
    return len(await actor.read(trash.page, None, 100))


async def test_an_undone_run_leaves_the_book_that_was(dee: Actor) -> None:
    feed = Feed(dee)
    await dee(cards.create, person("By hand", "+14155550109"))
    await feed.full({"1": said("A", "+14155550100"), "2": said("B"), "3": said("C")})
    before = await book(dee)
    await feed.delta(
        told("1", said("A", "+14155550101", note="x")), told("4", said("D")), gone("2"), gone("3")
    )
    assert [name for name, _ in await says(dee)] == ["A", "By hand", "D"]
    await feed.undo(most=1)
    assert await book(dee) == before
    assert await trashed(dee) == 0
    again = await feed.full({"1": said("A", "+14155550100"), "2": said("B"), "3": said("C")})
    assert again.counts == Counts(unchanged=3)


async def test_edits_made_since_outlive_an_undo(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100")})
    await feed.delta(told("1", said("A2", "+14155550101")), told("2", said("B", "+14155550102")))
    await dee(cards.patch, await card_of(dee, "A2"), {"phones/x": {"number": "+14155550107"}})
    await dee(cards.patch, await card_of(dee, "B"), {"notes": {"n": {"note": "mine"}}})
    await feed.undo()
    assert await says(dee) == [("A", ["+14155550100", "+14155550107"]), ("B", [])]
    assert (await book(dee))[1]["notes"] == {"n": {"note": "mine"}}


async def test_what_the_owner_deleted_stays_deleted_by_an_undo(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A"), "2": said("B")})
    await dee(cards.delete, await card_of(dee, "A"))
    await feed.delta(gone("1"), gone("2"))
    await feed.undo()
    assert [name for name, _ in await says(dee)] == ["B"]


async def test_a_removed_contact_whose_uid_is_taken_since_does_not_come_back(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", uid="u")})
    await feed.delta(gone("1"))
    await dee(cards.create, person("Another", uid="u"))
    await feed.undo()
    assert [name for name, _ in await says(dee)] == ["Another"]


async def test_a_rename_is_undone(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"old": said("A", "+14155550100")})
    await dee(cards.patch, await card_of(dee, "A"), {"notes": {"n": {"note": "mine"}}})
    await feed.delta(told("old", said("A", "+14155550101")))
    before = await book(dee)
    await feed.delta(Rename(("old",), "new"), told("new", said("A2", "+14155550102")))
    await feed.undo()
    assert await book(dee) == before
    assert (await feed.full({"old": said("A", "+14155550101")})).counts == Counts(unchanged=1)


async def test_unlinking_takes_what_only_that_source_gave(dee: Actor) -> None:
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await google.full({"1": said("A", "+14155550100", "+14155550101", uid="u"), "2": said("B")})
    await outlook.full({"1": said("A", "+14155550101", "+14155550102", uid="u")})
    await google.unlink()
    assert await says(dee) == [("A", ["+14155550101", "+14155550102"])]
    assert await trashed(dee) == 0
    await outlook.unlink()
    assert await says(dee) == []


async def test_what_the_owner_wrote_before_a_source_said_it_is_hers(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100")})
    await dee(cards.patch, await card_of(dee, "A"), {"phones/x": {"number": "+14155550107"}})
    await feed.delta(told("1", said("A", "+14155550100", "+14155550107")))
    await feed.unlink()
    assert await says(dee) == [("A", ["+14155550107"])]


async def test_unlinked_contacts_that_are_kept_are_the_owners(dee: Actor) -> None:
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await google.full({"1": said("A", "+14155550100", uid="u"), "2": said("B")})
    await outlook.full({"1": said("A", "+14155550101", uid="u")})
    before = await book(dee)
    await google.unlink(most=1, keep=True)
    assert await book(dee) == before
    await outlook.unlink()
    assert await says(dee) == [("A", ["+14155550100"]), ("B", [])]
    await dee(consent.withdraw, Purpose.STORE)
    assert await says(dee) == [("A", ["+14155550100"]), ("B", [])]


async def test_withdrawing_store_takes_single_values_and_their_history(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100"), "2": said("B")})
    await dee(cards.patch, await card_of(dee, "A"), {"phones/x": {"number": "+14155550107"}})
    await feed.delta(told("1", said("A", "+14155550101")))
    await dee(consent.withdraw, Purpose.STORE)
    assert await says(dee) == [("A", ["+14155550107"])]
    left = "SELECT (SELECT count(*) FROM source_records WHERE owner_id = $1) + (SELECT count(*) FROM import_undo WHERE owner_id = $1) + (SELECT count(*) FROM revisions WHERE owner_id = $1)"
    assert await dee.read(lambda ctx: ctx.tx.value(left, ctx.owner)) == 0


async def test_a_phone_that_sends_back_what_the_owner_typed_does_not_own_it(dee: Actor) -> None:
    async def send(*numbers: str) -> None:
        phones = {f"p{n}": {"number": number} for n, number in enumerate(numbers)}
        card = {"@type": "Card", "version": "1.0", "name": {"full": "A"}, "phones": phones}
        opening = {"source": {"kind": "ios", "deviceId": "d"}, "view": "full"}
        contacts = [{"sourceId": "1", "card": card}]
        batch = wire.read_json(msgspec.json.encode(opening | {"contacts": contacts}))
        prepared = await upload.prepare(dee.house, dee.owner, "test", batch)
        await dee(upload.apply, prepared)

    await send("+14155550100", "+14155550101")
    await dee(
        cards.patch,
        await card_of(dee, "A"),
        {"phones/x": {"number": "+14155550107"}, "phones/p0": None},
    )
    await send("+14155550101", "+14155550107")
    await send("+14155550100", "+14155550101", "+14155550107")
    assert await says(dee) == [("A", ["+14155550101", "+14155550107"])]
    await dee(consent.withdraw, Purpose.STORE)
    assert await says(dee) == [("A", ["+14155550107"])]


async def tidy(actor: Actor, days: int) -> dict[str, int]:
    now = await actor.read(_now)
    done = await retention.tidy(actor.house, actor.owner, now + timedelta(days=days))
    return {name: n for name, n in msgspec.structs.asdict(done).items() if n}


async def _now(ctx: Any) -> Any:
    return ctx.now


async def test_what_records_say_outlives_the_retention_of_history(dee: Actor) -> None:
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await google.full({"1": said("A", "+14155550100", uid="u")})
    await outlook.full({"1": said("A", "+14155550101", uid="u")})
    await dee(cards.patch, await card_of(dee, "A"), {"notes": {"n": {"note": "mine"}}})
    assert "history" in await tidy(dee, 400)
    await outlook.unlink()
    assert await says(dee) == [("A", ["+14155550100"])]


async def test_what_an_undo_brings_back_is_held_for_30_days(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100")})
    await feed.delta(told("1", said("A2")))
    assert "history" not in await tidy(dee, 29)
    due = await dee.house.db.reading(dee.owner, lambda tx: _held(tx, feed.runs[-1].number))
    assert due == 1
    assert (await tidy(dee, 31))["earlier"] == 1
    await feed.undo()
    assert [name for name, _ in await says(dee)] == ["A2"]


async def _held(tx: Tx, number: int) -> int:
    return len(await import_undo.of_run(tx, number, 10))


async def test_a_photo_that_only_a_record_points_to_is_kept(dee: Actor) -> None:
    photo = {"m": {"kind": "photo", "uri": PNG}}
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await google.full({"1": said("A", uid="u", media=photo)})
    other = {"m": {"kind": "photo", "uri": "https://example.com/a.png"}}
    await outlook.full({"1": said("A", uid="u", media=other)})
    await google.full({"1": said("A", uid="u", media=other | {"n": photo["m"] | {"kind": "logo"}})})
    await tidy(dee, 400)
    await outlook.unlink()
    await tidy(dee, 400)
    (card,) = await book(dee)
    assert {entry["kind"] for entry in card["media"].values()} == {"photo", "logo"}
    blobs = "SELECT count(*) FROM blobs WHERE owner_id = $1"
    assert await dee.read(lambda ctx: ctx.tx.value(blobs, ctx.owner)) == 1


@pytest.mark.parametrize("spoilt", ["data:image/png;base64,!", "data:image/png;base64,aGVsbG8="])
async def test_a_picture_that_cannot_be_read_costs_the_contact_nothing_else(
    dee: Actor, spoilt: str
) -> None:
    media = {"m": {"kind": "photo", "uri": spoilt}, "n": {"kind": "sound", "uri": "urn:a"}}
    feed = Feed(dee)
    applied = await feed.full({"1": said("A", "+14155550100", media=media), "2": said("B")})
    (refused,) = applied.rejects
    assert (refused.code, refused.name, refused.source_id) == ("invalid-picture", "A", "1")
    assert spoilt.encode() in refused.raw
    assert (applied.counts.created, applied.counts.rejected) == (2, 0)
    assert await says(dee) == [("A", ["+14155550100"]), ("B", [])]
    card = next(card for card in await book(dee) if card["name"]["full"] == "A")
    assert list(card["media"]) == ["n"]
    again = await feed.full({"1": said("A", "+14155550100", media=media), "2": said("B")})
    assert (again.counts.unchanged, again.rejects) == (2, ())


async def test_the_head_counts_what_lives(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A"), "2": said("B")})
    await feed.delta(gone("1"))
    await feed.undo()
    assert (await edge.head(dee.house, dee.owner)).live_cards == 2
