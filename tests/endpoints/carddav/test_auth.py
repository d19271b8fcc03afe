"""Signing in over CardDAV: Basic with an app password, bearer tokens, and what keeps guessers out."""

import base64
import io
from typing import Any

import pytest

from acting import make_house
from asking import Api, Reply, build, fresh
from contact_service.endpoints import limits
from contact_service.endpoints.app import App
from contact_service.endpoints.carddav import auth
from contact_service.model.problem import RateLimited, Unauthenticated
from contact_service.settings.environment import load
from contact_service.settings.kinds import Rate
from contact_service.storage.db import Db
from contact_service.telemetry import logs
from contact_service.vault import passwords

FAR = ("198.51.100.7", 4000)
NEAR = ("127.0.0.1", 4000)
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def call(
    app: Any,
    method: str,
    path: str,
    authorization: str | None = None,
    *,
    client: tuple[str, int] | None = NEAR,
    scheme: str = "http",
) -> Reply:
    """One request from somewhere, over something."""
    headers = [(b"depth", b"0")]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    scope = {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": client,
        "state": {},
    }
    got: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        got.append(message)

    await app(scope, receive, send)
    body = b"".join(m.get("body", b"") for m in got[1:])
    return Reply(got[0]["status"], list(got[0]["headers"]), body)


class Phone:
    """A device with an app password of `api`'s owner."""

    def __init__(self, api: Api, made: dict[str, Any]) -> None:
        self.app = api.app
        self.id, self.password = made["username"], made["password"]
        self.book = f"/dav/addressbooks/{api.owner}/contacts/"

    async def __call__(self, method: str = "PROPFIND", **more: Any) -> Reply:
        return await call(self.app, method, self.book, basic(self.id, self.password), **more)

    async def guess(self, password: str | None = None, **more: Any) -> Reply:
        tried = basic(self.id, password or passwords.new())
        return await call(self.app, "PROPFIND", self.book, tried, **more)


async def phone(api: Api, **asked: Any) -> Phone:
    told = await api.post("/v1/app-passwords", {"name": "Phone", **asked})
    assert told.status == 201, told
    return Phone(api, told.json)


@pytest.fixture
async def anns(ann: Api) -> Phone:
    return await phone(ann)


async def test_an_app_password_opens_its_owners_books_alone(
    ann: Api, anns: Phone, bea: Api
) -> None:
    await bea.get("/v1/contacts")
    assert (await anns()).status == 207
    hers = f"/dav/addressbooks/{bea.owner}/contacts/"
    assert (await call(ann.app, "PROPFIND", hers, basic(anns.id, anns.password))).status == 404


async def test_it_may_be_typed_with_capitals_and_without_dashes(anns: Phone) -> None:
    assert (await anns.guess(anns.password.upper().replace("-", " "))).status == 207


async def test_nothing_sent_is_a_challenge_and_no_failed_sign_in(anns: Phone, app: App) -> None:
    for _ in range(100):
        told = await call(app, "PROPFIND", anns.book)
        assert told.status == 401
        assert told.headers["www-authenticate"].startswith('Basic realm="contacts"')
        assert "Bearer" in told.headers["www-authenticate"]
    assert (await anns()).status == 207


async def test_a_wrong_password_and_an_unknown_id_are_told_alike(anns: Phone, app: App) -> None:
    wrong = await anns.guess()
    unknown = await call(app, "PROPFIND", anns.book, basic(UNKNOWN, passwords.new()))
    assert wrong.status == 401
    assert wrong.comparable == unknown.comparable


@pytest.mark.parametrize(
    "sent",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        basic("ann", "password"),
        basic(UNKNOWN, "password"),
        "Digest username=ann",
        "Basic " + "A" * 1000,
    ],
)
async def test_what_is_no_app_password_is_refused_unseen(app: App, sent: str) -> None:
    told = await call(app, "PROPFIND", "/dav/", sent)
    assert (told.status, told.body) == (401, (await call(app, "PROPFIND", "/dav/")).body)
    with pytest.raises(Unauthenticated):
        auth.credentials(sent.encode())


async def test_a_revoked_password_is_out_at_once(ann: Api, anns: Phone, db: Db) -> None:
    elsewhere = build(make_house(db, load({})))
    assert (await anns()).status == 207
    anns.app = elsewhere
    assert (await anns()).status == 207
    assert (await ann.delete(f"/v1/app-passwords/{anns.id}")).status == 204
    for app in (elsewhere, ann.app):
        anns.app = app
        assert (await anns()).status == 401


async def test_a_reader_may_not_write(ann: Api) -> None:
    reader = await phone(ann, access="read")
    assert (await reader()).status == 207
    told = await call(ann.app, "DELETE", f"{reader.book}x.vcf", basic(reader.id, reader.password))
    assert told.status == 403
    assert b"need-privileges" in told.body


