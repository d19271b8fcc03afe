"""Look up identifiers that are in no book: nothing is kept, neither what was asked nor the answer.

Three transactions: what was never paid for is charged and committed; then the gate is asked; then what was shown is
weighed. Both of the first look at the consent: it may go between them.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from contact_service.actions import budget, disclosure
from contact_service.actions.budget import Left
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Paid
from contact_service.matching import identifiers
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.match import Disclosed
from contact_service.model.owner import Head, State
from contact_service.model.problem import Restricted
from contact_service.vault import receipts


class Asked(msgspec.Struct, frozen=True):
    """What a caller sent, the Identifier in each place (None: it is none), and each Identifier once, in the order of
    first appearance.
    """

    texts: list[str]
    parsed: list[Identifier | None]
    distinct: list[Identifier]

    @property
    def invalid(self) -> list[int]:
        """Positions of what is no identifier: syntax alone decides."""
        return [place for place, parsed in enumerate(self.parsed) if parsed is None]


class Charged(msgspec.Struct, frozen=True):
    """What a look-up cost: the Identifiers of this charge, the receipt for them, what is left. `again`: it was paid
    before under its key.
    """

    paid: list[Identifier]
    receipt: str | None
    left: Left
    again: bool


def admit(head: Head) -> None:
    """Whether this owner may ask at all, before anything else is looked at.

    Raises ConsentRequired (403) without the consent `match`, Restricted (423).
    """
    consent.require(head.consents, Purpose.MATCH)
    if head.state is State.RESTRICTED:
        raise Restricted


def read(texts: list[str]) -> Asked:
    """The Identifiers among these texts."""
    parsed = [identifiers.parse(text) for text in texts]
    return Asked(texts, parsed, list(dict.fromkeys(i for i in parsed if i is not None)))


async def charge(ctx: Context, paid: Paid, asked: Asked, shown: Sequence[str]) -> Charged:
    """Charge what the receipts do not cover, all or nothing; a repeat under the request's key costs nothing.

    Raises ConsentRequired (403), DiscoveryBudget (429): nothing was charged.
    """
    disclosure.require_viewer(ctx)
    new = list(_uncovered(ctx, paid, asked.distinct, shown))
    ctx.house.metrics.count("contacts_discovery_identifiers_total", mode="lookup").add(
        len(asked.distinct)
    )
    left = await budget.spend(ctx, len(new) if paid.first else 0)
    receipt = None
    if new:
        # By the time and mark of the first charge: a repeat gets the receipt that the first time was for.
        nonce = paid.mark[: receipts.NONCE_BYTES]
        receipt = receipts.make(_key(ctx), ctx.owner, new, paid.at, nonce)
    return Charged(new, receipt, left, again=not paid.first)


def _uncovered(
    ctx: Context, paid: Paid, distinct: list[Identifier], shown: Sequence[str]
) -> Iterator[Identifier]:
    """The Identifiers that no receipt is for: each receipt is for the next ones, if it is for exactly those."""
    waiting = iter(distinct)
    for receipt in shown:
        those = list(islice(waiting, receipts.size(receipt)))
        if not receipts.covers(_key(ctx), ctx.owner, receipt, those, paid.at):
            yield from those
    yield from waiting


def _key(ctx: Context) -> bytes:
    return ctx.house.keyring.fixed("receipt")


async def find(ctx: Context, asked: Asked) -> list[tuple[str, Disclosed]]:
    """(As asked, who it is) for those the owner may learn of, in request order. The charge is committed by now.

    Raises ConsentRequired (403), Restricted (423).
    """
    disclosure.require_viewer(ctx)
    hits = await disclosure.find(ctx, asked.distinct)
    found: dict[str, Disclosed] = {}
    for text, parsed in zip(asked.texts, asked.parsed, strict=True):
        if parsed is not None and parsed in hits:
            found.setdefault(text, hits[parsed])
    return list(found.items())


async def weigh(
    ctx: Context, charged: Charged, asked: Asked, found: list[tuple[str, Disclosed]]
) -> None:
    """Weigh a charge by what was shown for it."""
    by_text = dict(zip(asked.texts, asked.parsed, strict=True))
    shown = {by_text[text] for text, _ in found}
    await budget.judge(ctx, charged.paid, len(shown.intersection(charged.paid)))
