"""R24: each route tried with another owner's ids: the same answer as for an id that nobody has, byte for byte."""

from typing import Any

import msgspec
import pytest

import picturing
from asking import Api, fresh, item, number, person
from contact_service.endpoints import table

UNKNOWN = "01890000-0000-7000-8000-000000000000"
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/v1/contacts/{id}"): person("X"),
    ("PATCH", "/v1/contacts/{id}"): {"name/full": "X"},
    ("PATCH", "/v1/groups/{id}"): {"name": "X"},
}
# A bucket is everybody's.
WITH_ID = [r for r in table.ROUTES if "{id}" in r.path and "{epoch}" not in r.path]
HEADERS: tuple[dict[str, str], ...] = ({}, {"if_match": "*"}, {"if_none_match": "*"})


class Hers(msgspec.Struct, frozen=True):
    """What bea has: a contact, and ids of each other kind that routes name."""

    contact: dict[str, Any]
    trashed: str
    group: str
    keyword: str
    app_password: str

    @property
    def ids(self) -> list[str]:
        return [self.contact["id"], self.trashed, self.group, self.keyword, self.app_password]


@pytest.fixture
async def hers(bea: Api) -> Hers:
    await bea.consents("store", "match")
    await bea.upload(item("1", "Cas", number(), keywords={"chess": True}))
    contact = (await bea.get("/v1/contacts")).json["contacts"][0]
    path = f"/v1/contacts/{contact['id']}/photo"
    assert (await bea.put(path, body=picturing.plain(), content_type="image/png")).status == 200
    trashed = (await bea.post("/v1/contacts", person("Gone"))).json["id"]
    assert (await bea.delete(f"/v1/contacts/{trashed}")).status == 204
    made = await bea.post("/v1/groups", {"name": "Club", "members": [contact["id"]]})
    assert made.status == 201
    groups = (await bea.get("/v1/groups")).json["groups"]
    keyword = next(group["id"] for group in groups if group["source"] == "keyword")
    device = (await bea.post("/v1/app-passwords", {"name": "Phone"})).json["id"]
    now = (await bea.get(f"/v1/contacts/{contact['id']}")).json
    return Hers(now, trashed, made.json["id"], keyword, device)


async def all_of(api: Api) -> list[bytes]:
    """All that an owner is shown of their own."""
    contacts = (await api.get("/v1/contacts")).json["contacts"]
    paths = ["/v1/contacts", "/v1/trash", "/v1/groups", "/v1/app-passwords", "/v1/changes"]
    paths += [f"/v1/contacts/{each['id']}/history" for each in contacts]
    return [(await api.get(path)).body for path in paths]


@pytest.mark.parametrize("route", WITH_ID, ids=lambda r: f"{r.method} {r.path}")
async def test_an_id_of_another_owner_is_unknown(
    ann: Api, bea: Api, hers: Hers, route: Any
) -> None:
    before = await all_of(bea)
    body = BODIES.get((route.method, route.path))
    more: dict[str, Any] = {}
    if (route.method, route.path) == ("PUT", "/v1/contacts/{id}/photo"):
        more = {"body": picturing.plain(), "content_type": "image/png"}
    path = route.path.replace("{contactId}", hers.contact["id"])
    for headers in (*HEADERS, {"if_match": hers.contact["etag"]}):
        unknown = await ann(
            route.method, route.path.replace("{id}", UNKNOWN), body, **headers, **more
        )
        for known in hers.ids:
            told = await ann(route.method, path.replace("{id}", known), body, **headers, **more)
            assert told.status == 404
            assert told.comparable == unknown.comparable
    assert await all_of(bea) == before


