"""Matches and look-ups, and the directory they rest on."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from asking import Api, build, fresh, item, many, number, person
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.endpoints.json.discovery import LookupAnswer
from contact_service.endpoints.json.matches import Matches


@pytest.fixture
async def dev(ann: Api) -> Api:
    return await ann.consents("match")


async def lookup(api: Api, *identifiers: str, **more: Any) -> Any:
    return await api.post("/v1/discovery/lookup", {"identifiers": list(identifiers)}, **more)


async def test_a_lookup_answers_hits_in_request_order_and_names_what_is_invalid(
    dev: Api, bea: Api, cas: Api
) -> None:
    one, two = number(), f"{fresh('m')}@example.org"
    await dev.register(bea, f"tel:{one}")
    await dev.register(cas, f"mailto:{two}")
    told = await lookup(
        dev, f"mailto:{two.upper()}", "tel:12", f"tel:{number()}", "bob", f"tel:{one}"
    )
    assert told.json == {
        "matches": [
            {"identifier": f"mailto:{two.upper()}", "userId": cas.owner, "profile": {}},
            {"identifier": f"tel:{one}", "userId": bea.owner, "profile": {}},
        ],
        "invalid": [1, 3],
        "budget": told.json["budget"],
        "receipt": told.json["receipt"],
    }
    assert told.json["budget"]["left"] == 1_997
    msgspec.json.decode(told.body, type=LookupAnswer)


async def test_a_lookup_needs_consent_and_has_a_bound(ann: Api) -> None:
    told = await lookup(ann, "tel:+14155550100")
    assert (told.status, told.slug, told.json["purpose"]) == (403, "consent-required", "match")
    await ann.consents("match")
    told = await lookup(ann, *["tel:+14155550100"] * 1001)
    assert (told.status, told.slug, told.json["limit"]) == (413, "too-large", 1000)


async def test_a_lookup_under_a_key_is_made_anew(dev: Api, bea: Api) -> None:
    phone = number()
    assert (await lookup(dev, f"tel:{phone}", idempotency_key="k")).json["matches"] == []
    await dev.register(bea, f"tel:{phone}")
    assert len((await lookup(dev, f"tel:{phone}", idempotency_key="k")).json["matches"]) == 1
    assert (
        await lookup(dev, "tel:+14155550100", idempotency_key="k")
    ).slug == "idempotency-key-reused"


@pytest.mark.parametrize(
    "text", ["\x00", "tel:" + "1" * 100_000, "mailto:" + "@" * 9999, "", ":", "tel:+\ud7ff", "TEL:"]
)
async def test_no_identifier_breaks_a_lookup(dev: Api, text: str) -> None:
    told = await lookup(dev, text)
    assert told.status in {200, 422}
    if told.status == 200:
        assert told.json["invalid"] == [0]


async def test_matches_page_and_are_304_until_what_is_shown_changes(
    dev: Api, bea: Api, cas: Api
) -> None:
    first = await dev.get("/v1/matches")
    assert first.json == {"matches": [], "next": None}
    for user in (bea, cas):
        phone = number()
        await dev.register(user, f"tel:{phone}")
        await dev.post("/v1/contacts", person("X", phone))
    told = await dev.get("/v1/matches", if_none_match=first.headers["etag"])
    assert {m["userId"] for m in told.json["matches"]} == {bea.owner, cas.owner}
    msgspec.json.decode(told.body, type=Matches)
    one = await dev.get("/v1/matches?limit=1")
    two = await dev.get(f"/v1/matches?limit=1&cursor={one.json['next']}")
    assert one.json["matches"] + two.json["matches"] == told.json["matches"]
    assert two.json["next"] is None
    assert (await dev.get("/v1/matches", if_none_match=told.headers["etag"])).status == 304
    await bea.put(f"/v1/blocks/{dev.owner}")
    after = await dev.get("/v1/matches", if_none_match=told.headers["etag"])
    assert [m["userId"] for m in after.json["matches"]] == [cas.owner]
    assert (await bea.get(f"/v1/matches?cursor={one.json['next']}")).slug == "invalid-cursor"


async def test_who_registers_later_is_found_when_asked(dev: Api, bea: Api) -> None:
    phone = number()
    await dev.post("/v1/contacts", person("Bea", phone))
    assert (await dev.get("/v1/matches")).json["matches"] == []
    await dev.register(bea, f"tel:{phone}")
    assert [m["userId"] for m in (await dev.get("/v1/matches")).json["matches"]] == [bea.owner]


async def test_the_list_filters_by_match_with_the_scope_for_it(dev: Api, bea: Api) -> None:
    phone = number()
    await dev.register(bea, f"tel:{phone}")
    hit = (await dev.post("/v1/contacts", person("Bea", phone))).json["id"]
    miss = (await dev.post("/v1/contacts", person("Else"))).json["id"]
    for flag, expected in (("true", [hit]), ("false", [miss])):
        found = (await dev.get(f"/v1/contacts?matched={flag}")).json["contacts"]
        assert [card["id"] for card in found] == expected
    told = await dev.scoped("contacts.read").get("/v1/contacts?matched=true")
    assert (told.slug, told.json["scope"]) == ("missing-scope", "discovery")
    assert (await bea.get("/v1/contacts?matched=true")).slug == "consent-required"


async def test_a_registration_is_put_read_and_removed(dev: Api) -> None:
    user, phone = fresh("u"), number()
    path = f"/v1/directory/users/{user}"
    assert (await dev.get(path)).slug == "not-found"
    told = await dev.put(
        path,
        {
            "identifiers": [f"tel:{phone[:5]} {phone[5:]}", "mailto:A.B@Example.ORG"],
            "profile": {"displayName": "U", "photoUrl": "https://example.org/u.jpg"},
            "class": "attested",
        },
    )
    assert (
        told.json
        == (await dev.get(path)).json
        == {
            "userId": user,
            "identifiers": [f"tel:{phone}", "mailto:a.b@example.org"],
            "profile": {"displayName": "U", "photoUrl": "https://example.org/u.jpg"},
            "class": "attested",
            "state": "active",
        }
    )
    assert (await dev.delete(path)).status == 204
    assert (await dev.delete(path)).slug == "not-found"


async def test_a_batch_of_registrations_names_the_bad_by_position(dev: Api, bea: Api) -> None:
    good, phone = fresh("u"), number()
    told = await dev.post(
        "/v1/directory/users:batch",
        {
            "users": [
                {"userId": good, "identifiers": [f"tel:{phone}"], "discoverable": True},
                {"userId": "b", "identifiers": ["tel:+14155550100", "tel:secret"]},
                {"userId": "a/b"},
                {"identifiers": []},
                7,
                {"userId": "c", "state": "zombie"},
                {"userId": "d", "identifiers": ["tel:+14155550100"] * 51},
                {"userId": "\x00"},
            ]
        },
    )
    found = told.json["results"]
    assert [(r["userId"], r["status"]) for r in found[:-1]] == [
        (good, 200), ("b", 422), ("a/b", 422), (None, 422), (None, 422), ("c", 422), ("d", 422),
    ]  # fmt: skip
    assert found[-1]["status"] == 422
    assert "identifiers[1]" in found[1]["problem"]["detail"]
    assert "secret" not in told.body.decode()
    assert len((await lookup(dev, f"tel:{phone}")).json["matches"]) == 1
    told = await dev.post("/v1/directory/users:batch", {"users": [{}] * 501})
    assert (told.status, told.slug) == (413, "too-large")


async def test_registrations_at_once_do_not_lose_each_other(dev: Api) -> None:
    phones = [number() for _ in range(8)]
    users = [dev.other(fresh("u")) for _ in phones]
    await many(*(dev.register(u, f"tel:{p}") for u, p in zip(users, phones, strict=True)))
    told = await lookup(dev, *(f"tel:{p}" for p in phones))
    assert [m["userId"] for m in told.json["matches"]] == [u.owner for u in users]


async def test_a_sync_matches_the_book_again_where_it_is_worth_it(
    app: App, dev: Api, bea: Api
) -> None:
    phone = number()
    await dev.post("/v1/contacts", person("Bea", phone))
    token = (await dev.get("/v1/changes")).json["syncToken"]
    await dev.get("/v1/matches")
    await dev.register(bea, f"tel:{phone}")
    # This process learns that the directory moved on from whoever asks.
    await bea.consents("match")
    await bea.get("/v1/matches")
    empty = await dev.get(f"/v1/changes?since={token}")
    assert (empty.json["changed"], empty.json["syncToken"]) == ([], token)
    assert len((await dev.get("/v1/contacts?matched=true")).json["contacts"]) == 1


async def test_an_upload_beyond_the_budget_tells_how_many_wait(house: House, ann: Api) -> None:
    few = replace(house, settings=msgspec.structs.replace(house.settings, discovery_at_once=3))
    dev = await Api(build(few), ann.owner).consents("store", "match")
    told = await dev.upload(*(item(str(n), f"P{n}", number()) for n in range(5)))
    assert (told.status, told.json["created"], told.json["deferred"]) == (200, 5, 2)
    assert (await dev.upload()).json["deferred"] == 2
    assert (await dev.get("/v1/discovery/budget")).json["left"] == 0
