"""Look-ups that the service sees, and their receipts: a receipt makes exactly the set free that was paid with it, so
that set is asked whole, also when some of it is no longer wanted.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from contact_client.finding import MOST, Discovery
from contact_client.private import spelling
from contact_client.private.notes import Notes, Receipt, Who
from contact_client.private.spelling import Spelled
from contact_client.problems import DiscoveryBudget
from contact_client.values import Discovered

VALID = timedelta(days=90)
"""How long the service takes a receipt."""
_VERSION = 1
_HEAD_BYTES = 7


class Plan(msgspec.Struct):
    """What is still to be asked: `paid` sets and `new` identifiers, `room` of which may be charged (None: unknown)."""

    paid: list[Receipt]
    new: list[str]
    room: int | None = None

    def next(self) -> tuple[list[Receipt], list[str]]:
        """The sets and the new identifiers of one request, at most 1,000 identifiers in all."""
        receipts: list[Receipt] = []
        left = MOST
        for one in self.paid:
            if len(one.identifiers) <= left:
                receipts.append(one)
                left -= len(one.identifiers)
        return receipts, self.new[: left if self.room is None else min(left, self.room)]

    def asked(self, receipts: Sequence[Receipt], new: Sequence[str]) -> None:
        """These have their answer."""
        self.paid = [one for one in self.paid if one not in receipts]
        self.new = self.new[len(new) :]
        if self.room is not None:
            self.room -= len(new)


class Looking:
    """Looks up, and remembers what was paid."""

    def __init__(self, discovery: Discovery, notes: Notes, now: Callable[[], datetime]) -> None:
        self._discovery = discovery
        self._notes = notes
        self._now = now

    async def lookup(self, spelled: Spelled) -> Discovered:
        """The users among them. Raises what DiscoveryClient.lookup does."""
        await self._notes.mark()
        plan = planned(spelled.canonical, await self._valid())
        found: dict[str, Who] = {}
        refusal = None
        while any(request := plan.next()):
            try:
                found |= await self._ask(*request)
                plan.asked(*request)
            except DiscoveryBudget as told:
                refusal = told
                await self._refused(plan, told, *request, set(spelled.canonical))
        later = spelling.later(self._now(), refusal) if plan.new else None
        return replace(spelled.discovered(found), deferred=len(plan.new), next_at=later)

    async def _ask(self, receipts: list[Receipt], new: list[str]) -> dict[str, Who]:
        paid = [one for receipt in receipts for one in receipt.identifiers]
        told = await self._discovery.lookup([*paid, *new], [one.text for one in receipts])
        if told.receipt is not None:
            count = _size(told.receipt)
            if count in {None, len(new)}:
                await self._keep([self._receipt(told.receipt, new)])
            elif count == len(paid) + len(new):
                # The receipts were not taken, and what they were for was charged again.
                await self._keep([self._receipt(told.receipt, [*paid, *new])], receipts)
            else:
                await self._keep([], receipts)
        return {one.identifier: Who(one.user_id, one.profile) for one in told.matches}

    async def _refused(
        self,
        plan: Plan,
        told: DiscoveryBudget,
        receipts: Sequence[Receipt],
        new: Sequence[str],
        wanted: set[str],
    ) -> None:
        """Ask for less the next time. Raises the refusal when there is nothing that could be less."""
        if told.left < len(new):
            plan.room = told.left
            return
        if not receipts:
            raise told
        # Not the new ones are too many: the receipts are not taken.
        plan.paid = [one for one in plan.paid if one not in receipts]
        again = (one for receipt in receipts for one in receipt.identifiers if one in wanted)
        plan.new = [*dict.fromkeys([*plan.new, *again])]
        plan.room = told.left
        await self._keep([], receipts)

    async def _valid(self) -> list[Receipt]:
        return [one for one in await self._notes.receipts() if one.until > self._now().timestamp()]

    async def _keep(self, more: list[Receipt], void: Sequence[Receipt] = ()) -> None:
        held = await self._valid()
        await self._notes.keep_receipts([one for one in held if one not in void] + more)

    def _receipt(self, text: str, identifiers: Sequence[str]) -> Receipt:
        return Receipt(text, tuple(identifiers), (self._now() + VALID).timestamp())


def planned(wanted: Sequence[str], receipts: Iterable[Receipt]) -> Plan:
    """What to ask for. A set is asked again when half of it or more is wanted, and none that overlaps with it: the
    service counts a receipt's identifiers off, each once.
    """
    left, used = dict.fromkeys(wanted), set[str]()
    paid = []
    for one in sorted(receipts, key=lambda receipt: len(receipt.identifiers), reverse=True):
        mine = left.keys() & one.identifiers
        if 2 * len(mine) >= len(one.identifiers) and used.isdisjoint(one.identifiers):
            paid.append(one)
            used.update(one.identifiers)
            for identifier in mine:
                del left[identifier]
    return Plan(paid, [*left])


def _size(receipt: str) -> int | None:
    """How many identifiers a receipt says it is for; None for one of another form than version 1."""
    try:
        raw = base64.urlsafe_b64decode(receipt + "=" * (-len(receipt) % 4))
    except binascii.Error:
        return None
    if len(raw) < _HEAD_BYTES or raw[0] != _VERSION:
        return None
    return int.from_bytes(raw[5:7])
