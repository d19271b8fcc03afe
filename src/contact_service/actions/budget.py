"""The one discovery budget of an account: what it costs to ask for identifiers never asked for before (privacy R19).

A charge is in the owner's write transaction and must be committed before anything of the directory is told. Nothing is
ever given back: not by an error after the charge, by a block and its end, or by leaving and coming back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from contact_service.actions import disclosure, fences
from contact_service.actions.context import Context
from contact_service.model import budget as model
from contact_service.model.budget import Allowance, Budget, Class
from contact_service.model.discovery_problem import DiscoveryBudget
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import Settings
from contact_service.storage import budgets, registrations
from contact_service.vault import blind
from contact_service.vault.blind import Person

_LONGEST_WAIT_S = 366 * 86_400


class Left(msgspec.Struct, frozen=True, rename="camel"):
    """What an account may still ask for. `next_at`: when one more will be there; None: all that can be is there."""

    left: int
    refill_per_day: int
    next_at: datetime | None
    class_: Class = msgspec.field(name="class")


class _Account(msgspec.Struct, frozen=True):
    """A locked state with what it goes by, brought up to this transaction's time."""

    owner: OwnerId
    trust: Class
    allowance: Allowance
    state: Budget


def allowance(settings: Settings, trust: Class) -> Allowance:
    """The figures of a class."""
    attested = trust is Class.ATTESTED
    return Allowance(
        at_once=settings.discovery_at_once_attested if attested else settings.discovery_at_once,
        per_day=settings.discovery_per_day,
        earned=settings.discovery_earned,
        after_per_day=settings.discovery_after_per_day,
        most=settings.discovery_most,
    )


async def spend(ctx: Context, units: int) -> Left:
    """Charge all of `units` or nothing; 0 changes nothing. Raises DiscoveryBudget (429)."""
    if units <= 0:
        return await left(ctx)
    account = await _locked(ctx, ctx.owner)
    if units > account.state.left:
        raise _refused(ctx, account, units)
    gate = await fences.gate(ctx, account.state)
    if gate is not None and units > gate.room:
        ctx.house.metrics.count("contacts_discovery_refused_total", fence="network").add()
        raise DiscoveryBudget(gate.room, units, fences.until_tomorrow_s(ctx.now))
    return _told(ctx, await _charged(ctx, account, gate, units))


async def spend_some(ctx: Context, units: int) -> int:
    """Charge what the budget covers of `units`; how many that is. The rest may be asked for another day."""
    if units <= 0:
        return 0
    account = await _locked(ctx, ctx.owner)
    most = model.affordable(account.state, units)
    gate = await fences.gate(ctx, account.state) if most else None
    if gate is not None:
        most = min(most, gate.room)
    if most:
        await _charged(ctx, account, gate, most)
    return most


async def left(ctx: Context) -> Left:
    """What is left, without charging: in a read or a write of the owner."""
    trust, figures = await _figures(ctx, ctx.owner)
    found = await budgets.get(ctx.tx, ctx.owner)
    if found is None:
        return Left(figures.at_once, figures.per_day, None, trust)
    found = await _standing(ctx, ctx.owner, found)
    return _told(ctx, _Account(ctx.owner, trust, figures, _now(ctx, found, figures)))


async def judge(ctx: Context, asked: Sequence[Identifier], hits: int) -> None:
    """Weigh what was charged and asked: what looks like a scan halves the refill for a while. In a write, after the
    charge. `hits`: how many of them the account was shown, never how many there are behind the gate.
    """
    held = await budgets.lock(ctx.tx, ctx.owner) if asked else None
    if held is None:
        return
    # By the class of that charge, which was read with it.
    trust = Class(held[0])
    account = await _at(ctx, ctx.owner, trust, allowance(ctx.house.settings, trust), held[1])
    known = await _known(ctx)
    await _keep(ctx, account, fences.weighed(ctx, account.state, asked, hits, known))


async def _known(ctx: Context) -> int:
    """How many changes the directory has seen, at least, as far as the fences need it: the number only grows, and once
    it was seen to be large enough nobody asks again.
    """
    pulse = ctx.house.pulse
    if pulse.clock < ctx.house.settings.discovery_hits_from:
        pulse.seen(await disclosure.clock(ctx))
    return pulse.clock


async def evaluated(ctx: Context, epoch: int, units: int) -> None:
    """Note units spent on evaluations under an OPRF epoch; after `spend`, in the same transaction."""
    if units > 0:
        await budgets.note_evaluated(ctx.tx, epoch, units)


