"""Who of the owner's contacts is on the app, and who of other identifiers is. A miss never says why."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from contact_client.values import Budget, Lookup, Match
from contact_client.wire import Ask, Wire

MOST = 1_000
"""Identifiers a look-up may have."""


class _Page(msgspec.Struct, frozen=True):
    matches: tuple[Match, ...]
    next: str | None


_PAGE = msgspec.json.Decoder(_Page)
_LOOKUP = msgspec.json.Decoder(Lookup)
_BUDGET = msgspec.json.Decoder(Budget)


class Discovery:
    """`contacts.discovery`; the owner must have consented to `match`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def matches(self, *, page: int = 200) -> AsyncIterator[Match]:
        """The owner's contacts who are users, by contact. Raises ConsentRequired."""
        query: dict[str, str | int] = {"limit": page}
        while True:
            found = (await self._wire.ask(Ask("GET", "/v1/matches", query))).read(_PAGE)
            for match in found.matches:
                yield match
            if found.next is None:
                return
            query["cursor"] = found.next

    async def lookup(self, identifiers: Sequence[str], receipts: Sequence[str] = ()) -> Lookup:
        """The users among `tel:+14155550123`, `mailto:a@b.c` …, at most 1,000; nothing of them is kept. `receipts` of
        earlier look-ups make what was asked then free.

        Raises ValueError above 1,000, ConsentRequired.
        """
        if len(identifiers) > MOST:
            raise ValueError(f"at most {MOST} identifiers a look-up")
        asked: dict[str, Sequence[str]] = {"identifiers": identifiers}
        if receipts:
            asked["receipts"] = receipts
        raw = msgspec.json.encode(asked)
        return (await self._wire.post("/v1/discovery/lookup", raw)).read(_LOOKUP)

    async def budget(self) -> Budget:
        """How many new identifiers may be asked for."""
        return (await self._wire.ask(Ask("GET", "/v1/discovery/budget"))).read(_BUDGET)
