"""Groups, history and the recently deleted in the web app: forms first, the API sees what they did."""

from urllib.parse import urlencode

import pytest

from asking import ISSUER, Api, Reply, build, call, fresh, person
from contact_service.actions.context import House
from contact_service.endpoints import web
from contact_service.endpoints.web import Sessions
from contact_service.vault.access import Verifier

SAME = ("sec-fetch-site", "same-origin")
FORM = ("content-type", "application/x-www-form-urlencoded")


class Browser:
    """A signed-in browser without scripts."""

    def __init__(self, api: Api, cookie: str) -> None:
        self.api, self.cookie = api, cookie

    async def get(self, path: str) -> Reply:
        return await call(self.api.app, "GET", f"/app{path}", [("cookie", self.cookie)])

    async def send(self, path: str, **fields: str) -> Reply:
        headers = [("cookie", self.cookie), SAME, FORM]
        return await call(self.api.app, "POST", f"/app{path}", headers, urlencode(fields).encode())

    async def follow(self, told: Reply) -> str:
        """The page a form leads on to."""
        assert told.status == 303, told
        page = await self.get(told.headers["location"].removeprefix("/app"))
        assert page.status == 200, page
        return page.body.decode()


async def signed_in(api: Api) -> Browser:
    told = await call(
        api.app, "POST", "/app/session", [SAME, FORM], urlencode({"token": api.token}).encode()
    )
    return Browser(api, told.headers["set-cookie"].partition(";")[0])


@pytest.fixture
def ann(house: House) -> Api:
    routes = web.routes(house, Verifier([ISSUER.trust()]), Sessions())
    return Api(build(house, web=routes), fresh("ann"))


@pytest.fixture
async def browser(ann: Api) -> Browser:
    return await signed_in(ann)


async def made(api: Api, name: str, **members: object) -> str:
    return str((await api.post("/v1/contacts", person(name, **members))).json["id"])


async def groups(api: Api) -> dict[str, list[str]]:
    return {g["name"]: g["members"] for g in (await api.get("/v1/groups")).json["groups"]}


async def group_id(api: Api, name: str) -> str:
    found = (await api.get("/v1/groups")).json["groups"]
    return str(next(g["id"] for g in found if g["name"] == name))


async def test_a_group_is_made_filled_renamed_and_deleted(ann: Api, browser: Browser) -> None:
    one = await made(ann, "One <b>")
    page = await browser.follow(await browser.send("/groups", name="Choir"))
    assert "Nobody is in this group yet" in page
    place = f"/groups/{await group_id(ann, 'Choir')}"
    found = (await browser.send(f"{place}/find", q="one")).body.decode()
    assert f'name="add" value="{one}"' in found
    page = await browser.follow(await browser.send(f"{place}/members", add=one))
    assert await groups(ann) == {"Choir": [one]}
    assert "One &lt;b&gt;" in page
    assert "not a member already" in (await browser.send(f"{place}/find", q="one")).body.decode()
    assert "Band" in await browser.follow(await browser.send(place, name="Band"))
    await browser.follow(await browser.send(f"{place}/members", remove=one))
    assert await groups(ann) == {"Band": []}
    assert "Band" not in await browser.follow(await browser.send(f"{place}/delete"))
    assert (await ann.get(f"/v1/contacts/{one}")).status == 200


async def test_a_keyword_that_nobody_has_leads_back_to_the_groups(
    ann: Api, browser: Browser
) -> None:
    one = await made(ann, "One", keywords={"Band": True})
    place = f"/groups/{await group_id(ann, 'Band')}"
    told = await browser.send(place, name="Crew")
    assert await groups(ann) == {"Crew": [one]}
    place = told.headers["location"].removeprefix("/app")
    told = await browser.send(f"{place}/members", remove=one)
    assert told.headers["location"] == "/app/groups"
    assert await groups(ann) == {}


async def test_a_contact_is_put_into_groups_on_its_own_page(ann: Api, browser: Browser) -> None:
    one = await made(ann, "One")
    await made(ann, "Two", keywords={"Band": True})
    group = await group_id(ann, "Band")
    page = (await browser.get(f"/contacts/{one}")).body.decode()
    assert f'name="add" value="{group}"' in page
    page = await browser.follow(await browser.send(f"/contacts/{one}/groups", add=group))
    assert f'name="remove" value="{group}"' in page
    assert one in (await groups(ann))["Band"]
    await browser.follow(await browser.send(f"/contacts/{one}/groups", remove=group))
    assert one not in (await groups(ann))["Band"]


async def test_a_group_is_no_row_of_the_list_and_its_contact_page_is_the_groups(
    ann: Api, browser: Browser
) -> None:
    one = await made(ann, "One")
    group = (await ann.post("/v1/groups", {"name": "Choir", "members": [one]})).json["id"]
    page = (await browser.get("/")).body.decode()
    assert page.count('class="row"') == 1
    assert f"/app/?group={group}" in page
    told = await browser.get(f"/contacts/{group}")
    assert told.headers["location"] == f"/app/groups/{group}"
    assert "1 member" in (await browser.get(f"/groups/{group}")).body.decode()
    await ann.delete(f"/v1/contacts/{one}")
    assert "0 members, 1 more not here" in (await browser.get(f"/groups/{group}")).body.decode()


async def test_a_name_that_is_none_and_a_group_that_is_not_are_told(
    ann: Api, browser: Browser
) -> None:
    assert (await browser.send("/groups", name=" ")).status == 422
    assert (await browser.send("/groups", name="x" * 256)).status == 422
    assert (await browser.get("/groups/k-none")).status == 404
    assert (await browser.send("/groups/k-none/delete")).status == 404


