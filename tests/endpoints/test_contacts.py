"""Contacts over HTTP: bytes kept, conditions held, refusals told by place."""

import asyncio
from typing import Any

import msgspec
import pytest

from asking import Api, call, person
from contact_service.endpoints.json.contacts import Contact, Contacts


async def test_a_contact_comes_back_as_it_was_sent_with_id_and_etag(ann: Api) -> None:
    sent = person("Ann", "+14155550100", **{"x.example/unknown": {"kept": [1, 2.5, None]}})
    made = await ann.post("/v1/contacts", sent)
    assert made.status == 201
    assert made.headers["location"] == f"/v1/contacts/{made.json['id']}"
    read = await ann.get(made.headers["location"])
    assert read.status == 200
    assert read.body == made.body
    assert read.headers["etag"] == made.json["etag"] == made.headers["etag"]
    assert sent.items() <= read.json.items()
    msgspec.json.decode(read.body, type=Contact)


async def test_the_list_pages_by_id_and_misses_nothing(ann: Api) -> None:
    made = [(await ann.post("/v1/contacts", person(f"P{i}"))).json["id"] for i in range(7)]
    seen: list[str] = []
    path = "/v1/contacts?limit=3"
    while path:
        page = await ann.get(path)
        told = msgspec.json.decode(page.body, type=Contacts)
        seen += [card.id for card in told.contacts]
        path = f"/v1/contacts?limit=3&cursor={told.next}" if told.next else ""
    assert seen == sorted(made)


async def test_a_list_is_304_until_something_is_written(ann: Api) -> None:
    await ann.post("/v1/contacts", person("A"))
    first = await ann.get("/v1/contacts")
    again = await ann.get("/v1/contacts", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    await ann.post("/v1/contacts", person("B"))
    later = await ann.get("/v1/contacts", if_none_match=first.headers["etag"])
    assert later.status == 200
    assert len(later.json["contacts"]) == 2


async def test_a_contact_is_304_while_its_tag_fits(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A"))
    path, tag = made.headers["location"], made.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert (await ann.get(path, if_none_match=sent)).status == 304
    await ann.patch(path, {"notes": {"n": {"note": "x"}}})
    assert (await ann.get(path, if_none_match=tag)).status == 200


async def test_a_stale_write_is_412_with_the_current_contact(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A"))
    path, stale = made.headers["location"], made.headers["etag"]
    now = await ann.put(path, {**person("B"), "uid": made.json["uid"]}, if_match=stale)
    assert now.status == 200
    for method, body in (("PUT", person("C")), ("PATCH", {"notes": None}), ("DELETE", None)):
        told = await ann(method, path, body, if_match=stale)
        assert (told.status, told.slug) == (412, "stale-revision")
        assert told.json["current"]["contact"]["name"] == {"full": "B"}
        assert told.json["current"]["etag"] == now.headers["etag"]
    assert (await ann.get(path)).body == now.body


async def test_one_fitting_tag_of_several_is_enough(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A"))
    several = f'"00.1", {made.headers["etag"]}'
    path = made.headers["location"]
    assert (await ann.delete(path, if_match='W/"x"')).slug == "stale-revision"
    assert (await ann.delete(path, if_match=several)).status == 204
    assert (await ann.get(path)).slug == "not-found"


async def test_the_same_contact_again_is_answered_not_doubled(ann: Api) -> None:
    sent = person("A", uid="u-1")
    assert (await ann.post("/v1/contacts", sent)).status == 201
    assert (await ann.post("/v1/contacts", sent)).status == 200
    other = await ann.post("/v1/contacts", person("B", uid="u-1"))
    assert (other.status, other.slug) == (409, "uid-taken")


async def test_a_filter_keeps_only_what_it_names(ann: Api) -> None:
    one = (await ann.post("/v1/contacts", person("A", keywords={"climbing": True}))).json["id"]
    two = (await ann.post("/v1/contacts", person("B"))).json["id"]

    async def ids(query: str) -> list[str]:
        return [card["id"] for card in (await ann.get(f"/v1/contacts?{query}")).json["contacts"]]

    assert await ids("group=climbing") == [one]
    assert await ids("group=none") == []
    assert await ids("book=contacts") == sorted([one, two])
    assert await ids("updatedSince=2020-01-01T00:00:00Z") == sorted([one, two])
    assert await ids("updatedSince=2099-01-01T00:00:00%2B02:00") == []
    assert (await ann.get("/v1/contacts?book=other")).slug == "not-found"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=%C2%B2",
        "limit=1&limit=2",
        "matched=yes",
        "updatedSince=yesterday",
        "updatedSince=2020-01-01T00:00:00",
        "group=%00",
        "group=%FF",
    ],
)
async def test_a_wrong_parameter_is_422(ann: Api, query: str) -> None:
    told = await ann.get(f"/v1/contacts?{query}")
    assert (told.status, told.slug) == (422, "invalid-parameter")


async def test_a_cursor_of_another_list_or_owner_is_refused(ann: Api, bea: Api) -> None:
    for _ in range(2):
        await ann.post("/v1/contacts", person("A", keywords={"k": True}))
    cursor = (await ann.get("/v1/contacts?limit=1")).json["next"]
    for api, query in (
        (ann, f"group=k&cursor={cursor}"),
        (bea, f"cursor={cursor}"),
        (ann, "cursor=x"),
    ):
        told = await api.get(f"/v1/contacts?{query}")
        assert (told.status, told.slug) == (400, "invalid-cursor")


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"[]", 422, "invalid-card"),
        (b'{"name":7}', 422, "invalid-card"),
        (b'{"name":{"full":"\\u0000"}}', 422, "invalid-card"),
        (b'{"name":{"full":"\\ud800"}}', 422, "unprocessable"),
        (b'{"name":{"full":"\xff"}}', 400, "malformed"),
        (b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed"),
        (b'{"phones":{"p":{"number":"' + b"1" * 100_000 + b'"}}}', 422, "invalid-card"),
        (b'{"x":"' + b"y" * 262_144 + b'"}', 413, "too-large"),
    ],
)
async def test_a_bad_card_is_a_problem(ann: Api, body: bytes, status: int, slug: str) -> None:
    told = await ann.post("/v1/contacts", body=body)
    assert (told.status, told.slug) == (status, slug)


