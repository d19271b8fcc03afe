"""One request until it has an answer: what is tried again, under which key, with which token, and what is told."""

import asyncio
import logging
from datetime import UTC, datetime

import httpx2
import pytest

from asking import Api, person
from client.faulty import Naps, Net, client, planned
from contact_client import Client, Operation, Problem, Retry, Unreachable, feed, problems
from contact_client.retry import after_s


def keys(net: Net) -> list[str]:
    """Of every POST."""
    return [one.headers.get("idempotency-key", "") for one in net.sent if one.method == "POST"]


async def names(ann: Api) -> list[str]:
    return sorted(one["name"]["full"] for one in (await ann.get("/v1/contacts")).json["contacts"])


@pytest.mark.parametrize("fault", ["drop request", "drop answer", "twice", "late", "503", "502"])
async def test_a_post_happens_once_whatever_the_network_does(
    net: Net, ann: Api, fault: str
) -> None:
    net.plan = planned(fault, fault)
    async with client(net, ann.token) as contacts:
        made = await contacts.create(person("Ann"))
        await contacts.create(person("Ann"))
        assert (await contacts.get(made.id)) == made
    assert await names(ann) == ["Ann", "Ann"]
    first = keys(net)[0]
    tries = 3 if fault != "twice" else 1
    assert keys(net)[:tries] == [first] * tries
    assert keys(net)[tries] != first


async def test_every_post_has_a_key(net: Net, ann: Api) -> None:
    async with client(net, ann.token) as contacts:
        await contacts.batch([Operation("create", card=person("Ann"))], key="mine")
        await contacts.batch([Operation("create", card=person("Ann"))], key="mine")
        await contacts.search("x")
    assert keys(net)[:2] == ["mine", "mine"]
    assert all(keys(net))
    assert await names(ann) == ["Ann"]


async def test_attempts_end_and_tell_whether_the_request_may_have_arrived(
    net: Net, ann: Api
) -> None:
    naps = Naps()
    async with client(net, ann.token, retry=naps.policy(attempts=3)) as contacts:
        for fault, sent in (("drop request", False), ("drop answer", True)):
            net.plan = planned(*[fault] * 9)
            with pytest.raises(Unreachable) as told:
                await contacts.create(person("Ann"))
            assert told.value.sent is sent
    assert len(net.sent) == 6
    assert naps.slept == [0.1, 0.2, 0.1, 0.2]


async def test_a_retry_after_is_waited_for_and_a_long_one_raised(net: Net, ann: Api) -> None:
    naps = Naps()
    async with client(net, ann.token, retry=naps.policy()) as contacts:
        net.plan = planned("429 7", "503 2")
        await contacts.create(person("Ann"))
        assert naps.slept == [pytest.approx(7.1), pytest.approx(2.2)]
        net.plan = planned("429 31")
        with pytest.raises(problems.TooMany) as told:
            await contacts.create(person("Ann"))
        assert told.value.retry_after_s == 31


async def test_a_refusal_is_not_asked_again(net: Net, ann: Api) -> None:
    async with client(net, ann.token) as contacts:
        with pytest.raises(problems.NotFound):
            await contacts.get("nobody-has-this")
    assert len(net.sent) == 1


async def test_a_conditional_change_whose_answer_was_lost_is_not_sent_again(
    net: Net, ann: Api
) -> None:
    async with client(net, ann.token) as contacts:
        made = await contacts.create(person("Ann"))
        net.plan = planned("drop answer")
        with pytest.raises(Unreachable):
            await contacts.patch(made.id, {"name/full": "Bea"}, if_match=made.etag)
        net.plan = planned("drop request")
        now = await contacts.get(made.id)
        net.plan = planned("drop request")
        await contacts.patch(made.id, {"name/full": "Cid"}, if_match=now.etag)
    assert await names(ann) == ["Cid"]