async def test_a_deleted_contact_waits_and_comes_back(ann: Api, browser: Browser) -> None:
    one = await made(ann, "One Person")
    page = await browser.follow(await browser.send(f"/contacts/{one}/delete"))
    assert "One Person" in page
    assert "30 days left" in page
    assert (await ann.get(f"/v1/contacts/{one}")).status == 404
    page = await browser.follow(await browser.send(f"/trash/{one}/restore"))
    assert "One Person" in page
    assert (await ann.get(f"/v1/contacts/{one}")).status == 200
    told = (await ann.get(f"/v1/contacts/{one}/history")).json["revisions"]
    assert [(r["kind"], r["device"]) for r in told[:2]] == [("restored", "web"), ("deleted", "web")]


async def test_what_is_deleted_for_ever_is_gone(ann: Api, browser: Browser) -> None:
    one = await made(ann, "One Person")
    await browser.send(f"/contacts/{one}/delete")
    page = await browser.follow(await browser.send(f"/trash/{one}/wipe"))
    assert "One Person" not in page
    assert (await browser.send(f"/trash/{one}/restore")).status == 404


async def test_the_recently_deleted_go_on_over_pages(
    ann: Api, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("One", "Two", "Three"):
        await browser.send(f"/contacts/{await made(ann, f'{name} Person')}/delete")
    monkeypatch.setattr("contact_service.endpoints.web.trash.TOLD", 2)
    first = (await browser.get("/trash")).body.decode()
    after = first.partition("?after=")[2].partition('"')[0]
    second = (await browser.get(f"/trash?after={after}")).body.decode()
    assert [page.count(" Person</bdi>") for page in (first, second)] == [2, 1]
    assert "?after=" not in second


async def test_a_revision_is_compared_with_now_and_restored(ann: Api, browser: Browser) -> None:
    one = await made(ann, "Old Name", emails={"e": {"address": "both@example.org"}})
    await ann.patch(
        f"/v1/contacts/{one}",
        {"name/full": "New Name", "keywords": {"Band": True}},
        x_device="Laptop <1>",
    )
    page = (await browser.get(f"/contacts/{one}/history")).body.decode()
    assert "Changed: name, groups" in page
    assert "Laptop &lt;1&gt;" in page
    first = page.rpartition("/history/")[2].partition('"')[0]
    page = (await browser.get(f"/contacts/{one}/history/{first}")).body.decode()
    marks = {
        text: page.rpartition(f"<bdi>{text}</bdi>")[0].rpartition("<div")[2].partition(">")[0]
        for text in ("Old Name", "New Name", "Band", "both@example.org")
    }
    assert [mark.strip() for mark in marks.values()] == [
        'class="came"',
        'class="went"',
        'class="went"',
        "",
    ]
    page = await browser.follow(await browser.send(f"/contacts/{one}/restore", revision=first))
    assert "Old Name" in page
    assert await groups(ann) == {}
    assert (await browser.get(f"/contacts/{one}/history/12345")).status == 404
    assert (await browser.get(f"/contacts/{one}/history?before=x")).status == 422


async def test_a_device_is_told_by_the_name_of_its_app_password(ann: Api, browser: Browser) -> None:
    one = await made(ann, "One")
    password = (await ann.post("/v1/app-passwords", {"name": "Anns <Mac>"})).json["id"]
    await ann.patch(f"/v1/contacts/{one}", {"name/full": "Two"}, x_device=password)
    assert "Anns &lt;Mac&gt;" in (await browser.get(f"/contacts/{one}/history")).body.decode()
    await ann.delete(f"/v1/app-passwords/{password}")
    page = (await browser.get(f"/contacts/{one}/history")).body.decode()
    assert "a synced device" in page
    assert password not in page


async def test_who_may_only_read_sees_no_form_and_changes_nothing(ann: Api) -> None:
    one = await made(ann, "One", keywords={"Band": True})
    group = await group_id(ann, "Band")
    reader = await signed_in(ann.scoped("contacts.read"))
    for path in ("/groups", f"/groups/{group}", f"/contacts/{one}", "/trash"):
        page = (await reader.get(path)).body.decode()
        forms = set(page.split('action="')[1:])
        assert {text.partition('"')[0] for text in forms} <= {"/app/session/end", "/app/search"}
    for path in (
        "/groups",
        f"/groups/{group}",
        f"/groups/{group}/delete",
        f"/contacts/{one}/delete",
        f"/contacts/{one}/restore",
        f"/trash/{one}/wipe",
    ):
        assert (await reader.send(path, name="X", revision="1")).status == 403
    told = await reader.send(f"/contacts/{one}/groups", remove=group)
    assert (told.status, await groups(ann)) == (403, {"Band": [one]})


async def test_another_owners_groups_and_contacts_are_not_there(ann: Api, browser: Browser) -> None:
    bea = ann.other(fresh("bea"))
    theirs = await made(bea, "Two", keywords={"Band": True})
    group = await group_id(bea, "Band")
    await bea.delete(f"/v1/contacts/{await made(bea, 'Gone Person')}")
    assert (await browser.get(f"/groups/{group}")).status == 404
    assert (await browser.get(f"/contacts/{theirs}/history")).status == 404
    assert (await browser.send(f"/contacts/{theirs}/delete")).status == 404
    assert "Gone Person" not in (await browser.get("/trash")).body.decode()
