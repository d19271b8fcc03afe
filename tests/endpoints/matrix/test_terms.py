"""The terms: who reads them, and that accepting them is the consent to be shown others, and nothing else."""

import pytest

from asking import Api, call
from contact_service.actions import matrix
from contact_service.actions.context import House
from matrixing import V2, Matrix, code

from .conftest import changing
from .test_lookup import left, strangers

PAGE = "/_matrix/identity/terms"


async def granted(who: Matrix) -> list[tuple[str, bool, str, str]]:
    told = await Api(who.app, who.mxid[1:].partition(":")[0]).get("/v1/privacy/consents")
    return [
        (c["purpose"], c["granted"], c["policyVersion"], c["source"]) for c in told.json["consents"]
    ]


async def test_the_terms_are_open_and_name_a_page_that_is_there(stranger: Matrix) -> None:
    told = await stranger("GET", "terms")
    policy = told.json["policies"]["privacy_policy"]
    assert (policy["version"], policy["en"]["name"]) == ("1", "Finding contacts")
    url = policy["en"]["url"]
    assert url == f"http://127.0.0.1:80{PAGE}?policy=privacy_policy&version=1&lang=en"
    page = await call(stranger.app, "GET", url.removeprefix("http://127.0.0.1:80"))
    assert (page.status, page.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "address book" in page.body.decode()


@changing(POLICY_VERSION="7/b&c", PUBLIC_URL="https://contacts.example.org/x")
async def test_the_address_of_the_terms_holds_the_version(stranger: Matrix) -> None:
    assert await stranger.terms() == (
        f"https://contacts.example.org/x{PAGE}?policy=privacy_policy&version=7%2Fb%26c&lang=en"
    )


@changing(MATRIX_TERMS_URL="https://example.org/terms-2-en.html", POLICY_VERSION="2")
async def test_the_operators_own_page_is_what_is_accepted(stranger: Matrix) -> None:
    eve = await stranger.sign_in()
    assert await eve.terms() == "https://example.org/terms-2-en.html"
    await eve.accept()
    assert await granted(eve) == [("match", True, "2", "matrix-terms")]


async def test_accepting_is_the_consent_to_match_and_to_nothing_else(stranger: Matrix) -> None:
    eve = await stranger.sign_in()
    assert await granted(eve) == []
    await eve.accept()
    assert await granted(eve) == [("match", True, "1", "matrix-terms")]
    await eve.accept()
    assert (await eve("GET", "account")).status == 200


@pytest.mark.parametrize("urls", [[], ["https://example.org/"], [""]])
async def test_accepting_something_else_changes_nothing(stranger: Matrix, urls: list[str]) -> None:
    eve = await stranger.sign_in()
    older = (await eve.terms()).replace("version=1", "version=0")
    told = await eve("POST", "terms", {"user_accepts": [*urls, older]})
    assert (told.status, told.json) == (200, {})
    assert await granted(eve) == []
    assert code(await eve("GET", "account")) == (403, "M_TERMS_NOT_SIGNED")


async def test_an_acceptance_says_what_is_accepted(stranger: Matrix) -> None:
    eve = await stranger.sign_in()
    for body, told in (
        ({}, "M_MISSING_PARAMS"),
        ({"user_accepts": "x"}, "M_INVALID_PARAM"),
        ({"user_accepts": [7]}, "M_INVALID_PARAM"),
    ):
        assert code(await eve("POST", "terms", body)) == (400, told)


async def test_terms_accepted_with_the_json_api_count_here(stranger: Matrix) -> None:
    eve = await stranger.sign_in()
    await Api(eve.app, eve.mxid[1:].partition(":")[0]).consents("match")
    assert (await eve("GET", "account")).status == 200


async def test_a_host_that_is_none_makes_no_address(stranger: Matrix, house: House) -> None:
    told = await call(stranger.app, "GET", f"{V2}/terms", [("host", "a b<")])
    assert told.status == 400
    assert "<" not in told.body.decode()


async def test_without_the_terms_nothing_is_told(stranger: Matrix) -> None:
    eve = await stranger.sign_in()
    for method, path in (("GET", "account"), ("GET", "hash_details"), ("POST", "lookup")):
        told = await eve(method, path, body=b"not json")
        assert code(told) == (403, "M_TERMS_NOT_SIGNED")


async def test_who_takes_the_consent_back_finds_nobody(ann: Matrix) -> None:
    pepper = await ann.pepper()
    user = Api(ann.app, ann.mxid[1:].partition(":")[0])
    assert (await user.delete("/v1/privacy/consents/match")).status == 204
    told = await ann.lookup(pepper=pepper)
    assert code(told) == (403, "M_TERMS_NOT_SIGNED")


async def test_who_takes_the_consent_back_pays_for_a_set_anew(ann: Matrix) -> None:
    asked, before = await strangers(ann, matrix.LEAST_SET), await left(ann)
    await ann.lookup(*asked)
    user = Api(ann.app, ann.mxid[1:].partition(":")[0])
    await user.delete("/v1/privacy/consents/match")
    await ann.accept()
    await ann.lookup(*asked)
    assert await left(ann) == before - 2 * len(asked)
