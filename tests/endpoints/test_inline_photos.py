"""Pictures inside of what clients send, JSON and vCard: kept apart, never shown inline, refused by their place."""

import msgspec
import pytest

from asking import Api, fresh, item, person
from contact_service.actions.context import House
from picturing import BLUE, GREEN, RED, colour, data_uri, noisy, photo, plain

PNG = "image/png"


async def made(api: Api, **members: object) -> tuple[str, str]:
    """(path, etag) of a new contact."""
    told = await api.post("/v1/contacts", person("Ann", **members))
    assert told.status == 201, told
    return f"/v1/contacts/{told.json['id']}", told.json["etag"]


async def test_a_picture_in_the_json_is_kept_apart_and_never_shown_inline(ann: Api) -> None:
    path, _ = await made(ann, media=photo(data_uri(plain(GREEN)), mediaType=PNG))
    told = await ann.get(path)
    assert b"data:" not in told.body
    assert b"urn:x-cs" not in told.body
    entry = told.json["media"]["p1"]
    assert (entry["mediaType"], entry["@type"]) == ("image/jpeg", "Media")
    assert colour((await ann.get(entry["uri"])).body) == GREEN
    for page in ("/v1/contacts", "/v1/changes"):
        assert b"urn:x-cs" not in (await ann.get(page)).body


async def test_escapes_hide_no_picture(ann: Api) -> None:
    raw = msgspec.json.encode(person("Ann", media=photo(data_uri(plain(GREEN)))))
    raw = raw.replace(b'"media"', rb'"m\u0065dia"').replace(b"data:", rb"d\u0061ta:")
    told = await ann.post("/v1/contacts", body=raw)
    assert told.json["media"]["p1"]["uri"].startswith(f"/v1/contacts/{told.json['id']}/photo?v=")


async def test_what_was_shown_may_be_sent_back(ann: Api) -> None:
    path, _ = await made(ann, media=photo(data_uri(plain(GREEN))))
    shown = (await ann.get(path)).json
    again = await ann.put(path, shown)
    assert again.json == shown
    renamed = await ann.put(path, {**shown, "name": {"full": "Bea"}})
    assert renamed.json["media"] == shown["media"]
    assert colour((await ann.get(f"{path}/photo")).body) == GREEN
    patched = await ann.patch(path, {"media": renamed.json["media"], "base": shown["etag"]})
    assert patched.json["media"] == shown["media"]
    assert colour((await ann.get(f"{path}/photo")).body) == GREEN


@pytest.mark.parametrize(
    "changes",
    [
        lambda uri: {"media": photo(uri)},
        lambda uri: {"media/p1": photo(uri)["p1"]},
        lambda uri: {"media/p1/uri": uri},
    ],
)
async def test_a_patch_may_hold_a_picture_too(ann: Api, changes) -> None:
    path, _ = await made(ann, media=photo("https://example.com/a.png"))
    told = await ann.patch(path, changes(data_uri(plain(BLUE))))
    assert told.status == 200, told
    assert told.json["media"]["p1"]["uri"].startswith(f"{path}/photo?v=")
    assert colour((await ann.get(f"{path}/photo")).body) == BLUE


@pytest.mark.parametrize("path", ["media" + "/x" * 50_000, "media/", "media//uri", "mediax"])
async def test_a_path_that_leads_nowhere_is_refused_with_a_picture_as_without(
    ann: Api, path: str
) -> None:
    place, _ = await made(ann, media=photo("https://example.com/a.png"))
    told = await ann.patch(place, {path: data_uri(plain())})
    assert told.status == (200 if path == "mediax" else 422), told


async def test_equal_pictures_are_equal_contacts(ann: Api) -> None:
    card = person("Ann", uid=fresh("uid"), media=photo(data_uri(plain())))
    first = await ann.post("/v1/contacts", card)
    again = await ann.post("/v1/contacts", card)
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json


BAD = [
    data_uri(b"no picture", "image/png"),
    "data:image/png;base64,%%%",
    data_uri(plain()[:48]),
    data_uri(b"<svg/>", "image/svg+xml"),
    f"urn:x-cs:blob:{'ab' * 16}",
]


@pytest.mark.parametrize("uri", BAD)
async def test_what_is_no_picture_in_the_json_is_told_by_its_place(ann: Api, uri: str) -> None:
    told = await ann.post("/v1/contacts", person("Ann", media=photo(uri)))
    assert (told.slug, told.json["path"]) == ("invalid-card", "/media/*/uri")
    path, etag = await made(ann)
    for refused in (
        await ann.put(path, person("Ann", media=photo(uri))),
        await ann.patch(path, {"media": photo(uri)}),
    ):
        assert (refused.slug, refused.json["path"]) == ("invalid-card", "/media/*/uri")
    assert (await ann.get(path)).json["etag"] == etag


