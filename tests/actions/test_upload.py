"""A device's address book: once, again, changed, partly, wholly."""

from typing import Any

import msgspec
import pytest

from acting import Actor, person
from contact_service.actions import cards, consent, edge, upload, view
from contact_service.actions.upload import Uploaded
from contact_service.formats import upload as wire
from contact_service.formats.upload import Source
from contact_service.model.consent import Purpose
from contact_service.model.problem import ConsentRequired

VCARDS = b"""BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nN:;Ann;;;\r\nEND:VCARD\r
BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u-bob\r\nFN:Bob\r\nN:;Bob;;;\r\nTEL:+14155550199\r\nEND:VCARD\r
BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nN:;Ann;;;\r\nEND:VCARD\r\n"""


def book(
    *contacts: tuple[str, bytes | None], view: str = "partial", device: str = "d1"
) -> wire.Batch:
    items: list[dict[str, Any]] = [
        {"sourceId": name, "removed": True}
        if raw is None
        else {"sourceId": name, "card": msgspec.Raw(raw)}
        for name, raw in contacts
    ]
    return wire.read_json(
        msgspec.json.encode(
            {"source": {"kind": "ios", "deviceId": device}, "view": view, "contacts": items}
        )
    )


async def send(actor: Actor, batch: wire.Batch) -> Uploaded:
    prepared = await upload.prepare(actor.house, actor.owner, "test", batch)
    done: Uploaded = await actor(upload.apply, prepared)
    return done


def counts(done: Uploaded) -> tuple[int, int, int, int]:
    return done.created, done.updated, done.unchanged, done.removed


async def names(actor: Actor) -> list[str]:
    head = await edge.head(actor.house, actor.owner)
    found = (await view.book(actor.house, head)).cards
    return sorted(msgspec.json.decode(c.body).get("name", {}).get("full", "") for c in found)


@pytest.fixture
async def cas(ann: Actor) -> Actor:
    return await ann.consents(Purpose.STORE)


async def test_without_consent_nothing_is_kept(ann: Actor) -> None:
    with pytest.raises(ConsentRequired):
        await send(ann, book(("1", person("A"))))
    assert await names(ann) == []


async def test_the_same_upload_again_changes_nothing(cas: Actor) -> None:
    sent = book(("1", person("A")), ("2", person("B")))
    assert counts(await send(cas, sent)) == (2, 0, 0, 0)
    version = (await edge.head(cas.house, cas.owner)).version
    assert counts(await send(cas, sent)) == (0, 0, 2, 0)
    assert (await edge.head(cas.house, cas.owner)).version == version


