"""Friends and followers over HTTP: a list with names, and counts; nobody else's; and who of them is here."""

import secrets
from typing import Any

import pytest

from asking import Api, fresh
from contact_service.actions import edge, social
from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Edge


@pytest.fixture
def ids() -> list[str]:
    """Of accounts that no other test has."""
    return [str(secrets.randbelow(10**15) + 10**15) for _ in range(4)]


@pytest.fixture
async def kept(ann: Api, house: House, ids: list[str]) -> Api:
    edges = [Edge("x", "follower", f"Name {i}", ids[i]) for i in range(3)]
    edges.append(Edge("x", "following", "", ids[3]))
    await edge.write(house, OwnerId(ann.owner), "test", social.keep, edges, 1, "api", b"s" * 16)
    return ann


async def test_a_list_has_names_where_the_source_has(kept: Api) -> None:
    told = (await kept.get("/v1/social/edges")).json
    assert told["next"] is None
    assert sorted(one.get("name", "-") for one in told["edges"]) == ["-", "Name 0", "Name 1", "Name 2"]  # fmt: skip
    assert {(one["provider"], one["via"]) for one in told["edges"]} == {("x", "api")}
    assert all(one["seenAt"].endswith("Z") for one in told["edges"])


async def test_pages_follow_each_other_within_one_choice(kept: Api) -> None:
    first = (await kept.get("/v1/social/edges?kind=follower&limit=2")).json
    rest = (await kept.get(f"/v1/social/edges?kind=follower&limit=2&cursor={first['next']}")).json
    assert [len(first["edges"]), len(rest["edges"]), rest["next"]] == [2, 1, None]
    other = await kept.get(f"/v1/social/edges?limit=2&cursor={first['next']}")
    assert (other.status, other.slug) == (400, "invalid-cursor")


def counted(followers: int | None, following: int | None, *, deferred: bool = False) -> Any:
    told = [("follower", 3, followers), ("following", 1, following)]
    return {
        "counts": [
            {
                "provider": "x",
                "kind": kind,
                "people": people,
                "linked": linked,
                "deferred": people if deferred else 0,
            }
            for kind, people, linked in told
        ]
    }


COUNTS, LINKED = "/v1/social/counts", "/v1/social/edges?linked=true"


async def linked(bea: Api, known: str, audience: str = "everyone") -> None:
    """bea's account at X is `known`, as the app has verified, and she shares it so."""
    await bea.register(bea, f"account:x:{known}", profile={"displayName": "Bea"})
    told = await bea.put("/v1/privacy/sharing", {"account": audience, "name": "everyone"})
    assert told.status == 200


async def test_counts_say_how_many_have_linked_their_account(
    kept: Api, bea: Api, ids: list[str]
) -> None:
    assert (await kept.get(COUNTS)).json == counted(None, None, deferred=True)
    await kept.consents("match")
    assert (await kept.get(COUNTS)).json == counted(None, None, deferred=True)
    await kept.consents("import.x")
    assert (await kept.get(COUNTS)).json == counted(0, 0)
    await linked(bea, ids[1])
    assert (await kept.get(COUNTS)).json == counted(1, 0)
    assert (await kept.scoped("imports").get(COUNTS)).json == counted(None, None)


async def test_who_has_linked_it_is_listed_as_a_user(kept: Api, bea: Api, ids: list[str]) -> None:
    await kept.consents("match", "import.x")
    assert (await kept.get(LINKED)).json == {"edges": [], "next": None}
    await linked(bea, ids[1])
    told = (await kept.get(LINKED)).json
    (one,) = told["edges"]
    del one["seenAt"]
    assert one == {
        "provider": "x",
        "kind": "follower",
        "via": "api",
        "name": "Name 1",
        "userId": bea.owner,
        "profile": {"displayName": "Bea"},
    }
    assert (await kept.get(f"{LINKED}&kind=following")).json["edges"] == []
    assert (await kept.get(f"{LINKED}&provider=x&kind=follower")).json["edges"] != []
    await bea.put("/v1/privacy/sharing", {"account": "nobody"})
    assert (await kept.get(LINKED)).json["edges"] == []


async def test_pages_of_linked_people_follow_each_other(kept: Api, ids: list[str]) -> None:
    await kept.consents("match", "import.x")
    users = {kept.other(fresh("user")): known for known in ids}
    for user, known in users.items():
        await linked(user, known)
    found, query = [], f"{LINKED}&limit=1"
    while True:
        page = (await kept.get(query)).json
        found += [one["userId"] for one in page["edges"]]
        assert len(page["edges"]) <= 1
        if page["next"] is None:
            break
        query = f"{LINKED}&limit=1&cursor={page['next']}"
    assert sorted(found) == sorted(user.owner for user in users)
    plain = await kept.get("/v1/social/edges?limit=1")
    crossed = await kept.get(f"{LINKED}&limit=1&cursor={plain.json['next']}")
    assert (crossed.status, crossed.slug) == (400, "invalid-cursor")


async def test_who_may_not_ask_is_told_why(kept: Api) -> None:
    told = await kept.get(LINKED)
    assert (told.status, told.slug, told.json["purpose"]) == (403, "consent-required", "match")
    await kept.consents("match")
    assert (await kept.get(LINKED)).json == {"edges": [], "next": None}
    told = await kept.get(f"{LINKED}&provider=x")
    assert (told.status, told.json["purpose"]) == (403, "import.x")
    await kept.consents("import.x")
    told = await kept.scoped("imports").get(LINKED)
    assert (told.status, told.slug) == (403, "missing-scope")


async def test_each_person_costs_one_unit_once(kept: Api) -> None:
    await kept.consents("match", "import.x")

    async def left() -> int:
        return int((await kept.get("/v1/discovery/budget")).json["left"])

    before = await left()
    for path in (COUNTS, LINKED, COUNTS):
        assert (await kept.get(path)).status == 200
        assert await left() == before - 4


@pytest.mark.parametrize("query", ["kind=Friend", "provider=x%00", "limit=0", "linked=yes"], ids=["kind", "nul", "limit", "linked"])  # fmt: skip
async def test_a_parameter_that_cannot_be_is_told(ann: Api, query: str) -> None:
    told = await ann.get(f"/v1/social/edges?{query}")
    assert (told.status, told.slug) == (422, "invalid-parameter")


async def test_others_see_nothing_of_it(kept: Api, bea: Api) -> None:
    assert (await bea.get("/v1/social/edges")).json == {"edges": [], "next": None}
    assert (await bea.get("/v1/social/counts")).json == {"counts": []}
