"""OpenAPI, docs and health: what is described is what is served."""

import os
import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from asking import Api, call
from contact_service.actions.context import House
from contact_service.endpoints import docs, health, openapi, table
from contact_service.endpoints.app import App
from contact_service.storage.db import Db

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


async def test_every_route_is_described_with_every_status(app: App) -> None:
    told = (await call(app, "GET", "/openapi.json")).json
    assert told["openapi"] == "3.1.0"
    served = {(r.path, r.method.lower()) for r in app.routes}
    described = {(path, method) for path, found in told["paths"].items() for method in found}
    assert described == served
    for route in app.routes:
        found = told["paths"][route.path][route.method.lower()]
        statuses = {str(kind.status) for kind in openapi.refusals(route)}
        assert statuses | {str(s) for s in route.answers} <= set(found["responses"])
        assert found["description"] or route.lane == "internal"
    names = [openapi.name(route) for route in app.routes]
    assert len(set(names)) == len(names)


async def test_every_reference_of_the_document_resolves(app: App) -> None:
    told = await call(app, "GET", "/openapi.json")
    schemas = told.json["components"]["schemas"]
    for name in set(re.findall(rb'"#/components/schemas/([^"]+)"', told.body)):
        assert name.decode() in schemas


def test_each_handler_names_its_method_and_path() -> None:
    for route in table.ROUTES:
        assert (route.handler.__doc__ or "").startswith(f"{route.method} {route.path}"), route.path


async def test_the_docs_need_no_other_host_and_no_script(app: App) -> None:
    page = await call(app, "GET", "/docs")
    text = page.body.decode()
    assert page.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'self'"
    )
    assert not re.search(r"https?://|<script|style=", text)
    for link in set(re.findall(r'(?:href|src)="([^"]+)"', text)):
        assert (await call(app, "GET", link)).status == 200, link
    for route in app.routes:
        if not route.path.startswith("/docs") and route.path != "/openapi.json":
            assert route.path in text


def test_the_reference_page_is_the_route_table() -> None:
    made = docs.markdown(table.ROUTES)
    if os.environ.get("CONTACT_TEST_REWRITE"):
        REFERENCE.write_text(made, encoding="utf-8")
    assert REFERENCE.read_text(encoding="utf-8") == made, "run this with CONTACT_TEST_REWRITE=1"


async def test_health_of_a_house_that_serves(app: App) -> None:
    assert (await call(app, "GET", "/healthz")).json == {"status": "ok"}
    ready = await call(app, "GET", "/readyz")
    assert (ready.status, ready.json) == (200, {"ready": True, "failed": []})
    app.health.draining = True
    ready = await call(app, "GET", "/readyz")
    assert (ready.status, ready.json) == (503, {"ready": False, "failed": ["draining"]})


async def test_readiness_names_the_check_that_fails(house: House, postgres: str) -> None:
    gone = await Db.open(postgres)
    await gone.close()
    dead = health.Health(House(**{**_parts(house), "db": gone}))
    assert await dead.failed() == ["database", "schema", "pool"]


async def test_an_empty_database_is_not_ready(house: House, postgres: str) -> None:
    bare = postgres.replace("/contacts?", "/template1?")
    con = await asyncpg.connect(bare)
    await con.close()
    other = await Db.open(bare)
    try:
        assert await health.Health(House(**{**_parts(house), "db": other})).failed() == ["schema"]
    finally:
        await other.close()


def _parts(house: House) -> dict[str, Any]:
    return {name: getattr(house, name) for name in house.__dataclass_fields__}


async def test_requests_are_counted_by_route_and_no_id_is_a_label(ann: Api) -> None:
    await ann.get("/v1/contacts/secret-id")
    await ann.get("/v1/contacts/x")
    await ann("TRACE", "/v1/contacts")
    await ann("X-METHOD", "/nothing/secret-id")
    told = (await ann.get("/metrics")).body.decode()
    assert (
        'contacts_requests_total{method="GET",route="/v1/contacts/{id}",status="404"} 2.0' in told
    )
    assert 'contacts_requests_total{method="OTHER",route="unmatched",status="404"} 1.0' in told
    assert 'status="405"' in told
    assert "secret-id" not in told
    assert ann.owner not in told


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"])
async def test_what_operators_and_readers_need_takes_no_token(app: App, path: str) -> None:
    assert (await call(app, "GET", path)).status == 200
    assert (await call(app, "HEAD", path)).body == b""
