"""The Fetch against a server that misbehaves as providers do: what it asks, how often, and what it never does."""

import asyncio
import gzip
from datetime import timedelta

import pytest
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse

from contact_service.integrations import outward
from contact_service.integrations.connector import (
    BudgetExceeded,
    ConnectorError,
    Limit,
    Manifest,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.integrations.fetching import TRIES
from contact_service.integrations.outward import Outward
from emulating import serving
from fetch_ground import NOW, OK

PAID = Manifest("x", (), ("https://api.x.example",), (Limit(9, 9, "app"),), 1, True, 10_000)


async def test_it_asks_with_the_token_and_gives_what_came(provider, way, ground) -> None:
    provider.answers = [PlainTextResponse("body", 404, {"X-Some": "Thing"})]
    got = await ground.fetching(provider.url, way)(
        f"{provider.url}/v1/people", params={"a": "ä&b"}, headers={"Prefer": "x"}
    )
    assert (got.status, got.body, got.headers["x-some"]) == (404, b"body", "Thing")
    (seen,) = provider.seen
    assert (seen.url.path, seen.query_params["a"]) == ("/v1/people", "ä&b")
    assert (seen.headers["prefer"], seen.headers["authorization"]) == ("x", "Bearer token-0")
    assert ground.counted == ["4xx"]


@pytest.mark.parametrize("status", [400, 403, 404, 410, 412])
async def test_what_is_the_connectors_to_read_is_asked_once(provider, way, ground, status) -> None:
    provider.answers = [PlainTextResponse("", status)]
    assert (await ground.fetching(provider.url, way)(provider.url + "/")).status == status
    assert len(provider.seen) == 1


async def test_a_401_is_refreshed_once_and_asked_again(provider, way, ground) -> None:
    provider.answers = [PlainTextResponse("", 401), OK]
    assert (await ground.fetching(provider.url, way)(provider.url + "/")).status == 200
    assert provider.tokens == ["Bearer token-0", "Bearer token-1"]


async def test_a_second_401_is_the_end_of_the_grant(provider, way, ground) -> None:
    provider.answers = [PlainTextResponse("", 401)]
    with pytest.raises(Reauthorise):
        await ground.fetching(provider.url, way)(provider.url + "/")
    assert (len(provider.seen), ground.refreshed) == (2, 1)


@pytest.mark.parametrize(
    "header",
    [
        {"Retry-After": "41"},
        {"x-rate-limit-reset": str(int(NOW.timestamp()) + 41)},
    ],
    ids=["seconds", "reset"],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_a_short_wait_is_waited_out_and_all_workers_hear_of_it(
    provider, way, ground, status, header
) -> None:
    provider.answers = [PlainTextResponse("", status, header), OK]
    assert (await ground.fetching(provider.url, way)(provider.url + "/")).status == 200
    assert (ground.slept, ground.silences) == ([41.0], [41.0])
    assert ground.told == [NOW + timedelta(seconds=41), None]


async def test_over_a_minute_is_parked(provider, way, ground) -> None:
    provider.answers = [PlainTextResponse("", 429, {"Retry-After": "315"})]
    with pytest.raises(RateLimited) as limited:
        await ground.fetching(provider.url, way)(provider.url + "/")
    assert limited.value.until == NOW + timedelta(seconds=315)
    assert (len(provider.seen), ground.slept, ground.silences) == (1, [], [315.0])


async def test_without_a_word_on_time_it_backs_off(provider, way, ground) -> None:
    provider.answers = [PlainTextResponse("", 429)]
    with pytest.raises(RateLimited):
        await ground.fetching(provider.url, way)(provider.url + "/")
    assert ground.slept == [2.0, 4.0, 8.0, 16.0, 32.0]
    assert len(provider.seen) == TRIES


@pytest.mark.parametrize("broken", [500, 502, 503, 504], ids=str)
async def test_a_server_that_is_down_is_tried_and_left_alone(provider, way, ground, broken) -> None:
    provider.answers = [PlainTextResponse("", broken)]
    with pytest.raises(Transient):
        await ground.fetching(provider.url, way)(provider.url + "/")
    # The breaker opens after the fifth: the sixth call is not made.
    assert len(provider.seen) == 5
    with pytest.raises(Transient):
        await ground.fetching(provider.url, way)(provider.url + "/")
    assert len(provider.seen) == 5


async def test_a_cut_and_a_stalled_answer_are_tried_again(provider, ground) -> None:
    async def stalled():
        yield b"half"
        await asyncio.sleep(30)

    async def cut():
        yield b"half"
        raise ConnectionError

    hurried = Outward(total_s=0.3)
    try:
        provider.answers = [
            lambda: StreamingResponse(stalled()),
            lambda: StreamingResponse(cut(), headers={"content-length": "9"}),
            OK,
        ]
        got = await ground.fetching(provider.url, hurried)(provider.url + "/")
        assert (got.body, len(ground.slept)) == (b"fine", 2)
    finally:
        await hurried.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_no_redirect_is_followed(provider, way, ground, status) -> None:
    provider.answers = [RedirectResponse(provider.url + "/elsewhere", status)]
    with pytest.raises(ProviderChanged):
        await ground.fetching(provider.url, way)(provider.url + "/")
    assert len(provider.seen) == 1


async def test_packed_answers_are_unpacked_and_bounded(
    provider, way, ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = {"content-encoding": "gzip"}
    provider.answers = [Response(gzip.compress(b"a" * 70_000), headers=packed)]
    fetch = ground.fetching(provider.url, way)
    assert (await fetch(provider.url + "/")).body == b"a" * 70_000
    for body, headers in (
        (gzip.compress(bytes(outward.LARGEST_BYTES + 1)), packed),
        (b"no gzip at all", packed),
        (b"x", {"content-encoding": "br"}),
        (bytes(outward.LARGEST_BYTES + 1), {}),
    ):
        provider.answers = [Response(body, headers=headers)]
        with pytest.raises(ProviderChanged):
            await fetch(provider.url + "/")


async def test_a_packed_answer_that_was_cut_is_no_answer(provider, way, ground) -> None:
    half = gzip.compress(b"a" * 70_000)[:-20]
    provider.answers = [Response(half, headers={"content-encoding": "gzip"}), OK]
    assert (await ground.fetching(provider.url, way)(provider.url + "/")).body == b"fine"


async def test_the_shared_limit_is_asked_before_each_call(provider, way, ground) -> None:
    ground.gate = [3.0, 0.5, 0.0, 61.0]
    fetch = ground.fetching(provider.url, way)
    await fetch(provider.url + "/")
    assert (ground.slept, len(provider.seen)) == ([3.0, 0.5], 1)
    with pytest.raises(RateLimited):
        await fetch(provider.url + "/")
    assert len(provider.seen) == 1


async def test_a_wait_ends_at_once_when_it_is_cancelled(provider, way, ground) -> None:
    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    ground.sleep = sleep
    ground.gate = [3.0]
    task = asyncio.ensure_future(ground.fetching(provider.url, way)(provider.url + "/"))
    await asleep.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ground.told == [NOW + timedelta(seconds=3), None]
    assert provider.seen == []


async def test_no_more_are_under_way_than_may(provider, way, ground) -> None:
    under, most = 0, 0
    take = ground.take

    async def counting() -> float:
        nonlocal under, most
        under += 1
        most = max(most, under)
        await asyncio.sleep(0)
        under -= 1
        return await take()

    ground.take = counting
    fetch = ground.fetching(provider.url, way)
    await asyncio.gather(*(fetch(provider.url + "/") for _ in range(8)))
    assert (most, len(provider.seen)) == (2, 8)


async def test_a_paid_call_has_its_row_before_and_its_cost_after(provider, way, ground) -> None:
    rows: list[int] = []
    provider.answers = [lambda: (rows.extend(ground.ledger), OK)[1]]
    fetch = ground.fetching(provider.url, way, PAID)
    await fetch(provider.url + "/", records=1000)
    assert (rows, ground.ledger) == ([1000], [1000])
    provider.answers = [PlainTextResponse("", 403)]
    await fetch(provider.url + "/", records=500)
    assert ground.ledger == [1000, 0]
    await fetch(provider.url + "/")
    assert ground.ledger == [1000, 0]


async def test_beyond_the_budget_nothing_is_asked(provider, way, ground) -> None:
    ground.budget = 999
    with pytest.raises(BudgetExceeded):
        await ground.fetching(provider.url, way, PAID)(provider.url + "/", records=1000)
    assert provider.seen == []


async def test_what_a_lost_call_cost_stays_reserved(provider, way, ground) -> None:
    with serving(provider.app) as gone:
        pass
    with pytest.raises(Transient):
        await ground.fetching(gone, way, PAID)(gone + "/", records=7)
    assert ground.ledger == [7] * 5


async def test_an_error_says_nothing_of_what_was_asked(provider, way, ground) -> None:
    provider.answers = [PlainTextResponse("a secret body", 500)]
    with pytest.raises(ConnectorError) as failed:
        await ground.fetching(provider.url, way)(f"{provider.url}/people/c123?token=abc")
    error = failed.value
    assert error.__cause__ is None
    assert not any(word in repr(error) + str(error) for word in ("c123", "secret", "token", "http"))