async def test_a_bad_picture_in_a_batch_sinks_nothing_else(ann: Api) -> None:
    path, _ = await made(ann)
    operations = [
        {"op": "create", "card": person("Good", media=photo(data_uri(plain())))},
        {"op": "create", "card": person("Bad", media=photo(BAD[0]))},
        {"op": "patch", "id": path[13:], "patch": {"media": photo(data_uri(plain(BLUE)))}},
        {"op": "patch", "id": path[13:], "patch": {"media": photo(BAD[2])}},
    ]
    told = (await ann.post("/v1/contacts:batch", {"operations": operations})).json["results"]
    assert [result["status"] for result in told] == [201, 422, 200, 422]
    assert told[1]["problem"]["path"] == told[3]["problem"]["path"] == "/media/*/uri"
    assert colour((await ann.get(f"/v1/contacts/{told[0]['id']}/photo")).body) == RED
    assert colour((await ann.get(f"{path}/photo")).body) == BLUE


async def test_an_upload_brings_pictures_and_its_repeat_changes_nothing(ann: Api) -> None:
    await ann.consents("store")
    sent = [
        item("a", "Ann", media=photo(data_uri(plain(GREEN)))),
        item("b", "Bad", media=photo(BAD[0])),
    ]
    told = (await ann.upload(*sent)).json
    assert (told["created"], [reject["sourceId"] for reject in told["rejected"]]) == (1, ["b"])
    assert told["rejected"][0]["reason"].startswith("invalid-card: /media/*/uri")
    (card,) = (await ann.get("/v1/contacts")).json["contacts"]
    assert colour((await ann.get(card["media"]["p1"]["uri"])).body) == GREEN
    assert (await ann.upload(sent[0])).json["unchanged"] == 1
    moved = item("a", "Anna", media=photo(data_uri(plain(GREEN))))
    assert (await ann.upload(moved)).json["updated"] == 1
    (after,) = (await ann.get("/v1/contacts")).json["contacts"]
    assert after["media"] == card["media"]


async def test_a_web_address_is_kept_and_another_kind_left_alone(ann: Api) -> None:
    media = photo("https://example.com/a.png") | {
        "s1": {"kind": "sound", "uri": "data:audio/ogg;base64,T2dnUw=="}
    }
    path, _ = await made(ann, media=media)
    assert (await ann.get(path)).json["media"] == media


async def test_one_picture_is_developed_once_for_a_write(ann: Api, house: House) -> None:
    await made(ann, media=photo(data_uri(plain())))
    assert len(house.darkroom._made) == 1


async def test_a_vcard_brings_its_picture_as_it_is(ann: Api) -> None:
    await ann.consents("store")
    raw = plain(GREEN, side=64)
    told = await ann.post("/v1/contacts:upload", body=vcard(raw), content_type="text/vcard")
    assert told.json["created"] == 1
    (card,) = (await ann.get("/v1/contacts")).json["contacts"]
    (entry,) = card["media"].values()
    assert entry["mediaType"] == PNG
    shown = await ann.get(entry["uri"])
    assert (shown.body, shown.headers["content-type"]) == (raw, PNG)
    patched = await ann.patch(f"/v1/contacts/{card['id']}", {"name/full": "Bea"})
    assert patched.json["media"] == card["media"]


async def test_what_no_browser_should_open_is_kept_and_not_shown(ann: Api) -> None:
    await ann.consents("store")
    raw = b"<svg xmlns='http://www.w3.org/2000/svg'/>".ljust(300)
    await ann.post("/v1/contacts:upload", body=vcard(raw), content_type="text/vcard")
    (card,) = (await ann.get("/v1/contacts")).json["contacts"]
    assert card["media"]
    assert (await ann.get(f"/v1/contacts/{card['id']}/photo")).slug == "not-found"


async def test_a_large_picture_in_a_vcard_is_developed(ann: Api) -> None:
    await ann.consents("store")
    raw = noisy(1200)
    assert len(raw) > 512 * 1024
    told = await ann.post("/v1/contacts:upload", body=vcard(raw), content_type="text/vcard")
    assert told.json["created"] == 1
    (card,) = (await ann.get("/v1/contacts")).json["contacts"]
    shown = await ann.get(f"/v1/contacts/{card['id']}/photo")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.body == (await develop(ann, raw))


async def develop(api: Api, raw: bytes) -> bytes:
    """What the service makes of that picture."""
    path, _ = await made(api)
    await api.put(f"{path}/photo", body=raw, content_type="image/jpeg")
    return (await api.get(f"{path}/photo")).body


def vcard(raw: bytes) -> bytes:
    """A vCard 3.0 with that photo, folded."""
    value = data_uri(raw).partition(",")[2]
    line = f"PHOTO;ENCODING=b;TYPE=PNG:{value}"
    folded = "\r\n ".join(line[at : at + 74] for at in range(0, len(line), 74))
    lines = ["BEGIN:VCARD", "VERSION:3.0", "FN:Ann", "N:;Ann;;;", folded, "END:VCARD", ""]
    return "\r\n".join(lines).encode()
