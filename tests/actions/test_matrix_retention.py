"""What of the Matrix face goes by itself: tokens past their time, sets under a pepper that is gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from acting import Actor, make_house
from contact_service.actions import matrix_accounts, retention
from contact_service.model.ids import OwnerId
from contact_service.storage import matrix
from contact_service.storage.db import Db
from contact_service.vault import matrix_tokens

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def test_tokens_go_when_their_time_is_over_and_not_before(fresh_db: Db) -> None:
    house = make_house(fresh_db)
    marks = [bytes([n]) * 32 for n in range(5)]
    async with fresh_db.write(OwnerId("ann")) as tx:
        for n, mark in enumerate(marks):
            await matrix.add_session(tx, mark, "@a:b", NOW, NOW + (n - 2) * SECOND, 64)
    assert await matrix_accounts.let_go(house, NOW, at_once=1) == 3
    assert await matrix_accounts.let_go(house, NOW) == 0
    async with fresh_db.read(OwnerId("")) as tx:
        kept = [await matrix.session(tx, mark, NOW) for mark in marks]
    assert [one is not None for one in kept] == [False, False, False, True, True]


async def test_sets_under_a_pepper_that_is_gone_go_and_others_stay(ann: Actor) -> None:
    async def make(ctx: Any) -> None:
        for epoch in (1, 7, 8):
            await matrix.add_set(ctx.tx, epoch, bytes([epoch]) * 16, ctx.now, 256)

    await ann(make)
    assert list(ann.house.keyring.matrix) == [1]
    told = await retention.tidy(ann.house, ann.owner, NOW, dry=True)
    assert await retention.tidy(ann.house, ann.owner, NOW) == told
    assert told.sets == told.total == 2

    async def kept(ctx: Any) -> list[bool]:
        return [await matrix.paid(ctx.tx, n, bytes([n]) * 16) for n in (1, 7, 8)]

    assert await ann.read(kept) == [True, False, False]


async def test_a_token_lives_as_long_as_the_operator_says(ann: Actor) -> None:
    before = datetime.now(UTC)
    token = await ann(matrix_accounts.open_, "@ann:example.org")
    mark = matrix_tokens.mark(ann.house.keyring, token)
    assert mark is not None
    year = timedelta(days=ann.house.settings.matrix_token_days)
    assert year == timedelta(days=365)
    async with ann.house.db.read(ann.owner) as tx:
        ends = [before + year - SECOND, datetime.now(UTC) + year + SECOND]
        found = [await matrix.session(tx, mark, at) for at in ends]
    assert found == [matrix.Session(ann.owner, "@ann:example.org"), None]
