"""A Matrix client of the identity API: signs in by its homeserver, accepts the terms, looks hashed addresses up."""

import base64
import hashlib
from typing import Any
from urllib.parse import quote

import msgspec

from asking import Api, Reply, call
from contact_service.endpoints.app import App
from homeserving import Homeserver

HOME = "example.org"
OTHER = "other.example"
V2 = "/_matrix/identity/v2"


class Matrix:
    """A Matrix client; `token` is None until it has signed in."""

    def __init__(self, app: App, home: Homeserver, mxid: str, token: str | None = None) -> None:
        self.app = app
        self.home = home
        self.mxid = mxid
        self.token = token

    async def __call__(
        self, method: str, path: str, json: Any = None, body: bytes = b"", **headers: str
    ) -> Reply:
        """A path that does not begin with / is below /_matrix/identity/v2/."""
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if self.token is not None:
            sent.append(("authorization", f"Bearer {self.token}"))
        where = path if path.startswith("/") else f"{V2}/{path}"
        raw = msgspec.json.encode(json) if json is not None else body
        return await call(self.app, method, where, sent, raw)

    def openid(self, server: str | None = None, **more: Any) -> dict[str, Any]:
        return {
            "access_token": self.home.token(self.mxid),
            "token_type": "Bearer",
            "matrix_server_name": server or self.mxid.partition(":")[2],
            "expires_in": 3600,
            **more,
        }

    async def sign_in(self) -> "Matrix":
        told = await Matrix(self.app, self.home, self.mxid)(
            "POST", "account/register", self.openid()
        )
        assert told.status == 200, told
        self.token = told.json["token"]
        return self

    async def terms(self) -> str:
        policies = (await self("GET", "terms")).json["policies"]
        return str(policies["privacy_policy"]["en"]["url"])

    async def accept(self) -> "Matrix":
        told = await self("POST", "terms", {"user_accepts": [await self.terms()]})
        assert (told.status, told.json) == (200, {}), told
        return self

    async def pepper(self) -> str:
        return str((await self("GET", "hash_details")).json["lookup_pepper"])

    async def lookup(self, *addresses: str, **more: Any) -> Reply:
        sent = {"algorithm": "sha256", "addresses": list(addresses), **more}
        if "pepper" not in sent:
            sent["pepper"] = await self.pepper()
        return await self("POST", "lookup", sent)


def code(reply: Reply) -> tuple[int, str]:
    """Status and errcode of a refusal in the standard form."""
    assert reply.headers["content-type"] == "application/json"
    told = reply.json
    assert isinstance(told["error"], str)
    return reply.status, str(told["errcode"])


async def registered(api: Api, user: str, *identifiers: str, **more: Any) -> str:
    told = await api.put(
        f"/v1/directory/users/{quote(user, safe='')}",
        {"identifiers": list(identifiers), "discoverable": True, **more},
    )
    assert told.status == 200, told
    return user


def hashed(address: str, medium: str, pepper: str) -> str:
    """As a client does it, from the specification's words alone."""
    raw = hashlib.sha256(f"{address} {medium} {pepper}".encode()).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
