"""Groups over HTTP: one list of both kinds, conditions, pages, and what other routes see of an edit."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from asking import Api, many, person
from contact_service.endpoints.json import groups
from contact_service.endpoints.json.groups import GroupList
from contact_service.model.group import Group


async def made(api: Api, name: str, **members: Any) -> str:
    told = await api.post("/v1/contacts", person(name, **members))
    assert told.status == 201, told
    return str(told.json["id"])


async def listed(api: Api) -> list[Group]:
    told = await api.get("/v1/groups")
    return msgspec.json.decode(told.body, type=GroupList).groups


async def test_both_kinds_stand_in_one_list(ann: Api) -> None:
    one = await made(ann, "One", keywords={"Band": True})
    told = await ann.post("/v1/groups", {"name": "Choir", "members": [one]})
    assert told.status == 201
    assert told.json == (await ann.get(told.headers["location"])).json
    assert [(g.name, g.source, g.members) for g in await listed(ann)] == [
        ("Choir", "card", (one,)),
        ("Band", "keyword", (one,)),
    ]
    card = (await ann.get(f"/v1/contacts/{told.json['id']}")).json
    assert (card["kind"], card["name"]) == ("group", {"full": "Choir"})


async def test_the_list_is_told_again_only_when_something_changed(ann: Api) -> None:
    await made(ann, "One", keywords={"Band": True})
    tag = (await ann.get("/v1/groups")).headers["etag"]
    assert (await ann.get("/v1/groups", if_none_match=tag)).status == 304
    one = await made(ann, "Two")
    assert (await ann.get("/v1/groups", if_none_match=tag)).status == 200
    group = (await ann.post("/v1/groups", {"name": "C", "members": [one]})).json
    path = f"/v1/groups/{group['id']}"
    assert (await ann.get(path, if_none_match=group["etag"])).status == 304
    await ann.delete(f"/v1/contacts/{one}")
    told = await ann.get(path, if_none_match=group["etag"])
    assert (told.status, told.json["members"], len(told.json["unresolved"])) == (200, [], 1)


@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_pages_join_to_the_whole(
    ann: Api, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(ann, "One", keywords={f"K{n}": True for n in range(4)})
    for n in range(3):
        await ann.post("/v1/groups", {"name": f"G{n}"})
    # A page is cut for its members too, and still goes on.
    monkeypatch.setattr(groups, "MOST_MEMBERS", 2)
    found: list[Group] = []
    cursor = ""
    while True:
        page = await ann.get(f"/v1/groups?limit={limit}{cursor}")
        told = msgspec.json.decode(page.body, type=GroupList)
        assert 1 <= len(told.groups) <= limit
        found += told.groups
        if told.next is None:
            break
        cursor = f"&cursor={told.next}"
    monkeypatch.undo()
    assert found == await listed(ann)
    assert len(found) == 7
    assert (await ann.get("/v1/groups?cursor=x")).slug == "invalid-cursor"


@pytest.mark.parametrize("source", ["card", "keyword"])
async def test_the_filter_takes_the_id_of_a_group(ann: Api, source: str) -> None:
    one, two = await made(ann, "One"), await made(ann, "Two")
    await made(ann, "Three")
    sent = {"name": "Choir & Co", "members": [one, two], "source": source}
    group = (await ann.post("/v1/groups", sent)).json
    told = (await ann.get(f"/v1/contacts?group={group['id']}")).json["contacts"]
    assert [c["id"] for c in told] == sorted([one, two])
    word = (await ann.get(f"/v1/contacts?group={quote('Choir & Co')}")).json["contacts"]
    assert [c["id"] for c in word] == (sorted([one, two]) if source == "keyword" else [])
    assert (await ann.get("/v1/contacts?group=k-none")).json["contacts"] == []


@pytest.mark.parametrize("source", ["card", "keyword"])
async def test_members_are_put_and_taken_any_number_of_times(ann: Api, source: str) -> None:
    one, two = await made(ann, "One"), await made(ann, "Two")
    sent = {"name": "Choir", "members": [one], "source": source}
    path = (await ann.post("/v1/groups", sent)).headers["location"]
    for method, wanted in (("PUT", {one, two}), ("DELETE", {one})):
        for _ in range(2):
            assert (await ann(method, f"{path}/members/{two}")).status == 204
        assert set((await ann.get(path)).json["members"]) == wanted
    gone = "00000000" + one[8:]
    for method in ("PUT", "DELETE"):
        assert (await ann(method, f"{path}/members/{gone}")).slug == "not-found"
        assert (await ann(method, f"/v1/groups/{one}/members/{one}")).slug == "not-found"


@pytest.mark.parametrize("source", ["card", "keyword"])
async def test_an_edit_on_a_stale_tag_is_refused_with_the_group_as_it_is(
    ann: Api, source: str
) -> None:
    one = await made(ann, "One")
    sent = {"name": "Choir", "members": [one], "source": source}
    first = (await ann.post("/v1/groups", sent)).json
    told = await ann.patch(
        f"/v1/groups/{first['id']}", {"name": "Band"}, if_match=f'"?", {first["etag"]}'
    )
    assert (told.status, told.json["name"]) == (200, "Band")
    assert told.headers["etag"] == told.json["etag"]
    path = f"/v1/groups/{told.json['id']}"
    for call in (
        ann.patch(path, {"name": "Duo"}, if_match=first["etag"]),
        ann.delete(path, if_match=first["etag"]),
    ):
        refused = await call
        assert refused.slug == "stale-revision"
        assert refused.json["current"] == told.json
    assert (await ann.delete(path, if_match="*")).status == 204
    assert (await ann.get(path)).slug == "not-found"
    assert (await ann.get(f"/v1/contacts/{one}")).status == 200


async def test_a_rename_of_a_keyword_is_in_the_delta_of_every_member(ann: Api) -> None:
    held = [await made(ann, str(n), keywords={"Band": True}) for n in range(3)]
    token = (await ann.get("/v1/changes")).json["syncToken"]
    band = (await listed(ann))[0]
    await ann.patch(f"/v1/groups/{band.id}", {"name": "Crew"})
    changed = (await ann.get(f"/v1/changes?since={token}")).json["changed"]
    assert {c["id"]: c["keywords"] for c in changed} == {i: {"Crew": True} for i in held}
    entry = (await ann.get(f"/v1/contacts/{held[0]}/history")).json["revisions"][0]
    assert (entry["kind"], entry["changed"]) == ("edited", ["keywords"])


async def test_a_repeat_under_its_key_makes_one_group(ann: Api) -> None:
    sent = {"name": "Choir"}
    first, second = [await ann.post("/v1/groups", sent, idempotency_key="k") for _ in range(2)]
    assert (first.json, second.headers["idempotent-replayed"]) == (second.json, "true")
    assert len(await listed(ann)) == 1


async def test_members_put_at_once_are_all_in(ann: Api) -> None:
    ids = [await made(ann, str(n)) for n in range(6)]
    path = (await ann.post("/v1/groups", {"name": "Choir"})).headers["location"]
    replies = await many(*(ann.put(f"{path}/members/{one}") for one in ids))
    assert {told.status for told in replies} == {204}
    assert set((await ann.get(path)).json["members"]) == set(ids)


@pytest.mark.parametrize(
    ("sent", "slug"),
    [
        ({"name": ""}, "unprocessable"),
        ({"name": " "}, "unprocessable"),
        ({"name": "x" * 256}, "unprocessable"),
        ({"name": "a\nb"}, "unprocessable"),
        ({"name": "K", "source": "keyword"}, "unprocessable"),
        ({"name": "K", "members": ["nobody"]}, "unprocessable"),
        ({"name": "Taken", "source": "keyword", "members": ["one"]}, "group-exists"),
        ({"name": "K", "source": "list"}, "unprocessable"),
    ],
)
async def test_what_can_be_no_group_is_refused(ann: Api, sent: dict[str, Any], slug: str) -> None:
    one = await made(ann, "One", keywords={"Taken": True})
    members = [one if m == "one" else m for m in sent.get("members", [])]
    told = await ann.post("/v1/groups", {**sent, **({"members": members} if members else {})})
    assert told.slug == slug
    if slug == "group-exists":
        assert (await ann.get(f"/v1/groups/{told.json['id']}")).json["members"] == [one]


async def test_groups_are_the_owners_alone(ann: Api, bea: Api) -> None:
    one = await made(ann, "One", keywords={"Band": True})
    theirs = await made(bea, "Two", keywords={"Band": True})
    band, own = (await listed(ann))[0], (await listed(bea))[0]
    assert band.id != own.id, "the same word has another id for another owner"
    path = f"/v1/groups/{band.id}"
    nobodys = "/v1/groups/k-AAAAAAAAAAAAAAAAAAAAAA"
    for method, sent in (("GET", None), ("PATCH", {"name": "X"}), ("DELETE", None)):
        told, unknown = await bea(method, path, sent), await bea(method, nobodys, sent)
        assert (told.status, told.comparable) == (404, unknown.comparable)
    assert (await bea.put(f"/v1/groups/{own.id}/members/{one}")).slug == "not-found"
    assert (await ann.get(path)).json["members"] == [one]
    assert (await listed(bea))[0].members == (theirs,)


async def test_reading_needs_one_scope_and_editing_the_other(ann: Api) -> None:
    reader = ann.scoped("contacts.read")
    assert (await reader.get("/v1/groups")).status == 200
    assert (await reader.post("/v1/groups", {"name": "X"})).slug == "missing-scope"
    assert (await ann.scoped("contacts.write").get("/v1/groups")).slug == "missing-scope"