async def test_no_id_of_another_owner_differs_from_an_unknown_one(ann: Api, bea: Api) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    unknown = "/v1/contacts/01890000-0000-7000-8000-000000000000"
    for method, body in (("GET", None), ("PUT", person("B")), ("PATCH", {}), ("DELETE", None)):
        one, other = await bea(method, path, body), await bea(method, unknown, body)
        assert one.status == 404
        assert one.comparable == other.comparable


async def test_an_id_that_can_be_none_is_422(ann: Api) -> None:
    for bad in ("%00", "x" * 129, "%C2%85"):
        told = await ann.get(f"/v1/contacts/{bad}")
        assert (told.status, told.slug) == (422, "invalid-id")
    assert (await ann.get("/v1/contacts/x")).slug == "not-found"


async def test_head_is_get_without_its_body(ann: Api) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    got, head = await ann.get(path), await ann("HEAD", path)
    assert head.body == b""
    assert head.comparable[:2] == got.comparable[:2]


async def test_both_roads_answer_the_same_bytes(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("A"))
    token = (await ann.get("/v1/changes")).json["syncToken"]
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("GET", "/v1/contacts", {}),
        ("GET", "/v1/contacts?limit=1", {}),
        ("GET", "/v1/contacts?limit=x", {}),
        ("GET", "/v1/contacts", {"if_none_match": "*"}),
        ("POST", "/v1/contacts", {}),
        ("GET", made.headers["location"], {}),
        ("GET", made.headers["location"], {"if_none_match": made.headers["etag"]}),
        ("GET", "/v1/contacts/none", {}),
        ("TRACE", "/v1/contacts/none", {}),
        ("GET", "/v1/changes", {}),
        ("GET", f"/v1/changes?since={token}", {}),
        ("HEAD", f"/v1/changes?since={token}", {}),
        ("GET", "/v1/changes?since=x", {}),
        ("GET", "/v1/changes?since=x", {"authorization": "Bearer x"}),
        ("DELETE", "/v1/changes", {}),
    ]
    short = [await ann(method, path, **headers) for method, path, headers in asked]
    ann.app.short_road = None
    for told, (method, path, headers) in zip(short, asked, strict=True):
        assert (await ann(method, path, **headers)).comparable == told.comparable


async def test_a_write_is_seen_by_the_next_read(ann: Api) -> None:
    made = await ann.post("/v1/contacts", person("0"))
    path = made.headers["location"]
    for i in range(1, 10):
        await ann.patch(path, {"name/full": str(i)})
        replies = await asyncio.gather(*(ann.get(path) for _ in range(3)))
        assert {r.json["name"]["full"] for r in replies} == {str(i)}


async def test_no_token_no_answer(app: Any) -> None:
    told = await call(app, "GET", "/v1/contacts")
    assert (told.status, told.slug) == (401, "unauthenticated")
    assert told.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "value", [b"1" + b"0" * 400, b"1e999", b"-1e999", b"18446744073709551616", b"0.1e-999"]
)
async def test_no_number_breaks_a_write(ann: Api, value: bytes) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    told = [
        await ann.patch(path, body=b'{"x.example/n":' + value + b"}"),
        await ann.post("/v1/contacts", body=b'{"x.example/n":' + value + b"}"),
        await ann.post(
            "/v1/contacts:batch", body=b'{"operations":[{"op":"create","card":{"n":%b}}]}' % value
        ),
    ]
    assert all(t.status < 500 for t in told), told
    assert (await ann.get("/v1/contacts")).status == 200
    assert (await ann.get("/v1/search?q=a")).status == 200


async def test_deep_nesting_in_a_patch_is_told(ann: Api) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    deep = b'{"x":' + b"[" * 900 + b"]" * 900 + b"}"
    assert (await ann.patch(path, body=deep)).status == 422
    told = await ann.patch(path, body=b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert (told.status, told.slug) == (400, "malformed")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"name":', b"{}{}", b'{"x":"\xff"}', b'{"x":' + b"[" * 100_000],
    ids=range(6),
)
async def test_what_is_no_json_is_no_card(ann: Api, body: bytes) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    for told in (await ann.post("/v1/contacts", body=body), await ann.put(path, body=body)):
        assert (told.status, told.slug) == (400, "malformed")
