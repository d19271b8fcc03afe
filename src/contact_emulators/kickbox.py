"""Kickbox: one address a call, judged by its local part as in the sandbox; 25 at a time, 429 without Retry-After.

Published: docs.kickbox.com, reference/verify-an-email-address and docs/sandbox-api; schema: published/kickbox.json.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from contact_emulators.answers import Answer
from contact_emulators.emulator import Call, Emulator, Operation

AT_ONCE = 25
_UNDELIVERABLE = ("rejected-email", "invalid-domain", "invalid-email", "invalid-smtp")
_RISKY = ("low-quality", "low-deliverability")
_UNKNOWN = ("no-connect", "timeout", "unavailable-smtp", "unexpected-error")


class Kickbox(Emulator):
    """`keys`: what is taken. `meant`: what it believes was meant, by the address that was sent. `takes_s`: how long an
    address takes; `at_once`: how many are judged at the same time.
    """

    name: ClassVar[str] = "kickbox"
    # Kickbox publishes none: ours lies beside this file, wherever the others' are.
    schema_file: ClassVar[str] = str(Path(__file__).parent / "published" / "kickbox.json")
    error_schema: ClassVar[str] = "Error"

    def __init__(self, schemas: Path | None = None) -> None:
        self.keys = {"demo-key"}
        self.meant: dict[str, str] = {}
        self.takes_s = 0.0
        self.at_once = AT_ONCE
        self._running = 0
        super().__init__(schemas)

    def operations(self) -> Sequence[Operation]:
        """The verification."""
        return (Operation("verify", "/v2/verify", self._verify, open=True),)

    def refusal(self, status: int, reason: str = "") -> Answer:
        """Kickbox's own form of an error."""
        return Answer({"success": False, "message": reason or "refused"}, status)

    async def _verify(self, call: Call) -> Answer:
        self._running += 1
        try:
            await asyncio.sleep(self.takes_s)
            return self._one(call) if self._running <= self.at_once else self.refusal(429)
        finally:
            self._running -= 1

    def _one(self, call: Call) -> Answer:
        asked = call.request.query_params
        if asked.get("apikey", "") not in self.keys:
            return self.refusal(403, "Invalid API key")
        if not asked.get("email"):
            return self.refusal(400, "missing email")
        return Answer(
            self._told(asked["email"].lower()),
            headers={"X-Kickbox-Balance": "1000", "X-Kickbox-Response-Time": "12"},
            schema="Verification",
        )

    def _told(self, address: str) -> dict[str, Any]:
        local, _, domain = address.rpartition("@")
        simulated = local.rpartition("+")[2]
        result, reason = _judged(simulated)
        return {
            "result": result,
            "reason": reason,
            "role": simulated == "role",
            "free": domain in {"gmail.com", "yahoo.com"},
            "disposable": simulated == "disposable",
            "accept_all": simulated == "accept-all",
            "did_you_mean": self.meant.get(address),
            "sendex": 1.0 if result == "deliverable" else 0.0,
            "email": address,
            "user": local,
            "domain": domain,
            "success": True,
            "message": None,
        }


def _judged(simulated: str) -> tuple[str, str]:
    reason = simulated.replace("-", "_")
    for result, names in (
        ("undeliverable", _UNDELIVERABLE),
        ("risky", _RISKY),
        ("unknown", _UNKNOWN),
    ):
        if simulated in names:
            return result, reason
    if simulated in {"disposable", "accept-all"}:
        return "risky", "low_quality" if simulated == "disposable" else "low_deliverability"
    return "deliverable", "accepted_email"
