"""Validation: what is to be said of the one number or address that somebody is about to be invited by.

Three beats, as with a look-up: what is known and allowed is found out, and money noted; then, outside any transaction,
the validator is asked; then its verdict is kept, sealed, for 30 days. Nothing here tells whether somebody is a user, or
keeps an identifier. Without a validator, the consent, money or an answer the offline verdict stands.
"""

from datetime import datetime, timedelta

import msgspec

from contact_service.actions import spending
from contact_service.actions.context import Context, House
from contact_service.actions.idempotency import Paid
from contact_service.actions.spending import Reserved
from contact_service.integrations import verify_email, verify_phone
from contact_service.integrations.connector import BudgetExceeded
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.matching import identifiers
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.problem import InvalidParameter
from contact_service.model.verdict import EmailVerdict, Missing, Outcome, PhoneVerdict
from contact_service.storage import validations

KEPT = timedelta(days=30)
_LONGEST = 1_024
Verdict = PhoneVerdict | EmailVerdict


class Asked(msgspec.Struct, frozen=True):
    """What is to be judged, and the verdict of this machine alone. `identifier` None: it cannot be anybody's."""

    identifier: Identifier | None
    verdict: Verdict

    @property
    def target(self) -> str:
        """The number or address without its scheme."""
        return (self.identifier or "").partition(":")[2]


class Begun(msgspec.Struct, frozen=True):
    """What is known before the validator is asked, if it is: by `ask`. `reserved`: the money noted for it."""

    asked: Asked
    verdict: Verdict
    missing: Missing | None = None
    ask: bool = False
    reserved: Reserved | None = None


class Checked(msgspec.Struct, frozen=True):
    """What is to be said. `fresh`: a validator said so now. `missing`: why none did that could have."""

    verdict: Verdict
    missing: Missing | None = None
    fresh: bool = False


_phones = msgspec.json.Decoder(PhoneVerdict)
_emails = msgspec.json.Decoder(EmailVerdict)


def read(text: str, now: datetime) -> Asked:
    """`tel:` and a number with its plus, or `mailto:` and an address. Raises InvalidParameter (422)."""
    scheme, colon, rest = text.partition(":")
    if not colon or len(text) > _LONGEST or scheme.lower() not in {"tel", "mailto"}:
        raise InvalidParameter("identifier", "neither tel: and a number with its plus, nor mailto:")
    identifier = identifiers.parse(text)
    if scheme.lower() == "tel":
        return Asked(identifier, verify_phone.offline(rest, now))
    return Asked(identifier, verify_email.offline(rest, now))


async def begin(ctx: Context, paid: Paid, asked: Asked) -> Begun:
    """What was said of it lately, or whether a validator may be asked; the money for that is noted.

    A repeat under the request's key is told what is kept, like any other.
    """
    del paid
    validator = _validator(ctx.house, asked)
    if validator is None or asked.identifier is None:
        return Begun(asked, asked.verdict)
    if not consent.given(ctx.head.consents, Purpose.VALIDATE):
        return Begun(asked, asked.verdict, Missing.CONSENT)
    kept = await _kept(ctx, asked)
    if kept is not None:
        return Begun(asked, kept)
    if validator.resting:
        return Begun(asked, asked.verdict, Missing.AWAY)
    if not validator.cost_micro_usd:
        return Begun(asked, asked.verdict, ask=True)
    try:
        reserved = await spending.reserve(
            ctx, _NAMES[type(asked.verdict)], validator.cost_micro_usd
        )
    except BudgetExceeded:
        return Begun(asked, asked.verdict, Missing.BUDGET)
    return Begun(asked, asked.verdict, ask=True, reserved=reserved)


async def ask(house: House, begun: Begun, now: datetime) -> Checked:
    """What the validator says, where it may be asked; else what is known. Outside any transaction."""
    checked = Checked(begun.verdict, begun.missing)
    if begun.ask:
        checked = await _said(house, begun.asked, now)
    if not checked.fresh:
        checked = await _by_dns(house, begun.asked, checked)
    _count(house, checked)
    return checked


async def keep(ctx: Context, begun: Begun, checked: Checked) -> None:
    """Keep a fresh verdict, and note what it cost. Not where the consent was withdrawn meanwhile."""
    if begun.reserved is not None:
        await spending.settle(ctx, begun.reserved, begun.reserved.micro_usd)
    if not consent.given(ctx.head.consents, Purpose.VALIDATE):
        return
    tag = _tag(ctx, begun.asked)
    sealed = ctx.key.seal("verdict", tag, 0, msgspec.json.encode(checked.verdict))
    await validations.forget(ctx.tx, ctx.now - KEPT)
    await validations.put(ctx.tx, tag, sealed, ctx.now)


def _validator(
    house: House, asked: Asked
) -> verify_phone.PhoneValidator | verify_email.EmailVerifier | None:
    """Whom to ask; nobody about what cannot be a number or address at all, or about addresses for an hour."""
    if isinstance(asked.verdict, PhoneVerdict):
        return house.neighbours.phone if asked.verdict.possible else None
    return house.neighbours.email if asked.verdict.outcome is Outcome.UNKNOWN else None


async def _said(house: House, asked: Asked, now: datetime) -> Checked:
    verdict: Verdict
    try:
        if isinstance(asked.verdict, PhoneVerdict):
            assert house.neighbours.phone is not None, "else it was not to be asked"
            verdict = await house.neighbours.phone.check(asked.target, now)
        else:
            assert house.neighbours.email is not None, "else it was not to be asked"
            verdict = await house.neighbours.email.check(asked.target, now)
    except NeighbourAway as error:
        name = _NAMES[type(asked.verdict)]
        house.metrics.count(
            "contacts_neighbours_failed_total", neighbour=name, reason=error.slug
        ).add()
        return Checked(asked.verdict, Missing.AWAY)
    return Checked(verdict, fresh=True)


async def _by_dns(house: House, asked: Asked, checked: Checked) -> Checked:
    dns, verdict = house.neighbours.mail_dns, checked.verdict
    if dns is None or not isinstance(verdict, EmailVerdict) or verdict.source != "offline":
        return checked
    if asked.identifier is None:
        return checked
    judged = await verify_email.with_dns(dns, verdict, asked.target)
    return msgspec.structs.replace(checked, verdict=judged)


async def _kept(ctx: Context, asked: Asked) -> Verdict | None:
    tag = _tag(ctx, asked)
    sealed = await validations.get(ctx.tx, tag, ctx.now - KEPT)
    if sealed is None:
        return None
    decoder = _phones if isinstance(asked.verdict, PhoneVerdict) else _emails
    return decoder.decode(ctx.key.open("verdict", tag, 0, sealed))


def _tag(ctx: Context, asked: Asked) -> bytes:
    """Under the owner's own data key: equal identifiers of two owners do not meet, and it goes with the key."""
    return ctx.key.mac(b"validate:" + (asked.identifier or "").encode())


def _count(house: House, checked: Checked) -> None:
    kind = "phone" if isinstance(checked.verdict, PhoneVerdict) else "email"
    source = checked.verdict.source if checked.fresh or checked.missing is None else "offline"
    house.metrics.count("contacts_validations_total", kind=kind, source=source).add()


_NAMES = {PhoneVerdict: "twilio", EmailVerdict: "kickbox"}
