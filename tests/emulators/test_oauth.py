"""The emulated authorization server: a person clicks, a code works once, PKCE holds, grants end (RFC 6749, 7636, 7009)."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from contact_emulators.google import CONTACTS, OTHERS, Google
from contact_emulators.knobs import Fault
from contact_emulators.oauth import TOKEN
from emulating import serving_one

BACK = "http://127.0.0.1:1/back"
VERIFIER = "a-verifier-of-forty-three-characters-or-more"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
APP = {"client_id": "app", "client_secret": "hush"}


@pytest.fixture
def google() -> Google:
    made = Google()
    made.authority.clients = {"app": "hush"}
    made.authority.redirects = frozenset({BACK})
    return made


@pytest.fixture
def client(google: Google) -> Iterator[httpx2.Client]:
    with serving_one(google) as url, httpx2.Client(base_url=url, trust_env=False) as made:
        yield made


def asking(**changed: str) -> dict[str, str]:
    asked = {
        "client_id": "app",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": f"openid {CONTACTS}",
        "state": "a state",
        "nonce": "once",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "access_type": "offline",
        **changed,
    }
    return {name: value for name, value in asked.items() if value}


def clicked(client: httpx2.Client, decision: str = "allow", **changed: Any) -> dict[str, str]:
    """What comes back after the person chose on the page; `scope` in `changed`: the boxes that stay ticked."""
    page = client.get("/o/oauth2/v2/auth", params=asking())
    assert page.status_code == 200
    (wish,) = re.findall(r'name="wish" value="([^"]+)"', page.text)
    ticked = changed.get("scope", re.findall(r'name="scope" value="([^"]+)"', page.text))
    form = {"wish": wish, "scope": ticked, "decision": decision}
    return _way_back(client.post("/o/oauth2/v2/auth", data=form))


def _way_back(answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 302
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == BACK
    return {name: values[0] for name, values in parse_qs(where.query).items()}


def redeemed(client: httpx2.Client, code: str, /, **changed: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **APP}
    return client.post("/token", data={**form, "code_verifier": VERIFIER, **changed})


def refreshed(client: httpx2.Client, token: str) -> httpx2.Response:
    return client.post(
        "/token", data={"grant_type": "refresh_token", "refresh_token": token, **APP}
    )


def test_a_person_allows_and_the_code_becomes_tokens(google: Google, client: httpx2.Client) -> None:
    told = clicked(client)
    assert (told["state"], told["iss"]) == ("a state", "https://accounts.google.com")
    tokens = redeemed(client, told["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert google.granted(tokens["access_token"]) == {"openid", CONTACTS}
    claims = tokens["id_token"].split(".")[1]
    identity = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert (identity["sub"], identity["aud"], identity["nonce"]) == (
        "google-person-1",
        "app",
        "once",
    )
    again = refreshed(client, tokens["refresh_token"]).json()
    assert "refresh_token" not in again, "Google's does not rotate"
    assert google.granted(again["access_token"]) == {"openid", CONTACTS}


def test_a_person_refuses_or_unticks(google: Google, client: httpx2.Client) -> None:
    assert clicked(client, "deny")["error"] == "access_denied"
    told = clicked(client, scope=["openid"])
    assert redeemed(client, told["code"]).json()["scope"] == "openid"


@pytest.mark.parametrize(
    "changed",
    [{"client_id": "who"}, {"redirect_uri": "https://evil.example"}, {"response_type": "token"},
     {"code_challenge_method": "plain"}],
    ids=["client", "redirect", "type", "plain"],
)  # fmt: skip
def test_a_wrong_request_is_told_to_the_person_alone(
    client: httpx2.Client, changed: dict[str, str]
) -> None:
    answer = client.get("/o/oauth2/v2/auth", params=asking(**changed))
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"code_verifier": "another"}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, 400, "invalid_grant"),
        ({"code": "guessed"}, 400, "invalid_grant"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
    ids=["verifier", "redirect", "code", "secret", "grant"],
)
def test_a_code_is_worth_nothing_to_others(
    client: httpx2.Client, changed: dict[str, str], status: int, error: str
) -> None:
    answer = redeemed(client, clicked(client)["code"], **changed)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_code_that_comes_twice_ends_what_it_led_to(google: Google, client: httpx2.Client) -> None:
    code = clicked(client)["code"]
    tokens = redeemed(client, code).json()
    assert redeemed(client, code).json()["error"] == "invalid_grant"
    assert google.granted(tokens["access_token"]) is None
    assert refreshed(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_only_a_fresh_consent_has_a_refresh_token(google: Google, client: httpx2.Client) -> None:
    google.authority.person = "allow"
    said = []
    for changed in ({}, {}, {"prompt": "consent"}, {"access_type": ""}):
        answer = client.get("/o/oauth2/v2/auth", params=asking(**changed))
        said.append("refresh_token" in redeemed(client, _way_back(answer)["code"]).json())
    assert said == [True, False, True, False]


def test_access_tokens_die_and_grants_are_withdrawn(google: Google, client: httpx2.Client) -> None:
    tokens = redeemed(client, clicked(client)["code"]).json()
    google.authority.expire()
    assert google.granted(tokens["access_token"]) is None
    fresh = refreshed(client, tokens["refresh_token"]).json()["access_token"]
    google.authority.withdraw()
    assert google.granted(fresh) is None
    assert refreshed(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoking_either_token_ends_the_grant(google: Google, client: httpx2.Client) -> None:
    for which in ("access_token", "refresh_token"):
        tokens = redeemed(client, clicked(client)["code"]).json()
        if "refresh_token" in tokens:
            assert client.post("/revoke", data={"token": tokens[which]}).status_code == 200
            assert refreshed(client, tokens["refresh_token"]).status_code == 400
    assert google.authority.grants == []
    assert client.post("/revoke", data={"token": "guessed"}).json()["error"] == "invalid_token"


def test_a_lost_refresh_answer(google: Google, client: httpx2.Client) -> None:
    tokens = redeemed(client, clicked(client)["code"]).json()
    google.knobs.set(Fault.CUT, TOKEN)
    with pytest.raises(httpx2.RemoteProtocolError):
        refreshed(client, tokens["refresh_token"])
    assert refreshed(client, tokens["refresh_token"]).status_code == 200


def test_scopes_are_what_was_granted(google: Google, client: httpx2.Client) -> None:
    google.authority.person = "allow"
    google.authority.unticked = frozenset({CONTACTS})
    answer = client.get("/o/oauth2/v2/auth", params=asking(scope=f"{CONTACTS} {OTHERS}"))
    token = redeemed(client, _way_back(answer)["code"]).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    refused = client.get(
        "/v1/people/me/connections", params={"personFields": "names"}, headers=bearer
    )
    assert refused.status_code == 403
    assert refused.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    others = client.get("/v1/otherContacts", params={"readMask": "names"}, headers=bearer)
    assert others.status_code == 200
