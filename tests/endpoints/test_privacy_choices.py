"""Consents, sharing and blocks over HTTP."""

import pytest

from asking import Api, fresh, item, number


async def test_consents_are_given_listed_and_withdrawn(ann: Api) -> None:
    assert (await ann.get("/v1/privacy/consents")).json == {"consents": []}
    path = "/v1/privacy/consents/store"
    given = await ann.put(path, {"policyVersion": "2026-01", "source": "ios"})
    assert given.status == 200
    told = {k: v for k, v in given.json.items() if k != "at"}
    assert told == {
        "purpose": "store",
        "granted": True,
        "policyVersion": "2026-01",
        "source": "ios",
    }
    assert given.json["at"].endswith("Z")
    assert (await ann.put(path, {"policyVersion": "2026-01"})).json == given.json
    assert (await ann.get("/v1/privacy/consents")).json == {"consents": [given.json]}
    await ann.upload(item("1", "A"))
    assert (await ann.delete(path)).status == 204
    assert (await ann.get("/v1/privacy/consents")).json["consents"][0]["granted"] is False
    assert (await ann.get("/v1/contacts")).json["contacts"] == []
    assert (await ann.upload(item("1", "A"))).slug == "consent-required"


@pytest.mark.parametrize(
    ("purpose", "body", "status", "slug"),
    [
        ("world-domination", {"policyVersion": "1"}, 404, "not-found"),
        ("store", {}, 422, "unprocessable"),
        ("store", {"policyVersion": ""}, 422, "unprocessable"),
        ("store", {"policyVersion": "x" * 65}, 422, "unprocessable"),
        ("store", {"policyVersion": "\x00"}, 422, "unprocessable"),
        ("store", {"policyVersion": "1", "source": "fridge"}, 422, "unprocessable"),
    ],
)
async def test_what_is_no_consent_is_told(
    ann: Api, purpose: str, body: dict[str, str], status: int, slug: str
) -> None:
    told = await ann.put(f"/v1/privacy/consents/{purpose}", body)
    assert (told.status, told.slug) == (status, slug)


async def test_sharing_starts_protective_and_keeps_what_is_not_named(ann: Api) -> None:
    start = (await ann.get("/v1/privacy/sharing")).json
    assert start == {
        "phone": "contacts",
        "email": "contacts",
        "name": "contacts",
        "profilePhoto": "contacts",
        "suggestMe": False,
        "account": "nobody",
    }
    chosen = {**start, "phone": "nobody", "suggestMe": True}
    told = await ann.put("/v1/privacy/sharing", {"phone": "nobody", "suggestMe": True})
    assert told.json == chosen == (await ann.get("/v1/privacy/sharing")).json
    assert (await ann.put("/v1/privacy/sharing", {})).json == chosen
    assert (await ann.put("/v1/privacy/sharing", {"phone": "all"})).slug == "unprocessable"
    told = await ann.put("/v1/privacy/sharing", {"account": "contacts"})
    assert told.json == {**chosen, "account": "contacts"}
    assert (await ann.get("/v1/privacy/sharing")).json == {**chosen, "account": "contacts"}


@pytest.mark.parametrize("user", ["bea", "nobody", "%F0%9F%98%80", "a:b@c"])
async def test_a_block_never_tells_which_ids_exist(ann: Api, user: str) -> None:
    for method in ("PUT", "PUT", "DELETE", "DELETE"):
        assert (await ann(method, f"/v1/blocks/{user}")).status == 204


async def test_blocks_are_listed_in_pages(ann: Api) -> None:
    for user in ("c", "a", "b"):
        await ann.put(f"/v1/blocks/{user}")
    one = (await ann.get("/v1/blocks?limit=2")).json
    two = (await ann.get(f"/v1/blocks?limit=2&cursor={one['next']}")).json
    assert [b["userId"] for b in one["blocks"] + two["blocks"]] == ["a", "b", "c"]
    assert two["next"] is None
    assert one["blocks"][0]["since"].endswith("Z")
    assert (await ann.get("/v1/blocks?cursor=x")).slug == "invalid-cursor"


async def test_one_cannot_block_oneself(ann: Api) -> None:
    told = await ann.put(f"/v1/blocks/{ann.owner}")
    assert (told.status, told.slug) == (409, "cannot-block-yourself")
    assert (await ann.put(f"/v1/blocks/{'x' * 129}")).slug == "invalid-id"


async def test_narrowed_sharing_hides_at_once(ann: Api, bea: Api) -> None:
    await ann.consents("match")
    phone = number()
    await ann.register(bea, f"tel:{phone}")
    asked = {"identifiers": [f"tel:{phone}"]}
    assert len((await ann.post("/v1/discovery/lookup", asked)).json["matches"]) == 1
    await bea.put("/v1/privacy/sharing", {"phone": "nobody"})
    assert (await ann.post("/v1/discovery/lookup", asked)).json["matches"] == []


async def test_a_key_that_cannot_be_one_is_422(ann: Api) -> None:
    for key in ("", "x" * 256):
        told = await ann.post("/v1/search", {"q": "a"}, idempotency_key=key)
        assert (told.slug, told.json["parameter"]) == ("invalid-parameter", "Idempotency-Key")
    assert (
        await ann.post("/v1/search", {"q": "a"}, idempotency_key=fresh("k") + "é")
    ).status == 200
