"""Twilio Lookup v2: one number a call, Basic authentication, the free answer only.

Published: twilio/twilio-oai spec/json/twilio_lookups_v2.json; its own example has nulls that it forbids.
"""

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from contact_emulators.answers import Answer
from contact_emulators.emulator import Call, Emulator, Operation

_CODES = {401: 20003, 404: 20404, 429: 20429}
_PACKAGES = (
    "caller_name sim_swap call_forwarding line_status line_type_intelligence identity_match reassigned_number "
    "sms_pumping_risk phone_number_quality_score pre_fill"
).split()


class Twilio(Emulator):
    """`accounts`: account or key by which secret. `errors`: what is wrong with a number; another one is right, where it
    has as many digits as any may have.
    """

    name: ClassVar[str] = "twilio"
    schema_file: ClassVar[str] = "twilio-lookups-v2.openapi.json"
    null_allowed: ClassVar[bool] = True

    def __init__(self, schemas: Path | None = None) -> None:
        self.accounts = {"AC-demo": "demo-secret"}
        self.errors: dict[str, list[str]] = {}
        super().__init__(schemas)

    def operations(self) -> Sequence[Operation]:
        """The look-up."""
        return (Operation("lookup", "/v2/PhoneNumbers/{number}", self._look_up, open=True),)

    def refusal(self, status: int, reason: str = "") -> Answer:
        """Twilio's own form of an error."""
        code = _CODES.get(status, 20500)
        more = f"https://www.twilio.com/docs/errors/{code}"
        return Answer(
            {"code": code, "message": reason or "refused", "more_info": more, "status": status},
            status,
        )

    async def _look_up(self, call: Call) -> Answer:
        if not self._known(call.request.headers.get("authorization", "")):
            return self.refusal(401, "Authenticate")
        number = call.request.path_params["number"]
        return Answer(self._told(number), schema="LookupResponse")

    def _known(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        try:
            account, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return False
        return scheme == "Basic" and self.accounts.get(account) == secret

    def _told(self, number: str) -> dict[str, Any]:
        errors = self.errors.get(number, _of_length(number))
        return {
            "calling_country_code": None if errors else _code(number),
            "country_code": None if errors else "US" if number.startswith("+1") else "GB",
            "phone_number": number,
            "national_format": None if errors else number.removeprefix("+" + _code(number)),
            "valid": not errors,
            "validation_errors": errors or None,
            **dict.fromkeys(_PACKAGES),
            "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{number}",
        }


def _code(number: str) -> str:
    return "1" if number.startswith("+1") else "44"


def _of_length(number: str) -> list[str]:
    if not re.fullmatch(r"\+[1-9][0-9]*", number):
        return ["NOT_A_NUMBER"]
    if len(number) < 9:
        return ["TOO_SHORT"]
    return ["TOO_LONG"] if len(number) > 16 else []
