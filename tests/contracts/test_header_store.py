"""The contract of a Header Store, on whatever keeps it: make contract-header-store URL=… TOKEN=…

It only reads, so it may be run on a store that is in use; what changes meanwhile is allowed for.
"""

from typing import Any
from urllib.parse import quote

import pytest

PATH = "/v1/users/changes"
MOST_PAGES = 20
"""Of a large store the first ones are looked at."""


async def pages(ask: Any) -> tuple[list[dict[str, Any]], bool]:
    """The first pages from the start, and whether the last of all is among them."""
    found, params = [], {}
    for _ in range(MOST_PAGES):
        answer = await ask("GET", PATH, "Page", params=params)
        assert answer.status_code == 200
        found.append(answer.json())
        if not found[-1]["more"]:
            return found, True
        assert found[-1]["token"] != params.get("since"), "the chain stands still"
        params = {"since": found[-1]["token"]}
    return found, False


async def newest(ask: Any) -> dict[str, dict[str, Any]]:
    """The last state that the first pages tell of each user."""
    told: dict[str, dict[str, Any]] = {}
    for page in (await pages(ask))[0]:
        for user in [*page["changed"], *page["removed"]]:
            if user["version"] >= told.get(user["userId"], {"version": 0})["version"]:
                told[user["userId"]] = user
    return {user: each for user, each in told.items() if "status" in each}


async def test_the_pages_from_the_start_come_to_an_end_and_tell_one_state_a_version(header_store):
    found, _ = await pages(header_store)
    states: dict[tuple[str, int], Any] = {}
    for page in found:
        for user in [*page["changed"], *page["removed"]]:
            assert states.setdefault((user["userId"], user["version"]), user) == user


async def test_the_same_token_tells_no_older_state(header_store):
    found, _ = await pages(header_store)
    since = {"since": found[0]["token"]}
    first, again = [
        (await header_store("GET", PATH, "Page", params=since)).json() for _ in range(2)
    ]
    before = {user["userId"]: user["version"] for user in first["changed"]}
    for user in again["changed"]:
        assert user["version"] >= before.get(user["userId"], 0)


async def test_after_the_last_page_there_is_nothing_or_what_is_new(header_store):
    found, ended = await pages(header_store)
    if not ended:
        pytest.skip(f"more than {MOST_PAGES} pages")
    known = {(u["userId"], u["version"]) for page in found for u in page["changed"]}
    later = (await header_store("GET", PATH, "Page", params={"since": found[-1]["token"]})).json()
    assert not known & {(u["userId"], u["version"]) for u in later["changed"]}


async def test_a_user_is_told_alike_by_all_three(header_store):
    for user, told in list((await newest(header_store)).items())[:20]:
        one = await header_store("GET", f"/v1/users/{quote(user, safe='')}", "User")
        many = await header_store("POST", "/v1/users:batchGet", "Users", json={"userIds": [user]})
        if one.status_code == 404:
            continue  # gone meanwhile
        assert one.status_code == many.status_code == 200
        for found in (one.json(), *many.json()["users"]):
            assert found["version"] >= told["version"]
            if found["version"] == told["version"]:
                assert found == told
        assert one.headers["etag"] == f'"{one.json()["version"]}"'


async def test_a_user_that_is_known_is_not_sent_again(header_store):
    for user in list(await newest(header_store))[:5]:
        path = f"/v1/users/{quote(user, safe='')}"
        one = await header_store("GET", path, "User")
        if one.status_code == 200:
            again = await header_store(
                "GET", path, "User", headers={"If-None-Match": one.headers["etag"]}
            )
            assert again.status_code in {200, 304}
            if again.status_code == 200:
                assert again.json()["version"] > one.json()["version"]
            else:
                assert again.content == b""


async def test_nobody_is_404_and_is_left_out_of_a_batch(header_store):
    nobody = "nobody-has-this-id-4f1c"
    assert (await header_store("GET", f"/v1/users/{nobody}")).status_code == 404
    known = list(await newest(header_store))[:5]
    wanted = {"userIds": [nobody, *known, *known]}
    found = (await header_store("POST", "/v1/users:batchGet", "Users", json=wanted)).json()["users"]
    assert len({user["userId"] for user in found}) == len(found)
    assert {user["userId"] for user in found} <= set(known)


async def test_500_ids_are_a_batch_and_501_are_none(header_store):
    ids = [f"nobody-{n}" for n in range(501)]
    whole = await header_store("POST", "/v1/users:batchGet", "Users", json={"userIds": ids[:500]})
    assert (whole.status_code, whole.json()["users"]) == (200, [])
    over = await header_store("POST", "/v1/users:batchGet", "Users", json={"userIds": ids})
    assert over.status_code in {400, 413, 422}


@pytest.mark.parametrize("token", ["never-given", "99999999999999999.99999999999999999", "-1"])
async def test_a_token_that_was_never_given_is_410(header_store, token):
    assert (await header_store("GET", PATH, params={"since": token})).status_code == 410


@pytest.mark.parametrize("token", ["", "wrong"], ids=["none", "wrong"])
async def test_without_the_right_token_nothing_is_told(header_store, token):
    for method, path, more in (
        ("GET", PATH, {}),
        ("GET", "/v1/users/u1", {}),
        ("POST", "/v1/users:batchGet", {"json": {"userIds": ["u1"]}}),
    ):
        answer = await header_store(method, path, token=token, **more)
        assert answer.status_code == 401
        assert "identifiers" not in answer.text
