"""Cards as resources: bytes in, the same bytes out, conditions and preconditions as RFC 6352 6.3.2 says."""

from urllib.parse import quote

import pytest

from asking import person
from contact_service.formats.vcard import lines as vcard_lines

from .conftest import Dav, error, vcard


async def test_a_card_put_is_read_back_byte_for_byte_under_the_tag_of_its_put(dav: Dav) -> None:
    sent = vcard("u1", "Ann", "item1.TEL:+14155550100", "item1.X-ABLabel:Boat", "X-ODD;a=b:;;x;")
    made = await dav.put("ann.vcf", sent, if_none_match="*")
    assert made.status == 201
    got = await dav("GET", "ann.vcf")
    assert (got.status, got.body) == (200, sent)
    assert got.headers["etag"] == made.headers["etag"]
    assert got.headers["content-type"] == "text/vcard; charset=utf-8"
    assert (await dav("HEAD", "ann.vcf")).body == b""
    assert (await dav("GET", "ann.vcf", if_none_match=made.headers["etag"])).status == 304


async def test_conditions_are_held(dav: Dav) -> None:
    one = await dav.put("a.vcf", vcard("u1"))
    assert (await dav.put("a.vcf", vcard("u1", "Two"), if_none_match="*")).status == 412
    two = await dav.put("a.vcf", vcard("u1", "Two"), if_match=one.headers["etag"])
    assert two.status == 204
    assert (await dav.put("a.vcf", vcard("u1", "X"), if_match=one.headers["etag"])).status == 412
    assert (await dav.put("b.vcf", vcard("u2"), if_match='"00000000.1"')).status == 412
    assert (await dav("DELETE", "a.vcf", if_match=one.headers["etag"])).status == 412
    assert (await dav("DELETE", "a.vcf", if_match=two.headers["etag"])).status == 204
    assert (await dav("DELETE", "a.vcf")).status == 404
    assert (await dav("GET", "a.vcf")).status == 404


async def test_a_name_that_is_taken_is_told_before_what_the_card_says(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    assert (await dav.put("a.vcf", vcard("u2"), if_none_match="*")).status == 412
    [contact] = (await dav.api.get("/v1/contacts")).json["contacts"]
    told = (await dav.api.get(f"/v1/contacts/{contact['id']}/history")).json["revisions"]
    assert [r["kind"] for r in told] == ["created"]


async def test_a_stale_put_is_kept_in_the_history(dav: Dav) -> None:
    one = await dav.put("a.vcf", vcard("u1"))
    await dav.put("a.vcf", vcard("u1", "Newer"))
    assert (await dav.put("a.vcf", vcard("u1", "Late"), if_match=one.headers["etag"])).status == 412
    [contact] = (await dav.api.get("/v1/contacts")).json["contacts"]
    told = (await dav.api.get(f"/v1/contacts/{contact['id']}/history")).json["revisions"]
    assert [r["kind"] for r in told] == ["refused", "edited", "created"]
    back = await dav.api.post(
        f"/v1/contacts/{contact['id']}:restore", {"revision": told[0]["revision"]}
    )
    assert back.json["name"]["full"] == "Late"


async def test_a_uid_is_one_cards(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    told = await dav.put("b.vcf", vcard("u1"))
    assert (told.status, error(told)) == (409, "no-uid-conflict")
    assert f"{dav.book}a.vcf".encode() in told.body
    told = await dav.put("a.vcf", vcard("u2"))
    assert (told.status, error(told)) == (409, "no-uid-conflict")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 403, "valid-address-data"),
        (b"hello", 403, "valid-address-data"),
        (vcard("a") + vcard("b"), 403, "valid-address-data"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", 403, "valid-address-data"),
        (vcard("a")[:-15], 403, "valid-address-data"),
        (b"BEGIN:VCARD\r\nVERSION:9.0\r\nFN:x\r\nEND:VCARD\r\n", 403, "valid-address-data"),
        (vcard("a", "x", "NOTE:" + "n" * 300_000), 403, "max-resource-size"),
    ],
)
async def test_what_is_no_card_is_refused_with_its_precondition(
    dav: Dav, body: bytes, status: int, said: str
) -> None:
    told = await dav.put("x.vcf", body)
    assert (told.status, error(told)) == (status, said)
    assert (await dav("GET", "x.vcf")).status == 404


