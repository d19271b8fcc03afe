"""The feed: nothing is missed, tokens tell the truth about where a page ended."""

from typing import Any

import msgspec
import pytest

from acting import Actor, person
from contact_service.actions import cards, changes, edge
from contact_service.actions.changes import Page
from contact_service.model.problem import SyncTokenExpired, SyncTokenFuture, SyncTokenUnknown


async def pull(actor: Actor, since: str | None, limit: int = 1000) -> Page:
    head = await edge.head(actor.house, actor.owner)
    return await changes.page(actor.house, head, since, limit)


def seen(page: Page) -> list[Any]:
    return [
        f"-{row}" if isinstance(row, str) else msgspec.json.decode(row.body)["name"]["full"]
        for row in page.rows
    ]


async def test_seven_changes_at_limit_three_are_all_seven_then_none(ann: Actor) -> None:
    token = (await pull(ann, None)).token
    for place in range(7):
        await ann(cards.create, person(f"n{place}"))
    got, more = [], True
    while more:
        page = await pull(ann, token, 3)
        got += seen(page)
        token, more = page.token, page.more
    assert got == [f"n{place}" for place in range(7)]
    last = await pull(ann, token)
    assert (last.rows, last.more, last.token) == ([], False, token)


async def test_the_same_state_gives_the_same_token(ann: Actor) -> None:
    await ann(cards.create, person("A"))
    assert (await pull(ann, None)).token == (await pull(ann, None)).token


async def test_a_contact_deleted_while_a_first_sync_pages_arrives_as_removed(ann: Actor) -> None:
    first = await ann(cards.create, person("A"))
    await ann(cards.create, person("B"))
    gone = await ann(cards.create, person("C"))
    await ann(cards.delete, gone.id)
    page = await pull(ann, None, 1)
    assert seen(page) == ["A"]
    await ann(cards.delete, first.id)
    rest = await pull(ann, page.token)
    assert seen(rest) == ["B", f"-{first.id}"]


async def test_a_change_while_paging_reappears(ann: Actor) -> None:
    first = await ann(cards.create, person("A"))
    await ann(cards.create, person("B"))
    page = await pull(ann, None, 1)
    await ann(cards.patch, first.id, {"name/full": "A2"})
    assert seen(await pull(ann, page.token)) == ["B", "A2"]


async def test_tokens_of_the_future_of_others_and_garbage_are_refused(
    ann: Actor, bea: Actor
) -> None:
    await ann(cards.create, person("A"))
    head = await edge.head(ann.house, ann.owner)
    sign = ann.house.signer.sync_token
    with pytest.raises(SyncTokenFuture):
        await pull(ann, sign(ann.owner, head.epoch, head.version + 1))
    with pytest.raises(SyncTokenExpired):
        await pull(ann, sign(ann.owner, head.epoch ^ 1, head.version))
    for token in ("", "x", "AAAA" * 13, sign(bea.owner, head.epoch, head.version)):
        with pytest.raises(SyncTokenUnknown):
            await pull(ann, token)


async def test_a_token_below_the_floor_is_expired(ann: Actor) -> None:
    token = (await pull(ann, None)).token
    await ann(cards.create, person("A"))
    await ann(_raise_floor)
    await ann(cards.create, person("B"))
    with pytest.raises(SyncTokenExpired) as refused:
        await pull(ann, token)
    assert refused.value.retry_after_s


async def _raise_floor(ctx: Any) -> None:
    await ctx.tx.run("UPDATE owners SET feed_floor = 1 WHERE owner_id = $1", ctx.owner)
