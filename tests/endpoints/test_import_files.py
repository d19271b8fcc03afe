"""Files over HTTP: taken in as they arrive, previewed, imported, refused; and the same again."""

import base64

import pytest

from asking import Api
from contact_service.actions import spool
from contact_service.endpoints import limits
from contact_service.vault import imports as sealed
from import_world import ODD, book, names, send, until, vcard


@pytest.fixture
async def ann(ann: Api) -> Api:
    return await ann.consents("store")


async def test_a_small_file_is_imported_at_once(ann):
    told = await send(ann, book(3))
    assert told.status == 200, told
    assert told.json["state"] == "done"
    assert (told.json["created"], told.json["rejected"]) == (3, 0)
    assert told.json["source"] == "file"
    assert told.json["report"]["format"] == "vcard"
    assert told.json["progress"]["done"] == 3
    assert await names(ann) == ["P0", "P1", "P2"]


async def test_the_same_file_again_changes_nothing(ann):
    await send(ann, book(3))
    before = (await ann.get("/v1/changes")).json["syncToken"]
    told = await send(ann, book(3))
    assert (told.json["created"], told.json["updated"], told.json["unchanged"]) == (0, 0, 3)
    assert (await ann.get("/v1/changes")).json["syncToken"] == before


async def test_a_preview_tells_the_same_and_keeps_nothing(ann):
    told = await send(ann, book(2) + ODD, "?preview=true")
    assert told.status == 200, told
    found = told.json
    assert (found["created"], found["rejected"], found["format"]) == (2, 1, "vcard")
    assert len(found["rejects"]) == 1
    assert found["sample"]
    assert await names(ann) == []
    assert (await ann.get("/v1/imports")).json["imports"] == []
    real = await send(ann, book(2) + ODD, f"?basis={found['basis']}")
    assert (real.status, real.json["created"]) == (200, 2)


@pytest.mark.parametrize("change", ["book", "file", "region", "charset"])
async def test_a_basis_holds_for_the_book_the_file_and_how_it_is_read(ann, change):
    basis = (await send(ann, book(1), "?preview=true")).json["basis"]
    if change == "book":
        await ann.post("/v1/contacts", {"@type": "Card", "version": "1.0", "name": {"full": "N"}})
    more = {"region": "&region=DE", "charset": "&charset=utf-8"}.get(change, "")
    told = await send(ann, book(2 if change == "file" else 1), f"?basis={basis}{more}")
    assert (told.status, told.slug) == (409, "preview-outdated")
    assert "P0" not in await names(ann)


async def test_without_consent_nothing_is_taken_in(bea):
    told = await send(bea, book(1))
    assert (told.status, told.slug) == (403, "consent-required")
    assert (await send(bea, book(1), "?preview=true")).slug == "consent-required"


async def test_a_token_without_the_scope_is_refused(ann):
    assert (await send(ann.scoped("contacts.write"), book(1))).slug == "missing-scope"


@pytest.mark.parametrize(
    "body",
    [b"", b"\x89PNG\r\n\x1a\n" * 99, b"\x89PNG\r\n\x1a\n" * 400_000],
    ids=["empty", "png", "large"],
)
async def test_what_is_no_address_book_is_refused_and_no_import_is_made(ann, house, body):
    for query in ("", "?preview=true"):
        told = await send(ann, body, query)
        assert (told.status, told.slug) == (422, "unsupported-file")
        assert told.json["accepted"]
    assert (await ann.get("/v1/imports")).json["imports"] == []

    async def gone() -> bool:
        return not await parts_of(house, ann)

    await until(gone)


FORM = (
    b"--x\r\nContent-Disposition: form-data; name=other\r\n\r\nnothing\r\n"
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../a.vcf"\r\n'
    b"Content-Type: text/vcard\r\n\r\n%b\r\n--x--\r\n"
)
FORM_TYPE = "multipart/form-data; boundary=x"