async def test_a_changed_record_keeps_its_contact_and_its_uid(cas: Actor) -> None:
    await send(cas, book(("1", person("A"))))
    before = (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards[0]
    assert counts(await send(cas, book(("1", person("A2"))))) == (0, 1, 0, 0)
    after = (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards[0]
    assert after.id == before.id
    assert msgspec.json.decode(after.body)["uid"] == msgspec.json.decode(before.body)["uid"]


async def test_absence_deletes_only_in_a_full_view_and_only_what_this_device_brought(
    cas: Actor,
) -> None:
    await send(cas, book(("1", person("A")), ("2", person("B"))))
    await send(cas, book(("1", person("Else")), device="d2"))
    await cas(cards.create, person("By hand"))
    assert counts(await send(cas, book(("1", person("A"))))) == (0, 0, 1, 0)
    assert counts(await send(cas, book(("1", person("A")), view="full"))) == (0, 0, 1, 1)
    assert await names(cas) == ["A", "By hand", "Else"]


async def test_a_refused_record_is_not_absent(cas: Actor) -> None:
    await send(cas, book(("1", person("A"))))
    done = await send(cas, book(("1", b'{"@type":"Card","name":7}'), view="full"))
    assert [r.index for r in done.rejected] == [0]
    assert await names(cas) == ["A"]


async def test_a_removed_record_goes_and_a_hand_edit_stays(cas: Actor) -> None:
    await send(cas, book(("1", person("A")), ("2", person("B"))))
    found = (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards
    edited = next(c for c in found if b'"B"' in c.body)
    await cas(cards.patch, wire_id(edited.id), {"notes": {"n": {"note": "mine"}}})
    assert counts(await send(cas, book(("1", None), ("2", None)))) == (0, 0, 0, 1)
    assert await names(cas) == ["B"]


def wire_id(text: str) -> Any:
    from contact_service.model import ids  # noqa: PLC0415  only this line needs it

    return ids.card_id(text)


async def test_a_members_that_a_person_added_outlive_the_devices_next_version(cas: Actor) -> None:
    await send(cas, book(("1", person("A", "+14155550100"))))
    found = (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards[0]
    await cas(cards.patch, wire_id(found.id), {"notes": {"n": {"note": "mine"}}})
    await send(cas, book(("1", person("A", "+14155550111"))))
    read = msgspec.json.decode(
        (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards[0].body
    )
    assert read["notes"] == {"n": {"note": "mine"}}
    assert read["phones"]["p0"]["number"] == "+14155550111"


async def test_a_contact_deleted_by_hand_stays_deleted_until_the_device_changes_it(
    cas: Actor,
) -> None:
    await send(cas, book(("1", person("A"))))
    found = (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards[0]
    await cas(cards.delete, wire_id(found.id))
    assert counts(await send(cas, book(("1", person("A"))))) == (0, 0, 1, 0)
    assert await names(cas) == []
    assert counts(await send(cas, book(("1", person("A2"))))) == (1, 0, 0, 0)


async def test_a_live_uid_from_another_source_joins_that_contact(cas: Actor) -> None:
    raw = person("A", uid="shared-uid")
    await send(cas, book(("1", raw)))
    assert counts(await send(cas, book(("x", raw), device="d2"))) == (0, 0, 1, 0)
    assert counts(await send(cas, book(view="full"))) == (0, 0, 0, 0)
    assert await names(cas) == ["A"]


async def test_vcards_without_uid_are_counted_by_their_lines(cas: Actor) -> None:
    batch = wire.read_vcard(VCARDS, Source(), "partial")
    assert counts(await send(cas, batch)) == (3, 0, 0, 0)
    assert counts(await send(cas, batch)) == (0, 0, 3, 0)
    assert await names(cas) == ["Ann", "Ann", "Bob"]


async def test_rejects_are_named_by_position(cas: Actor) -> None:
    done = await send(
        cas,
        book(
            ("1", person("A")),
            ("", person("B")),
            ("1", person("C")),
            ("2", person("D", uid="u")),
            ("3", person("E", uid="u")),
        ),
    )
    assert [(r.index, r.reason) for r in done.rejected] == [
        (1, "missing-source-id"),
        (2, "duplicate-source-id"),
        (4, "duplicate-uid"),
    ]
    assert done.created == 2


async def test_an_upload_decoded_before_another_write_is_planned_anew(cas: Actor) -> None:
    sent = book(("1", person("A")))
    late = await upload.prepare(cas.house, cas.owner, "test", sent)
    await send(cas, sent)
    assert counts(await cas(upload.apply, late)) == (0, 0, 1, 0)
    assert await names(cas) == ["A"]


async def test_a_withdrawal_takes_what_only_uploads_brought(cas: Actor) -> None:
    await send(cas, book(("1", person("A")), ("2", person("B"))))
    await cas(cards.create, person("By hand"))
    found = (await view.book(cas.house, await edge.head(cas.house, cas.owner))).cards
    edited = next(c for c in found if b'"B"' in c.body)
    await cas(cards.patch, wire_id(edited.id), {"notes": {"n": {"note": "mine"}}})
    await cas(consent.withdraw, Purpose.STORE)
    assert await names(cas) == ["B", "By hand"]
    with pytest.raises(ConsentRequired):
        await send(cas, book(("3", person("C"))))
