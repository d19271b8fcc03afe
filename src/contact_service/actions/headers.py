"""Versions of registrations: what was told before is not told again, and an older word does not undo a newer one.

Push (`PUT /v1/directory/users`) and pull (a Header Store) both pass here, behind the directory's locked counter.
"""

from collections.abc import Mapping, Sequence

import msgspec

from contact_service.actions.context import Context
from contact_service.model.ids import UserId
from contact_service.storage import headers


class Said(msgspec.Struct, frozen=True):
    """What came with a registration: its version, None for none; whether the user may be suggested, None: not said."""

    version: int | None = None
    suggestible: bool | None = None


async def stale(ctx: Context, told: Sequence[tuple[UserId, Said]]) -> set[int]:
    """The places in `told` of what is not newer than what was told of its user before, in it or earlier.

    What has no version always counts.
    """
    versioned = [user for user, said in told if said.version is not None]
    if not versioned:
        return set()
    known = await headers.get_many(ctx.tx, versioned)
    newest = {user: header.told or 0 for user, header in known.items()}
    found = set()
    for place, (user, said) in enumerate(told):
        if said.version is None:
            continue
        if said.version <= newest.get(user, 0):
            found.add(place)
        newest[user] = max(said.version, newest.get(user, 0))
    return found


async def note(ctx: Context, changed: Sequence[UserId], said: Mapping[UserId, Said]) -> None:
    """These users changed, and that was said of those: after their rows are written."""
    told = {user: each for user, each in said.items() if each != Said()}
    before = await headers.get_many(ctx.tx, list(told)) if told else {}
    moved = [
        user
        for user, each in told.items()
        if user not in before
        or (each.suggestible is not None and each.suggestible is not before[user].suggestible)
    ]
    moved = list(dict.fromkeys([*changed, *moved]))
    if moved:
        await headers.changed(ctx.tx, moved)
    if told:
        pairs = {user: (each.version, each.suggestible) for user, each in told.items()}
        await headers.told(ctx.tx, pairs, 0)


async def met(ctx: Context, users: Sequence[UserId], reading: int) -> None:
    """The full read of that number met these users: it told of them, new or not."""
    await headers.told(ctx.tx, dict.fromkeys(users, (None, None)), reading)


async def gone(ctx: Context, user: UserId, version: int | None) -> None:
    """The user is none any more, as of that version; that much is held for 30 days."""
    await headers.removed(ctx.tx, {user: version}, ctx.now)
