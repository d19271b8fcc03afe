"""sync-collection (RFC 6578): nothing is skipped, tokens are the book's own, a short answer says that it is one."""

import random

import pytest

from asking import Api, fresh, person

from .conftest import Dav, Multi, error, sync_body, vcard


def take(held: dict[str, str], book: str, page: Multi) -> str:
    """Put a page into what a device holds. Returns its token."""
    assert len(set(page.hrefs)) == len(page.hrefs)
    for href in page.hrefs:
        if href == book:
            continue
        if page.status(href) == 404:
            held.pop(href, None)
        else:
            held[href] = page.text(href, "D:getetag")
    assert page.token is not None
    return page.token


async def follow(dav: Dav, held: dict[str, str], token: str, limit: int | None) -> str:
    """Sync to the end, a page at a time. Returns the token."""
    while True:
        page = await dav.sync(token, limit)
        assert limit is None or len([href for href in page.hrefs if href != dav.book]) <= limit
        token = take(held, dav.book, page)
        if dav.book not in page.hrefs:
            return token
        assert page.status(dav.book) == 507


async def listed(dav: Dav) -> dict[str, str]:
    found = await dav.propfind("", "D:getetag", depth="1")
    return {h: found.text(h, "D:getetag") for h in found.hrefs if h and h != dav.book}


@pytest.mark.parametrize("seed", range(4))
async def test_any_pages_between_any_edits_join_to_the_book(dav: Dav, seed: int) -> None:
    rnd = random.Random(seed)
    held: dict[str, str] = {}
    token = ""
    for n in range(40):
        name = f"c{rnd.randrange(6)}.vcf"
        kind = rnd.choice(["put", "put", "put", "delete", "move"])
        if kind == "put":
            await dav.put(name, vcard(f"u-{name}-{seed}", f"N{n}"))
        elif kind == "delete":
            await dav("DELETE", name)
        else:
            await dav("MOVE", name, destination=f"{dav.book}c{rnd.randrange(6)}.vcf")
        if rnd.random() < 0.3:
            token = take(held, dav.book, await dav.sync(token, rnd.randint(1, 3)))
    await follow(dav, held, token, rnd.choice([None, 1, 3]))
    assert held == await listed(dav)


async def test_seven_changes_at_limit_three_are_all_seven_and_then_none(dav: Dav) -> None:
    token = (await dav.sync()).token or ""
    for n in range(7):
        await dav.put(f"{n}.vcf", vcard(f"u{n}"))
    sizes = []
    while True:
        page = await dav.sync(token, 3)
        sizes.append(len([h for h in page.hrefs if h != dav.book]))
        token = page.token or ""
        if dav.book not in page.hrefs:
            break
    assert sizes == [3, 3, 1]
    assert (await dav.sync(token, 3)).hrefs == []


async def test_a_card_that_goes_while_a_first_sync_pages_is_told_as_gone(dav: Dav) -> None:
    for n in range(4):
        await dav.put(f"{n}.vcf", vcard(f"u{n}"))
    first = await dav.sync("", 2)
    await dav("DELETE", "0.vcf")
    held = dict.fromkeys([h or "" for h in first.hrefs if h != dav.book], "")
    await follow(dav, held, first.token or "", 2)
    assert sorted(held) == sorted(await listed(dav))


async def test_made_and_gone_between_two_syncs_is_gone_or_nothing(dav: Dav) -> None:
    token = (await dav.sync()).token or ""
    await dav.put("a.vcf", vcard("u1"))
    await dav("DELETE", "a.vcf")
    page = await dav.sync(token)
    assert [page.status(h or "") for h in page.hrefs] in ([], [404])
    fresh_sync = await dav.sync()
    assert fresh_sync.hrefs == []


async def test_equal_states_have_equal_tokens_and_properties_show_them(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    token = (await dav.sync()).token
    assert (await dav.sync()).token == token
    found = await dav.propfind("", "D:sync-token", "CS:getctag")
    assert found.text(dav.book, "D:sync-token") == found.text(dav.book, "CS:getctag") == token
    assert token is not None
    assert token.startswith("urn:x-cs:sync:")
    await dav.api.put("/v1/blocks/somebody")
    assert (await dav.sync()).token == token


async def test_another_book_does_not_wake_this_ones_devices(dav: Dav) -> None:
    await dav("MKCOL", f"{dav.home}work/")
    await dav.put("a.vcf", vcard("u1"))
    token = (await dav.sync()).token
    await dav.put(f"{dav.home}work/b.vcf", vcard("u1"))
    assert (await dav.sync()).token == token
    work = Dav(dav.api, "work")
    assert (await work.sync()).hrefs == [f"{work.book}b.vcf"]


async def test_tokens_of_elsewhere_are_refused(dav: Dav, app: object) -> None:
    await dav.put("a.vcf", vcard("u1"))
    token = (await dav.sync()).token or ""
    other = Dav(Api(app, fresh("eve")))
    await other.put("a.vcf", vcard("u1"))
    await dav("MKCOL", f"{dav.home}work/")
    work = Dav(dav.api, "work")
    json_token = (await dav.api.get("/v1/contacts")).json["syncToken"]
    future = (await other.sync()).token or ""
    for face, sent in (
        (other, token),
        (work, token),
        (dav, future),
        (dav, "urn:x-cs:sync:garbage"),
        (dav, "http://example.com/sync/1"),
        (dav, f"urn:x-cs:sync:{json_token}"),
        (dav, token[:-3]),
    ):
        told = await face.report(sync_body(sent), depth="0")
        assert (told.status, error(told)) == (403, "valid-sync-token"), sent


async def test_a_book_made_anew_expires_the_tokens_of_the_one_before(dav: Dav) -> None:
    work = Dav(dav.api, "work")
    await dav("MKCOL", work.book)
    await work.put("a.vcf", vcard("u1"))
    token = (await work.sync()).token or ""
    assert (await dav("DELETE", work.book)).status == 204
    assert (await work.report(sync_body(token))).status == 404
    await dav("MKCOL", work.book)
    told = await work.report(sync_body(token))
    assert (told.status, error(told)) == (403, "valid-sync-token")
    assert (await work.sync()).hrefs == []


async def test_depths_that_devices_send_are_taken(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    for headers in ({}, {"depth": "0"}, {"depth": "1"}):
        assert (await dav.report(sync_body(""), **headers)).status == 207
    assert (await dav.report(sync_body(""), depth="infinity")).status == 400
    assert (await dav.report(sync_body("", level="infinite"))).status == 207


async def test_address_data_comes_inline_when_asked_for(dav: Dav) -> None:
    sent = vcard("u1", "Ann & Co <x>")
    await dav.put("a.vcf", sent)
    page = await dav.sync("", props="<D:getetag/><C:address-data/>")
    assert page.cards()[f"{dav.book}a.vcf"].encode() == sent


async def test_an_edit_by_either_face_is_in_the_other_ones_delta(dav: Dav) -> None:
    token = (await dav.api.get("/v1/contacts")).json["syncToken"]
    await dav.put("a.vcf", vcard("u1"))
    delta = (await dav.api.get(f"/v1/changes?since={token}")).json
    assert [c["uid"] for c in delta["changed"]] == ["u1"]
    dav_token = (await dav.sync()).token or ""
    made = (await dav.api.post("/v1/contacts", person("New"))).json
    await dav.api.delete(f"/v1/contacts/{delta['changed'][0]['id']}")
    page = await dav.sync(dav_token)
    assert page.status(f"{dav.book}a.vcf") == 404
    assert "D:getetag" in page.props(f"{dav.book}{made['id']}.vcf")
