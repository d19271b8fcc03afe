"""Signing in on the Matrix face: whose word is taken for it, and what a token is good for."""

import hashlib

import pytest
from starlette.responses import PlainTextResponse

from asking import Api, call, fresh
from contact_service.actions import matrix_accounts
from contact_service.actions.context import House
from contact_service.endpoints.app import App
from contact_service.model.ids import OwnerId
from contact_service.model.owner import State
from contact_service.storage import owners
from contact_service.vault import matrix_tokens
from homeserving import Homeserver
from matrixing import HOME, OTHER, V2, Matrix, code

from .conftest import changing

REGISTER = "account/register"


async def register(who: Matrix, **more: object) -> tuple[int, str]:
    return code(await who("POST", REGISTER, who.openid(**more)))


async def test_an_openid_token_is_exchanged_for_one_that_names_its_user(ann: Matrix) -> None:
    told = await ann("GET", "account")
    assert (told.status, told.json) == (200, {"user_id": ann.mxid})


async def test_a_user_of_the_own_homeserver_acts_as_the_apps_user(ann: Matrix) -> None:
    user = ann.mxid[1:].partition(":")[0]
    told = await Api(ann.app, user).get("/v1/privacy/consents")
    assert [(c["purpose"], c["source"]) for c in told.json["consents"]] == [
        ("match", "matrix-terms")
    ]


async def test_a_user_of_another_homeserver_acts_by_the_whole_matrix_id(
    app: App, home: Homeserver
) -> None:
    guest = await Matrix(app, home, f"@{fresh('guest')}:{OTHER}").sign_in()
    await guest.accept()
    told = await Api(app, guest.mxid).get("/v1/privacy/consents")
    assert len(told.json["consents"]) == 1


async def test_a_localpart_does_not_pass_for_a_user_with_another_matrix_id(
    app: App, home: Homeserver
) -> None:
    victim = await (await Matrix(app, home, f"@{fresh('v')}:{OTHER}").sign_in()).accept()
    quoted = victim.mxid.replace("@", "=40").replace(":", "=3a")
    thief = await Matrix(app, home, f"@{quoted}:{HOME}").sign_in()
    assert code(await thief("GET", "account")) == (403, "M_TERMS_NOT_SIGNED")


async def test_a_homeserver_is_not_believed_about_users_of_another(
    app: App, home: Homeserver
) -> None:
    liar = Matrix(app, home, f"@{fresh('eve')}:{HOME}")
    assert await register(liar, server=OTHER) == (401, "M_UNAUTHORIZED")


async def test_a_homeserver_that_is_not_named_is_not_asked(
    stranger: Matrix, home: Homeserver
) -> None:
    asked = home.asked
    for server in ("nobody.example", home.url, f"{HOME}:80", f"{HOME}/", HOME.upper()):
        assert await register(stranger, server=server) == (403, "M_FORBIDDEN")
    assert home.asked == asked


@changing(MATRIX_HOMESERVERS="")
async def test_without_a_list_nobody_signs_in(stranger: Matrix) -> None:
    assert await register(stranger) == (403, "M_FORBIDDEN")


async def test_a_token_the_homeserver_does_not_know_lets_nobody_in(stranger: Matrix) -> None:
    told = await register(stranger, access_token="made up")
    assert told == (401, "M_UNAUTHORIZED")


async def test_a_homeserver_that_does_not_answer_is_told_as_that(
    stranger: Matrix, home: Homeserver
) -> None:
    home.broken = PlainTextResponse("no", 500)
    try:
        told = await stranger("POST", REGISTER, stranger.openid())
    finally:
        home.broken = None
    assert code(told) == (503, "M_UNKNOWN")
    assert (told.headers["retry-after"], told.json["retry_after_ms"]) == ("5", 5000)


@pytest.mark.parametrize("lacking", ["access_token", "token_type", "matrix_server_name"])
async def test_each_member_of_an_openid_token_is_needed(stranger: Matrix, lacking: str) -> None:
    sent = stranger.openid()
    del sent[lacking]
    assert code(await stranger("POST", REGISTER, sent)) == (400, "M_MISSING_PARAMS")
    sent[lacking] = 7
    assert code(await stranger("POST", REGISTER, sent)) == (400, "M_INVALID_PARAM")


async def test_an_openid_token_of_another_type_is_none(stranger: Matrix) -> None:
    assert await register(stranger, token_type="MAC") == (400, "M_INVALID_PARAM")
    assert await register(stranger, expires_in="soon") == (400, "M_INVALID_PARAM")


@changing(LIMIT_SIGN_IN="0.1/2")
async def test_who_tries_too_often_waits(stranger: Matrix) -> None:
    for _ in range(5):  # those that succeed do not count
        await stranger.sign_in()
    for _ in range(2):
        assert await register(stranger, access_token="wrong") == (401, "M_UNAUTHORIZED")
    told = await stranger("POST", REGISTER, stranger.openid())
    assert code(told) == (429, "M_LIMIT_EXCEEDED")
    assert told.json["retry_after_ms"] == int(told.headers["retry-after"]) * 1000 > 0


