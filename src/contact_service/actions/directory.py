"""Registration: the app tells which of its users hold which verified identifiers. Kept: keyed tags in the directory's
indexes, and the user's identifiers and profile sealed under the user's own data key.

What is sealed is the truth: an identifier stands in one user's row, and the indexes hold what follows from the rows.
"""

from collections.abc import Mapping, Sequence

import msgspec

from contact_service.actions import budget, epochs, headers, holders, keys, listed, registering
from contact_service.actions.context import Context
from contact_service.actions.disclosure import Registration
from contact_service.actions.headers import Said
from contact_service.actions.listed import Held
from contact_service.actions.marks import Marks
from contact_service.actions.registering import User
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.problem import NotFound
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import indexes, objections, registrations
from contact_service.storage.registrations import Registered
from contact_service.vault.sealing import DataKey

__all__ = ["User", "get", "known", "put", "relist", "remove", "remove_at", "share"]

_FEW = 8
"""So many identifiers are hashed while the counter is held: less than a millisecond."""
_registration = msgspec.json.Decoder(Registration)
_People = dict[UserId, Held]


async def put(ctx: Context, users: list[User], *, reading: int = 0) -> set[UserId]:
    """Register users or renew them, all in this transaction. An identifier that another user holds goes over.

    What is not newer than what was told of its user before is ignored: whose that was is returned. `reading`: the full
    read of a Header Store that met them. Raises Unavailable (503) on a node whose keyring lacks a key of the directory.
    """
    # Looked at twice: nothing is made for what is surely late, and behind the counter it holds.
    fresh = await _fresh(ctx, users)
    last, claims = registering.claims(fresh)
    marks = Marks(ctx.house.keyring, await epochs.ahead(ctx))
    marks.know(claims)
    opened = await keys.of_users_or_new(ctx, list(last))
    seen: _People = {}
    if len(claims) > _FEW:
        seen = await _held(ctx, list(last), opened, {})
        await marks.know_private(registering.soon_private(last, seen))
    seq = await _begin(ctx, marks)
    last, claims = registering.claims(await _fresh(ctx, fresh))
    before = await _held(ctx, list(last), opened, seen)
    before |= await _former(ctx, claims, marks, opened)
    chosen = await registrations.chosen(ctx.tx, list(last))
    after = {
        user: registering.after(last.get(user), before.get(user), chosen.get(user), claims, user)
        for user in (*last, *(user for user in before if user not in last))
    }
    changed = await _settle(ctx, before, after, marks, opened, seq)
    await headers.note(ctx, changed, {user: each.said for user, each in last.items()})
    if reading:
        await headers.met(ctx, [user.user for user in users], reading)
    if last:
        await ctx.note("directory.registered", object_kind="user", n=len(last))
    return {user.user for user in users} - last.keys()


async def share(ctx: Context, user: UserId, chosen: Sharing) -> None:
    """Carry a user's own sharing choice into the directory; nothing happens for those who are not registered.

    Her choice lifts objections to the identifiers that she shares: she is their verified holder.
    """
    await _renew(ctx, user, chosen)


async def relist(ctx: Context, user: UserId) -> None:
    """Bring a user's rows in line with what holds now: after a change of an owner's state or of an objection."""
    await _renew(ctx, user, None)


async def get(ctx: Context, user: UserId) -> tuple[Registration, Registered]:
    """What is registered for a user. Raises NotFound (404)."""
    found = await _one(ctx, user)
    if found is None:
        raise NotFound
    return found.known, found.row


async def known(ctx: Context, users: Sequence[UserId]) -> _People:
    """What is registered of those of these users who are."""
    rows = await registrations.get_many(ctx.tx, list(users))
    opened = await keys.of_users(ctx, {row.user: row.key_gen for row in rows.values()})
    # Without the key, which an erasure has destroyed, nobody knows more than the row.
    return {
        row.user: Held(row, _open(row, opened[row.user]) if row.user in opened else Registration())
        for row in rows.values()
    }


async def remove_at(ctx: Context, user: UserId, version: int) -> bool:
    """As `remove`, as of a version; False, and nothing done, where a newer word was told. Also of who is not there:
    what was said earlier and comes later brings nobody back.
    """
    await registrations.take(ctx.tx, 0)
    if await headers.stale(ctx, [(user, Said(version))]):
        return False
    if await registrations.get_many(ctx.tx, [user]):
        await remove(ctx, user, version)
    else:
        await headers.gone(ctx, user, version)
    return True


async def remove(ctx: Context, user: UserId, version: int | None = None) -> None:
    """Deregister a user: bindings and profile go; others' pairs resolve to nobody at once. None forgets the versions
    that were told, too. Raises NotFound (404).
    """
    marks = Marks(ctx.house.keyring, await epochs.ahead(ctx))
    await _begin(ctx, marks)
    found = await _one(ctx, user)
    if found is None:
        raise NotFound
    standing = await indexes.bound(ctx.tx, marks.live_epoch, [user])
    changes = listed.compare({user: found}, {}, standing, marks)
    # Always a number: buckets and stored pairs of others learn that somebody went.
    last = await registrations.take(ctx.tx, max(1, changes.numbers))
    await listed.carry_out(ctx, changes, marks, last)
    await budget.leave(ctx, user, found.known.identifiers, last=True)
    await indexes.release_all(ctx.tx, user)
    await registrations.drop(ctx.tx, user)
    await headers.gone(ctx, user, version)
    await ctx.note("directory.removed", object_kind="user", object_id=user)


