"""Phone numbers before an invitation: by the metadata on this machine, or by Twilio Lookup v2, one number a call.

Twilio is asked without `Fields`: that is free, and tells only what is asked for. [twilio/twilio-oai
spec/json/twilio_lookups_v2.json]
"""

import base64
from datetime import datetime
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberType

from contact_service.integrations.neighbour import Call, Neighbour, NeighbourAway
from contact_service.matching import phones
from contact_service.matching.phones import PhoneNumber, Reason
from contact_service.model.verdict import LineType, PhoneReason, PhoneVerdict


class PhoneValidator(Protocol):
    """Whoever judges a number in E.164 form."""

    cost_micro_usd: int

    @property
    def resting(self) -> bool:
        """Whether it is left alone at the moment because it failed."""
        ...

    async def check(self, e164: str, now: datetime) -> PhoneVerdict:
        """What is to be said of it. Raises NeighbourAway."""
        ...


def offline(text: str, now: datetime) -> PhoneVerdict:
    """What the metadata on this machine says of a number with its plus. Nobody is asked."""
    found = phones.normalise(text, None)
    if isinstance(found, Reason):
        reason = _OF_SYNTAX.get(found, PhoneReason.NOT_A_NUMBER)
        return PhoneVerdict(
            valid=False, possible=False, reason=reason, source="offline", checked_at=now
        )
    reason = PhoneReason.ASSIGNED_RANGE if found.valid else PhoneReason.UNASSIGNED_RANGE
    return PhoneVerdict(
        valid=found.valid,
        possible=found.possible,
        reason=reason,
        source="offline",
        checked_at=now,
        line_type=_line(found),
        country=found.region,
    )


class Twilio:
    """Twilio Lookup v2 at `base`, signed in by Basic (account and token, or a key and its secret)."""

    cost_micro_usd = 0

    def __init__(self, base: str, account: str, secret: str) -> None:
        basic = base64.b64encode(f"{account}:{secret}".encode()).decode()
        self._neighbour = Neighbour(base, headers={"Authorization": f"Basic {basic}"})

    async def check(self, e164: str, now: datetime) -> PhoneVerdict:
        """See PhoneValidator."""
        call = Call(f"/v2/PhoneNumbers/{quote(e164, safe='')}")
        told = (await self._neighbour.ask(call, _lookups)).value
        # Nothing is used of an answer about another number.
        if told is None or told.phone_number != e164:
            raise NeighbourAway("wrong-schema")
        errors = [
            _OF_TWILIO.get(each, PhoneReason.UNKNOWN) for each in told.validation_errors or ()
        ]
        good = PhoneReason.ASSIGNED_RANGE if told.valid else PhoneReason.UNKNOWN
        possible = told.valid or errors == [PhoneReason.UNASSIGNED_RANGE]
        return PhoneVerdict(
            valid=told.valid,
            possible=possible,
            reason=errors[0] if errors else good,
            source="twilio",
            checked_at=now,
            country=told.country_code,
        )

    @property
    def resting(self) -> bool:
        """Whether it is left alone at the moment because it failed."""
        return self._neighbour.resting

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._neighbour.aclose()


class _Lookup(msgspec.Struct, frozen=True):
    phone_number: str
    valid: bool
    validation_errors: list[str] | None = None
    country_code: str | None = None


_lookups = msgspec.json.Decoder(_Lookup)
_OF_TWILIO = MappingProxyType(
    {
        "TOO_SHORT": PhoneReason.TOO_SHORT,
        "TOO_LONG": PhoneReason.TOO_LONG,
        "INVALID_BUT_POSSIBLE": PhoneReason.UNASSIGNED_RANGE,
        "INVALID_COUNTRY_CODE": PhoneReason.UNKNOWN_CODE,
        "INVALID_LENGTH": PhoneReason.INVALID_LENGTH,
        "NOT_A_NUMBER": PhoneReason.NOT_A_NUMBER,
    }
)
_OF_SYNTAX = MappingProxyType(
    {
        Reason.TOO_SHORT: PhoneReason.TOO_SHORT,
        Reason.TOO_LONG: PhoneReason.TOO_LONG,
        Reason.INVALID_LENGTH: PhoneReason.INVALID_LENGTH,
        Reason.UNKNOWN_CODE: PhoneReason.UNKNOWN_CODE,
        Reason.LOCAL_ONLY: PhoneReason.LOCAL_ONLY,
    }
)
_LINES = MappingProxyType(
    {
        PhoneNumberType.MOBILE: LineType.MOBILE,
        PhoneNumberType.FIXED_LINE: LineType.FIXED,
        PhoneNumberType.FIXED_LINE_OR_MOBILE: LineType.FIXED_OR_MOBILE,
        PhoneNumberType.VOIP: LineType.VOIP,
        PhoneNumberType.TOLL_FREE: LineType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE: LineType.PREMIUM,
        PhoneNumberType.SHARED_COST: LineType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER: LineType.PERSONAL,
        PhoneNumberType.PAGER: LineType.PAGER,
        PhoneNumberType.UAN: LineType.COMPANY,
        PhoneNumberType.VOICEMAIL: LineType.VOICEMAIL,
    }
)


def _line(number: PhoneNumber) -> LineType | None:
    return _LINES.get(phonenumbers.number_type(phonenumbers.parse(number.e164, None)))