@pytest.mark.parametrize("step", [1, 7, 100_000])
async def test_a_form_brings_its_file_however_it_is_cut(ann, step):
    body = FORM % book(2)
    parts = [body[i : i + step] for i in range(0, len(body), step)]
    told = await send(ann, parts, content_type=FORM_TYPE)
    assert (told.status, told.json["created"]) == (200, 2), told


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (FORM[:-8] % b"", FORM_TYPE),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n", FORM_TYPE),
        (FORM.replace(b"name=other", b"name=file") % b"", FORM_TYPE),
        (b"no form", FORM_TYPE),
        (FORM % b"", "multipart/form-data"),
    ],
    ids=["cut", "no-file", "two-files", "garbage", "no-boundary"],
)
async def test_a_form_without_one_whole_file_is_malformed(ann, body, media):
    assert (await send(ann, body, content_type=media)).slug == "malformed"


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(ann):
    told = await send(ann, [b"x"], content_length=str(limits.FILE_BODY + 1))
    assert (told.status, told.slug) == (413, "too-large")


async def test_a_large_file_goes_on_in_the_background_and_rests_sealed(ann, house, monkeypatch):
    monkeypatch.setattr(spool, "PIECE_BYTES", 4096)
    body = vcard("Sealed Sentinel", "s") * 300
    told = await send(ann, [body[i : i + 65_536] for i in range(0, len(body), 65_536)])
    assert told.status == 202, told
    assert told.headers["location"] == f"/v1/imports/{told.json['id']}"
    assert told.json["state"] == "queued"
    kept = await house.db.ask(
        lambda con: con.fetch("SELECT sealed FROM import_parts WHERE owner_id = $1", ann.owner)
    )
    assert len(kept) == -(-len(body) // 4096)
    assert not any(b"Sentinel" in row["sealed"] for row in kept)
    ended = await ann.post(f"/v1/imports/{told.json['id']}:cancel")
    assert ended.json["state"] == "cancelled"
    assert await parts_of(house, ann) == 0


async def test_of_an_upload_that_is_cut_nothing_stays(ann, house, monkeypatch):
    monkeypatch.setattr(spool, "PIECE_BYTES", 4096)
    body = book(1) * 300
    told = await ann(
        "POST", "/v1/imports/files", body=[body], cut=True, content_type="application/octet-stream"
    )
    assert told.slug == "malformed"

    async def gone() -> bool:
        return not await parts_of(house, ann)

    await until(gone)


async def parts_of(house, api) -> int:
    return await house.db.ask(
        lambda con: con.fetchval("SELECT count(*) FROM import_parts WHERE owner_id = $1", api.owner)
    )


async def test_under_a_key_the_second_request_is_told_of_the_first_import(ann):
    first = await send(ann, book(2), idempotency_key="k")
    again = await send(ann, book(2), idempotency_key="k")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json == first.json
    other = await send(ann, book(3), idempotency_key="k")
    assert other.slug == "idempotency-key-reused"


async def test_rejects_are_named_and_given_back_byte_for_byte(ann):
    told = (await send(ann, book(1) + ODD)).json
    (named,) = told["report"]["rejects"]
    assert (named["index"], named["line"]) == (1, 8)
    assert set(named) == {"index", "line", "code", "reason"}
    page = (await ann.get(f"/v1/imports/{told['id']}/rejects")).json
    (found,) = page["rejects"]
    assert found["encoding"] == "base64"
    assert base64.b64decode(found["raw"]).strip() == ODD.strip()
    assert page["next"] is None


async def test_four_may_stand_and_the_next_is_told_to_wait(ann, monkeypatch):
    monkeypatch.setattr(spool, "PIECE_BYTES", 4096)
    body = book(1) * 100
    for _ in range(4):
        assert (await send(ann, body)).status == 202
    told = await send(ann, book(1))
    assert (told.status, told.slug) == (429, "too-many-imports")
    assert int(told.headers["retry-after"]) > 0


def test_a_sealed_file_reads_as_the_file(rnd):
    whole = rnd.randbytes(2_500_000)
    size = sealed.PIECE_BYTES
    asked: list[int] = []

    def fetch(number: int) -> bytes:
        asked.append(number)
        return whole[number * size : (number + 1) * size]

    held, _ = spool.SealedFile(fetch, len(whole)), None
    for _ in range(200):
        start, count = rnd.randrange(len(whole) + 10), rnd.randrange(5000)
        held.seek(start)
        part = held.read(count) or b""
        assert part == whole[start : start + count][: len(part)]
        assert part or start >= len(whole) or not count
    assert held.seek(-5, 2) == len(whole) - 5
    assert held.read(100) == whole[-5:]
    assert len(asked) <= 3
