"""Many operations in one request: each answered in its place."""

from typing import Any

import msgspec
import pytest

from asking import Api, person
from contact_service.endpoints.json.batch import BatchAnswer


async def run(api: Api, *operations: Any, **more: Any) -> list[dict[str, Any]]:
    told = await api.post("/v1/contacts:batch", {"operations": list(operations)}, **more)
    assert told.status == 200, told
    msgspec.json.decode(told.body, type=BatchAnswer)
    found: list[dict[str, Any]] = told.json["results"]
    return found


async def test_a_bad_item_never_sinks_the_rest(ann: Api) -> None:
    stale = (await ann.post("/v1/contacts", person("A"))).json
    now = await ann.patch(f"/v1/contacts/{stale['id']}", {"notes": {"n": {"note": "x"}}})
    found = await run(
        ann,
        {"op": "create", "clientId": "a", "card": person("B")},
        {"op": "create", "clientId": "b", "card": {"name": 7}},
        {"op": "explode", "clientId": "c"},
        {"op": "patch", "clientId": "d", "id": stale["id"], "base": "00000000.1", "patch": {}},
        {
            "op": "patch",
            "clientId": "e",
            "id": stale["id"],
            "base": now.headers["etag"],
            "patch": {"notes": None},
        },
        {"op": "delete", "clientId": "f", "id": "01890000-0000-7000-8000-000000000000"},
        {"op": "delete", "clientId": "g"},
        7,
        {"op": "create", "clientId": {"no": 1}},
        {
            "op": "replace",
            "clientId": "h",
            "id": stale["id"],
            "card": person("C", uid=stale["uid"]),
        },
        {"op": "delete", "clientId": "i", "id": stale["id"]},
        {"op": "patch", "clientId": "j", "id": stale["id"], "patch": {"name/full": "\x00"}},
    )
    assert [(r["clientId"], r["status"]) for r in found] == [
        ("a", 201), ("b", 422), ("c", 422), ("d", 409), ("e", 200), ("f", 404), ("g", 422),
        (None, 422), (None, 422), ("h", 200), ("i", 204), ("j", 404),
    ]  # fmt: skip
    for result in found:
        assert ("problem" in result) is (result["status"] >= 400)
        if "problem" in result:
            assert result["problem"]["status"] == result["status"]
            assert result["problem"]["type"].startswith("/docs/problems/")
    assert found[3]["problem"]["current"]["etag"] == now.headers["etag"]
    made = await ann.get(f"/v1/contacts/{found[0]['id']}")
    assert made.headers["etag"] == found[0]["etag"]
    assert (await ann.get(f"/v1/contacts/{stale['id']}")).status == 404


async def test_a_delete_of_what_was_edited_since_is_told_and_the_edit_stays(ann: Api) -> None:
    seen = (await ann.post("/v1/contacts", person("A"))).json
    path = f"/v1/contacts/{seen['id']}"
    edited = await ann.patch(path, {"name/full": "B"})
    stale = {"op": "delete", "id": seen["id"], "base": seen["etag"]}
    (result,) = await run(ann, stale)
    assert (result["status"], result["problem"]["type"]) == (409, "/docs/problems/edited-since")
    assert result["problem"]["current"]["etag"] == edited.headers["etag"]
    assert (await ann.get(path)).body == edited.body
    (result,) = await run(ann, {**stale, "base": edited.headers["etag"]})
    assert result["status"] == 204


async def test_an_edit_of_a_deleted_contact_revives_it_only_if_it_says_something(ann: Api) -> None:
    seen = (await ann.post("/v1/contacts", person("A", phones={"a": {"number": "1"}}))).json
    await ann.delete(f"/v1/contacts/{seen['id']}")
    edit = {"op": "patch", "id": seen["id"], "base": seen["etag"]}
    renamed = {"phones/a": None, "phones/b": {"number": "1"}}
    (result,) = await run(ann, {**edit, "patch": renamed})
    assert result["status"] == 404
    (result,) = await run(ann, {**edit, "patch": {**renamed, "phones/b": {"number": "2"}}})
    assert result["status"] == 200


async def test_the_token_of_a_batch_is_the_state_after_it(ann: Api) -> None:
    told = await ann.post(
        "/v1/contacts:batch", {"operations": [{"op": "create", "card": person("A")}] * 3}
    )
    delta = await ann.get(f"/v1/changes?since={told.json['syncToken']}")
    assert (delta.json["changed"], delta.json["more"]) == ([], False)


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b'{"operations":[' + b",".join([b'{"op":"delete"}'] * 501) + b"]}", 413, "too-large"),
        (b'{"operations":[' + b",".join([b"7"] * 501) + b"]}", 413, "too-large"),
        (b'{"operations":{}}', 422, "unprocessable"),
        (b"{}", 422, "unprocessable"),
        (b'{"operations":[{"op":"delete"}', 400, "malformed"),
        (b'{"operations":[7', 400, "malformed"),
        (b"", 400, "malformed"),
    ],
)
async def test_what_is_no_batch_is_told(ann: Api, body: bytes, status: int, slug: str) -> None:
    told = await ann.post("/v1/contacts:batch", body=body)
    assert (told.status, told.slug) == (status, slug)


async def test_an_empty_batch_does_nothing(ann: Api) -> None:
    assert await run(ann) == []


async def test_a_batch_under_a_key_has_one_effect(ann: Api) -> None:
    steps = [{"op": "create", "clientId": "a", "card": person("A")}]
    first, again = [await run(ann, *steps, idempotency_key="k") for _ in range(2)]
    assert first == again
    assert len((await ann.get("/v1/contacts")).json["contacts"]) == 1
