"""Patches over HTTP: only what they name changes; on an older base they are merged, and told of."""

from typing import Any

import pytest

from asking import Api, person


async def test_a_patch_changes_what_it_names_and_nothing_else(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A", "+14155550100", keywords={"x": True}))
    path = made.headers["location"]
    told = await ann.patch(path, {"phones/p0/number": "+14155550111", "keywords": None})
    assert told.status == 200
    assert told.json["phones"]["p0"]["number"] == "+14155550111"
    assert "keywords" not in told.json
    assert told.json["name"] == {"full": "A"}
    based = await ann.patch(path, {"base": told.headers["etag"], "patch": {"name/full": "B"}})
    assert based.json["name"]["full"] == "B"


@pytest.mark.parametrize(
    ("body", "slug", "said"),
    [
        ({"base": 7}, "unprocessable", "$.base"),
        ({"patch": []}, "unprocessable", "$.patch"),
        ({"patch": {}, "notes": None}, "unprocessable", "$:"),
        ({"phones/none/number": "1"}, "invalid-card", ""),
        ({"uid": "other"}, "invalid-card", "/uid"),
        ([], "unprocessable", "$"),
    ],
)
async def test_a_patch_that_cannot_be_is_told_by_place(
    ann: Api, body: Any, slug: str, said: str
) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    told = await ann.patch(path, body)
    assert (told.status, told.slug) == (422, slug)
    assert said in told.json["detail"]


async def test_an_edit_on_an_older_base_is_merged_and_its_conflicts_are_told(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A", "+14155550100"))
    path, base = made.headers["location"], made.headers["etag"]
    await ann.patch(path, {"name/full": "Theirs", "notes": {"n": {"note": "x"}}})
    told = await ann.patch(path, {"base": base, "patch": {"name/full": "Mine", "kind": "org"}})
    assert told.status == 200
    assert told.json["conflicts"] == [{"path": "name/full", "kept": "Mine", "dropped": "Theirs"}]
    read = (await ann.get(path)).json
    assert (read["name"]["full"], read["kind"], len(read["notes"])) == ("Mine", "org", 1)
    assert "conflicts" not in read


async def test_if_match_holds_where_a_base_would_merge(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A"))
    path, base = made.headers["location"], made.headers["etag"]
    await ann.patch(path, {"name/full": "B"})
    told = await ann.patch(path, {"base": base, "patch": {"notes": None}}, if_match=base)
    assert told.slug == "stale-revision"


async def test_a_base_that_is_not_held_is_409_with_the_current_contact(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A"))
    told = await ann.patch(made.headers["location"], {"base": '"00000000.1"', "patch": {}})
    assert (told.status, told.slug) == (409, "base-expired")
    assert told.json["current"]["etag"] == made.headers["etag"]
