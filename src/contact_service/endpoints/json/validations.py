"""One number or address, judged before somebody is invited by it. Whether it is a user's is never told."""

from datetime import UTC, datetime
from functools import partial

import msgspec

from contact_service.actions import validations
from contact_service.actions.idempotency import Answer
from contact_service.actions.validations import Checked
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model.problem import InvalidParameter
from contact_service.model.verdict import EmailVerdict, Missing, PhoneVerdict


class Wanted(msgspec.Struct, frozen=True):
    """`tel:+14155550123` or `mailto:a@b.c`: the one that somebody is about to be invited by."""

    identifier: str


class Validation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict on a number or on an address. `missing`: why the operator's validator said nothing, where it could
    have: no `consent` (purpose `validate`), no money left (`budget`), or it gave no answer (`away`).
    """

    phone: PhoneVerdict | None = None
    email: EmailVerdict | None = None
    missing: Missing | None = None


_WANTED = msgspec.json.Decoder(Wanted)


async def post(caller: Caller) -> Answer:
    """POST /v1/validations {identifier} -> the verdict; nothing of the identifier is kept."""
    now = datetime.now(UTC)
    asked = validations.read(bodies.read(_WANTED, caller.body).identifier, now)
    begun = await caller.pay(partial(validations.begin, asked=asked))
    checked = await validations.ask(caller.house, begun, now)
    if checked.fresh:
        await caller.write(validations.keep, begun, checked)
    return bodies.answer(_shown(checked))


def _shown(checked: Checked) -> Validation:
    if isinstance(checked.verdict, PhoneVerdict):
        return Validation(phone=checked.verdict, missing=checked.missing)
    return Validation(email=checked.verdict, missing=checked.missing)


ROUTES = (
    Route(
        "POST",
        "/v1/validations",
        post,
        "contacts.write",
        "validations",
        "Judge a number or address before an invitation",
        {200: Validation},
        body=Body({JSON: Wanted}, limits.JSON_BODY),
        problems=(InvalidParameter,),
    ),
)
