"""Keywords as group cards, for devices that asked for them: in the feed, readable, editable; hidden from all others."""

import base64

import pytest

from asking import Api, call, person

from .conftest import Dav, sync_body, vcard


class Signed(Dav):
    """A device that signs in with an app password."""

    username = password = ""

    async def __call__(self, method, path="", body=b"", **headers):
        where = path if path.startswith("/") else self.book + path
        told = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        sent = [("authorization", f"Basic {told}")]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        return await call(
            self.api.app, method, where, sent, body.encode() if isinstance(body, str) else body
        )


async def signed(api: Api, **wish: object) -> Signed:
    told = await api.post("/v1/app-passwords", {"name": "Phone", **wish})
    assert told.status == 201, told
    device = Signed(api)
    device.username, device.password = told.json["username"], told.json["password"]
    return device


@pytest.fixture
async def phone(dav: Dav) -> Signed:
    for n, words in enumerate((["Family"], ["Family", "Work"], [])):
        keywords = dict.fromkeys(words, True)
        await dav.api.post("/v1/contacts", person(f"N{n}", uid=f"u{n}", keywords=keywords))
    return await signed(dav.api, keywordGroups=True, device="ios")


def names(bodies: dict[str, str]) -> dict[str, set[str]]:
    """The groups among these cards: name -> member uids."""
    found = {}
    for body in bodies.values():
        lines = body.split("\r\n")
        if "X-ADDRESSBOOKSERVER-KIND:group" in lines:
            name = next(line[3:] for line in lines if line.startswith("FN:"))
            start = "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:"
            found[name] = {line.removeprefix(start) for line in lines if line.startswith(start)}
    return found


async def groups(dav: Dav) -> dict[str, set[str]]:
    page = await dav.sync("", props="<D:getetag/><C:address-data/>")
    return names(page.cards())


async def test_a_device_that_asked_is_shown_keywords_as_groups_and_others_are_not(
    phone: Signed, dav: Dav
) -> None:
    assert await groups(phone) == {"Family": {"u0", "u1"}, "Work": {"u1"}}
    assert await groups(dav) == {}
    plain = await signed(dav.api)
    assert len((await plain.sync()).hrefs) == 3
    assert len((await dav.api.get("/v1/contacts")).json["contacts"]) == 3


async def test_the_tokens_of_the_two_views_are_not_each_others(phone: Signed, dav: Dav) -> None:
    token = (await dav.sync()).token or ""
    mine = (await phone.sync()).token or ""
    assert token != mine
    assert (await phone.report(sync_body(token))).status == 403
    assert (await dav.report(sync_body(mine))).status == 403


async def test_an_edit_of_a_members_keywords_is_in_the_devices_next_delta(
    phone: Signed, dav: Dav
) -> None:
    token = (await phone.sync()).token or ""
    contacts = (await dav.api.get("/v1/contacts")).json["contacts"]
    third = next(c for c in contacts if c["uid"] == "u2")
    await dav.api.patch(f"/v1/contacts/{third['id']}", {"keywords": {"Work": True, "New": True}})
    page = await phone.sync(token, props="<D:getetag/><C:address-data/>")
    assert names(page.cards()) == {"Work": {"u1", "u2"}, "New": {"u2"}}
    await dav.api.delete(f"/v1/contacts/{third['id']}")
    later = await phone.sync(page.token or "", props="<D:getetag/><C:address-data/>")
    assert names(later.cards()) == {"Work": {"u1"}}
    assert sum(later.status(h or "") == 404 for h in later.hrefs) == 2
    assert (await phone.sync(later.token or "")).hrefs == []


async def test_a_group_that_the_device_edits_is_the_members_keyword(
    phone: Signed, dav: Dav
) -> None:
    page = await phone.sync("", props="<D:getetag/><C:address-data/>")
    href, body = next((h, b) for h, b in page.cards().items() if "FN:Work\r\n" in b)
    tag = page.text(href, "D:getetag")
    member = "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u2\r\n"
    edited = body.replace("FN:Work", "FN:Job").replace("END:VCARD", f"{member}END:VCARD")
    edited = edited.replace("N:Work;", "N:Job;")
    told = await phone("PUT", href, edited.encode(), if_match=tag, content_type="text/vcard")
    assert told.status == 204
    keywords = {
        c["uid"]: set(c.get("keywords", {}))
        for c in (await dav.api.get("/v1/contacts")).json["contacts"]
    }
    assert keywords == {"u0": {"Family"}, "u1": {"Family", "Job"}, "u2": {"Job"}}
    assert await groups(phone) == {"Family": {"u0", "u1"}, "Job": {"u1", "u2"}}
    assert (await phone("PUT", href, edited.encode(), if_match=tag)).status in {404, 409, 412}


async def test_a_group_that_the_device_deletes_leaves_the_members(phone: Signed, dav: Dav) -> None:
    page = await phone.sync("", props="<D:getetag/><C:address-data/>")
    href = next(h for h, b in page.cards().items() if "FN:Family\r\n" in b)
    assert (await phone("DELETE", href, if_match='"00000000.1"')).status == 412
    assert (await phone("DELETE", href)).status == 204
    assert len((await dav.api.get("/v1/contacts")).json["contacts"]) == 3
    assert await groups(phone) == {"Work": {"u1"}}


async def test_a_group_the_device_makes_is_a_group_card_for_all(phone: Signed, dav: Dav) -> None:
    card = vcard(
        "g1", "Climbers", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u0"
    )
    assert (await phone.put("g.vcf", card)).status == 201
    told = (await dav.api.get("/v1/groups")).json["groups"]
    assert {g["name"]: g["source"] for g in told} == {
        "Climbers": "card",
        "Family": "keyword",
        "Work": "keyword",
    }
    assert (await phone("GET", "g.vcf")).body == card


async def test_the_history_names_the_device(phone: Signed, dav: Dav) -> None:
    await phone.put("a.vcf", vcard("x1"))
    contact = next(
        c for c in (await dav.api.get("/v1/contacts")).json["contacts"] if c["uid"] == "x1"
    )
    told = (await dav.api.get(f"/v1/contacts/{contact['id']}/history")).json["revisions"]
    assert told[0]["device"] == phone.username
