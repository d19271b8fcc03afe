"""R24: each route tried with another owner's ids: the same answer as for an id that nobody has, byte for byte."""

from typing import Any

import pytest

from asking import Api, fresh, item, number, person
from contact_service.endpoints import table

UNKNOWN = "01890000-0000-7000-8000-000000000000"
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/v1/contacts/{id}"): person("X"),
    ("PATCH", "/v1/contacts/{id}"): {"name/full": "X"},
}
WITH_ID = [r for r in table.ROUTES if "{id}" in r.path]


@pytest.fixture
async def hers(bea: Api) -> dict[str, Any]:
    """A contact of bea's."""
    await bea.consents("store", "match")
    await bea.upload(item("1", "Cas", number()))
    found: dict[str, Any] = (await bea.get("/v1/contacts")).json["contacts"][0]
    return found


@pytest.mark.parametrize("route", WITH_ID, ids=lambda r: f"{r.method} {r.path}")
async def test_an_id_of_another_owner_is_unknown(
    ann: Api, bea: Api, hers: dict[str, Any], route: Any
) -> None:
    body = BODIES.get((route.method, route.path))
    for headers in ({}, {"if_match": hers["etag"]}, {"if_match": "*"}, {"if_none_match": "*"}):
        told = [
            await ann(route.method, route.path.replace("{id}", card), body, **headers)
            for card in (hers["id"], UNKNOWN)
        ]
        assert told[0].status == 404
        assert told[0].comparable == told[1].comparable
    assert (await bea.get(f"/v1/contacts/{hers['id']}")).json == hers


async def test_a_batch_cannot_reach_into_another_book(
    ann: Api, bea: Api, hers: dict[str, Any]
) -> None:
    def steps(card: str) -> dict[str, Any]:
        return {
            "operations": [
                {"op": "replace", "id": card, "card": person("X")},
                {"op": "patch", "id": card, "patch": {"name/full": "X"}},
                {"op": "delete", "id": card},
            ]
        }

    told = [await ann.post("/v1/contacts:batch", steps(card)) for card in (hers["id"], UNKNOWN)]
    assert [r["status"] for r in told[0].json["results"]] == [404, 404, 404]
    assert told[0].body.replace(hers["id"].encode(), b"") == told[1].body.replace(
        UNKNOWN.encode(), b""
    )
    assert (await bea.get(f"/v1/contacts/{hers['id']}")).json == hers


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
