"""History, trash and restore over HTTP."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

import picturing
from asking import Api, person
from contact_service.endpoints.json.history import History, Restored, Trash


async def test_the_history_of_a_contact_names_its_devices(ann: Api) -> None:
    path = (await ann.post("/v1/contacts", person("A"), x_device="Phone")).headers["location"]
    await ann.patch(path, {"name/full": "B"}, x_device="Laptop")
    await ann.patch(path, {"name/full": "C"})
    told = await ann.get(f"{path}/history")
    msgspec.json.decode(told.body, type=History)
    assert [(r["kind"], r["device"], r["changed"]) for r in told.json["revisions"][:2]] == [
        ("edited", "api", ["name"]),
        ("edited", "Laptop", ["name"]),
    ]
    assert told.json["revisions"][2]["device"] == "Phone"
    assert told.json["next"] is None


async def test_the_pages_of_a_history_join_to_the_whole(ann: Api) -> None:
    path = (await ann.post("/v1/contacts", person("0"))).headers["location"]
    for n in range(1, 7):
        await ann.patch(path, {"name/full": str(n)})
    whole = (await ann.get(f"{path}/history")).json["revisions"]
    found: list[Any] = []
    cursor = ""
    while True:
        page = (await ann.get(f"{path}/history?limit=3{cursor}")).json
        found += page["revisions"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == whole
    assert (await ann.get(f"{path}/history?cursor=x")).slug == "invalid-cursor"


async def test_a_revision_is_restored_by_its_name(ann: Api) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    await ann.patch(path, {"name/full": "B"})
    first = (await ann.get(f"{path}/history")).json["revisions"][-1]["revision"]
    told = await ann.post(f"{path}:restore", {"revision": first})
    assert (told.status, told.json["name"]) == (200, {"full": "A"})
    assert (await ann.get(path)).json == told.json
    assert (await ann.post(f"{path}:restore", {"revision": "nope"})).slug == "not-found"
    assert (await ann.post(f"{path}:restore", {})).slug == "invalid-parameter"


async def test_the_trash_lists_restores_and_forgets(ann: Api) -> None:
    paths = [
        (await ann.post("/v1/contacts", person(n))).headers["location"] for n in ("A", "B", "C")
    ]
    for path in paths:
        await ann(*("DELETE", path), x_device="Phone")
    told = await ann.get("/v1/trash?limit=2")
    msgspec.json.decode(told.body, type=Trash)
    rest = await ann.get(f"/v1/trash?limit=2&cursor={told.json['next']}")
    listed = [*told.json["contacts"], *rest.json["contacts"]]
    assert [(t["contact"]["name"]["full"], t["device"]) for t in listed] == [
        ("A", "Phone"),
        ("B", "Phone"),
        ("C", "Phone"),
    ]
    one, two, three = (t["contact"]["id"] for t in listed)
    assert (await ann.post(f"/v1/contacts/{one}:restore", {})).status == 200
    assert (await ann.delete(f"/v1/trash/{two}")).status == 204
    assert (await ann.delete(f"/v1/trash/{two}")).slug == "not-found"
    assert (await ann.post(f"/v1/contacts/{two}:restore", {})).slug == "not-found"
    assert [t["contact"]["id"] for t in (await ann.get("/v1/trash")).json["contacts"]] == [three]


async def test_the_book_goes_back_to_a_moment_and_devices_just_sync_on(ann: Api) -> None:
    await ann.post("/v1/contacts", person("A"))
    before = (await ann.get("/v1/contacts")).json
    at = datetime.now(UTC).isoformat()
    await ann.patch(f"/v1/contacts/{before['contacts'][0]['id']}", {"name/full": "X"})
    await ann.post("/v1/contacts", person("B"))
    token = (await ann.get("/v1/contacts")).json["syncToken"]
    told = await ann.post("/v1/contacts:restore", {"at": at})
    msgspec.json.decode(told.body, type=Restored)
    assert (told.json["restored"], told.json["removed"]) == (1, 1)
    delta = (await ann.get(f"/v1/changes?since={token}")).json
    assert [c["name"]["full"] for c in delta["changed"]] == ["A"]
    assert len(delta["removed"]) == 1
    assert delta["syncToken"] == told.json["syncToken"]
    assert [c["name"]["full"] for c in (await ann.get("/v1/contacts")).json["contacts"]] == ["A"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"at": "2020-01-01T00:00:00Z"}, 422),
        ({"at": "2099-01-01T00:00:00Z"}, 422),
        ({"at": "2026-01-01T00:00:00"}, 422),
        ({"ids": ["no-such"]}, 404),
        ({"ids": ["x"] * 1001}, 413),
        ({"at": "yesterday"}, 422),
    ],
)
async def test_what_cannot_be_restored_is_told(ann: Api, asked: Any, status: int) -> None:
    assert (await ann.post("/v1/contacts:restore", asked)).status == status


async def test_another_owner_sees_neither_history_nor_trash(ann: Api, bea: Api) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    assert (await bea.get(f"{path}/history")).slug == "not-found"
    await ann.delete(path)
    assert (await bea.post(f"{path}:restore", {})).slug == "not-found"
    assert (await bea.get("/v1/trash")).json["contacts"] == []
    assert (await bea.delete(f"/v1/trash/{path.rpartition('/')[2]}")).slug == "not-found"


async def test_a_deleted_contact_comes_back_with_its_photo_and_its_groups(ann: Api) -> None:
    made = (await ann.post("/v1/contacts", person("A", keywords={"Family": True}))).json
    path = f"/v1/contacts/{made['id']}"
    photo = picturing.plain()
    assert (await ann.put(f"{path}/photo", body=photo, content_type="image/png")).status == 200
    group = (await ann.post("/v1/groups", {"name": "Climbers", "members": [made["id"]]})).json
    before = (await ann.get(f"{path}/photo")).body
    await ann.delete(path)
    assert (await ann.get(f"/v1/groups/{group['id']}")).json["members"] == []
    assert (await ann.post(f"{path}:restore", {})).status == 200
    assert (await ann.get(f"{path}/photo")).body == before
    named = {g["name"]: g["members"] for g in (await ann.get("/v1/groups")).json["groups"]}
    assert named == {"Climbers": [made["id"]], "Family": [made["id"]]}