async def _renew(ctx: Context, user: UserId, chosen: Sharing | None) -> None:
    marks = Marks(ctx.house.keyring, await epochs.ahead(ctx))
    seq = await _begin(ctx, marks)
    held = await _one(ctx, user)
    if held is None:
        return
    opened = await keys.of_users(ctx, {user: held.row.key_gen})
    after = held
    if chosen is not None:
        after = Held(msgspec.structs.replace(held.row, sharing=chosen), held.known)
        shared = [marks.objections[i] for i in listed.listable(after)]
        for tag in await objections.among(ctx.tx, shared):
            await objections.remove(ctx.tx, tag)
    changed = await _settle(ctx, {user: held}, {user: after}, marks, opened, seq)
    await headers.note(ctx, changed, {})


async def _fresh(ctx: Context, users: list[User]) -> list[User]:
    stale = await headers.stale(ctx, [(user.user, user.said) for user in users])
    return [user for place, user in enumerate(users) if place not in stale]


async def _begin(ctx: Context, marks: Marks) -> int:
    """Hold the directory's counter, and go by the epochs as they are behind it; the counter's number."""
    seq = await registrations.take(ctx.tx, 0)
    marks.follow(await epochs.now(ctx))
    return seq


async def _one(ctx: Context, user: UserId) -> Held | None:
    return (await known(ctx, [user])).get(user)


async def _held(
    ctx: Context, users: list[UserId], opened: Mapping[UserId, DataKey], seen: _People
) -> _People:
    """These users as the directory has them; what was opened before and has not changed since is not opened again."""
    held: _People = {}
    for user, row in (await registrations.get_many(ctx.tx, users)).items():
        known = seen.get(row.user)
        same = known is not None and known.row.sealed == row.sealed
        held[UserId(user)] = Held(
            row, known.known if known and same else _open(row, opened[row.user])
        )
    return held


async def _former(
    ctx: Context,
    claims: Mapping[Identifier, UserId],
    marks: Marks,
    opened: dict[UserId, DataKey],
) -> _People:
    """Who holds claimed identifiers so far and claims nothing in this batch; their keys come into `opened`."""
    if not claims:
        return {}
    held = await indexes.holders(ctx.tx, [marks.holders[i] for i in claims])
    others = sorted(set(held.values()) - opened.keys())
    if not others:
        return {}
    rows = await registrations.get_many(ctx.tx, others)
    opened |= await keys.of_users(ctx, {row.user: row.key_gen for row in rows.values()})
    return await _held(ctx, others, opened, {})


async def _settle(
    ctx: Context,
    before: _People,
    after: _People,
    marks: Marks,
    opened: Mapping[UserId, DataKey],
    seq: int,
) -> list[UserId]:
    """Write what makes these users `after` of `before`: rows, holders, indexes, budgets; behind the held counter. Who
    of them changed.
    """
    wanted = await _wanted(ctx, after, marks)
    standing = await indexes.bound(ctx.tx, marks.live_epoch, list(after))
    changes = listed.compare(before, wanted, standing, marks)
    await marks.know_private(changes.private())
    if changes.numbers:
        seq = await registrations.take(ctx.tx, changes.numbers)
    rows = [
        _sealed(held, opened[user])
        for user, held in after.items()
        if not _same(held, before.get(user))
    ]
    if rows:
        await registrations.put_users(ctx.tx, rows, seq)
    await holders.move(ctx, before, after, marks)
    await listed.carry_out(ctx, changes, marks, seq)
    return [row.user for row in rows]


async def _wanted(
    ctx: Context, after: _People, marks: Marks
) -> dict[UserId, dict[Identifier, Audience]]:
    """By what each is to be found: not by what is objected to, and not at all while the owner is no active one."""
    found = {user: listed.listable(held) for user, held in after.items()}
    asked = {marks.objections[i]: i for each in found.values() for i in each}
    if not asked:
        return {user: {} for user in after}
    for user in await registrations.barred(ctx.tx, list(after)):
        found[UserId(user)] = {}
    objected = {asked[tag] for tag in await objections.among(ctx.tx, list(asked))}
    return {
        user: {i: who for i, who in each.items() if i not in objected}
        for user, each in found.items()
    }


def _same(held: Held, before: Held | None) -> bool:
    def told(of: Held) -> tuple[object, ...]:
        return (of.row.sharing, of.row.state, of.row.trust, of.known)

    return before is not None and told(held) == told(before)


def _sealed(held: Held, key: DataKey) -> Registered:
    plain = msgspec.json.encode(held.known)
    sealed = key.seal("dir", str(held.row.user).encode(), 0, plain)
    return msgspec.structs.replace(held.row, sealed=sealed, key_gen=key.gen)


def _open(row: Registered, key: DataKey) -> Registration:
    return _registration.decode(key.open("dir", str(row.user).encode(), 0, row.sealed))
