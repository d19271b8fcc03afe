"""Search over both verbs."""

import msgspec
import pytest

from asking import Api, person
from contact_service.endpoints.json.search import Results


@pytest.fixture
async def book(ann: Api) -> Api:
    for name in ("Ann Meyer", "Bob Meyer", "Zoë Ωmega"):
        assert (await ann.post("/v1/contacts", person(name, "+14155550123"))).status == 201
    return ann


async def test_get_and_post_find_the_same_best_first(book: Api) -> None:
    got = await book.get("/v1/search?q=ann+mey&limit=2")
    posted = await book.post("/v1/search", {"q": "ann mey", "limit": 2})
    assert got.body == posted.body
    assert got.json["results"][0]["contact"]["name"] == {"full": "Ann Meyer"}
    found = msgspec.json.decode(got.body, type=Results).results
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found[0].matched_on[0].path
    assert (await book.get("/v1/search?q=zo%C3%AB")).json["results"][0]["contact"]["name"][
        "full"
    ] == "Zoë Ωmega"


async def test_nothing_asked_nothing_found(book: Api) -> None:
    assert (await book.get("/v1/search?q=")).json == {"results": []}
    told = await book.get("/v1/search")
    assert (told.status, told.slug, told.json["parameter"]) == (422, "invalid-parameter", "q")


async def test_a_search_under_a_key_is_made_anew(book: Api) -> None:
    first = await book.post("/v1/search", {"q": "new"}, idempotency_key="k")
    await book.post("/v1/contacts", person("New Person"))
    again = await book.post("/v1/search", {"q": "new"}, idempotency_key="k")
    assert (first.json["results"], len(again.json["results"])) == ([], 1)
    other = await book.post("/v1/search", {"q": "else"}, idempotency_key="k")
    assert other.slug == "idempotency-key-reused"


async def test_only_ones_own_contacts_are_found(book: Api, bea: Api) -> None:
    assert (await bea.get("/v1/search?q=meyer")).json == {"results": []}
