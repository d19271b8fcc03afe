"""Registration: the app tells which of its users hold which verified identifiers. Kept: keyed tags in the directory's
indexes, and the user's identifiers and profile sealed under the user's own data key.

What is sealed is the truth: an identifier stands in one user's row, and the indexes hold what follows from the rows.
"""

from collections.abc import Mapping

import msgspec

from contact_service.actions import budget, epochs, holders, keys, listed
from contact_service.actions.context import Context
from contact_service.actions.disclosure import Registration
from contact_service.actions.listed import Held
from contact_service.actions.marks import Marks
from contact_service.model import sharing
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.problem import NotFound
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import indexes, objections, registrations
from contact_service.storage.registrations import Registered
from contact_service.vault.sealing import DataKey


class User(msgspec.Struct, frozen=True):
    """A user as the app registers it; `discoverable` is the app's start value for sharing."""

    user: UserId
    identifiers: tuple[Identifier, ...]
    display_name: str | None = None
    photo_url: str | None = None
    discoverable: bool | None = None
    trust: str = "verified"
    state: str = "active"


_FEW = 8
"""So many identifiers are hashed while the counter is held: less than a millisecond."""
_registration = msgspec.json.Decoder(Registration)
_People = dict[UserId, Held]


async def put(ctx: Context, users: list[User]) -> None:
    """Register users or renew them, all in this transaction. An identifier that another user holds goes over.

    Raises Unavailable (503) on a node whose keyring lacks a key of the directory.
    """
    last = {user.user: user for user in sorted(users, key=lambda user: user.user)}
    # The later of two users in one batch that claim one identifier holds it, as with two requests.
    claims = {i: user.user for user in users if last[user.user] is user for i in user.identifiers}
    marks = Marks(ctx.house.keyring, await epochs.ahead(ctx))
    marks.know(claims)
    opened = await keys.of_users_or_new(ctx, list(last))
    seen: _People = {}
    if len(claims) > _FEW:
        seen = await _held(ctx, list(last), opened, {})
        await marks.know_private(_soon_private(last, seen))
    seq = await _begin(ctx, marks)
    before = await _held(ctx, list(last), opened, seen)
    before |= await _former(ctx, claims, marks, opened)
    chosen = await registrations.chosen(ctx.tx, list(last))
    after = {
        user: _after(last.get(user), before.get(user), chosen.get(user), claims, user)
        for user in (*last, *(user for user in before if user not in last))
    }
    await _settle(ctx, before, after, marks, opened, seq)
    await ctx.note("directory.registered", object_kind="user", n=len(last))


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


async def remove(ctx: Context, user: UserId) -> None:
    """Deregister a user: bindings and profile go; others' pairs resolve to nobody at once. Raises NotFound (404)."""
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
    await _settle(ctx, {user: held}, {user: after}, marks, opened, seq)


async def _begin(ctx: Context, marks: Marks) -> int:
    """Hold the directory's counter, and go by the epochs as they are behind it; the counter's number."""
    seq = await registrations.take(ctx.tx, 0)
    marks.follow(await epochs.now(ctx))
    return seq


async def _one(ctx: Context, user: UserId) -> Held | None:
    row = (await registrations.get_many(ctx.tx, [user])).get(user)
    if row is None:
        return None
    opened = await keys.of_users(ctx, {user: row.key_gen})
    # Without the key, which an erasure has destroyed, nobody knows more than the row.
    return Held(row, _open(row, opened[user]) if user in opened else Registration())


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


def _after(
    sent: User | None,
    held: Held | None,
    chosen: Sharing | None,
    claims: Mapping[Identifier, UserId],
    user: UserId,
) -> Held:
    """What is to be held of a user: as sent, or as held but for what others claim now."""
    if sent is None:
        assert held is not None, "who is not in the batch was found in the directory"
        kept = tuple(i for i in held.known.identifiers if i not in claims)
        return Held(held.row, msgspec.structs.replace(held.known, identifiers=kept))
    start = sharing.start(sent.discoverable)
    if sent.discoverable is None and held is not None:
        start = held.row.sharing
    kept = tuple(i for i in dict.fromkeys(sent.identifiers) if claims[i] == user)
    row = Registered(user, b"", 0, chosen or start, sent.state, sent.trust)
    return Held(row, Registration(kept, sent.display_name, sent.photo_url))


def _soon_private(last: Mapping[UserId, User], seen: _People) -> list[Identifier]:
    """What will probably come into buckets: worth hashing before the counter is held. Nothing depends on the guess."""
    found = []
    for user in last.values():
        held = seen.get(user.user)
        start = sharing.start(user.discoverable)
        if user.discoverable is None and held is not None:
            start = held.row.sharing
        stands = listed.listable(held) if held else {}
        found += [
            i
            for i in user.identifiers
            if listed.audience(start, i) is Audience.EVERYONE
            and stands.get(i) is not Audience.EVERYONE
        ]
    return found


async def _settle(
    ctx: Context,
    before: _People,
    after: _People,
    marks: Marks,
    opened: Mapping[UserId, DataKey],
    seq: int,
) -> None:
    """Write what makes these users `after` of `before`: rows, holders, indexes, budgets; behind the held counter."""
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