async def test_a_deletion_whose_answer_was_lost_is_done(net: Net, ann: Api) -> None:
    async with client(net, ann.token) as contacts:
        made = await contacts.create(person("Ann"))
        net.plan = planned("drop answer")
        await contacts.delete(made.id)
        net.plan = planned("drop request")
        with pytest.raises(problems.NotFound):
            await contacts.delete(made.id)


async def test_requests_refused_together_renew_the_token_once(net: Net, ann: Api) -> None:
    given = iter(["stale", ann.token, "never"])
    asked = []

    async def token() -> str:
        asked.append(next(given))
        return asked[-1]

    async with client(net, token) as contacts:
        await asyncio.gather(*(contacts.create(person(f"n{n}")) for n in range(4)))
        await contacts.create(person("n4"))
    assert asked == ["stale", ann.token]
    assert len(await names(ann)) == 5


async def test_a_token_that_stays_refused_is_told_after_one_renewal(net: Net) -> None:
    asked = []

    async def token() -> str:
        asked.append("bad")
        return "bad"

    async with client(net, token) as contacts:
        with pytest.raises(problems.Unauthenticated):
            await contacts.get("x")
    async with client(net, "bad") as contacts:
        with pytest.raises(problems.Unauthenticated):
            await contacts.get("x")
    assert len(asked) == 2
    assert len(net.sent) == 3


async def test_no_token_and_no_name_stands_in_an_error_or_a_log(
    net: Net, ann: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    async with client(net, ann.token) as contacts:
        made = await contacts.create(person("Sentinel", uid="urn:x:s"))
        await contacts.search("Sentinel")
        for attempt in (
            contacts.create(person("Sentinel other", uid="urn:x:s")),
            contacts.replace(made.id, person("Sentinel"), if_match='"00000000.1"'),
        ):
            with pytest.raises(Problem) as refused:
                await attempt
            told.append(f"{refused.value!r} {refused.value}")
        net.plan = planned(*["drop answer"] * 9)
        with pytest.raises(Unreachable) as lost:
            await contacts.search("Sentinel")
        assert lost.value.__cause__ is None
        assert lost.value.__suppress_context__
        told.append(f"{lost.value!r}")
    assert "urn:x" not in f"{told}{caplog.text}"
    assert "Sentinel" not in f"{told}{caplog.text}"
    assert ann.token not in f"{told}{caplog.text}"


async def test_an_answer_of_another_shape_is_no_answer() -> None:
    class Portal(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, text="<html>Please sign in to the Wi-Fi</html>")

    async with Client("https://contacts.test", "t", transport=Portal()) as contacts:
        for attempt in (
            contacts.get("x"),
            contacts.changes(),
            contacts.search("x"),
            contacts.delete("x"),
        ):
            with pytest.raises(Unreachable):
                await attempt


@pytest.mark.parametrize("body", [b"", b'{"removed":"x"}\n', b'{"removed":"x"}\n{"syncTok'])
def test_a_page_of_the_feed_without_its_token_was_cut(body: bytes) -> None:
    with pytest.raises(Unreachable, match="feed"):
        feed.read(body)


def test_waits_double_up_to_the_longest_with_full_jitter() -> None:
    policy = Retry(attempts=9, base_s=1.0, most_s=4.0, chance=lambda: 1.0)
    assert [policy.wait_s(n, None) for n in (1, 2, 3, 4, 8, 9)] == [1, 2, 4, 4, 4, None]
    assert Retry(chance=lambda: 0.0).wait_s(1, 3.0) == 3.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("Thu, 01 Jan 2026 00:00:09 GMT", 9.0),
        ("Thu, 01 Jan 2026 00:00:09 -0000", 9.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("9" * 5000, None),
    ],
)
def test_a_retry_after_is_read_in_both_its_forms(header: str | None, seconds: float | None) -> None:
    assert after_s(header, datetime(2026, 1, 1, tzinfo=UTC)) == seconds
