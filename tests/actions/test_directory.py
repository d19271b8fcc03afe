"""Registration: renewed, moved, suspended, and bound to the clock."""

import asyncio
import itertools
from typing import Any

import pytest

from acting import Actor
from contact_service.actions import budget, directory, disclosure
from contact_service.actions.directory import User
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import NotFound
from contact_service.storage import registrations

_numbers = itertools.count(5000)


def tel() -> Identifier:
    return Identifier(f"tel:+1212555{next(_numbers):04d}")


async def entries(actor: Actor, *identifiers: Identifier) -> list[tuple[str, int]]:
    found = await actor.read(disclosure.probe, list(identifiers))
    return [(found[i].user, found[i].entry_id) for i in identifiers if i in found]


async def test_a_renewed_registration_keeps_the_binding(ann: Actor) -> None:
    number, user = tel(), UserId(f"{ann.owner}-u")
    await ann(directory.put, [User(user, (number,), discoverable=True)])
    before = await entries(ann, number)
    await ann(directory.put, [User(user, (number, tel()), display_name="New", discoverable=True)])
    assert await entries(ann, number) == before
    known, _ = await ann.read(directory.get, user)
    assert (known.display_name, len(known.identifiers)) == ("New", 2)


async def test_a_dropped_identifier_is_found_no_more(ann: Actor) -> None:
    number, user = tel(), UserId(f"{ann.owner}-u")
    await ann(directory.put, [User(user, (number,), discoverable=True)])
    await ann(directory.put, [User(user, (), discoverable=True)])
    assert await entries(ann, number) == []


async def test_a_suspended_user_has_no_bindings(ann: Actor) -> None:
    number, user = tel(), UserId(f"{ann.owner}-u")
    await ann(directory.put, [User(user, (number,), discoverable=True, state="suspended")])
    assert await entries(ann, number) == []


async def test_a_moved_identifier_has_a_new_binding(ann: Actor) -> None:
    number, one, two = tel(), UserId(f"{ann.owner}-1"), UserId(f"{ann.owner}-2")
    await ann(directory.put, [User(one, (number,), discoverable=True)])
    [(_, before)] = await entries(ann, number)
    await ann(directory.put, [User(two, (number,), discoverable=True)])
    [(holder, after)] = await entries(ann, number)
    assert (holder, after != before) == (two, True)


async def test_entry_ids_are_never_used_twice(ann: Actor) -> None:
    users = [User(UserId(f"{ann.owner}-{i}"), (tel(), tel()), discoverable=True) for i in range(12)]
    await asyncio.gather(*(ann(directory.put, [user]) for user in users))
    found = await entries(ann, *(i for user in users for i in user.identifiers))
    assert len(found) == 24
    assert len({entry for _, entry in found}) == 24


async def test_what_is_sealed_of_a_user_holds_no_identifier(ann: Actor) -> None:
    number, user = tel(), UserId(f"{ann.owner}-u")
    await ann(
        directory.put, [User(user, (number,), display_name="Sentinel Name", discoverable=True)]
    )

    async def rows(ctx: Any) -> Any:
        return (await registrations.get_many(ctx.tx, [user]))[user].sealed

    sealed = await ann.read(rows)
    assert b"Sentinel" not in sealed
    assert number.encode() not in sealed


async def test_nobody_registered_is_not_there(ann: Actor) -> None:
    for story in (directory.get, directory.remove):
        with pytest.raises(NotFound):
            await ann(story, UserId("nobody-here"))


async def test_a_user_registered_before_the_first_request_keeps_the_key(
    ann: Actor, bea: Actor
) -> None:
    await ann(
        directory.put, [User(UserId(bea.owner), (tel(),), display_name="Bea", discoverable=True)]
    )
    await bea.read(lambda ctx: asyncio.sleep(0))
    known, _ = await ann.read(directory.get, UserId(bea.owner))
    assert known.display_name == "Bea"


@pytest.mark.parametrize("how", ["moves", "is dropped", "is erased"])
async def test_what_was_spent_goes_with_an_identifier_by_which_nobody_is_found(
    ann: Actor, how: str
) -> None:
    number, one, two = tel(), UserId(f"{ann.owner}-1"), UserId(f"{ann.owner}-2")
    await ann(directory.put, [User(one, (number,), discoverable=False)])
    spent = await Actor(ann.house, OwnerId(one))(budget.spend, 700)
    if how == "is dropped":
        await ann(directory.put, [User(one, (), discoverable=False)])
    if how == "is erased":
        await ann(directory.remove, one)
    await ann(directory.put, [User(two, (number,), discoverable=False)])
    assert (await Actor(ann.house, OwnerId(two)).read(budget.left)).left == spent.left
