"""Devices in the web app: added and shown once, listed, revoked; nobody without the scope."""

import html
import re
from urllib.parse import urlencode

import pytest

from acting import make_house
from asking import ISSUER, Api, Reply, build, call, fresh
from contact_service.actions.context import House
from contact_service.endpoints import web
from contact_service.endpoints.web import Sessions
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from contact_service.vault.access import Verifier

HEADERS = [
    ("sec-fetch-site", "same-origin"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("host", "contacts.example"),
]


class Visit:
    """A signed-in browser."""

    def __init__(self, house: House, *scopes: str) -> None:
        self.sessions = Sessions()
        routes = web.routes(house, Verifier([ISSUER.trust()]), self.sessions)
        self.ann = Api(build(house, web=routes), fresh("ann"))
        more = {"scopes": frozenset(scopes)} if scopes else {}
        self._cookie = (
            "cookie",
            f"contacts_session={self.sessions.open(OwnerId(self.ann.owner), **more)}",
        )

    async def __call__(self, method: str, path: str, **fields: str) -> Reply:
        body = urlencode(fields).encode()
        return await call(self.ann.app, method, path, [self._cookie, *HEADERS], body)

    async def devices(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = (await self.ann.get("/v1/app-passwords")).json[
            "appPasswords"
        ]
        return found


@pytest.fixture
def visit(house: House) -> Visit:
    return Visit(house)


def entry(told: Reply, name: str) -> str:
    found = re.search(f'<code id="{name}">([^<]*)</code>', told.body.decode())
    assert found, told
    return html.unescape(found[1])


async def test_a_device_is_shown_its_password_once_and_can_sign_in(visit: Visit) -> None:
    told = await visit("POST", "/app/devices", name="<b>Phone", kind="ios", groups="1")
    assert told.status == 200
    assert told.headers["cache-control"] == "no-store"
    assert b"Set up <bdi>&lt;b&gt;Phone</bdi>" in told.body
    assert entry(told, "address") == "http://contacts.example/dav/"
    (device,) = await visit.devices()
    assert entry(told, "username") == device["id"]
    assert (device["device"], device["access"], device["keywordGroups"]) == ("ios", "write", True)
    listed = await visit("GET", "/app/devices")
    assert b'<bdi class="name">&lt;b&gt;Phone</bdi>' in listed.body
    assert entry(told, "password").encode() not in listed.body


@pytest.mark.parametrize(
    ("kind", "public", "link", "code"),
    [
        ("ios", "https://c.example", "https://c.example/v1/app-passwords/", True),
        ("desktop", "https://c.example", "https://c.example/v1/app-passwords/", False),
        ("android", "https://c.example", "davx5://", True),
        ("android", "http://c.example", None, False),
        ("other", "https://c.example", None, False),
    ],
)
async def test_each_kind_is_shown_its_way(
    db: Db, kind: str, public: str, link: str | None, code: bool
) -> None:
    visit = Visit(make_house(db, load({"CONTACT_PUBLIC_URL": public})))
    told = await visit("POST", "/app/devices", name="A", kind=kind, reads="1")
    text = told.body.decode()
    assert ('src="data:image/svg+xml' in text) == code
    assert link is None or f'href="{link}' in text
    assert ("came without TLS" in text) == public.startswith("http:")
    assert [each["access"] for each in await visit.devices()] == ["read"]


async def test_a_revoked_device_is_listed_no_more(visit: Visit) -> None:
    await visit("POST", "/app/devices", name="Old", kind="other")
    (device,) = await visit.devices()
    told = await visit("POST", f"/app/devices/{device['id']}/revoke")
    assert (told.status, told.headers["location"]) == (303, "/app/devices")
    assert await visit.devices() == []
    assert b"Old" not in (await visit("GET", "/app/devices")).body
    assert (await visit("POST", f"/app/devices/{device['id']}/revoke")).status == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " ", "kind": "ios"},
        {"name": "x" * 256, "kind": "ios"},
        {"name": "a\nb", "kind": "ios"},
        {"name": "A", "kind": "pager"},
        {"name": "A"},
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused(visit: Visit, fields: dict[str, str]) -> None:
    assert (await visit("POST", "/app/devices", **fields)).status == 422
    assert await visit.devices() == []


async def test_devices_need_the_scope_that_app_passwords_need(house: House) -> None:
    visit = Visit(house, "contacts.read", "contacts.write", "discovery")
    wish = {"name": "A", "kind": "ios"}
    assert (await visit("GET", "/app/devices")).status == 403
    assert (await visit("POST", "/app/devices", **wish)).status == 403
    one = (await visit.ann.post("/v1/app-passwords", {"name": "A"})).json["id"]
    assert (await visit("POST", f"/app/devices/{one}/revoke")).status == 403
    assert len(await visit.devices()) == 1
