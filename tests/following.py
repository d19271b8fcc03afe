"""Followers at X and Facebook for tests of who of them is here: owners who have some, users whose accounts are linked."""

import secrets

from acting import Actor
from contact_service.actions import budget, directory, linked_people, sharing, social
from contact_service.actions.directory import User
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.imports import Edge
from contact_service.model.sharing import Audience, Sharing

EVERYONE = Sharing(account=Audience.EVERYONE)
SOURCE, ARCHIVE = b"a" * 16, b"b" * 16
AT_ONCE = 5
SMALL = {
    "CONTACT_DISCOVERY_NETWORK_PER_DAY": "0",
    "CONTACT_DISCOVERY_AT_ONCE": str(AT_ONCE),
    "CONTACT_DISCOVERY_PER_DAY": "1",
}


def known() -> str:
    """An id that no other test has."""
    return str(secrets.randbelow(10**15) + 10**15)


def follower(of: str, name: str = "Bea at X", provider: str = "x") -> Edge:
    return Edge(provider, "follower", name, of)


async def register(
    bea: Actor, *accounts: str, shared: Sharing | None = EVERYONE, discoverable: bool | None = True
) -> None:
    user = UserId(bea.owner)
    held = tuple(map(Identifier, accounts))
    await bea(directory.put, [User(user, held, display_name="Bea", discoverable=discoverable)])
    if shared is not None:
        await bea(sharing.put, shared)


async def keep(ann: Actor, *edges: Edge, run: int = 1, source: bytes = SOURCE) -> None:
    await ann(social.keep, edges, run, "api", source)


async def told(ann: Actor, provider: str = "", kind: str = "") -> list[str]:
    """Whom the owner is shown, after what is due was charged."""
    if await ann.read(linked_people.due):
        await ann(linked_people.charge)
    return await shown(ann, provider, kind)


async def shown(ann: Actor, provider: str = "", kind: str = "") -> list[str]:
    found, after = [], social.FIRST
    while after is not None:
        batch = await ann.read(linked_people.batch, after, provider, kind)
        found += [one.disclosed.user_id for one in batch.linked]
        after = batch.last
    return sorted(found)


async def left(ann: Actor) -> int:
    return int((await ann.read(budget.left)).left)


async def deferred(ann: Actor) -> int:
    return sum(one.deferred for one in await ann.read(social.counts))
