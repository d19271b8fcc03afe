"""Idempotency-Key on every POST: one effect, one answer, and none that rests where it must not."""

from typing import Any

import pytest

from asking import Api, fresh, many, number, person
from contact_service.endpoints import table

# An evaluation's proof is another each time: tests/endpoints/test_private.py has its repeats.
PROVED = {"/v1/discovery/evaluate"}
# They need an import or an account: tests/endpoints/test_imports.py has their repeats.
PROVED |= {"/v1/imports", "/v1/imports/{id}:cancel", "/v1/imports/{id}:undo"}
# A link is begun anew each time, at no cost, and a ticket works once whatever its key.
PROVED |= {"/v1/accounts/{provider}:authorize", "/v1/accounts:finish"}
# What it keeps under a key is a charge: tests/endpoints/test_validations.py has its repeats.
PROVED |= {"/v1/validations"}
POSTS = [r for r in table.ROUTES if r.method == "POST" and r.path not in PROVED]
SENT: dict[str, tuple[Any, Any]] = {
    "/v1/contacts": (person("A"), person("B")),
    "/v1/contacts:batch": (
        {"operations": [{"op": "create", "card": person("A")}]},
        {"operations": []},
    ),
    "/v1/contacts:upload": (
        {"contacts": [{"sourceId": "1", "card": person("A")}]},
        {"contacts": []},
    ),
    "/v1/imports/files": (person("A"), person("B")),
    "/v1/contacts/{id}:restore": ({}, {"revision": "1"}),
    "/v1/contacts:restore": ({"ids": []}, {"at": "2026-01-01T00:00:00Z"}),
    "/v1/groups": ({"name": "A"}, {"name": "B"}),
    "/v1/app-passwords": ({"name": "A"}, {"name": "B"}),
    "/v1/search": ({"q": "a"}, {"q": "b"}),
    "/v1/discovery/lookup": ({"identifiers": ["tel:+14155550100"]}, {"identifiers": []}),
    "/v1/directory/users:batch": (
        {"users": [{"userId": fresh("u"), "identifiers": [f"tel:{number()}"]}]},
        {"users": []},
    ),
    "/v1/users:batchGet": ({"userIds": ["nobody"]}, {"userIds": []}),
    "/v1/discovery/buckets": (
        {"epoch": 1, "buckets": [{"id": 0}]},
        {"epoch": 1, "buckets": [{"id": 0, "since": 1}]},
    ),
    "/v1/discovery/resolve": (
        {"epoch": 1, "digests": ["A" * 22]},
        {"epoch": 1, "digests": ["A" * 21 + "Q"]},
    ),
}
ASKING = {
    "/v1/users:batchGet",
    "/v1/search",
    "/v1/discovery/lookup",
    "/v1/discovery/buckets",
    "/v1/discovery/resolve",
}


@pytest.mark.parametrize("route", POSTS, ids=lambda r: r.path)
async def test_each_post_under_a_key(ann: Api, route: Any) -> None:
    await ann.consents("store", "match")
    sent, other = SENT[route.path]
    path = route.path
    if "{id}" in path:
        made = (await ann.post("/v1/contacts", person("Gone"))).json["id"]
        await ann.delete(f"/v1/contacts/{made}")
        path = path.replace("{id}", made)
    first = await ann.post(path, sent, idempotency_key="k-1")
    again = await ann.post(path, sent, idempotency_key="k-1")
    assert first.status in {200, 201}, first
    assert (again.status, again.body) == (first.status, first.body)
    assert ("idempotent-replayed" in again.headers) is (route.path not in ASKING)
    assert "idempotent-replayed" not in first.headers
    assert again.headers.get("location") == first.headers.get("location")
    assert again.headers.get("etag") == first.headers.get("etag")
    reused = await ann.post(path, other, idempotency_key="k-1")
    assert (reused.status, reused.slug) == (422, "idempotency-key-reused")
    queried = await ann.post(f"{path}?x=1", sent, idempotency_key="k-1")
    assert queried.slug == "idempotency-key-reused"


async def test_five_at_once_make_one_contact(ann: Api) -> None:
    told = await many(
        *(ann.post("/v1/contacts", person("A"), idempotency_key="k") for _ in range(5))
    )
    assert {t.status for t in told} == {201}
    assert len({t.body for t in told}) == 1
    assert len((await ann.get("/v1/contacts")).json["contacts"]) == 1


async def test_a_key_is_the_owners_own(ann: Api, bea: Api) -> None:
    one = await ann.post("/v1/contacts", person("A"), idempotency_key="k")
    two = await bea.post("/v1/contacts", person("A"), idempotency_key="k")
    assert one.json["id"] != two.json["id"]


async def test_a_refused_request_does_not_use_up_its_key(ann: Api) -> None:
    assert (await ann.post("/v1/contacts", {"name": 7}, idempotency_key="k")).status == 422
    assert (await ann.post("/v1/contacts", person("A"), idempotency_key="k")).status == 201