async def recredit(ctx: Context, ended: int) -> int:
    """Give back what evaluations under an epoch that ended cost, once and at most what may lie unspent. How many."""
    units = await budgets.credit(ctx.tx, ended)
    if not units:
        return 0
    account = await _locked(ctx, ctx.owner)
    units = 0 if account.state.is_frozen else min(units, account.allowance.most)
    await _keep(ctx, account, model.credited(account.state, units, account.allowance))
    return units


async def leave(
    ctx: Context, user: UserId, identifiers: Sequence[Identifier], *, last: bool
) -> None:
    """Verified identifiers leave an account: the next account with one of them goes on from this one's state. With the
    `last` the budget itself is gone, though access tokens may live on.

    In the transaction that takes them out of the directory.
    """
    if not identifiers:
        return
    owner = OwnerId(user)
    held = await budgets.lock(ctx.tx, owner)
    if held is not None and not held[1].is_frozen:
        _, figures = await _figures(ctx, owner)
        await budgets.carry(ctx.tx, _tags(ctx, identifiers), _now(ctx, held[1], figures))
    if last:
        account = await _locked(ctx, owner)
        await _keep(ctx, account, model.frozen(account.state))


async def join(ctx: Context, user: UserId, identifiers: Sequence[Identifier]) -> None:
    """Verified identifiers enter an account: it goes on from the lower of its own state and what each of them left.

    In the transaction that puts them into the directory, after `leave` where they come from another account.
    """
    if not identifiers:
        return
    found = await budgets.carried(ctx.tx, _tags(ctx, identifiers))
    if not found:
        return
    account = await _locked(ctx, OwnerId(user))
    state = account.state
    for carried in found:
        state = model.lower(state, _now(ctx, carried, account.allowance))
    await _keep(ctx, account, state)


async def _figures(ctx: Context, owner: OwnerId) -> tuple[Class, Allowance]:
    attested = await registrations.trust(ctx.tx, UserId(owner)) == Class.ATTESTED.value
    trust = Class.ATTESTED if attested else Class.VERIFIED
    return trust, allowance(ctx.house.settings, trust)


def _now(ctx: Context, state: Budget, figures: Allowance) -> Budget:
    return model.admitted(model.refilled(state, ctx.now, figures), figures)


async def _locked(ctx: Context, owner: OwnerId) -> _Account:
    """The account's state, made if this is its first charge: that is rolled back with a refusal."""
    held = await budgets.lock(ctx.tx, owner)
    trust, figures = await _figures(ctx, owner)
    if held is None:
        state = await budgets.started(ctx.tx, owner, trust, model.fresh(figures, ctx.now))
    else:
        state = held[1]
    return await _at(ctx, owner, trust, figures, state)


async def _at(
    ctx: Context, owner: OwnerId, trust: Class, figures: Allowance, state: Budget
) -> _Account:
    state = await _standing(ctx, owner, state)
    return _Account(owner, trust, figures, _now(ctx, state, figures))


async def _standing(ctx: Context, owner: OwnerId, state: Budget) -> Budget:
    """The state, thawed where the account has an identifier again."""
    if state.is_frozen and await budgets.holds(ctx.tx, UserId(owner)):
        return model.thawed(state, ctx.now)
    return state


async def _keep(ctx: Context, account: _Account, state: Budget) -> _Account:
    await budgets.put(ctx.tx, account.owner, account.trust, state)
    return msgspec.structs.replace(account, state=state)


async def _charged(
    ctx: Context, account: _Account, gate: fences.Gate | None, units: int
) -> _Account:
    if gate is not None:
        await fences.passed(ctx, gate, units)
    ctx.house.tally.add(units=units)
    ctx.house.metrics.count("contacts_discovery_units_total").add(units)
    return await _keep(ctx, account, model.spent(account.state, units))


def _refused(ctx: Context, account: _Account, units: int) -> DiscoveryBudget:
    ctx.house.metrics.count("contacts_discovery_refused_total", fence="budget").add()
    at = model.next_at(account.state, units, account.allowance)
    wait_s = -((ctx.now - at) // timedelta(seconds=1))
    return DiscoveryBudget(account.state.left, units, min(max(1, wait_s), _LONGEST_WAIT_S))


def _told(ctx: Context, account: _Account) -> Left:
    state, figures = account.state, account.allowance
    if state.is_frozen:
        return Left(0, 0, None, account.trust)
    at = None
    if not model.full(state, figures):
        at = model.next_at(state, state.left + 1, figures)
        # Told in whole seconds, and never too early.
        at = at.replace(microsecond=0) + timedelta(seconds=at.microsecond > 0)
    return Left(state.left, model.per_day(state, ctx.now, figures), at, account.trust)


def _tags(ctx: Context, identifiers: Sequence[Identifier]) -> list[bytes]:
    return blind.tags(ctx.house.keyring.fixed("carry"), dict.fromkeys(identifiers), Person.CARRY)
