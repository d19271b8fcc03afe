"""The edge: opens an owner's transaction around one action, reads the clock, retries the whole of it, commits.

Both ways in stand on this: a request (endpoints) and the clock (jobs, commands). Actions never commit (law 4).
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeVar

from contact_service.actions import keys
from contact_service.actions.context import Context, House
from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head, State
from contact_service.model.problem import OwnerErased, Restricted
from contact_service.storage import owners
from contact_service.storage.db import Tx

P = ParamSpec("P")
T = TypeVar("T")
Story = Callable[Concatenate[Context, P], Awaitable[T]]


async def head(house: House, owner: OwnerId) -> Head:
    """The owner's head in one coalesced read; the first authenticated request makes the owner.

    Raises OwnerErased (410) while the owner is being erased.
    """
    row = await house.db.heads.get(owner)
    found = owners.head(row) if row is not None else await _make(house, owner)
    if found.state is State.ERASING:
        raise OwnerErased
    return found


async def _make(house: House, owner: OwnerId) -> Head:
    async def story(tx: Tx) -> Head:
        await owners.make(tx, keys.new_epoch(), keys.new_wrapped(house, owner), datetime.now(UTC))
        made = await owners.lock(tx)
        assert made is not None, "made or found by the statement before"
        return made

    return await house.db.writing(owner, story)


async def write(
    house: House,
    owner: OwnerId,
    request_id: str,
    story: Story[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `story` in a write transaction of the owner, whose row is locked first and until commit.

    The whole story runs again on a serialisation failure or a deadlock: it must read no clock and keep no state.
    Raises OwnerErased (410), Restricted (423), DatabaseDown and Overloaded (503).
    """

    async def whole(tx: Tx) -> T:
        locked = await owners.lock(tx)
        if locked is None:
            now = datetime.now(UTC)
            await owners.make(tx, keys.new_epoch(), keys.new_wrapped(house, owner), now)
            locked = await owners.lock(tx)
            assert locked is not None, "made or found by the statement before"
        if locked.state is State.ERASING:
            raise OwnerErased
        if locked.state is State.RESTRICTED:
            raise Restricted
        return await story(await _context(house, tx, locked, request_id), *args, **kwargs)

    return await house.db.writing(owner, whole)


async def read(
    house: House,
    owner: OwnerId,
    request_id: str,
    story: Story[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `story` in a read-only transaction of the owner that sees one state of the database.

    Raises OwnerErased (410), DatabaseDown and Overloaded (503).
    """
    async with house.db.read(owner) as tx:
        seen = await owners.read(tx)
        if seen is not None:
            if seen.state is State.ERASING:
                raise OwnerErased
            return await story(await _context(house, tx, seen, request_id), *args, **kwargs)
    await _make(house, owner)
    return await read(house, owner, request_id, story, *args, **kwargs)


async def upkeep(
    house: House,
    owner: OwnerId,
    story: Callable[Concatenate[Tx, P], Awaitable[T]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T | None:
    """As `write`, for the clock: on rows alone, no key is opened. None, and nothing done, unless the owner is active.

    Raises DatabaseDown and Overloaded (503).
    """

    async def whole(tx: Tx) -> T | None:
        locked = await owners.lock(tx)
        if locked is None or locked.state is not State.ACTIVE:
            return None
        return await story(tx, *args, **kwargs)

    return await house.db.writing(owner, whole)


async def _context(house: House, tx: Tx, seen: Head, request_id: str) -> Context:
    now = datetime.now(UTC)
    key = await keys.of_owner(house, tx, seen.key_gen)
    return Context(house, tx, seen, key, now, request_id)
