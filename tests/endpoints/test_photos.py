"""A contact's photo over HTTP: set, shown, removed, sent inline, and what is refused."""

import pytest

from asking import Api, many, person
from contact_service.endpoints import limits
from contact_service.formats import images
from picturing import BLUE, RED, colour, photo, plain

PNG = "image/png"


async def made(api: Api, **members: object) -> tuple[str, str]:
    """(path, etag) of a new contact."""
    told = await api.post("/v1/contacts", person("Ann", **members))
    assert told.status == 201, told
    return f"/v1/contacts/{told.json['id']}", told.json["etag"]


async def put(api: Api, path: str, raw: bytes, media: str = PNG, **headers: str):
    return await api.put(f"{path}/photo", body=raw, content_type=media, **headers)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_a_photo_is_set_and_shown_as_a_jpeg(ann: Api, form: str) -> None:
    path, etag = await made(ann)
    told = await put(ann, path, plain(RED, form), f"image/{form.lower()}")
    assert (told.status, told.headers["etag"]) == (200, told.json["etag"])
    assert told.json["etag"] != etag
    (entry,) = told.json["media"].values()
    assert (entry["kind"], entry["mediaType"]) == ("photo", "image/jpeg")
    assert entry["uri"].startswith(f"{path}/photo?v=")
    shown = await ann.get(entry["uri"])
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    assert colour(shown.body) == RED
    assert shown.headers["etag"].strip('"').startswith(entry["uri"].partition("?v=")[2])


async def test_a_browser_may_show_it_and_run_nothing_in_it(ann: Api) -> None:
    path, _ = await made(ann)
    await put(ann, path, plain())
    shown = await ann.get(f"{path}/photo")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["cache-control"] == "private, no-cache"


async def test_who_has_it_already_is_told_so(ann: Api) -> None:
    path, _ = await made(ann)
    await put(ann, path, plain())
    tag = (await ann.get(f"{path}/photo")).headers["etag"]
    again = await ann.get(f"{path}/photo", if_none_match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    await put(ann, path, plain(BLUE))
    anew = await ann.get(f"{path}/photo?v={tag[1:17]}", if_none_match=tag)
    assert (anew.status, colour(anew.body)) == (200, BLUE)


async def test_devices_see_it_as_an_edit_and_the_same_picture_twice_as_none(ann: Api) -> None:
    path, _ = await made(ann)
    token = (await ann.get("/v1/changes")).json["syncToken"]
    first = await put(ann, path, plain())
    told = (await ann.get(f"/v1/changes?since={token}")).json
    assert [card["etag"] for card in told["changed"]] == [first.json["etag"]]
    assert told["changed"][0]["media"] == first.json["media"]
    again = await put(ann, path, plain())
    assert again.json == first.json
    assert not (await ann.get(f"/v1/changes?since={told['syncToken']}")).json["changed"]


async def test_a_new_photo_takes_the_place_of_the_first_and_leaves_the_others(ann: Api) -> None:
    web = "https://example.com/a.png"
    media = photo(web) | {"l1": {"kind": "logo", "uri": web}, "p2": {"kind": "photo", "uri": web}}
    path, _ = await made(ann, media=media)
    assert (await ann.get(f"{path}/photo")).slug == "not-found"
    found = (await put(ann, path, plain())).json["media"]
    assert list(found) == ["p1", "l1", "p2"]
    assert found["p1"]["uri"].startswith("/v1/")
    assert found["p2"]["uri"] == found["l1"]["uri"] == web
    assert (await ann.delete(f"{path}/photo")).status == 204
    assert (await ann.get(path)).json["media"] == {"l1": {"kind": "logo", "uri": web}}


async def test_a_photo_is_removed_and_removing_none_is_no_change(ann: Api) -> None:
    path, _ = await made(ann)
    await put(ann, path, plain())
    assert (await ann.delete(f"{path}/photo")).status == 204
    after = (await ann.get(path)).json
    assert "media" not in after
    assert (await ann.get(f"{path}/photo")).slug == "not-found"
    assert (await ann.delete(f"{path}/photo")).status == 204
    assert (await ann.get(path)).json == after


async def test_if_match_is_a_tag_of_the_contact(ann: Api) -> None:
    path, etag = await made(ann)
    first = await put(ann, path, plain(), if_match=etag)
    assert first.status == 200
    stale = await put(ann, path, plain(BLUE), if_match=etag)
    assert stale.slug == "stale-revision"
    assert stale.json["current"]["contact"] == first.json
    assert (await ann.delete(f"{path}/photo", if_match=etag)).slug == "stale-revision"
    assert (await ann.delete(f"{path}/photo", if_match=first.json["etag"])).status == 204


async def test_a_photo_is_its_owners_and_equal_ones_have_other_tags(ann: Api, bea: Api) -> None:
    (hers, _), (mine, _) = await made(ann), await made(bea)
    await put(ann, hers, plain())
    await put(bea, mine, plain())
    assert (await bea.get(f"{hers}/photo")).slug == "not-found"
    one, other = await ann.get(f"{hers}/photo"), await bea.get(f"{mine}/photo")
    assert one.body == other.body
    assert one.headers["etag"] != other.headers["etag"]


async def test_a_contact_that_is_not_there_has_no_photo(ann: Api) -> None:
    path, _ = await made(ann)
    await put(ann, path, plain())
    await ann.delete(path)
    for told in await many(
        ann.get(f"{path}/photo"),
        put(ann, path, plain()),
        ann.delete(f"{path}/photo"),
        ann.get("/v1/contacts/nobody/photo"),
    ):
        assert told.slug == "not-found"


@pytest.mark.parametrize(
    ("raw", "media", "slug"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(40), "image/heic", "unsupported-format"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "image/jpeg", "unsupported-format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "unsupported-format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "unsupported-format"),
        (plain(), "application/octet-stream", "unsupported-format"),
        (plain()[:48], PNG, "invalid-photo"),
        (plain()[:20], PNG, "invalid-photo"),
        (plain()[:16] + b"\0\0\xff\xff" * 2 + plain()[24:], PNG, "too-large"),
    ],
)
async def test_what_is_no_picture_we_take_is_refused(
    ann: Api, raw: bytes, media: str, slug: str
) -> None:
    path, etag = await made(ann)
    told = await put(ann, path, raw, media)
    assert told.slug == slug
    if slug == "unsupported-format":
        assert told.json["accepted"] == list(images.ACCEPTED)
    assert (await ann.get(path)).json["etag"] == etag


async def test_a_photo_over_20_mb_is_refused_before_it_is_read(ann: Api) -> None:
    path, _ = await made(ann)
    told = await put(ann, path, b"", content_length=str(limits.PHOTO_BODY + 1))
    assert (told.slug, told.json["limit"]) == ("too-large", 20_000_000)
    told = await put(ann, path, [bytes(10_000_000)] * 3)
    assert told.slug == "too-large"


async def test_reading_needs_the_one_scope_and_writing_the_other(ann: Api) -> None:
    path, _ = await made(ann)
    reader, writer = ann.scoped("contacts.read"), ann.scoped("contacts.write")
    assert (await put(reader, path, plain())).slug == "missing-scope"
    assert (await put(writer, path, plain())).status == 200
    assert (await writer.get(f"{path}/photo")).slug == "missing-scope"
    assert (await reader.get(f"{path}/photo")).status == 200