async def test_a_password_is_not_taken_in_the_open(anns: Phone, app: App) -> None:
    for told in (
        await anns(client=FAR),
        await call(app, "PROPFIND", anns.book, client=FAR),
        await anns(client=("::ffff:198.51.100.7", 1)),
        await anns(client=("proxy", 1)),
    ):
        assert told.status == 403, "insecure-connection"
        assert b"TLS" in told.body
        assert "www-authenticate" not in told.headers
    for near in (NEAR, ("::1", 1), ("::ffff:127.0.0.1", 1), None):
        assert (await anns(client=near)).status == 207
    assert (await anns(client=FAR, scheme="https")).status == 207


async def test_a_bearer_token_needs_no_app_password(ann: Api, app: App) -> None:
    home = f"/dav/addressbooks/{ann.owner}/"

    async def asked(method: str, api: Api) -> Reply:
        return await call(app, method, home + "contacts/", f"Bearer {api.token}", client=FAR)

    assert (await asked("PROPFIND", ann)).status == 207
    assert (await asked("PROPFIND", ann.scoped("privacy"))).status == 403
    reader = ann.scoped("contacts.read")
    assert (await asked("PROPFIND", reader)).status == 207
    assert (await asked("DELETE", reader)).status == 403
    assert (await call(app, "PROPFIND", home, "Bearer x.y.z")).status == 401


async def test_the_json_api_takes_no_app_password(anns: Phone, app: App) -> None:
    for path in ("/v1/contacts", "/v1/app-passwords", "/v1/changes"):
        told = await call(app, "GET", path, basic(anns.id, anns.password), scheme="https")
        assert (told.status, told.slug) == (401, "unauthenticated")
        assert "Basic" not in told.headers["www-authenticate"]


async def test_guessing_at_a_username_ends_and_keeps_its_device_in(db: Db) -> None:
    app = build(make_house(db, load({"CONTACT_LIMIT_SIGN_IN": "0.01/3"})))
    anns = await phone(Api(app, fresh("ann")))
    assert (await anns()).status == 207
    places = [("192.0.2.1", 1), ("192.0.2.2", 1), ("192.0.2.3", 1), ("192.0.2.4", 1)]
    told = [await anns.guess(client=each, scheme="https") for each in places]
    assert [each.status for each in told] == [401, 401, 401, 429]
    assert 90 <= int(told[3].headers["retry-after"]) <= 100
    assert (await anns()).status == 207
    counted = (await call(app, "GET", "/metrics")).body
    assert b'contacts_limits_refused_total{limit="sign_in"} 1.0' in counted


async def test_guessing_from_an_address_ends_whatever_the_username(db: Db) -> None:
    app = build(make_house(db, load({"CONTACT_LIMIT_SIGN_IN": "0.01/3"})))
    phones = [await phone(Api(app, fresh(name))) for name in "abcd"]
    for far in (FAR[0], "2001:db8:0:1::%d"):
        told = [
            await one.guess(client=(far.replace("%d", str(at)), at), scheme="https")
            for at, one in enumerate(phones)
        ]
        assert [each.status for each in told] == [401, 401, 401, 429]
    assert (await phones[3]()).status == 207


async def test_a_right_password_is_no_failure(db: Db) -> None:
    house = make_house(db, load({"CONTACT_LIMIT_SIGN_IN": "0.01/2"}))
    anns = await phone(Api(build(house), fresh("ann")))
    for _ in range(5):
        house.turnstile.remembered = passwords.Remembered()
        assert (await anns()).status == 207
    assert (await anns.guess()).status == 401


async def test_no_sign_in_is_written_to_the_log(db: Db) -> None:
    lines = io.StringIO()
    house = make_house(db, load({"CONTACT_LIMIT_SIGN_IN": "0.01/1"}))
    app = build(house)
    anns = await phone(Api(app, fresh("ann")))
    app._dav._hall.access._log = app._dav._hall.log = logs.make("debug", stream=lines)
    app._dav._hall.access._every = 1
    wrong = passwords.new()
    await anns()
    await anns.guess(wrong)
    assert (await anns.guess(wrong)).status == 429
    written = lines.getvalue()
    assert written.count("request.answered") == 3
    for secret in (anns.password, wrong, anns.id):
        assert secret not in written
        assert secret.replace("-", "") not in written


def test_tries_come_back_at_their_rate_and_fail_closed() -> None:
    tries = limits.Tries(Rate(0.5, 2), most=2)
    tries.take(b"a", 0.0)
    tries.take(b"a", 0.0)
    with pytest.raises(RateLimited) as refused:
        tries.take(b"a", 0.0)
    assert refused.value.retry_after_s == 2
    tries.take(b"a", 2.0)
    tries.take(b"b", 3.0)
    with pytest.raises(RateLimited):
        tries.take(b"c", 3.0)
    with pytest.raises(RateLimited):
        tries.take(b"a", 3.0)
    tries.give_back(b"a")
    tries.take(b"a", 3.0)
    tries.give_back(b"nobody")
    tries.take(b"c", 10.0)
