"""A device's address book over HTTP, in its three formats."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from asking import Api, item, many, number, person
from contact_service.actions import edge
from contact_service.actions.context import Context, House
from contact_service.endpoints.json.upload import UploadAnswer
from contact_service.model.ids import CardId, OwnerId
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards

VCARDS = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nN:;Ann;;;\r\nEND:VCARD\r\n"
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u-bob\r\nFN:Bob\r\nN:;Bob;;;\r\nTEL:(415) 555-0199\r\nEND:VCARD\r\n"
)


def counts(told: Any) -> tuple[int, int, int, int]:
    assert told.status == 200, told
    found = told.json
    return found["created"], found["updated"], found["unchanged"], found["removed"]


@pytest.fixture
async def dev(ann: Api) -> Api:
    return await ann.consents("store", "match")


async def test_without_consent_nothing_is_stored(ann: Api) -> None:
    told = await ann.upload(item("1", "A"))
    assert (told.status, told.slug, told.json["purpose"]) == (403, "consent-required", "store")
    assert (await ann.get("/v1/contacts")).json["contacts"] == []


async def test_the_answer_is_as_the_api_says_and_repeating_changes_nothing(dev: Api) -> None:
    first = await dev.upload(item("1", "A"), item("2", "B"))
    assert counts(first) == (2, 0, 0, 0)
    assert list(first.json) == [
        *("created", "updated", "unchanged", "removed"),
        *("rejected", "matches", "deferred", "syncToken"),
    ]
    msgspec.json.decode(first.body, type=UploadAnswer)
    again = await dev.upload(item("1", "A"), item("2", "B"))
    assert counts(again) == (0, 0, 2, 0)
    assert again.json["syncToken"] == first.json["syncToken"]
    empty = await dev.get(f"/v1/changes?since={first.json['syncToken']}")
    assert empty.json["changed"] == []


async def test_a_full_view_removes_only_what_this_device_had_brought(dev: Api) -> None:
    await dev.upload(item("1", "A"), item("2", "B"))
    await dev.upload(item("1", "Else"), device="d2")
    assert counts(await dev.upload(item("1", "A"))) == (0, 0, 1, 0)
    assert counts(await dev.upload(item("1", "A"), view="full")) == (0, 0, 1, 1)
    assert counts(await dev.upload({"sourceId": "1", "removed": True})) == (0, 0, 0, 1)
    names = [c["name"]["full"] for c in (await dev.get("/v1/contacts")).json["contacts"]]
    assert names == ["Else"]


async def test_rejects_are_named_by_position_and_reason(dev: Api) -> None:
    told = await dev.upload(
        item("1", "A"),
        {"sourceId": "2", "card": {"name": 7}},
        {"card": person("B")},
        {"sourceId": "4"},
        item("1", "Twice"),
        {"sourceId": "5", "card": {"name": {"full": "\x00"}}},
        7,  # type: ignore[arg-type]  what a broken client sends
    )
    assert counts(told) == (1, 0, 0, 0)
    assert [(r["index"], r["sourceId"]) for r in told.json["rejected"]] == [
        (1, "2"),
        (2, ""),
        (3, "4"),
        (4, "1"),
        (5, "5"),
        (6, ""),
    ]
    assert all(r["reason"] for r in told.json["rejected"])


async def test_ndjson_is_the_same_upload(dev: Api) -> None:
    lines = [
        {"source": {"kind": "ios", "deviceId": "d1"}, "view": "partial"},
        item("1", "A"),
        item("2", "B"),
    ]
    body = b"\n".join(msgspec.json.encode(line) for line in lines)
    told = await dev.post("/v1/contacts:upload", body=body, content_type="application/x-ndjson")
    assert counts(told) == (2, 0, 0, 0)
    assert counts(await dev.upload(item("1", "A"), item("2", "B"))) == (0, 0, 2, 0)
    cut = await dev.post(
        "/v1/contacts:upload",
        body=body + b'\n{"sourceId":"3","card":{"na',
        content_type="application/x-ndjson",
    )
    assert (cut.status, cut.slug) == (400, "malformed")
    assert "line 4" in cut.json["detail"]


@pytest.mark.parametrize("media", ["text/vcard", "text/vcard; charset=utf-8", "text/x-vcard"])
async def test_vcards_come_in_and_again_change_nothing(dev: Api, media: str) -> None:
    path = "/v1/contacts:upload?kind=android&deviceId=p&view=full&region=us"
    assert counts(await dev.post(path, body=VCARDS, content_type=media)) == (2, 0, 0, 0)
    assert counts(await dev.post(path, body=VCARDS, content_type=media)) == (0, 0, 2, 0)
    one = VCARDS[: VCARDS.index(b"BEGIN", 5)]
    assert counts(await dev.post(path, body=one, content_type=media)) == (0, 0, 1, 1)


async def test_who_is_on_the_app_is_told_with_the_record(dev: Api, bea: Api) -> None:
    phone = number()
    await dev.register(bea, f"tel:{phone}", profile={"displayName": "Bea"})
    national = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    told = await dev.upload(item("1", "Bea", national))
    assert told.json["matches"] == []
    told = await dev.post(
        "/v1/contacts:upload?region=US",
        {
            "source": {"kind": "ios", "deviceId": "d2", "region": "DE"},
            "contacts": [item("r1", "Bea", national)],
        },
    )
    contact = (await dev.get("/v1/contacts?limit=2")).json["contacts"][-1]["id"]
    assert told.json["matches"] == [
        {"sourceId": "r1", "contactId": contact, "userId": bea.owner, "profile": {}}
    ]
    assert told.json["deferred"] == 0


async def test_without_the_consent_match_an_upload_stores_and_finds_nobody(
    ann: Api, bea: Api
) -> None:
    await ann.consents("store")
    phone = number()
    await ann.register(bea, f"tel:{phone}")
    told = await ann.upload(item("1", "Bea", phone))
    assert counts(told) == (1, 0, 0, 0)
    assert told.json["matches"] == []
    assert (await ann.get("/v1/matches")).slug == "consent-required"


@pytest.mark.parametrize(
    ("query", "media", "body", "status", "slug"),
    [
        ("", "text/csv", b"a,b", 415, "unsupported-format"),
        ("", "text/vcard", b"a,b", 415, "unsupported-format"),
        ("kind=fridge", "text/vcard", VCARDS, 422, "invalid-parameter"),
        ("view=some", "text/vcard", VCARDS, 422, "invalid-parameter"),
        ("region=USA", "text/vcard", VCARDS, 422, "invalid-parameter"),
        ("deviceId=" + "x" * 600, "text/vcard", VCARDS, 422, "invalid-parameter"),
        ("", "application/json", b"", 400, "malformed"),
        ("", "application/json", b'{"contacts":[', 400, "malformed"),
        ("", "application/json", b'{"contacts":{}}', 422, "unprocessable"),
        ("", "application/json", b'{"source":{"kind":"fridge"}}', 422, "unprocessable"),
        (
            "",
            "application/json",
            b'{"source":{"region":"\\u0000\\u0000"}}',
            422,
            "invalid-parameter",
        ),
        ("", "application/json", b'{"view":"some"}', 422, "unprocessable"),
        ("", "application/x-ndjson", b"", 400, "malformed"),
        ("", "application/x-ndjson", b'{"source":7}\n', 422, "unprocessable"),
    ],
)
async def test_what_is_no_upload_is_told(
    dev: Api, query: str, media: str, body: bytes, status: int, slug: str
) -> None:
    told = await dev.post(f"/v1/contacts:upload?{query}", body=body, content_type=media)
    assert (told.status, told.slug) == (status, slug)


async def test_too_many_contacts_are_413(dev: Api) -> None:
    body = b'{"contacts":[' + b",".join([b'{"sourceId":"x"}'] * 10_001) + b"]}"
    told = await dev.post("/v1/contacts:upload", body=body)
    assert (told.status, told.slug, told.json["limit"]) == (413, "too-large", 10_000)


async def test_a_half_surrogate_in_a_source_id_breaks_nothing(dev: Api) -> None:
    told = await dev.post(
        "/v1/contacts:upload", body=b'{"contacts":[{"sourceId":"\\ud800 x","card":{}}]}'
    )
    assert told.status in {400, 422}


async def test_two_devices_at_once_bring_both_books(dev: Api) -> None:
    told = await many(
        *(
            dev.upload(*(item(str(i), f"P{d} {i}") for i in range(20)), device=f"d{d}")
            for d in range(6)
        )
    )
    assert [counts(t) for t in told] == [(20, 0, 0, 0)] * 6
    assert len((await dev.get("/v1/contacts")).json["contacts"]) == 120


async def test_an_upload_under_a_key_is_answered_again(dev: Api) -> None:
    first = await dev.upload(item("1", "A"), idempotency_key="k")
    again = await dev.upload(item("1", "A"), idempotency_key="k")
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    other = await dev.upload(item("1", "B"), idempotency_key="k")
    assert (other.status, other.slug) == (422, "idempotency-key-reused")


async def test_a_vcard_without_uid_folded_anew_stays_the_contact_it_is(
    dev: Api, house: House
) -> None:
    plain = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nNOTE:one two three\r\nEND:VCARD\r\n"
    anew = plain.replace(b"two", b"tw\r\n o")
    first = await dev.post("/v1/contacts:upload", body=plain, content_type="text/vcard")
    (card,) = (await dev.get("/v1/contacts")).json["contacts"]
    again = await dev.post("/v1/contacts:upload", body=anew, content_type="text/vcard")
    assert (counts(first), counts(again)) == ((1, 0, 0, 0), (0, 1, 0, 0))
    (now,) = (await dev.get("/v1/contacts")).json["contacts"]
    assert {**now, "etag": card["etag"]} == card

    async def lines(ctx: Context) -> bytes:
        row = await cards.get(ctx.tx, CardId(UUID(card["id"])))
        assert row is not None
        return sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed or b"").lines

    told = await edge.read(house, OwnerId(dev.owner), "test", lines)
    assert told == anew.replace(b"END:", b"UID:%b\r\nEND:" % card["uid"].encode())
