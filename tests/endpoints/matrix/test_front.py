"""What every request of the Matrix face meets: paths, methods, CORS, bounds, and what is written down of it."""

import io

import pytest

from acting import make_house
from asking import ISSUER, Api, build, call, fresh, number
from contact_service.actions.context import House
from contact_service.endpoints import app as apps
from contact_service.endpoints import limits
from contact_service.endpoints.app import App
from contact_service.endpoints.matrix import front
from contact_service.endpoints.matrix.asked import Asked
from contact_service.endpoints.matrix.told import Told
from contact_service.model.problem import DatabaseDown
from contact_service.storage.db import Db
from contact_service.telemetry import logs
from contact_service.vault.access import Verifier
from homeserving import Homeserver
from matrixing import HOME, V2, Matrix, code, hashed, registered

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": "Origin, X-Requested-With, Content-Type, Accept, Authorization",
}
UNKNOWN = [
    "/_matrix/identity",
    "/_matrix/identity/",
    "/_matrix/identity/v1/lookup",
    "/_matrix/identity/api/v1",
    f"{V2}/",
    f"{V2}/lookup/",
    f"{V2}/3pid/bind",
    f"{V2}/pubkey/isvalid",
    f"{V2}/store-invite",
]


async def test_versions_and_ping_need_no_token(app: App) -> None:
    told = await call(app, "GET", "/_matrix/identity/versions")
    assert told.json == {"versions": front.VERSIONS}
    told = await call(app, "GET", V2)
    assert (told.status, told.json) == (200, {})


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", [*front.WAYS, *UNKNOWN])
async def test_every_answer_lets_web_clients_read_it(app: App, method: str, path: str) -> None:
    told = await call(app, method, path)
    assert CORS.items() <= told.headers.items()
    assert told.headers["cache-control"] == "no-store"
    assert told.headers["x-request-id"]
    if method == "OPTIONS":
        assert (told.status, told.json) == (200, {})


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_unknown_path_is_told_as_unrecognised(ann: Matrix, path: str) -> None:
    assert code(await ann("GET", path)) == (404, "M_UNRECOGNIZED")
    assert code(await ann("PUT", path)) == (404, "M_UNRECOGNIZED")


@pytest.mark.parametrize("path", front.WAYS)
async def test_a_wrong_method_is_told_as_unrecognised(ann: Matrix, path: str) -> None:
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"} - set(front.WAYS[path]):
        told = await ann(method, path)
        assert code(told) == (405, "M_UNRECOGNIZED")
        assert told.headers["allow"] == ", ".join([*front.WAYS[path], "OPTIONS"])


async def test_a_head_is_a_get_without_its_body(ann: Matrix) -> None:
    whole, head = await ann("GET", "account"), await ann("HEAD", "account")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))


async def test_a_path_beside_the_face_is_not_its_own(app: App) -> None:
    told = await call(app, "GET", "/_matrix/identityx/versions")
    assert told.slug == "not-found"
    assert "access-control-allow-origin" not in told.headers


async def test_a_body_over_the_bound_is_refused(ann: Matrix) -> None:
    told = await ann("POST", "lookup", body=b" " * (limits.JSON_BODY + 1))
    assert code(told) == (413, "M_TOO_LARGE")
    told = await call(ann.app, "POST", f"{V2}/account/register", [("content-length", "x")], [b"{}"])
    assert code(told) == (400, "M_BAD_JSON")


async def test_a_body_that_is_cut_short_is_refused(ann: Matrix) -> None:
    sent = [("authorization", f"Bearer {ann.token}")]
    told = await call(ann.app, "POST", f"{V2}/lookup", sent, [b"{"], cut=True)
    assert code(told) == (400, "M_BAD_JSON")


async def test_a_mistake_of_ours_is_told_without_its_text(
    ann: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Asked) -> Told:
        raise RuntimeError("secret")

    monkeypatch.setitem(front.WAYS, V2, {"GET": front.Way(broken)})
    told = await ann("GET", "/_matrix/identity/v2")
    assert code(told) == (500, "M_UNKNOWN")
    assert b"secret" not in told.body


async def test_a_database_that_is_down_is_told_as_that(postgres: str, home: Homeserver) -> None:
    gone = await Db.open(postgres)
    await gone.close()
    house = make_house(gone)
    told = await Matrix(build(house), home, "@a:b", "x")("GET", "account")
    assert code(told) == (503, "M_UNKNOWN")
    assert DatabaseDown().retry_after_s is not None
    assert told.json["retry_after_ms"] == int(told.headers["retry-after"]) * 1000
    house.darkroom.close()


async def test_requests_are_counted_by_path_and_what_is_no_path_is_no_label(ann: Matrix) -> None:
    await ann("GET", "account")
    await ann("GET", "/_matrix/identity/secret-path")
    told = (await call(ann.app, "GET", "/metrics")).body.decode()
    assert f'{{method="GET",route="{V2}/account",status="200"}} 1.0' in told
    assert '{method="GET",route="/_matrix/identity",status="404"} 1.0' in told
    assert "secret-path" not in told


async def test_the_face_has_its_own_specification_and_is_not_in_ours(app: App) -> None:
    told = (await call(app, "GET", "/openapi.json")).json
    assert [path for path in told["paths"] if path.startswith("/_matrix")] == []


async def test_neither_token_nor_address_is_logged(
    house: House, api: Api, home: Homeserver
) -> None:
    lines = io.StringIO()
    log = logs.make("debug", "json", lines)
    noisy = apps.build(house, Verifier([ISSUER.trust()]), house.settings, log=log)
    noisy._matrix._hall.access._every = 1  # a line for each request, not for 1 in 100
    ann = await (await Matrix(noisy, home, f"@{fresh('log')}:{HOME}").sign_in()).accept()
    phone = number()
    user = await registered(Api(noisy, fresh("app")), fresh("bea"), f"tel:{phone}")
    address = hashed(phone[1:], "msisdn", await ann.pepper())
    await call(noisy, "GET", f"{V2}/account?access_token={ann.token}")
    await call(noisy, "GET", f"/_matrix/identity/{ann.token}?access_token={ann.token}")
    assert (await ann.lookup(address)).json["mappings"] == {address: f"@{user}:{HOME}"}
    await ann.lookup(address, pepper="wrong")
    openid = ann.openid(access_token="openid-secret")
    await ann("POST", "account/register", openid)
    told = lines.getvalue()
    assert told.count("request.answered") >= 8
    for secret in (str(ann.token), address, phone[1:], user, "openid-secret", ann.mxid[1:12]):
        assert secret not in told
