"""Addresses before an invitation: by form and lists, by an emulated Kickbox, by a DNS of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import ClassVar

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_emulators.kickbox import AT_ONCE
from contact_emulators.kickbox import Kickbox as Emulated
from contact_emulators.knobs import Fault
from contact_service.integrations import verify_email
from contact_service.integrations.mail_dns import MailDns
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.integrations.verify_email import Kickbox
from contact_service.model.verdict import EmailReason as Why
from contact_service.model.verdict import Outcome
from emulating import schemas, serving_one

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def emulated() -> Emulated:
    return Emulated(schemas())


@pytest.fixture
async def kickbox(emulated: Emulated) -> AsyncIterator[Kickbox]:
    with serving_one(emulated) as url:
        made = Kickbox(url, "demo-key", 10_000)
        yield made
        await made.aclose()


@pytest.mark.parametrize(
    ("text", "outcome", "reasons"),
    [
        ("ann@example.org.uk", Outcome.UNKNOWN, ()),
        ("ann", Outcome.UNDELIVERABLE, (Why.INVALID_EMAIL,)),
        ("ann@localhost", Outcome.UNDELIVERABLE, (Why.INVALID_EMAIL,)),
        ("ann@mailinator.com", Outcome.RISKY, (Why.DISPOSABLE,)),
        ("ann@deep.mailinator.com", Outcome.RISKY, (Why.DISPOSABLE,)),
        ("notmailinator.com@gmail.com", Outcome.UNKNOWN, ()),
        ("ann@mailinator.com.gmail.com", Outcome.UNKNOWN, ()),
        ("Postmaster@gmail.com", Outcome.UNKNOWN, (Why.ROLE,)),
        ("admin+x@mailinator.com", Outcome.RISKY, (Why.DISPOSABLE, Why.ROLE)),
    ],
    ids=["plain", "no-at", "reserved", "disposable", "subdomain", "in-local", "near", "role", "both"],
)  # fmt: skip
def test_the_machine_alone_says(text: str, outcome: Outcome, reasons: tuple[Why, ...]) -> None:
    told = verify_email.offline(text, NOW)
    assert (told.outcome, told.reasons, told.source) == (outcome, reasons, "offline")
    assert (told.disposable, told.role) == (Why.DISPOSABLE in reasons, Why.ROLE in reasons)


@given(st.text(max_size=300))
def test_the_machine_alone_never_says_that_mail_arrives(text: str) -> None:
    assert verify_email.offline(text, NOW).outcome is not Outcome.DELIVERABLE


@pytest.mark.parametrize(
    ("local", "outcome", "reason"),
    [
        ("ann", Outcome.DELIVERABLE, Why.ACCEPTED_EMAIL),
        ("rejected-email", Outcome.UNDELIVERABLE, Why.REJECTED_EMAIL),
        ("ann+invalid-domain", Outcome.UNDELIVERABLE, Why.INVALID_DOMAIN),
        ("invalid-email", Outcome.UNDELIVERABLE, Why.INVALID_EMAIL),
        ("invalid-smtp", Outcome.UNDELIVERABLE, Why.INVALID_SMTP),
        ("low-quality", Outcome.RISKY, Why.LOW_QUALITY),
        ("low-deliverability", Outcome.RISKY, Why.LOW_DELIVERABILITY),
        ("no-connect", Outcome.UNKNOWN, Why.NO_CONNECT),
        ("timeout", Outcome.UNKNOWN, Why.TIMEOUT),
        ("unavailable-smtp", Outcome.UNKNOWN, Why.UNAVAILABLE_SMTP),
        ("unexpected-error", Outcome.UNKNOWN, Why.UNEXPECTED_ERROR),
    ],
)  # fmt: skip
async def test_what_kickbox_says_is_told_in_our_words(
    kickbox: Kickbox, local: str, outcome: Outcome, reason: Why
) -> None:
    told = await kickbox.check(f"{local}@example.org", NOW)
    assert (told.outcome, told.reasons, told.source) == (outcome, (reason,), "kickbox")
    assert told.cost_micro_usd == 10_000


async def test_kickbox_tells_of_roles_posts_and_what_was_meant(
    kickbox: Kickbox, emulated: Emulated
) -> None:
    emulated.meant["ann@gamil.com"] = "Ann@gmail.com"
    assert (await kickbox.check("ann@gamil.com", NOW)).suggestion == "ann@gmail.com"
    assert (await kickbox.check("role@example.org", NOW)).role
    assert (await kickbox.check("disposable@example.org", NOW)).disposable
    emulated.meant["ann@gamil.com"] = "no address"
    assert (await kickbox.check("ann@gamil.com", NOW)).suggestion is None


async def test_words_of_kickbox_that_are_new_are_unknown(
    kickbox: Kickbox, emulated: Emulated, monkeypatch
) -> None:
    emulated._schemas = None
    told = emulated._told
    monkeypatch.setattr(
        emulated, "_told", lambda a: {**told(a), "result": "magic", "reason": "moon"}
    )
    found = await kickbox.check("ann@example.org", NOW)
    assert (found.outcome, found.reasons) == (Outcome.UNKNOWN, (Why.UNKNOWN,))


@pytest.mark.parametrize(
    "broken",
    [{"success": False}, {"email": "bea@example.org"}, {"email": None}, {"role": "yes"}, {"reason": None}],
    ids=["no-success", "another", "nobody", "type", "null"],
)  # fmt: skip
async def test_an_answer_of_another_shape_or_about_another_is_none(
    kickbox, emulated, monkeypatch, broken
) -> None:
    emulated._schemas = None
    told = emulated._told
    monkeypatch.setattr(emulated, "_told", lambda a: {**told(a), **broken})
    with pytest.raises(NeighbourAway, match="wrong-schema"):
        await kickbox.check("ann@example.org", NOW)


@pytest.mark.parametrize(
    "fault",
    [Fault.TOO_MANY, Fault.FORBIDDEN, Fault.AWAY, Fault.TRUNCATED, Fault.CUT],
    ids=lambda fault: fault.value,
)
async def test_kickbox_that_does_not_answer_is_away(
    kickbox: Kickbox, emulated: Emulated, fault: Fault
) -> None:
    emulated.knobs.set(fault)
    with pytest.raises(NeighbourAway):
        await kickbox.check("ann@example.org", NOW)
    assert (await kickbox.check("ann@example.org", NOW)).outcome is Outcome.DELIVERABLE


async def test_kickbox_is_never_asked_more_than_it_takes_at_once(
    kickbox: Kickbox, emulated: Emulated
) -> None:
    emulated.takes_s = 0.05
    assert AT_ONCE == 25
    emulated.at_once = 8
    calls = [kickbox.check(f"ann{n}@example.org", NOW) for n in range(24)]
    assert {told.outcome for told in await asyncio.gather(*calls)} == {Outcome.DELIVERABLE}


async def test_its_key_is_in_no_log_of_the_emulator(kickbox: Kickbox, emulated: Emulated) -> None:
    await kickbox.check("ann@example.org", NOW)
    assert "demo-key" not in repr(emulated.seen)


class Zones(asyncio.DatagramProtocol):
    """A DNS server: `zones` has records by name and kind; a name that is not there does not exist; "silent" is one."""

    zones: ClassVar = {
        "takes.org": {"MX": "10 mx.takes.org."},
        "null.org": {"MX": "0 ."},
        "address.org": {"A": "192.0.2.1"},
        "six.org": {"AAAA": "2001:db8::1"},
        "empty.org": {},
    }

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer) -> None:
        query = dns.message.from_wire(data)
        name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        text = name.to_text(omit_final_dot=True)
        self.asked.append(f"{text} {kind}")
        if text == "silent.org":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if text == "broken.org":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif text not in self.zones:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif kind in self.zones[text]:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, self.zones[text][kind]))
        self.transport.sendto(answer.to_wire(), peer)


@pytest.fixture
async def zones() -> AsyncIterator[tuple[Zones, MailDns]]:
    loop = asyncio.get_running_loop()
    transport, served = await loop.create_datagram_endpoint(Zones, local_addr=("127.0.0.1", 0))
    yield served, MailDns(("127.0.0.1",), transport.get_extra_info("sockname")[1])
    transport.close()


@pytest.mark.parametrize(
    ("domain", "outcome", "reason"),
    [
        ("takes.org", Outcome.UNKNOWN, Why.TAKES_MAIL),
        ("address.org", Outcome.UNKNOWN, Why.TAKES_MAIL),
        ("six.org", Outcome.UNKNOWN, Why.TAKES_MAIL),
        ("null.org", Outcome.UNDELIVERABLE, Why.NULL_MX),
        ("empty.org", Outcome.UNDELIVERABLE, Why.INVALID_DOMAIN),
        ("nobody.org", Outcome.UNDELIVERABLE, Why.INVALID_DOMAIN),
        ("broken.org", Outcome.UNKNOWN, None),
    ],
)
async def test_the_dns_tells_whether_a_domain_takes_mail(zones, domain, outcome, reason) -> None:
    served, mail = zones
    address = f"secret-person@{domain}"
    told = await verify_email.with_dns(mail, verify_email.offline(address, NOW), address)
    assert (told.outcome, told.reasons) == (outcome, () if reason is None else (reason,))
    assert told.source == ("offline" if reason is None else "dns")
    assert not any("secret" in asked for asked in served.asked)


async def test_a_silent_dns_is_given_up(zones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contact_service.integrations.mail_dns.TOTAL_S", 0.2)
    assert await zones[1].reason("silent.org") is None
