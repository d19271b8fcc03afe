"""Imports over HTTP: listed, watched, ended, taken back; another owner's are not there."""

import asyncio
import uuid

import pytest

from acting import Actor
from asking import Api
from contact_service.actions import account_tokens, decoding, running, spool
from contact_service.actions.account_tokens import Tokens
from contact_service.endpoints import limits
from contact_service.endpoints.json import import_events
from contact_service.model.account import State
from contact_service.model.ids import OwnerId
from contact_service.storage import accounts
from contact_service.storage.accounts import Linked
from import_world import ODD, Events, book, names, send


@pytest.fixture
async def ann(ann: Api) -> Api:
    return await ann.consents("store")


@pytest.fixture
async def large(ann, monkeypatch) -> str:
    """The id of an import that waits for a worker."""
    monkeypatch.setattr(spool, "PIECE_BYTES", 4096)
    monkeypatch.setattr(decoding, "PAGE", 20)
    told = await send(ann, book(100))
    assert told.status == 202
    return str(told.json["id"])


async def work(house, api: Api, id_: str, **more) -> running.Outcome:
    return await running.run(house, OwnerId(api.owner), "test", uuid.UUID(id_), **more)


async def test_imports_are_listed_newest_first_page_by_page(ann):
    made = [(await send(ann, book(1, n))).json["id"] for n in range(5)]
    found, cursor = [], ""
    while True:
        page = (await ann.get(f"/v1/imports?limit=2{cursor}")).json
        found += [one["id"] for one in page["imports"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == made[::-1]
    assert (await ann.get("/v1/imports?cursor=x")).slug == "invalid-cursor"


async def test_rejects_come_in_pages(ann):
    id_ = (await send(ann, ODD * 5)).json["id"]
    first = (await ann.get(f"/v1/imports/{id_}/rejects?limit=3")).json
    second = (await ann.get(f"/v1/imports/{id_}/rejects?limit=3&cursor={first['next']}")).json
    assert [one["index"] for one in first["rejects"] + second["rejects"]] == [0, 1, 2, 3, 4]
    assert second["next"] is None


@pytest.mark.parametrize("path", ["", "/rejects", "/events", ":cancel", ":undo"])
async def test_unknown_and_foreign_imports_are_not_there(ann, bea, path):
    id_ = (await send(ann, book(1))).json["id"]
    method = "POST" if path.startswith(":") else "GET"
    for api, there in ((bea, id_), (ann, str(uuid.uuid4())), (ann, "x"), (ann, id_.upper())):
        told = await api(method, f"/v1/imports/{there}{path}")
        assert (told.status, told.slug) == (404, "not-found")


async def test_a_cancel_ends_it_once(ann, large, house):
    told = await ann.post(f"/v1/imports/{large}:cancel", idempotency_key="c")
    assert (told.status, told.json["state"]) == (200, "cancelled")
    assert told.json["endedAt"]
    replay = await ann.post(f"/v1/imports/{large}:cancel", idempotency_key="c")
    assert (replay.body, replay.headers["idempotent-replayed"]) == (told.body, "true")
    again = await ann.post(f"/v1/imports/{large}:cancel")
    assert (again.status, again.slug, again.json["state"]) == (409, "import-ended", "cancelled")
    assert (await work(house, ann, large)).after_s is None
    assert await names(ann) == []
    nothing = await ann.post(f"/v1/imports/{large}:undo")
    assert nothing.slug == "import-ended"


async def test_an_import_is_taken_back(ann):
    id_ = (await send(ann, book(3))).json["id"]
    assert (await ann.get(f"/v1/imports/{id_}")).json["undoable"]
    told = await ann.post(f"/v1/imports/{id_}:undo", idempotency_key="u")
    assert (told.status, told.json["state"]) == (200, "undone")
    assert await names(ann) == []
    replay = await ann.post(f"/v1/imports/{id_}:undo", idempotency_key="u")
    assert (replay.status, replay.headers["idempotent-replayed"]) == (200, "true")
    assert (await ann.post(f"/v1/imports/{id_}:undo")).slug == "import-ended"
    assert not (await ann.get(f"/v1/imports/{id_}")).json["undoable"]


async def test_whether_to_merge_is_the_owners_choice(ann):
    assert (await ann.get("/v1/imports/settings")).json == {"autoMerge": False}
    assert (await ann.put("/v1/imports/settings", {"autoMerge": True})).json == {"autoMerge": True}
    assert (await ann.get("/v1/imports/settings")).json == {"autoMerge": True}


# Events


async def test_a_listener_is_told_until_the_end(ann, large, house, monkeypatch):
    monkeypatch.setattr(import_events, "LOOK_S", 0.01)
    heard = Events(ann, f"/v1/imports/{large}/events")
    await heard.started.wait()
    assert heard.headers["content-type"] == "text/event-stream"
    await work(house, ann, large)
    found = [told for _, told in await heard.ended()]
    assert heard.raw.startswith(b"retry: ")
    assert (found[0]["state"], found[-1]["state"]) == ("queued", "done")
    done = [told["done"] for told in found]
    assert done == sorted(done)
    assert len(set(done)) > 2
    assert found[-1]["done"] == 100
    assert set(found[-1]) >= {"phase", "done", "created", "updated", "unchanged", "rejected"}


async def test_who_comes_back_is_told_what_is_new_and_in_the_end_nothing(ann, monkeypatch):
    id_ = (await send(ann, book(1))).json["id"]
    heard = Events(ann, f"/v1/imports/{id_}/events")
    ((last, told),) = await heard.ended()
    assert told["state"] == "done"
    again = Events(ann, f"/v1/imports/{id_}/events", last)
    await again.ended()
    assert (again.status, again.raw) == (204, b"")
    lost = Events(ann, f"/v1/imports/{id_}/events", "1.queued.queued")
    assert len(await lost.ended()) == 1


async def test_a_stream_ends_when_its_listener_leaves_or_the_process_does(ann, large, app):
    heard = Events(ann, f"/v1/imports/{large}/events")
    await heard.started.wait()
    heard.left.set()
    await heard.ended(5)
    staying = Events(ann, f"/v1/imports/{large}/events")
    await staying.started.wait()
    app.health.draining = True
    await staying.ended(5)


async def test_an_owner_has_a_few_streams_at_once(ann, bea, large, monkeypatch):
    monkeypatch.setattr(import_events, "LOOK_S", 0.02)
    path = f"/v1/imports/{large}/events"
    heard = [Events(ann, path) for _ in range(limits.STREAMS_OF_ONE)]
    for one in heard:
        await one.started.wait()
    assert (await ann.get(path)).slug == "rate-limited"
    for one in heard:
        one.left.set()
        await one.ended()
    fresh = Events(ann, path)
    await fresh.started.wait()
    assert fresh.status == 200
    fresh.left.set()
    await fresh.ended()


async def test_no_event_repeats_what_is_in_the_file(ann):
    id_ = (await send(ann, book(2, note="Sentinel") + ODD)).json["id"]
    heard = Events(ann, f"/v1/imports/{id_}/events")
    await heard.ended()
    for secret in (b"P0", b"555", b"Odd", b"Sentinel"):
        assert secret not in heard.raw


# Accounts


async def linked(house, api: Api, state: State = State.CONNECTED) -> str:
    async def story(ctx):
        made = ctx.new_id()
        tokens = account_tokens.seal(ctx.key, made, 1, Tokens("a", "r", None))
        row = Linked(None, tokens, 1, "", "", None)
        await accounts.add(ctx.tx, made, "google", row, ctx.now)
        await accounts.mark(ctx.tx, made, state)
        return made

    return str(await Actor(house, OwnerId(api.owner))(story))


async def test_an_account_is_imported_under_its_own_consent_one_run_at_a_time(ann, house):
    body = {"accountId": await linked(house, ann)}
    refused = await ann.post("/v1/imports", body)
    assert (refused.slug, refused.json["purpose"]) == ("consent-required", "import.google")
    await ann.consents("import.google")
    told = await ann.post("/v1/imports", body, idempotency_key="i")
    assert (told.status, told.json["state"]) == (202, "queued")
    replay = await ann.post("/v1/imports", body, idempotency_key="i")
    assert (replay.body, replay.headers["idempotent-replayed"]) == (told.body, "true")
    assert (told.json["source"], told.json["accountId"]) == ("google", body["accountId"])
    second = await ann.post("/v1/imports", body)
    assert (second.status, second.slug) == (409, "import-under-way")
    assert second.json["id"] == told.json["id"]
    await ann.post(f"/v1/imports/{told.json['id']}:cancel")
    assert (await ann.post("/v1/imports", body)).status == 202


async def test_an_account_that_must_be_connected_again_is_told_so(ann, house):
    await ann.consents("import.google")
    body = {"accountId": await linked(house, ann, State.REAUTHORISE)}
    assert (await ann.post("/v1/imports", body)).slug == "not-connected"
    assert (await ann.post("/v1/imports", {"accountId": str(uuid.uuid4())})).status == 404


async def test_a_withdrawn_consent_ends_what_runs(ann, house, large):
    assert (await ann.delete("/v1/privacy/consents/store")).status in (200, 204)
    found = (await ann.get(f"/v1/imports/{large}")).json
    assert found["state"] == "cancelled"


async def test_several_requests_at_once_are_each_imported(ann):
    told = await asyncio.gather(*(send(ann, book(2, 10 * n)) for n in range(3)))
    assert {one.status for one in told} <= {200, 202}
