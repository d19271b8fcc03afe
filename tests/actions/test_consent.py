"""Consents: a history that only grows, and an active set that is asked."""

import pytest

from acting import Actor
from contact_service.actions import consent, edge
from contact_service.model.consent import BITS, Purpose
from contact_service.model.problem import InvalidParameter


async def test_grant_withdraw_grant_is_three_rows(ann: Actor) -> None:
    await ann.consents(Purpose.STORE)
    await ann(consent.withdraw, Purpose.STORE)
    await ann.consents(Purpose.STORE)
    rows = await ann.read(
        lambda ctx: ctx.tx.rows(
            "SELECT n, granted, policy_sha256 FROM consents WHERE owner_id = $1 ORDER BY n",
            ctx.owner,
        )
    )
    assert [(r["n"], r["granted"], len(r["policy_sha256"])) for r in rows] == [
        (1, True, 32),
        (2, False, 32),
        (3, True, 32),
    ]


async def test_a_repeated_grant_is_no_new_row(ann: Actor) -> None:
    await ann.consents(Purpose.MATCH, Purpose.MATCH)
    listed = await ann.read(consent.listed)
    assert [(c.purpose, c.granted) for c in listed] == [(Purpose.MATCH, True)]
    count = await ann.read(
        lambda ctx: ctx.tx.value("SELECT count(*) FROM consents WHERE owner_id = $1", ctx.owner)
    )
    assert count == 1


async def test_purposes_are_separate(ann: Actor) -> None:
    await ann.consents(Purpose.STORE, Purpose.MATCH)
    await ann(consent.withdraw, Purpose.STORE)
    assert (await edge.head(ann.house, ann.owner)).consents == BITS[Purpose.MATCH]


async def test_an_unknown_source_is_refused(ann: Actor) -> None:
    with pytest.raises(InvalidParameter):
        await ann(consent.grant, Purpose.STORE, "1", "fax")
