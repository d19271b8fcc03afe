"""What every request passes: token, scope, place, deadline; and one shape for every refusal."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from joserfc import jwk

from acting import make_house
from asking import ALL, ISSUER, Api, build, call, fresh, person
from contact_service.actions import edge
from contact_service.actions.context import House
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import app as application
from contact_service.endpoints import limits, problems, routes
from contact_service.endpoints.app import App
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.door import Hall
from contact_service.endpoints.lanes import Deadlines
from contact_service.model.ids import OwnerId
from contact_service.model.problem import IntegrityBroken
from contact_service.settings.environment import BadSetting, load
from contact_service.storage.db import Db
from contact_service.telemetry import logs
from contact_service.vault.access import Issuer, Trust, Verifier

PROTECTED = [r for r in application.table.ROUTES if r.scope]


def there(path: str) -> str:
    return path.replace("{id}", "x").replace("{userId}", "x").replace("{purpose}", "store")


@pytest.mark.parametrize("route", PROTECTED, ids=lambda r: f"{r.method} {r.path}")
async def test_every_route_needs_a_token_and_its_own_scope(
    app: App, ann: Api, route: routes.Route
) -> None:
    path = there(route.path)
    bare = await call(app, route.method, path)
    assert (bare.status, bare.slug) == (401, "unauthenticated")
    others = ann.scoped(*(s for s in ALL if s != route.scope))
    told = await others(route.method, path)
    assert (told.status, told.slug, told.json["scope"]) == (403, "missing-scope", route.scope)
    assert route.scope in told.headers["www-authenticate"]


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Basic YTpi",
        "Bearer \xff",
        "Bearer " + "x" * 9000,
    ],
)
async def test_what_is_no_token_is_401(app: App, sent: str) -> None:
    told = await call(app, "GET", "/v1/contacts", [("authorization", sent)])
    assert (told.status, told.slug) == (401, "unauthenticated")


async def test_an_expired_and_a_foreign_token_are_401(app: App) -> None:
    now = time.time()
    expired = ISSUER.mint(OwnerId("ann"), ALL, 1, now - 10)
    foreign = Issuer(jwk.OKPKey.generate_key("Ed25519")).mint(OwnerId("ann"), ALL, 600, now)
    for token in (expired, foreign):
        told = await call(app, "GET", "/v1/contacts", [("authorization", f"bearer {token}")])
        assert told.slug == "unauthenticated"


async def test_a_key_published_since_is_fetched(house: House) -> None:
    newer = Issuer(jwk.OKPKey.generate_key("Ed25519"))
    verifier = Verifier([ISSUER.trust()])
    asked: list[int] = []

    async def refresh() -> None:
        asked.append(1)
        keys = {**ISSUER.trust().keys, **newer.trust().keys}
        verifier.replace([Trust("contact-service", "contacts", keys, None)])

    made = application.build(
        house, verifier, house.settings, refresh=refresh, log=logs.make("error")
    )
    token = newer.mint(OwnerId(fresh("ann")), ALL, 600, time.time())
    for _ in range(2):
        told = await call(made, "GET", "/v1/changes", [("authorization", f"Bearer {token}")])
        assert told.status == 200
    assert asked == [1]


async def test_an_unknown_path_is_404_and_a_wrong_method_405(app: App, ann: Api) -> None:
    for path in (
        "/",
        "/v1",
        "/v1/contact",
        "/v1/contacts/",
        "/v1/contacts/a/b",
        "/v1/changes/",
        "/x%00",
    ):
        told = await ann.get(path)
        assert (told.status, told.slug) == (404, "not-found"), path
    told = await ann("TRACE", "/v1/contacts")
    assert (told.status, told.slug) == (405, "method-not-allowed")
    assert told.headers["allow"] == "GET, HEAD, POST"
    assert (await ann.post("/v1/changes")).headers["allow"] == "GET, HEAD"


async def test_the_request_id_is_kept_when_sane_and_made_otherwise(ann: Api) -> None:
    kept = await ann.get("/v1/changes", x_request_id="abc-123.X_9")
    assert kept.headers["x-request-id"] == "abc-123.X_9"
    made = set()
    for sent in ("", "a b", "x" * 65, "+14155550100", "14155550100", "415-555-0100", "é"):
        made.add((await ann.get("/v1/changes", x_request_id=sent)).headers["x-request-id"])
    made.add((await ann.get("/nothing")).headers["x-request-id"])
    assert len(made) == 8
    assert all(text.isascii() and " " not in text for text in made)


async def test_a_refusal_repeats_nothing_that_was_sent(ann: Api) -> None:
    word = "zanzibar"
    asked: list[tuple[str, str, bytes]] = [
        ("GET", f"/v1/{word}", b""),
        ("GET", f"/v1/contacts/{word}", b""),
        ("GET", f"/v1/contacts?limit={word}", b""),
        ("GET", f"/v1/contacts?matched={word}", b""),
        ("GET", f"/v1/changes?since={word}", b""),
        ("PUT", f"/v1/privacy/consents/{word}", b"{}"),
        ("PUT", "/v1/privacy/consents/store", b'{"policyVersion":"1","source":"zanzibar"}'),
        ("PUT", "/v1/privacy/sharing", b'{"phone":"zanzibar"}'),
        ("POST", "/v1/contacts", b'{"name":"zanzibar"}'),
        ("POST", "/v1/contacts", b'{"name":{"zanzibar":zanzibar}}'),
        ("POST", "/v1/contacts", b'{"phones":{"zanzibar!":{"number":"1"}}}'),
        ("POST", "/v1/search", b'{"q":7,"zanzibar":1}'),
        ("POST", "/v1/discovery/lookup", b'{"identifiers":{"zanzibar":1}}'),
        ("POST", "/v1/contacts:upload", b'{"source":{"kind":"zanzibar"},"contacts":[]}'),
        ("PUT", "/v1/directory/users/x", b'{"identifiers":["zanzibar"]}'),
        ("PUT", "/v1/directory/users/x", b'{"identifiers":[{"zanzibar":1}]}'),
    ]
    for method, path, body in asked:
        told = await ann(method, path, body=body)
        assert told.status >= 400, (method, path)
        assert word not in repr(told.pairs) + told.body.decode(), (method, path, body)


class Broken(Exception):
    pass


def handled(
    house: House, handler: Callable[[Caller], Awaitable[Answer]], log: Any = None, **more: Any
) -> App:
    route = routes.Route("GET", "/v1/x", handler, "privacy", "privacy", "x", {200: None}, **more)
    hall = Hall(
        house, application.auth.Access(Verifier([ISSUER.trust()])), log or logs.make("error")
    )
    return App(hall, [*application.table.ROUTES, route], ())


async def test_a_mistake_of_ours_is_a_problem_and_a_log_line_without_values(house: House) -> None:
    stream = io.StringIO()

    async def handler(_: Caller) -> Answer:
        raise Broken("+14155550100 is Ann")

    made = Api(handled(house, handler, logs.make("error", stream=stream)), fresh("ann"))
    told = await made.get("/v1/x", x_request_id="req-a")
    assert (told.status, told.slug) == (500, "broken")
    line = next(text for text in stream.getvalue().splitlines() if "broken" in text)
    assert '"request_id":"req-a"' in line
    assert "Broken" in line
    assert "test_door.py" in line
    for secret in ("4155550100", "Ann", made.owner):
        assert secret not in stream.getvalue() + told.body.decode()


async def test_a_value_that_does_not_open_raises_the_alarm(house: House) -> None:
    async def handler(_: Caller) -> Answer:
        raise IntegrityBroken

    made = Api(handled(house, handler), fresh("ann"))
    assert (await made.get("/v1/x")).slug == "integrity-broken"
    assert b"contacts_integrity_broken_total 1.0" in (await made.get("/metrics")).body


async def test_a_request_over_its_deadline_is_cut_and_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DEADLINE_S", 0.05)
    ended: list[str] = []

    async def handler(_: Caller) -> Answer:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("cut")
        return Answer(200, {}, b"")

    app = handled(house, handler)
    app.doors["/v1/x"]._hall.deadlines = Deadlines(tick_s=0.02)
    told = await Api(app, fresh("ann")).get("/v1/x")
    assert (told.status, told.slug, ended) == (503, "overloaded", ["cut"])
    assert "retry-after" in told.headers
    # The task goes on: the cancellation was taken back.
    await asyncio.sleep(0.01)


async def test_a_cancelled_request_is_cancelled(house: House) -> None:
    begun = asyncio.Event()

    async def handler(_: Caller) -> Answer:
        begun.set()
        await asyncio.sleep(30)
        return Answer(200, {}, b"")

    app = handled(house, handler)
    task = asyncio.ensure_future(Api(app, fresh("ann")).get("/v1/x"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_every_problem_has_one_shape_and_a_page(ann: Api) -> None:
    for kind in problems.every():
        told = await ann.get(f"/docs/problems/{kind.slug}")
        assert told.status == 200, kind
        assert kind.title.encode() in told.body
    made = problems.answer(application.problems.of_status(405, "GET"))
    assert set(msgspec.json.decode(made.body)) == {"type", "title", "status", "detail", "allowed"}
    assert (await ann.get("/docs/problems/none")).slug == "not-found"


async def test_an_answer_about_persons_is_stored_by_nobody(ann: Api) -> None:
    await ann.post("/v1/contacts", person("A"))
    for path in ("/v1/contacts", "/v1/changes", "/v1/search?q=a", "/v1/privacy/consents"):
        assert (await ann.get(path)).headers["cache-control"] in {"no-store", "private, no-cache"}


async def test_an_owner_being_erased_is_gone(ann: Api, house: House) -> None:
    await ann.get("/v1/changes")
    sql = "UPDATE owners SET state = 'erasing' WHERE owner_id = $1"
    await edge.write(house, OwnerId(ann.owner), "x", lambda ctx: ctx.tx.run(sql, ctx.owner))
    for told in (await ann.get("/v1/changes"), await ann.post("/v1/contacts", person("A"))):
        assert (told.status, told.slug) == (410, "owner-erased")


async def test_a_restricted_owner_reads_and_does_not_write(ann: Api, house: House) -> None:
    path = (await ann.post("/v1/contacts", person("A"))).headers["location"]
    sql = "UPDATE owners SET state = 'restricted' WHERE owner_id = $1"
    await edge.write(house, OwnerId(ann.owner), "x", lambda ctx: ctx.tx.run(sql, ctx.owner))
    assert (await ann.get(path)).status == 200
    told = await ann.patch(path, {"notes": None})
    assert (told.status, told.slug) == (423, "restricted")


async def test_a_shared_store_of_rates_is_refused_at_the_start(db: Db) -> None:
    with pytest.raises(BadSetting, match="CONTACT_LIMITS_URL"):
        build(make_house(db, load({"CONTACT_LIMITS_URL": "redis://localhost"})))


async def test_lifespan_and_websockets_are_answered(app: App) -> None:
    got: list[str] = []
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Any:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        got.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    await app({"type": "websocket"}, receive, send)
    assert got == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]
