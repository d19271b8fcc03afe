"""The first look, without a browser: signing in, what a page shows, and what it must not."""

import secrets
from urllib.parse import urlencode

import pytest

from asking import ISSUER, Api, build, call, fresh, item, number
from contact_service.actions.context import House
from contact_service.endpoints import web
from contact_service.endpoints.web import Sessions
from contact_service.model.ids import OwnerId
from contact_service.vault.access import Verifier

SAME = ("sec-fetch-site", "same-origin")
FORM = ("content-type", "application/x-www-form-urlencoded")


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def ann(house: House, sessions: Sessions) -> Api:
    routes = web.routes(house, Verifier([ISSUER.trust()]), sessions)
    return Api(build(house, web=routes), fresh("ann"))


async def signed_in(ann: Api, secret: dict[str, str]) -> tuple[str, str]:
    """The cookie header after the form, and the Set-Cookie that came."""
    told = await call(ann.app, "POST", "/app/session", [SAME, FORM], urlencode(secret).encode())
    assert told.status in {200, 204, 303}, told
    sent = told.headers["set-cookie"]
    return sent.partition(";")[0], sent


@pytest.fixture
async def cookie(ann: Api) -> tuple[str, str]:
    await ann.consents("store", "match")
    mate = Api(ann.app, fresh("mate"))
    phone = number()
    await ann.register(mate, f"tel:{phone}")
    await ann.upload(
        item("1", "Zoë <b>Müller</b>", phone, keywords={"Choir": True}),
        item("2", "John Smith", number()),
    )
    sent, _ = await signed_in(ann, {"token": ann.token})
    return "cookie", sent


async def test_who_is_not_signed_in_sees_the_form_and_no_name(
    ann: Api, cookie: tuple[str, str]
) -> None:
    told = await call(ann.app, "GET", "/app/")
    assert told.status == 401
    assert b"Smith" not in told.body
    assert b"<form" in told.body


async def test_a_code_is_taken_once_and_gives_a_strict_cookie(ann: Api, sessions: Sessions) -> None:
    code = sessions.issue_code(OwnerId(ann.owner))
    _, sent = await signed_in(ann, {"code": code})
    assert "httponly" in sent.lower()
    assert "samesite=strict" in sent.lower()
    again = await call(
        ann.app, "POST", "/app/session", [SAME, FORM], urlencode({"code": code}).encode()
    )
    assert again.status in {401, 403}
    assert "set-cookie" not in again.headers


async def test_the_list_shows_the_book_escaped_with_who_is_on_the_app(
    ann: Api, cookie: tuple[str, str]
) -> None:
    told = await call(ann.app, "GET", "/app/", [cookie])
    assert told.status == 200
    assert b"Zo\xc3\xab &lt;b&gt;M\xc3\xbcller" in told.body
    assert b"<b>M" not in told.body
    assert told.body.count(b'aria-label="on the app"') == 1
    assert b"Choir" in told.body


async def test_search_is_a_form_and_finds(ann: Api, cookie: tuple[str, str]) -> None:
    for path in ("/app/search", "/app/search/rows"):
        told = await call(ann.app, "POST", path, [cookie, SAME, FORM], b"q=smi")
        assert told.status == 200
        assert b"<mark>Smi</mark>th" in told.body


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_forms_of_other_sites_are_refused(
    ann: Api, cookie: tuple[str, str], site: str
) -> None:
    headers = [cookie, ("sec-fetch-site", site), FORM]
    assert (await call(ann.app, "POST", "/app/search", headers, b"q=smi")).status == 403


async def test_every_page_has_the_policy(ann: Api, cookie: tuple[str, str]) -> None:
    for path in ("/app/", "/app/contacts/none"):
        told = await call(ann.app, "GET", path, [cookie])
        assert "default-src 'none'" in told.headers["content-security-policy"]
        assert told.headers["referrer-policy"] == "same-origin"
        assert b"<script>" not in told.body
        assert b"style=" not in told.body


async def test_a_contacts_page_is_the_owners_alone(
    ann: Api, cookie: tuple[str, str], sessions: Sessions, house: House
) -> None:
    card = (await ann.get("/v1/contacts")).json["contacts"][0]["id"]
    assert (await call(ann.app, "GET", f"/app/contacts/{card}", [cookie])).status == 200
    other, _ = await signed_in(
        Api(ann.app, fresh("eve")), {"token": Api(ann.app, fresh("eve")).token}
    )
    foreign = await call(ann.app, "GET", f"/app/contacts/{card}", [("cookie", other)])
    assert foreign.status == 404


async def test_a_made_up_cookie_opens_nothing(ann: Api, cookie: tuple[str, str]) -> None:
    made_up = ("cookie", f"contacts_session={secrets.token_urlsafe(32)}")
    assert (await call(ann.app, "GET", "/app/", [made_up])).status == 401
