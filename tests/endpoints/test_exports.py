"""GET /v1/contacts:export: a book as one file, in every form, while others write."""

import asyncio
import csv
import io
from typing import Any

import msgspec
import pytest
from starlette.types import Message, Receive, Scope, Send

from asking import Api, fresh, person
from contact_service.actions import exporting
from contact_service.endpoints.app import App
from contact_service.formats import vcard

PATH = "/v1/contacts:export"
EVIL = '=HYPERLINK("http://x.example","Ann")'
RECEIVED = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:kept-1\r\nN:Doe;Jane;;;\r\nFN:Jane Doe\r\nX-ODD:kept\r\nEND:VCARD\r\n"


class Staying:
    """The application as a client meets it who waits for the whole answer."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_told = False

        async def waiting() -> Message:
            nonlocal is_told
            if is_told:
                await asyncio.Event().wait()
            is_told = True
            return await receive()

        await self.app(scope, waiting, send)


@pytest.fixture
def ann(app: App) -> Api:
    return Api(Staying(app), fresh("ann"))


async def made(api: Api, **members: Any) -> str:
    told = await api.post("/v1/contacts", {"@type": "Card", "version": "1.0", **members})
    assert told.status == 201, told
    return str(told.json["id"])


async def file(api: Api, form: str, **query: str) -> bytes:
    asked = "&".join(f"{name}={value}" for name, value in {"format": form, **query}.items())
    told = await api.get(f"{PATH}?{asked}")
    assert told.status == 200, told
    assert told.headers["content-type"] == exporting.FORMS[form].media
    suffix = exporting.FORMS[form].suffix
    assert told.headers["content-disposition"] == f'attachment; filename="contacts.{suffix}"'
    return told.body


def table(body: bytes) -> list[dict[str, str]]:
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return [{k: v for k, v in row.items() if v} for row in csv.DictReader(text)]


async def test_every_form_has_every_contact(ann: Api) -> None:
    for number in range(3):
        await ann.post("/v1/contacts", person(f"Person {number}", f"+4930123450{number}"))
    for form in exporting.FORMS:
        body = await file(ann, form)
        assert body.count(b"Person ") >= 3, form
        assert b"+49301234502" in body, form
    assert len((await file(ann, "jscontact")).splitlines()) == 3
    assert len(vcard.split(await file(ann, "vcard4"))) == 3


async def test_received_lines_leave_as_they_came_and_as_another_version_when_asked(
    ann: Api,
) -> None:
    await ann.consents("store")
    told = await ann.post("/v1/contacts:upload", body=RECEIVED, content_type="text/vcard")
    assert told.status == 200, told
    assert await file(ann, "vcard") == RECEIVED
    assert await file(ann, "vcard3") == RECEIVED
    assert (await ann.get(PATH)).body == RECEIVED
    four = await file(ann, "vcard4")
    assert b"VERSION:4.0\r\n" in four
    assert b"X-ODD:kept\r\n" in four


async def test_a_card_made_as_json_leaves_in_each_version(ann: Api) -> None:
    await made(ann, name={"full": "Ann"}, kind="individual")
    assert b"VERSION:4.0" in await file(ann, "vcard4")
    assert b"VERSION:3.0" in await file(ann, "vcard3")


async def test_no_cell_of_a_csv_is_a_formula(ann: Api) -> None:
    await made(
        ann, name={"components": [{"kind": "given", "value": EVIL}]}, notes={"n": {"note": "\t=1"}}
    )
    for form in ("google-csv", "outlook-csv"):
        (row,) = table(await file(ann, form))
        assert row["First Name"] == f"'{EVIL}"
        assert row["Notes"] == "'\t=1"


async def test_groups_come_to_their_members_as_labels(ann: Api) -> None:
    await made(
        ann,
        uid="urn:uuid:0b7ab5d1-4f8a-4a4f-8f0e-8c0d1a1f0001",
        name={"full": "Bea"},
        keywords={"Chess": True},
    )
    await made(
        ann,
        uid="g-1",
        kind="group",
        name={"full": "Choir"},
        members={"urn:uuid:0B7AB5D1-4F8A-4A4F-8F0E-8C0D1A1F0001": True},
    )
    (row,) = table(await file(ann, "google-csv"))
    assert row["Labels"] == "Chess ::: Choir ::: * myContacts"
    (row,) = table(await file(ann, "outlook-csv"))
    assert row["Categories"] == "Chess;Choir"


async def test_only_a_groups_members_are_in_the_file_when_one_is_named(ann: Api) -> None:
    bea = await made(ann, name={"full": "Bea"}, keywords={"Chess": True})
    await made(ann, name={"full": "Cas"})
    group = await ann.post("/v1/groups", {"name": "Choir", "members": [bea]})
    for named in ("Chess", group.json["id"]):
        lines = (await file(ann, "jscontact", group=named)).splitlines()
        assert [msgspec.json.decode(line)["name"]["full"] for line in lines] == ["Bea"]
    refused = await ann.get(f"{PATH}?group=nobody")
    assert (refused.status, refused.slug) == (404, "not-found")


async def test_what_is_asked_wrongly_is_refused(ann: Api) -> None:
    told = await ann.get(f"{PATH}?format=pdf")
    assert (told.status, told.slug) == (422, "invalid-parameter")
    told = await ann.scoped("privacy").get(PATH)
    assert (told.status, told.slug) == (403, "missing-scope")


async def test_an_empty_book_is_an_empty_file_or_a_header(ann: Api) -> None:
    assert await file(ann, "vcard") == await file(ann, "jscontact") == b""
    assert (await file(ann, "google-csv")).startswith(b"First Name,Middle Name,")
    assert (await ann("HEAD", PATH)).body == b""


async def test_a_deleted_contact_is_not_in_it(ann: Api) -> None:
    gone = await made(ann, name={"full": "Gone"})
    await ann.delete(f"/v1/contacts/{gone}")
    assert await file(ann, "jscontact") == b""


async def test_a_contact_that_changes_meanwhile_is_in_the_file_once(
    ann: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_ROWS", 2)
    ids = [await made(ann, name={"full": f"P{number}"}) for number in range(7)]
    page = exporting._page
    pages = 0

    async def slow(*args: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 2:
            for card in (ids[0], ids[6]):
                await ann.patch(f"/v1/contacts/{card}", {"notes": {"n": {"note": "new"}}})
        return await page(*args)

    monkeypatch.setattr(exporting, "_page", slow)
    lines = [msgspec.json.decode(line) for line in (await file(ann, "jscontact")).splitlines()]
    assert sorted(line["name"]["full"] for line in lines) == [f"P{number}" for number in range(7)]
    assert pages > 3


async def test_a_page_ends_where_its_bytes_are_many(
    ann: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_BYTES", 1)
    for number in range(5):
        await made(ann, name={"full": f"P{number}"})
    assert len((await file(ann, "jscontact")).splitlines()) == 5


async def test_json_over_many_lines_is_one_line(ann: Api) -> None:
    body = b'{"@type":"Card",\n"version":"1.0",\r\n"name":{"full":"Ann"}}'
    assert (await ann.post("/v1/contacts", body=body)).status == 201
    (line,) = (await file(ann, "jscontact")).splitlines()
    assert msgspec.json.decode(line)["name"]["full"] == "Ann"
