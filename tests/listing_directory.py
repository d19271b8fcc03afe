"""What the directory should hold of its users, written down without it; and a House with two epochs of each key."""

import base64
import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from acting import make_house
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.model import identifier
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing, start
from contact_service.storage import epochs
from contact_service.storage.db import Db
from contact_service.vault import keyring, oprf, rekeying
from contact_service.vault.keyring import Keyring

TABLES = {
    Kind.PEPPER: "SELECT epoch, tag, user_id, entry_id, kind FROM directory_entries",
    Kind.MATRIX: "SELECT epoch, tag, user_id, entry_id, kind FROM directory_matrix",
    Kind.OPRF: "SELECT epoch, digest, user_id, entry_id, kind FROM directory_private",
}


def own_house(db: Db, **more: Any) -> House:
    """A House with a keyring of its own."""
    return dataclasses.replace(make_house(db), keyring=keyring.create(), **more)


async def two_epochs(house: House, bits: int = 3) -> None:
    """Of each kind epoch 1 live and epoch 2 being filled."""
    now = datetime.now(UTC)

    async def story(tx: Any) -> None:
        for kind in Kind:
            await epochs.put(tx, Epoch(kind, 1, State.LIVE, bits, live_at=now), now)
            await epochs.put(tx, Epoch(kind, 2, State.BUILDING, bits, live_at=now), now)

    for kind in Kind:
        rekeying.with_new(house.keyring, kind)
    await house.db.sharing(story)


def tag(ring: Keyring, kind: Kind, epoch: int, i: Identifier) -> bytes:
    """By what an identifier stands in an index: as the design says it, not as the service computes it."""

    def keyed(key: bytes, text: bytes, person: bytes) -> bytes:
        return hashlib.blake2b(text, key=key, digest_size=16, person=person).digest()

    if kind is Kind.PEPPER:
        return keyed(ring.peppers[epoch], i.encode(), b"cs-dir-v1")
    if kind is Kind.MATRIX:
        scheme, rest = i.split(":", 1)
        address = f"{rest.strip('+')} msisdn" if scheme == "tel" else f"{rest} email"
        return keyed(
            ring.fixed("matrix-index"),
            hashlib.sha256(f"{address} {pepper(ring.matrix[epoch])}".encode()).digest(),
            b"cs-mx-v1",
        )
    return oprf.Key.derive(ring.oprf[epoch], epoch).digests([i.encode()])[0]


def pepper(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def objection(ring: Keyring, i: Identifier) -> bytes:
    key = ring.fixed("objection")
    return hashlib.blake2b(i.encode(), key=key, digest_size=16, person=b"cs-obj-v1").digest()


@dataclass
class Person:
    identifiers: list[Identifier]
    sharing: Sharing
    state: str


@dataclass
class Plain:
    """The directory as a plain dict."""

    people: dict[UserId, Person] = field(default_factory=dict)
    chosen: dict[UserId, Sharing] = field(default_factory=dict)
    objected: set[Identifier] = field(default_factory=set)

    def put(self, users: Iterable[User]) -> None:
        for user in users:
            for other in self.people.values():
                other.identifiers = [i for i in other.identifiers if i not in user.identifiers]
            held = self.people.get(user.user)
            shared = (
                held.sharing if held and user.discoverable is None else start(user.discoverable)
            )
            self.people[user.user] = Person(
                list(user.identifiers), self.chosen.get(user.user, shared), user.state
            )

    def share(self, user: UserId, chosen: Sharing) -> None:
        self.chosen[user] = chosen
        if user in self.people:
            self.people[user].sharing = chosen
            if self.people[user].state == "active":
                self.objected -= {
                    i for i in self.people[user].identifiers if audience(chosen, i) != "nobody"
                }

    def listed(self) -> dict[tuple[UserId, Identifier], Audience]:
        return {
            (user, i): audience(person.sharing, i)
            for user, person in self.people.items()
            for i in person.identifiers
            if person.state == "active"
            and audience(person.sharing, i) != "nobody"
            and i not in self.objected
        }


def audience(shared: Sharing, i: Identifier) -> Audience:
    match i.partition(":")[0]:
        case "tel":
            return shared.phone
        case "mailto":
            return shared.email
        case _:
            return shared.account


async def rows(db: Db, kind: Kind, users: Iterable[str]) -> list[tuple[Any, ...]]:
    """What an index holds of these users: (epoch, tag, user, entry, kind)."""
    sql = f"{TABLES[kind]} WHERE user_id = ANY($1)"
    return [tuple(r) for r in await db.ask(lambda con: con.fetch(sql, list(users)))]


async def entry_ids(
    house: House, model: Plain, epochs_of: dict[Kind, list[int]]
) -> dict[tuple[UserId, Identifier], int]:
    """The entry id of each binding; fails unless all indexes hold, in these epochs, what the model says."""
    ring, listed, found = house.keyring, model.listed(), {}
    for kind in Kind:
        wanted = {
            (epoch, tag(ring, kind, epoch, i), user, identifier.kind(i).value): (user, i)
            for (user, i), who in listed.items()
            if kind is not Kind.OPRF or who is Audience.EVERYONE
            if kind is Kind.PEPPER or not i.startswith("account:")
            for epoch in epochs_of[kind]
        }
        stands = {
            (epoch, tag_, user, of): entry
            for epoch, tag_, user, entry, of in await rows(house.db, kind, model.people)
        }
        assert stands.keys() == wanted.keys(), kind
        for key, entry in stands.items():
            assert found.setdefault(wanted[key], entry) == entry, f"entry ids differ in {kind}"
    assert await _terms(house.db, model) == {
        user: [person.state, *told(person.sharing)]
        for user, person in model.people.items()
        if any(of == user for of, _ in listed)
    }
    return found


def told(sharing: Sharing) -> list[str]:
    """In the order in which the directory has it beside each binding."""
    shared = (sharing.phone, sharing.email, sharing.name, sharing.profile_photo, sharing.account)
    return [who.value for who in shared]


async def _terms(db: Db, model: Plain) -> dict[UserId, list[str]]:
    """What stands beside the bindings of each user who has some, the same beside all of both indexes."""
    here = "WHERE user_id = ANY($1)"
    sql = f"""SELECT user_id, terms FROM directory_entries {here}
    UNION SELECT user_id, terms FROM directory_matrix {here}"""
    found = await db.ask(lambda con: con.fetch(sql, list(model.people)))
    assert len({user for user, _ in found}) == len(found), "bindings of one user differ"
    differ = """SELECT m.entry_id FROM directory_matrix m
    LEFT JOIN directory_entries e ON (e.user_id, e.entry_id) = (m.user_id, m.entry_id)
    WHERE m.objection IS NULL OR m.objection IS DISTINCT FROM e.objection"""
    assert not await db.ask(lambda con: con.fetch(differ)), "objections of one binding differ"
    return {UserId(user): terms.split() for user, terms in found}


def copied(model: Plain) -> Plain:
    return msgspec.convert(msgspec.to_builtins(model), Plain)
