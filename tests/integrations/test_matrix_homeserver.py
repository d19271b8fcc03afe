"""Asking a homeserver over a real connection: what it says of a token, and every way in which it may not answer."""

import asyncio

import pytest
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from contact_service.integrations import matrix_homeserver
from contact_service.integrations.matrix_homeserver import LARGEST_BYTES, user_of
from contact_service.model.problem import Unavailable
from homeserving import serving


async def test_a_token_is_of_the_user_it_was_given_to() -> None:
    async with serving() as home:
        assert await user_of(home.url, home.token("@ann:example.org")) == "@ann:example.org"
        assert await user_of(home.url, home.token("no id")) == "no id"
        assert await user_of(home.url, "made up") is None
        assert await user_of(home.url, "") is None
        assert home.asked == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_of_any_kind_is_an_unknown_token(status: int) -> None:
    async with serving() as home:
        home.broken = PlainTextResponse("no", status)
        assert await user_of(home.url, home.token("@ann:example.org")) is None


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("oops", 500),
        Response(status_code=204),
        PlainTextResponse("not json"),
        JSONResponse({}),
        JSONResponse({"sub": 7}),
        JSONResponse(["@ann:example.org"]),
        PlainTextResponse("[" * 10_000),
        JSONResponse({"sub": "@ann:example.org", "more": "x" * LARGEST_BYTES}),
    ],
    ids=["500", "204", "text", "empty", "number", "list", "deep", "large"],
)
async def test_another_answer_is_none(answer: Response) -> None:
    async with serving() as home:
        home.broken = answer
        with pytest.raises(Unavailable) as refused:
            await user_of(home.url, "secret token")
        assert "secret" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.retry_after_s is not None


async def test_no_redirect_is_followed() -> None:
    async with serving() as home, serving() as other:
        token = other.token("@ann:example.org")
        home.broken = RedirectResponse(f"{other.url}{matrix_homeserver.PATH}?access_token={token}")
        with pytest.raises(Unavailable):
            await user_of(home.url, token)
        assert other.asked == 0


async def test_an_answer_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_homeserver, "TOTAL_S", 0.05)
    ended = asyncio.Event()

    async def trickle():
        yield b"{"
        await ended.wait()

    async with serving() as home:
        home.broken = StreamingResponse(trickle())
        with pytest.raises(Unavailable):
            await user_of(home.url, "token")
        ended.set()


async def test_a_homeserver_that_is_down_is_told_as_that() -> None:
    async with serving() as home:
        url = home.url
    with pytest.raises(Unavailable):
        await user_of(url, "token")


@pytest.mark.parametrize("url", ["http://example.org", "ftp://127.0.0.1", "", "https://u:p@h"])
async def test_only_https_or_loopback_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match="by https"):
        await user_of(url, "token")
