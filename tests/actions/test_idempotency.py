"""One key, one effect, one answer."""

import asyncio
from typing import Any

import pytest

from acting import Actor, person
from contact_service.actions import cards, edge, idempotency
from contact_service.actions.idempotency import Answer
from contact_service.model.problem import IdempotencyKeyReused


async def create(ctx: Any) -> Answer:
    made = await cards.create(ctx, person("Ann"))
    return Answer(201, {"ETag": made.etag}, made.body)


async def test_a_repeat_gets_the_first_answer_and_no_second_effect(ann: Actor) -> None:
    first = await ann(idempotency.once, "k", b"print", create, keep=True)
    second = await ann(idempotency.once, "k", b"print", create, keep=True)
    assert (second.status, second.headers, second.body) == (first.status, first.headers, first.body)
    assert (first.replayed, second.replayed) == (False, True)
    assert (await edge.head(ann.house, ann.owner)).live_cards == 1


async def test_the_same_key_for_another_request_is_refused(ann: Actor) -> None:
    await ann(idempotency.once, "k", b"print", create, keep=True)
    with pytest.raises(IdempotencyKeyReused):
        await ann(idempotency.once, "k", b"other", create, keep=True)


async def test_five_at_once_have_one_effect(ann: Actor) -> None:
    answers = await asyncio.gather(
        *(ann(idempotency.once, "k", b"print", create, keep=True) for _ in range(5))
    )
    assert len({a.body for a in answers}) == 1
    assert (await edge.head(ann.house, ann.owner)).live_cards == 1


async def test_an_answer_that_must_not_rest_is_made_anew(ann: Actor) -> None:
    calls = []

    async def story(_: Any) -> Answer:
        calls.append(1)
        return Answer(200, {}, b"seen")

    await ann(idempotency.once, "k", b"print", story, keep=False)
    await ann(idempotency.once, "k", b"print", story, keep=False)
    assert len(calls) == 2
    kept = await ann.read(
        lambda ctx: ctx.tx.value(
            "SELECT answer FROM idempotency_keys WHERE owner_id = $1", ctx.owner
        )
    )
    assert kept == b""


async def test_a_key_is_free_again_after_a_day(ann: Actor) -> None:
    await ann(idempotency.once, "k", b"print", create, keep=True)
    await ann(
        lambda ctx: ctx.tx.run(
            "UPDATE idempotency_keys SET at = at - interval '25 hours' WHERE owner_id = $1",
            ctx.owner,
        )
    )
    again = await ann(idempotency.once, "k", b"other", create, keep=True)
    assert not again.replayed