async def test_another_media_type_and_a_body_over_the_bound_are_refused(dav: Dav) -> None:
    told = await dav("PUT", "x.vcf", vcard("a"), content_type="text/calendar")
    assert (told.status, error(told)) == (403, "supported-address-data")
    assert (await dav("PUT", "x.vcf", b"x" * 5_300_000)).status == 413


async def test_no_tag_is_given_where_a_get_would_not_give_the_bytes_sent(dav: Dav) -> None:
    without_uid = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:No Uid\r\nEND:VCARD\r\n"
    made = await dav.put("a.vcf", without_uid)
    assert made.status == 201
    assert "etag" not in made.headers
    control = vcard("u2", "Bell\x07")
    assert "etag" not in (await dav.put("b.vcf", control)).headers
    assert b"FN:Bell\r\n" in (await dav("GET", "b.vcf")).body


async def test_a_put_into_a_book_that_is_not_there_is_409(dav: Dav) -> None:
    assert (await dav.put(f"{dav.home}none/a.vcf", vcard("u"))).status == 409
    assert (await dav("GET", f"{dav.home}none/a.vcf")).status == 404


async def test_one_store_two_faces(dav: Dav) -> None:
    made = await dav.put("a.vcf", vcard("u1", "Ann", "TEL;TYPE=CELL:+14155550100", "X-KEEP:me"))
    [contact] = (await dav.api.get("/v1/contacts")).json["contacts"]
    assert (contact["name"]["full"], contact["etag"]) == ("Ann", made.headers["etag"])
    path = f"/v1/contacts/{contact['id']}"
    key = next(iter(contact["phones"]))
    edited = await dav.api.patch(path, {f"phones/{key}/number": "+14155550199"})
    got = await dav("GET", "a.vcf")
    assert got.headers["etag"] == edited.headers["etag"]
    assert b"X-KEEP:me\r\n" in got.body
    assert b"+14155550199" in got.body
    assert got.body.count(b"\r\n") == 8


async def test_a_contact_made_as_json_is_a_card_and_what_a_vcard_cannot_say_outlives_its_edit(
    dav: Dav,
) -> None:
    made = await dav.api.post(
        "/v1/contacts", person("Ann", "+14155550100", **{"example.com:x": {"deep": [1]}})
    )
    name = f"{made.json['id']}.vcf"
    got = await dav("GET", name)
    assert got.status == 200
    assert got.headers["etag"] != made.headers["etag"]
    assert b"VERSION:3.0\r\n" in got.body
    put = await dav.put(name, got.body.replace(b"FN:Ann", b"FN:Anna"), if_match=got.headers["etag"])
    assert put.status == 204
    read = (await dav.api.get(f"/v1/contacts/{made.json['id']}")).json
    assert (read["name"]["full"], read["example.com:x"]) == ("Anna", {"deep": [1]})


async def test_a_card_is_shown_in_the_version_asked_for_and_edited_in_it(dav: Dav) -> None:
    stored = vcard(
        "u1", "Ann", "TEL;TYPE=cell;PREF=1;VALUE=uri:tel:+14155550100", "NOTE:x", version="4.0"
    )
    made = await dav.put("a.vcf", stored)
    shown = await dav("GET", "a.vcf", accept="text/vcard; version=3.0")
    assert b"VERSION:3.0" in shown.body
    assert shown.headers["etag"] != made.headers["etag"]
    told = await dav("GET", "a.vcf", accept="text/vcard; version=5.0")
    assert (told.status, error(told)) == (403, "supported-address-data-conversion")
    put = await dav.put(
        "a.vcf", shown.body.replace(b"NOTE:x", b"NOTE:y"), if_match=shown.headers["etag"]
    )
    assert (put.status, "etag" in put.headers) == (204, False)
    assert (await dav("GET", "a.vcf")).body == stored.replace(b"NOTE:x", b"NOTE:y")