@pytest.mark.parametrize("token", [None, "", "x", "x" * 43, "x" * 5000, "a.b.c", "é"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "account"),
        ("GET", "hash_details"),
        ("POST", "lookup"),
        ("POST", "account/logout"),
        ("POST", "terms"),
    ],
)
async def test_without_a_token_of_ours_nothing_is_told(
    stranger: Matrix, method: str, path: str, token: str | None
) -> None:
    stranger.token = token
    told = await stranger(method, path, body=b"not json")
    assert code(told) == (401, "M_UNAUTHORIZED")
    assert told.headers["www-authenticate"].startswith("Bearer")


async def test_another_scheme_than_bearer_is_no_token(stranger: Matrix) -> None:
    told = await stranger("GET", "account", authorization="Basic YTpi")
    assert code(told) == (401, "M_UNAUTHORIZED")


async def test_a_token_in_the_query_string_is_accepted(ann: Matrix) -> None:
    told = await call(ann.app, "GET", f"{V2}/account?access_token={ann.token}")
    assert told.json == {"user_id": ann.mxid}
    told = await call(ann.app, "GET", f"{V2}/account?access_token=x&access_token={ann.token}")
    assert code(told) == (400, "M_INVALID_PARAM")


async def test_a_token_that_was_logged_out_lets_nobody_in(ann: Matrix) -> None:
    other = await Matrix(ann.app, ann.home, ann.mxid).sign_in()
    told = await ann("POST", "account/logout")
    assert (told.status, told.json) == (200, {})
    assert code(await ann("GET", "account")) == (401, "M_UNAUTHORIZED")
    assert code(await ann("POST", "account/logout")) == (401, "M_UNAUTHORIZED")
    assert (await other("GET", "account")).status == 200


async def test_a_token_ends_with_its_time(ann: Matrix, house: House) -> None:
    until = "UPDATE matrix_tokens SET expires_at = now() WHERE token = $1::bytea"
    mark = matrix_tokens.mark(house.keyring, str(ann.token))
    await house.db.sharing(lambda tx: tx.run(until, mark))
    assert code(await ann("GET", "account")) == (401, "M_UNAUTHORIZED")


async def test_of_a_token_only_a_keyed_hash_is_kept(ann: Matrix, house: House) -> None:
    user = OwnerId(ann.mxid[1:].partition(":")[0])
    rows = "SELECT t::text FROM matrix_tokens AS t WHERE owner_id = $1::text"
    (row,) = await house.db.reading(user, lambda tx: tx.rows(rows, user))
    token = str(ann.token)
    assert token not in row["t"]
    assert token.encode().hex() not in row["t"]
    assert hashlib.sha256(token.encode()).hexdigest() not in row["t"]


async def test_an_account_has_so_many_tokens_and_the_oldest_go(
    stranger: Matrix, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_accounts, "MOST_TOKENS", 2)
    found = [await Matrix(stranger.app, stranger.home, stranger.mxid).sign_in() for _ in range(3)]
    told = [(await one("GET", "account")).status for one in found]
    assert told == [401, 403, 403]


async def test_a_jwt_of_ours_lets_its_owner_in(app: App, api: Api, home: Homeserver) -> None:
    ann = Matrix(app, home, f"@{api.owner}:{HOME}", api.token)
    await ann.accept()
    assert (await ann("GET", "account")).json == {"user_id": ann.mxid}
    assert code(await ann("POST", "account/logout")) == (403, "M_FORBIDDEN")
    told = await call(app, "GET", f"{V2}/account?access_token={api.token}")
    assert told.status == 200


async def test_a_jwt_needs_the_scopes_of_what_it_does(app: App, api: Api, home: Homeserver) -> None:
    none, some = api.scoped("contacts.read", "privacy"), api.scoped("discovery")
    reader = Matrix(app, home, f"@{api.owner}:{HOME}", none.token)
    assert code(await reader("GET", "account")) == (403, "M_FORBIDDEN")
    finder = Matrix(app, home, f"@{api.owner}:{HOME}", some.token)
    told = await finder("POST", "terms", {"user_accepts": [await finder.terms()]})
    assert code(told) == (403, "M_FORBIDDEN")
    await api.consents("match")
    assert (await finder("GET", "account")).status == 200


async def test_an_account_in_erasure_is_out(ann: Matrix, house: House) -> None:
    user = OwnerId(ann.mxid[1:].partition(":")[0])
    await house.db.writing(user, lambda tx: owners.set_state(tx, State.ERASING))
    for path in ("account", "hash_details"):
        assert code(await ann("GET", path)) == (401, "M_UNAUTHORIZED")
    assert await register(ann) == (401, "M_UNAUTHORIZED")


async def test_a_restricted_account_may_leave(ann: Matrix, house: House) -> None:
    user = OwnerId(ann.mxid[1:].partition(":")[0])
    await house.db.writing(user, lambda tx: owners.set_state(tx, State.RESTRICTED))
    assert (await ann("POST", "account/logout")).status == 200
