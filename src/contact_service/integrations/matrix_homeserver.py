"""Asking a homeserver who an OpenID token was given to (matrix-spec data/api/server-server/openid.yaml).

The address is the operator's own: nothing of a request chooses where this service connects to.
"""

import asyncio

import httpx2
import msgspec

from contact_service.integrations import trust
from contact_service.model.problem import Unavailable
from contact_service.settings import kinds

PATH = "/_matrix/federation/v1/openid/userinfo"
LARGEST_BYTES = 16_384
TOTAL_S = 7.0
_TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
# identity: what is counted below is then what arrives, and no small answer can inflate.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_REFUSED = frozenset({400, 401, 403, 404})
_WAIT_S = 5


class _Given(msgspec.Struct, frozen=True):
    sub: str


_answers = msgspec.json.Decoder(_Given)


async def user_of(base: str, token: str) -> str | None:
    """The Matrix id the token was given to, as the homeserver at `base` claims; None when it does not know the token.

    `base` is https, or http on loopback; else ValueError. Raises Unavailable (503): no answer, or one that is none.
    """
    if not kinds.may_be_fetched(base):
        raise ValueError("a homeserver is asked by https, or on loopback")
    try:
        async with asyncio.timeout(TOTAL_S):
            body = await _get(base + PATH, token)
        return _answers.decode(body).sub if body is not None else None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError, ValueError, RecursionError):
        # The failure's own text is left out: it holds the URL, and so the token.
        raise Unavailable(_WAIT_S, "The homeserver gave no answer that can be read.") from None


async def _get(url: str, token: str) -> bytes | None:
    """No redirects, and nothing from the environment (proxies, .netrc): the answer comes from the URL named or not."""
    verify = await trust.authorities()
    async with (
        httpx2.AsyncClient(
            verify=verify, timeout=_TIMEOUT, trust_env=False, follow_redirects=False
        ) as client,
        client.stream("GET", url, params={"access_token": token}, headers=_HEADERS) as answer,
    ):
        if answer.status_code in _REFUSED:
            return None
        if answer.status_code != 200:
            raise ValueError("another status than 200")
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > LARGEST_BYTES:
                raise ValueError("the answer is too large")
        return bytes(body)