async def test_a_moved_card_keeps_its_id_and_its_old_name_is_told_as_gone(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    [before] = (await dav.api.get("/v1/contacts")).json["contacts"]
    token = (await dav.sync()).token
    told = await dav("MOVE", "a.vcf", destination=f"https://any.example{dav.book}b.vcf")
    assert told.status == 201
    delta = await dav.sync(token or "")
    assert delta.status(f"{dav.book}a.vcf") == 404
    assert "D:getetag" in delta.props(f"{dav.book}b.vcf")
    [after] = (await dav.api.get("/v1/contacts")).json["contacts"]
    assert after["id"] == before["id"]
    await dav.put("c.vcf", vcard("u2"))
    assert (await dav("MOVE", "b.vcf", destination=f"{dav.book}c.vcf", overwrite="F")).status == 412
    assert (await dav("MOVE", "b.vcf", destination=f"{dav.book}c.vcf")).status == 204
    assert len((await dav.api.get("/v1/contacts")).json["contacts"]) == 1


async def test_a_card_is_copied_into_another_book_only(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    assert (await dav("MKCOL", f"{dav.home}work/")).status == 201
    told = await dav("COPY", "a.vcf", destination=f"{dav.book}b.vcf")
    assert (told.status, error(told)) == (409, "no-uid-conflict")
    assert (await dav("COPY", "a.vcf", destination=f"{dav.home}work/a.vcf")).status == 201
    contacts = (await dav.api.get("/v1/contacts")).json["contacts"]
    assert sorted(c["addressBook"] for c in contacts) == ["contacts", "work"]
    assert (await dav("COPY", "a.vcf", destination=f"{dav.home}none/a.vcf")).status == 409
    assert (await dav("COPY", "a.vcf", destination="nonsense")).status == 400


@pytest.mark.parametrize(
    "name", ["a b.vcf", "ü.vcf", "a+b@c.vcf", "x" * 200, "%25.vcf", "no-suffix"]
)
async def test_any_name_is_one_resource_with_one_spelling(dav: Dav, name: str) -> None:
    assert (await dav.put(quote(name), vcard("u1"))).status == 201
    assert (await dav("GET", quote(name))).status == 200
    listed = await dav.propfind("", "D:getetag", depth="1")
    assert dav.book + quote(name, safe="") in listed.hrefs


ODD = {
    "a fold inside a character": b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nN:;;;;\r\nFN:Zo"
    b"\xc3\r\n \xab Zoe\r\nEND:VCARD\r\n",
    "several FN": b"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u\r\nFN:Ann\r\nFN:Anna\r\nEND:VCARD\r\n",
    "no N": b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ann\r\nEND:VCARD\r\n",
    "lower case": b"begin:vcard\r\nversion:3.0\r\nuid:u\r\nfn:Ann\r\nend:vcard\r\n",
    "LF only": b"BEGIN:VCARD\nVERSION:3.0\nUID:u\nFN:Ann\nEND:VCARD\n",
    "empty values": b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ann\r\nTEL:\r\nNOTE:\r\nEND:VCARD\r\n",
    "a nested AGENT": b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ann\r\nAGENT:\r\nBEGIN:VCARD\r\nVERSION:3.0\r\n"
    b"FN:Sue\r\nEND:VCARD\r\nEND:VCARD\r\n",
    "trailing components": b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\r\nORG:Acme;;\r\nX-ANDROID-CUSTOM:a/b;c;;;\r\n"
    b"CLIENTPIDMAP:1;urn:uuid:3df403f4-5924-4bb7-b077-3c711d9eb34b\r\nEND:VCARD\r\n",
    "odd parameters": b'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u\r\nFN:A\r\nTEL;LABEL="a:b;c,d";X-A=^n^^:+1415\r\nEND:VCARD\r\n',
}


@pytest.mark.parametrize("kind", ODD)
async def test_odd_cards_come_back_byte_for_byte(dav: Dav, kind: str) -> None:
    made = await dav.put("a.vcf", ODD[kind])
    assert made.status == 201, made
    got = await dav("GET", "a.vcf")
    assert (got.body, got.headers["etag"]) == (ODD[kind], made.headers["etag"])
    [told] = (await dav.multiget(f"{dav.book}a.vcf")).cards().values()
    assert vcard_lines.unfold(told.encode()) == vcard_lines.unfold(ODD[kind])
    assert told.encode() == ODD[kind] or kind == "a fold inside a character"


async def test_a_character_that_a_fold_cuts_is_whole_in_the_json(dav: Dav) -> None:
    await dav.put("a.vcf", ODD["a fold inside a character"])
    [contact] = (await dav.api.get("/v1/contacts")).json["contacts"]
    assert contact["name"]["full"] == "Zoë Zoe"
