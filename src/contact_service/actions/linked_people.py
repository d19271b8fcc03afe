"""Which friends and followers elsewhere have linked that account here: by the provider's id, through the gate, never by
name.

What a look-up of identifiers is, this is: charged and committed first, one unit a person whom the book did not hold
before, then asked. Paid is what the edges hold and does not wait. Nothing of an answer is kept.
"""

from collections.abc import Sequence

import msgspec

from contact_service.actions import budget, disclosure, social
from contact_service.actions.context import Context
from contact_service.actions.social import Shown
from contact_service.matching import identifiers
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.match import Disclosed
from contact_service.model.owner import Head, State
from contact_service.storage import social_edges
from contact_service.storage.social_edges import EdgeRow, Key
from contact_service.vault import edges as sealed

BATCH = 1_000
"""People who are asked about in one transaction."""
_PURPOSES = {"facebook": Purpose.IMPORT_FACEBOOK, "x": Purpose.IMPORT_X}
"""The providers whose accounts can be linked, and what the owner must allow for each."""


class Linked(msgspec.Struct, frozen=True):
    """Somebody elsewhere, and who that is here."""

    edge: Shown
    disclosed: Disclosed


class Batch(msgspec.Struct, frozen=True):
    """Who of the next people is here. `last`: where to go on; None: there are no more."""

    linked: list[Linked]
    last: Key | None


def providers(head: Head, provider: str = "") -> list[str]:
    """Of whose people the owner allows to ask; `provider`: of this one alone, "" for all.

    Raises ConsentRequired (403) where she does not allow the one that is named.
    """
    if provider in _PURPOSES:
        consent.require(head.consents, _PURPOSES[provider])
    allowed = [name for name, needed in _PURPOSES.items() if consent.given(head.consents, needed)]
    return [name for name in allowed if provider in ("", name)]


def admits(head: Head) -> bool:
    """Whether the owner may learn of anybody at all."""
    return consent.given(head.consents, Purpose.MATCH) and head.state is State.ACTIVE


async def due(ctx: Context) -> bool:
    """Whether somebody can be charged for now."""
    if not admits(ctx.head) or not await social_edges.owed(ctx.tx, providers(ctx.head)):
        return False
    return (await budget.left(ctx)).left > 0


async def charge(ctx: Context) -> None:
    """Charge for the people of whom the directory was not asked yet, as far as the budget goes; the others wait.

    Not weighed by how many are here: few link an account, so that a window with few hits is no sign of a scan.
    """
    if not admits(ctx.head):
        return
    allowed = providers(ctx.head)
    given = await budget.spend_some(ctx, await social_edges.owed(ctx.tx, allowed))
    if given:
        await social_edges.pay(ctx.tx, allowed, given)


async def batch(ctx: Context, after: Key, provider: str = "", kind: str = "") -> Batch:
    """Who is here of the next people beyond `after` who were charged for. The charge is committed by now.

    Raises ConsentRequired (403), Restricted (423).
    """
    disclosure.require_viewer(ctx)
    allowed = providers(ctx.head, provider)
    rows = await social_edges.asked(ctx.tx, allowed, kind, after, BATCH)
    known = [_identifier(ctx, row) for row in rows]
    found = await disclosure.find(ctx, list(dict.fromkeys(filter(None, known)))) if rows else {}
    last = rows[-1].key if len(rows) == BATCH else None
    return Batch(_met(ctx, rows, known, found), last)


def _met(
    ctx: Context,
    rows: Sequence[EdgeRow],
    known: Sequence[Identifier | None],
    found: dict[Identifier, Disclosed],
) -> list[Linked]:
    return [
        Linked(social.shown(ctx, row), found[who])
        for row, who in zip(rows, known, strict=True)
        if who is not None and who in found
    ]


def _identifier(ctx: Context, row: EdgeRow) -> Identifier | None:
    assert row.sealed_id is not None, "only people with ids are asked about"
    return identifiers.account(row.provider, sealed.open_id(ctx.key, row.edge_key, row.sealed_id))
