"""Registration: the app tells which of its users hold which verified identifiers. Kept: keyed tags, and the user's
identifiers and profile sealed under the user's own data key.
"""

import msgspec

from contact_service.actions import keys
from contact_service.actions.context import Context
from contact_service.actions.disclosure import Registration
from contact_service.model import identifier, sharing
from contact_service.model.identifier import Identifier, Kind
from contact_service.model.ids import UserId
from contact_service.model.problem import NotFound
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import registrations
from contact_service.storage.registrations import Binding, Registered
from contact_service.vault import blind
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


async def put(ctx: Context, users: list[User]) -> None:
    """Register users or renew them, all in this transaction. An identifier that another user holds goes over."""
    last = {user.user: user for user in users}
    ids = list(last)
    seq = await registrations.take(ctx.tx, 1 + sum(len(u.identifiers) for u in last.values()))
    standing = await registrations.get_many(ctx.tx, ids)
    chosen = await registrations.chosen(ctx.tx, ids)
    opened = await keys.of_users_or_new(ctx, ids)
    rows = [
        _row(user, opened[user.user], chosen.get(user.user), standing.get(user.user))
        for user in last.values()
    ]
    await registrations.put_users(ctx.tx, rows, seq)
    wanted = [
        (row.user, i)
        for row in rows
        for i in last[row.user].identifiers
        if row.state == "active" and _audience(row.sharing, i) is not Audience.NOBODY
    ]
    await _bind(ctx, ids, wanted, seq)
    await ctx.note("directory.registered", object_kind="user", n=len(rows))


def _row(
    user: User, key: DataKey, chosen: Sharing | None, standing: Registered | None
) -> Registered:
    start = sharing.start(user.discoverable)
    if user.discoverable is None and standing is not None:
        start = standing.sharing
    sealed = key.seal(
        "dir",
        str(user.user).encode(),
        0,
        msgspec.json.encode(Registration(user.identifiers, user.display_name, user.photo_url)),
    )
    return Registered(user.user, sealed, key.gen, chosen or start, user.state, user.trust)


async def share(ctx: Context, user: UserId, chosen: Sharing) -> None:
    """Carry a user's own sharing choice into the directory; nothing happens for those who are not registered."""
    standing = (await registrations.get_many(ctx.tx, [user])).get(user)
    if standing is None:
        return
    known = await _known(ctx, standing)
    seq = await registrations.take(ctx.tx, 1 + len(known.identifiers))
    await registrations.set_sharing(ctx.tx, user, chosen, seq)
    wanted = [
        (user, i)
        for i in known.identifiers
        if standing.state == "active" and _audience(chosen, i) is not Audience.NOBODY
    ]
    await _bind(ctx, [user], wanted, seq)


async def get(ctx: Context, user: UserId) -> tuple[Registration, Registered]:
    """What is registered for a user. Raises NotFound (404)."""
    row = (await registrations.get_many(ctx.tx, [user])).get(user)
    if row is None:
        raise NotFound
    return await _known(ctx, row), row


async def remove(ctx: Context, user: UserId) -> None:
    """Deregister a user: bindings and profile go; others' pairs resolve to nobody at once. Raises NotFound (404)."""
    await registrations.take(ctx.tx, 1)
    if not await registrations.drop(ctx.tx, user):
        raise NotFound
    await ctx.note("directory.removed", object_kind="user", object_id=user)


async def _known(ctx: Context, row: Registered) -> Registration:
    opened = await keys.of_users(ctx, {row.user: row.key_gen})
    plain = opened[row.user].open("dir", str(row.user).encode(), 0, row.sealed)
    return msgspec.json.decode(plain, type=Registration)


def _audience(shared: Sharing, i: Identifier) -> Audience:
    return shared.phone if identifier.kind(i) is Kind.PHONE else shared.email


async def _bind(
    ctx: Context, ids: list[UserId], wanted: list[tuple[UserId, Identifier]], seq: int
) -> None:
    """Make the users' bindings exactly `wanted`. A binding that stays keeps its entry id; a new one takes a number of
    the clock, which is unique for ever; all are numbered anew, so that every re-match sees a widened sharing.
    """
    epoch = ctx.house.keyring.epoch
    # The later of two users in one batch that claim one identifier holds it, as with two requests.
    holders = {i: user for user, i in wanted}
    tags = blind.tags(ctx.house.keyring.peppers[epoch], list(holders))
    standing = {b.tag: b for b in await registrations.entries_of(ctx.tx, epoch, ids)}
    bindings: list[Binding] = []
    for place, (tag, (i, user)) in enumerate(zip(tags, holders.items(), strict=True)):
        kept = standing.get(tag)
        entry = kept.entry_id if kept is not None and kept.user == user else seq - place
        bindings.append(Binding(tag, identifier.kind(i), entry, user, seq))
    gone = sorted(standing.keys() - set(tags))
    if gone:
        await registrations.drop_entries(ctx.tx, epoch, gone)
    if bindings:
        bindings.sort(key=lambda b: b.tag)
        await registrations.put_entries(ctx.tx, epoch, bindings)
