"""Whether a domain takes mail at all, by its MX records (RFC 5321 5.1) and the Null MX (RFC 7505).

Off unless the operator allows it: the resolver learns the domain, never the address.
"""

from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
from dns.rdatatype import MX, A, RdataType

from contact_service.model.verdict import EmailReason

TOTAL_S = 3.0


class MailDns:
    """A resolver; `nameservers` as addresses, those of this machine when there are none, `port` for tests."""

    def __init__(self, nameservers: tuple[str, ...] = (), port: int = 53) -> None:
        self._nameservers = nameservers
        self._port = port
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def reason(self, domain: str) -> EmailReason | None:
        """TAKES_MAIL, NULL_MX or INVALID_DOMAIN; None when the DNS does not tell within 3 s."""
        try:
            name = dns.name.from_text(domain)
            records = await self._records(name, MX)
            if not records:
                # A domain without MX takes mail at its own address.
                there = await self._records(name, A) or await self._records(name, RdataType.AAAA)
                return EmailReason.TAKES_MAIL if there else EmailReason.INVALID_DOMAIN
        except dns.resolver.NXDOMAIN:
            return EmailReason.INVALID_DOMAIN
        except (dns.exception.DNSException, OSError, ValueError):
            return None
        null = len(records) == 1 and records[0].exchange == dns.name.root
        return EmailReason.NULL_MX if null else EmailReason.TAKES_MAIL

    async def _records(self, name: dns.name.Name, kind: RdataType) -> list[Any]:
        answer = await self._made().resolve(name, kind, lifetime=TOTAL_S, raise_on_no_answer=False)
        return list(answer.rrset or ())

    def _made(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver(configure=not self._nameservers)
            if self._nameservers:
                self._resolver.nameservers = list(self._nameservers)
                self._resolver.port = self._port
            # No search list: a name is asked for as it is written.
            self._resolver.search = []
        return self._resolver
