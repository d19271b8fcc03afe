"""The emulated Facebook and X: pages, permissions, prices, and tokens that change hands."""

from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from contact_emulators.emulator import Emulator
from contact_emulators.facebook import Facebook
from contact_emulators.x import ME, X
from emulating import schemas


def reader(emulator: Emulator, *scopes: str) -> TestClient:
    emulator.let_in("t", scopes)
    return TestClient(emulator.app, headers={"Authorization": "Bearer t"}, follow_redirects=False)


def linked(emulator: Any, authorize: str, token: str, scope: str, **more: str) -> dict[str, Any]:
    """The tokens of somebody who said yes."""
    emulator.authority.person = "allow"
    client = TestClient(emulator.app, follow_redirects=False)
    asked = {"client_id": "app", "redirect_uri": "http://app/cb", "response_type": "code"}
    came = client.get(authorize, params={**asked, "scope": scope})
    code = httpx2.URL(came.headers["location"]).params["code"]
    form = {"client_id": "app", "redirect_uri": "http://app/cb", "code": code, **more}
    told: dict[str, Any] = client.post(
        token, data={**form, "grant_type": "authorization_code"}
    ).json()
    return told


def test_friends_come_by_links_that_carry_the_token() -> None:
    facebook = Facebook(schemas())
    facebook.fill(30, seed=2)
    client = reader(facebook, "user_friends")
    url, found = "/v23.0/me/friends?limit=7", {}
    while url:
        page = client.get(url).json()
        found |= {one["id"]: one["name"] for one in page["data"]}
        url = page["paging"].get("next", "")
        assert not url or "access_token=t" in url
    assert found == facebook.friends
    assert page["summary"] == {"total_count": 90}
    assert facebook.wrong == []


def test_without_the_permission_there_is_nobody_and_no_error() -> None:
    facebook = Facebook(schemas())
    facebook.fill(3, seed=2)
    client = reader(facebook, "public_profile")
    assert client.get("/v23.0/me/friends").json() == {"data": []}
    granted = client.get("/v23.0/me/permissions").json()["data"]
    assert {"permission": "user_friends", "status": "declined"} in granted
    assert facebook.wrong == []


def test_a_short_token_becomes_a_long_one_and_the_app_can_be_removed() -> None:
    facebook = Facebook(schemas())
    token = "/v23.0/oauth/access_token"
    short = linked(facebook, "/v23.0/dialog/oauth", token, "user_friends")["access_token"]
    client = TestClient(facebook.app)
    params = {"grant_type": "fb_exchange_token", "client_id": "app", "fb_exchange_token": short}
    long = client.get(token, params=params).json()["access_token"]
    headers = {"Authorization": f"Bearer {long}"}
    assert client.get("/v23.0/me/friends", headers=headers).status_code == 200
    gone = client.request("DELETE", "/v23.0/me/permissions", headers=headers)
    assert gone.json() == {"success": True}
    for dead in (short, long):
        answer = client.get("/v23.0/me/friends", headers={"Authorization": f"Bearer {dead}"})
        assert answer.json()["error"]["code"] == 190
    assert facebook.wrong == []


def test_throttling_is_told_by_its_code() -> None:
    facebook = Facebook(schemas())
    for code in (4, 17, 32, 613):
        answer = facebook.checked(facebook.refusal(429, str(code)))
        assert (answer.status, answer.body["error"]["code"]) == (400, code)
    assert facebook.wrong == []


def test_followers_come_by_tokens_of_their_own_list() -> None:
    x = X(schemas())
    x.fill(30, seed=2)
    client = reader(x, "users.read", "follows.read")
    assert client.get("/2/users/me").json()["data"]["id"] == ME
    path, token, found = f"/2/users/{ME}/followers", "", {}
    while True:
        params = {"max_results": "7", **({"pagination_token": token} if token else {})}
        page = client.get(path, params=params).json()
        found |= {one["id"]: one["name"] for one in page["data"]}
        token = page["meta"].get("next_token", "")
        if not token:
            break
        other = client.get(f"/2/users/{ME}/following", params={"pagination_token": token})
        assert other.status_code == 400
    assert found == x.followers
    assert x.returned == 31
    assert x.wrong == []


def test_tokens_it_forgot_are_invalid_requests() -> None:
    x = X(schemas())
    x.fill(30, seed=2)
    client = reader(x, "users.read", "follows.read")
    path = f"/2/users/{ME}/followers"
    token = client.get(path, params={"max_results": "7"}).json()["meta"]["next_token"]
    x.forget()
    answer = client.get(path, params={"pagination_token": token})
    assert answer.json()["type"] == "https://api.x.com/2/problems/invalid-request"


def test_a_limit_of_x_says_when_it_resets() -> None:
    answer = X(schemas()).refusal(429)
    assert int(answer.headers["x-rate-limit-reset"]) > 1_700_000_000


def test_refresh_tokens_of_x_rotate() -> None:
    x = X(schemas())
    told = linked(x, "/i/oauth2/authorize", "/2/oauth2/token", "users.read offline.access")
    form = {"client_id": "app", "grant_type": "refresh_token"}
    client = TestClient(x.app)
    again = client.post("/2/oauth2/token", data={**form, "refresh_token": told["refresh_token"]})
    assert again.json()["refresh_token"] != told["refresh_token"]
    lost = client.post("/2/oauth2/token", data={**form, "refresh_token": told["refresh_token"]})
    assert lost.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", [Facebook, X], ids=["facebook", "x"])
def test_a_made_up_token_is_refused(kind: Any) -> None:
    made = kind(schemas())
    path = "/v23.0/me/friends" if kind is Facebook else "/2/users/me"
    assert TestClient(made.app).get(path).status_code == 401