async def test_a_group_takes_no_contact_of_another_owner(ann: Api, hers: Hers) -> None:
    mine = (await ann.post("/v1/contacts", person("A", keywords={"k": True}))).json["id"]
    await ann.post("/v1/groups", {"name": "Mine", "members": [mine]})
    for group in (await ann.get("/v1/groups")).json["groups"]:
        for method in ("PUT", "DELETE"):
            told = [
                await ann(method, f"/v1/groups/{group['id']}/members/{contact}")
                for contact in (hers.contact["id"], UNKNOWN)
            ]
            assert told[0].comparable == told[1].comparable
    for path, body in (
        ("/v1/groups", {"name": "New", "members": ["?"]}),
        ("/v1/groups", {"name": "word", "source": "keyword", "members": ["?"]}),
    ):
        sent = [
            {**body, "members": [contact]} for contact in (hers.contact["id"], hers.group, UNKNOWN)
        ]
        refused = [await ann.post(path, each) for each in sent]
        assert {each.status for each in refused} == {refused[0].status}
        assert refused[0].status in (404, 422)
        assert len({each.body for each in refused}) == 1


async def test_a_restore_brings_back_nothing_of_another_owner(
    ann: Api, bea: Api, hers: Hers
) -> None:
    before = await all_of(bea)
    for at in ({}, {"at": "2020-01-01T00:00:00Z"}):
        told = [
            await ann.post("/v1/contacts:restore", {"ids": [one], **at})
            for one in (hers.trashed, hers.contact["id"], UNKNOWN)
        ]
        assert told[0].comparable == told[1].comparable == told[2].comparable
    assert await all_of(bea) == before


async def test_a_batch_cannot_reach_into_another_book(ann: Api, bea: Api, hers: Hers) -> None:
    def steps(card: str) -> dict[str, Any]:
        return {
            "operations": [
                {"op": "replace", "id": card, "card": person("X")},
                {"op": "patch", "id": card, "patch": {"name/full": "X"}},
                {"op": "delete", "id": card},
            ]
        }

    told = [
        await ann.post("/v1/contacts:batch", steps(card)) for card in (hers.contact["id"], UNKNOWN)
    ]
    assert [r["status"] for r in told[0].json["results"]] == [404, 404, 404]
    assert told[0].body.replace(hers.contact["id"].encode(), b"") == told[1].body.replace(
        UNKNOWN.encode(), b""
    )
    assert (await bea.get(f"/v1/contacts/{hers.contact['id']}")).json == hers.contact


async def test_two_owners_with_equal_books_see_their_own(ann: Api, bea: Api) -> None:
    for owner in (ann, bea):
        await owner.consents("store", "match")
        await owner.upload(item("same", "Same Person", "+14155550100", uid="same-uid"))
    seen = []
    for owner in (ann, bea):
        listed = (await owner.get("/v1/contacts")).json["contacts"]
        delta = (await owner.get("/v1/changes")).json["changed"]
        found = [r["contact"] for r in (await owner.get("/v1/search?q=same")).json["results"]]
        assert listed == delta == found
        seen.append(listed[0]["id"])
    assert seen[0] != seen[1]
    await ann.upload(view="full")
    assert (await ann.get("/v1/contacts")).json["contacts"] == []
    assert len((await bea.get("/v1/contacts")).json["contacts"]) == 1


async def test_tokens_cursors_and_keys_are_the_owners_own(ann: Api, bea: Api) -> None:
    for owner in (ann, bea):
        for _ in range(2):
            await owner.post("/v1/contacts", person("A"))
    cursor = (await bea.get("/v1/contacts?limit=1")).json["next"]
    token = (await bea.get("/v1/changes")).json["syncToken"]
    assert (await ann.get(f"/v1/contacts?cursor={cursor}")).slug == "invalid-cursor"
    assert (await ann.get(f"/v1/changes?since={token}")).slug == "sync-token-unknown"


async def test_what_one_owner_chooses_changes_nothing_for_another(ann: Api, bea: Api) -> None:
    await bea.get("/v1/changes")
    before = [
        (await bea.get(p)).json
        for p in ("/v1/privacy/consents", "/v1/privacy/sharing", "/v1/blocks")
    ]
    await ann.consents("store", "match")
    await ann.put("/v1/privacy/sharing", {"phone": "nobody"})
    await ann.put(f"/v1/blocks/{fresh('u')}")
    after = [
        (await bea.get(p)).json
        for p in ("/v1/privacy/consents", "/v1/privacy/sharing", "/v1/blocks")
    ]
    assert before == after
