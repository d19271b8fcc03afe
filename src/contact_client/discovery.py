"""Who of one's contacts is on the app, without the service learning who one's contacts are.

    async with FileSafe("people.db", key) as safe, DiscoveryClient(url, token, safe) as discovery:
        found = await discovery.sync(["tel:+14155550123", "mailto:bea@example.org"])

Each identifier goes out once, blinded (RFC 9497, mode 1, ristretto255-SHA512), and comes back as a digest that is kept;
then buckets of digests are fetched and compared here. The service learns how many identifiers there are, which buckets
they are in, among others, and those users whom a hit made the client ask for.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import httpx2
import msgspec

from contact_client.finding import Discovery
from contact_client.private.looking import Looking
from contact_client.private.notes import Notes
from contact_client.private.safe import Safe
from contact_client.private.spelling import Spelled
from contact_client.private.syncing import Syncing
from contact_client.private.verbs import Verbs
from contact_client.retry import Retry
from contact_client.values import Budget, Discovered
from contact_client.wire import OverWire, Token, Wire


def _now() -> datetime:
    return datetime.now(UTC)


class Choices(msgspec.Struct, frozen=True):
    """`batch`: identifiers an evaluation, 1 to 1,000; a program that ends during one has paid for it, and reading the
    answer holds the interpreter for 0.15 ms each. `pads`: their number is rounded up to multiples of 64, and charged.
    """

    batch: int = 256
    pads: bool = False
    timeout_s: float = 30.0
    now: Callable[[], datetime] = _now

    def __post_init__(self) -> None:
        if not (64 if self.pads else 1) <= self.batch <= 1_000:
            raise ValueError("a batch has 1 to 1,000 identifiers; 64 at least when it is padded")


class DiscoveryClient(OverWire):
    """`async with DiscoveryClient(url, token, safe) as discovery`. One at a time has a safe open. Every method raises
    Problem for a refusal (ConsentRequired without the owner's consent to `match`), Unreachable when no answer came,
    WrongKey for a safe that was filled under another key.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        store: Safe,
        *,
        choices: Choices = Choices(),  # noqa: B008  nobody can change it
        retry: Retry | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`token` is the owner's, with the scope `discovery`, or a function that gets one."""
        self.wire = Wire(
            url,
            token,
            device=None,
            # The service resolves ten times a minute: longer than the other verbs ever ask one to wait.
            retry=retry or Retry(most_s=90.0),
            timeout_s=choices.timeout_s,
            transport=transport,
        )
        self._notes = Notes(store)
        self._open = Discovery(self.wire)
        self._syncing = Syncing(
            Verbs(self.wire), self._notes, choices.now, choices.batch, pads=choices.pads
        )
        self._looking = Looking(self._open, self._notes, choices.now)
        self._one_at_a_time = asyncio.Lock()

    async def sync(self, identifiers: Iterable[str]) -> Discovered:
        """The users among `tel:+14155550123`, `mailto:a@b.c` …, as they are now. What was evaluated once is free; what
        the budget does not cover waits (`deferred`), and the next call goes on with it.

        Raises KeyChanged and EpochUnsafe before anything of the identifiers is sent, ProofRefused.
        """
        async with self._one_at_a_time:
            return await self._syncing.sync(Spelled.of(identifiers))

    async def lookup(self, identifiers: Iterable[str]) -> Discovered:
        """The same by asking the service openly: cheap, and it sees the identifiers during the request. What was asked
        together before is free: its receipts are kept.
        """
        async with self._one_at_a_time:
            return await self._looking.lookup(Spelled.of(identifiers))

    async def known(self, identifiers: Iterable[str]) -> Discovered:
        """The users as the last sync found them, without a network."""
        spelled = Spelled.of(identifiers)
        await self._notes.mark()
        return spelled.discovered(await self._notes.found())

    async def budget(self) -> Budget:
        """How many new identifiers may be asked for, in any mode."""
        return await self._open.budget()

    async def forget(self, identifiers: Iterable[str] | None = None) -> None:
        """Nothing of these, or of anyone, is left here; asking for them again costs again. Pinned keys stay."""
        gone = None if identifiers is None else Spelled.of(identifiers).canonical
        async with self._one_at_a_time:
            await self._syncing.forget(gone)
