"""E-mail addresses before an invitation: by their form and lists on this machine, by the DNS where the operator allows
it, or by Kickbox, one address a call.

Kickbox: `GET /v2/verify` [docs.kickbox.com/reference/verify-an-email-address]. Its key travels in the query, as
documented, so no URL of it is ever logged.
"""

from datetime import datetime
from types import MappingProxyType
from typing import Protocol

import msgspec

from contact_service.integrations.mail_dns import MailDns
from contact_service.integrations.neighbour import Call, Neighbour, NeighbourAway
from contact_service.matching import emails
from contact_service.model.verdict import EmailReason, EmailVerdict, Outcome

ROLES = frozenset(
    (
        # RFC 2142, and what mail hosts set up beside it.
        "abuse admin administrator billing contact customerservice enquiries finance ftp help helpdesk hello "
        "hostmaster hr info inquiries jobs list-request mail mailer-daemon marketing media news no-reply nobody "
        "noc noreply office orders postmaster press privacy root sales security staff support team usenet uucp "
        "webmaster www"
    ).split()
)


class EmailVerifier(Protocol):
    """Whoever judges an address in its canonical spelling."""

    cost_micro_usd: int

    @property
    def resting(self) -> bool:
        """Whether it is left alone at the moment because it failed."""
        ...

    async def check(self, address: str, now: datetime) -> EmailVerdict:
        """What is to be said of it. Raises NeighbourAway."""
        ...


def offline(text: str, now: datetime) -> EmailVerdict:
    """What form and lists say of an address. Nobody is asked, so nothing is ever said to be deliverable."""
    address = emails.canonical(text)
    if address is None:
        reasons = (EmailReason.INVALID_EMAIL,)
        return EmailVerdict(Outcome.UNDELIVERABLE, reasons, source="offline", checked_at=now)
    local, _, domain = address.rpartition("@")
    disposable, role = is_disposable(domain), local.partition("+")[0] in ROLES
    return EmailVerdict(
        Outcome.RISKY if disposable else Outcome.UNKNOWN,
        (EmailReason.DISPOSABLE,) * disposable + (EmailReason.ROLE,) * role,
        disposable=disposable,
        role=role,
        source="offline",
        checked_at=now,
    )


async def with_dns(dns: MailDns, verdict: EmailVerdict, address: str) -> EmailVerdict:
    """The verdict, and whether the domain takes mail at all; unchanged where the DNS is silent."""
    found = await dns.reason(address.rpartition("@")[2])
    if found is None:
        return verdict
    outcome = verdict.outcome if found is EmailReason.TAKES_MAIL else Outcome.UNDELIVERABLE
    return msgspec.structs.replace(
        verdict, outcome=outcome, reasons=(*verdict.reasons, found), source="dns"
    )


def is_disposable(domain: str) -> bool:
    """Whether the domain, or one that it lies in, gives out addresses for an hour."""
    from disposable_email_domains import blocklist  # noqa: PLC0415 - thousands of names, which few processes ask for

    labels = domain.split(".")
    return any(".".join(labels[at:]) in blocklist for at in range(len(labels) - 1))


class Kickbox:
    """Kickbox at `base`; `cost_micro_usd`: what the operator pays for one address."""

    def __init__(self, base: str, key: str, cost_micro_usd: int) -> None:
        self.cost_micro_usd = cost_micro_usd
        self._key = key
        self._neighbour = Neighbour(base)

    async def check(self, address: str, now: datetime) -> EmailVerdict:
        """See EmailVerifier."""
        params = {"email": address, "apikey": self._key, "timeout": "2500"}
        told = (await self._neighbour.ask(Call("/v2/verify", params=params), _answers)).value
        if told is None or not told.success or told.email.casefold() != address.casefold():
            raise NeighbourAway("wrong-schema")
        return EmailVerdict(
            _OUTCOMES.get(told.result, Outcome.UNKNOWN),
            (_REASONS.get(told.reason, EmailReason.UNKNOWN),),
            checked_at=now,
            disposable=told.disposable,
            role=told.role,
            suggestion=emails.canonical(told.did_you_mean) if told.did_you_mean else None,
            source="kickbox",
            cost_micro_usd=self.cost_micro_usd,
        )

    @property
    def resting(self) -> bool:
        """Whether it is left alone at the moment because it failed."""
        return self._neighbour.resting

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._neighbour.aclose()


class _Answer(msgspec.Struct, frozen=True):
    result: str
    reason: str
    role: bool
    disposable: bool
    email: str
    success: bool
    did_you_mean: str | None = None


_answers = msgspec.json.Decoder(_Answer)
_OUTCOMES = MappingProxyType({outcome.value: outcome for outcome in Outcome})
_REASONS = MappingProxyType(
    {
        reason.value: reason
        for reason in (
            EmailReason.ACCEPTED_EMAIL,
            EmailReason.REJECTED_EMAIL,
            EmailReason.INVALID_EMAIL,
            EmailReason.INVALID_DOMAIN,
            EmailReason.LOW_QUALITY,
            EmailReason.LOW_DELIVERABILITY,
            EmailReason.NO_CONNECT,
            EmailReason.TIMEOUT,
            EmailReason.INVALID_SMTP,
            EmailReason.UNAVAILABLE_SMTP,
            EmailReason.UNEXPECTED_ERROR,
        )
    }
)
