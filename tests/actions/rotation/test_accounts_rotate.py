"""Accounts elsewhere are in one index alone, under its next key as under the one before."""

from acting import Actor
from contact_service.actions import directory, sharing
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.model.epoch import Kind, State
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.sharing import Audience, Sharing
from listing_directory import rows
from rotating import lookup, rotated, states, tel

ACCOUNT = Identifier("account:x:4711")


async def test_a_next_key_brings_accounts_into_no_index_of_hashes(
    house: House, app: Actor, kind: Kind
) -> None:
    open_ = Sharing(*[Audience.EVERYONE] * 4, account=Audience.EVERYONE)
    await Actor(house, OwnerId("u"))(sharing.put, open_)
    await app(directory.put, [User(UserId("u"), (tel(1), ACCOUNT))])
    assert await rotated(house, kind) is not None
    assert await states(house, kind) == {1: State.RETIRING, 2: State.LIVE}
    held = {tel(1), ACCOUNT} if kind is Kind.PEPPER else {tel(1)}
    assert len(await rows(house.db, kind, ["u"])) == 2 * len(held)
    assert await lookup(Actor(house, OwnerId("v")), kind, [tel(1), ACCOUNT]) == held
