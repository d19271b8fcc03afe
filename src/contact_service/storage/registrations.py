"""Registrations: the app's own writes to the directory. Who may be found is asked in storage/directory.py."""

import msgspec

from contact_service.model.identifier import Kind
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("registrations")


class Registered(msgspec.Struct, frozen=True):
    """A registered user's row; identifiers and profile are in `sealed`."""

    user: UserId
    sealed: bytes
    key_gen: int
    sharing: Sharing
    state: str
    trust: str


class Binding(msgspec.Struct, frozen=True, gc=False):
    """An identifier's tag and the user who holds it; `entry_id` lives as long as the binding."""

    tag: bytes
    kind: Kind
    entry_id: int
    user: UserId
    seq: int


async def take(tx: Tx, n: int) -> int:
    """Take `n` numbers of the directory's counter; returns the last. The counter stays locked until commit."""
    return int(await tx.value(SQL["lock_clock"], n))


def _sharing(phone: str, email: str, name: str, photo: str) -> Sharing:
    return Sharing(Audience(phone), Audience(email), Audience(name), Audience(photo))


async def get_many(tx: Tx, users: list[UserId]) -> dict[str, Registered]:
    """The rows of these users, by user id."""
    return {
        r["user_id"]: Registered(
            UserId(r["user_id"]),
            r["sealed"],
            r["key_gen"],
            _sharing(r["share_phone"], r["share_email"], r["share_name"], r["share_photo"]),
            r["state"],
            r["class"],
        )
        for r in await tx.rows(SQL["get_many"], users)
    }


async def chosen(tx: Tx, users: list[UserId]) -> dict[str, Sharing]:
    """What these users chose by their own PUT: it beats the start values of a registration."""
    return {
        r["owner_id"]: _sharing(r["phone"], r["email"], r["name"], r["profile_photo"])
        for r in await tx.rows(SQL["chosen"], users)
    }


async def put_users(tx: Tx, users: list[Registered], seq: int) -> None:
    """Register users or renew them."""
    await tx.run(
        SQL["put_users"],
        [u.user for u in users],
        [u.sealed for u in users],
        [u.key_gen for u in users],
        [u.sharing.phone.value for u in users],
        [u.sharing.email.value for u in users],
        [u.sharing.name.value for u in users],
        [u.sharing.profile_photo.value for u in users],
        [u.state for u in users],
        [u.trust for u in users],
        seq,
    )


async def entries_of(tx: Tx, epoch: int, users: list[UserId]) -> list[Binding]:
    """The bindings of these users."""
    return [
        Binding(r["tag"], Kind(r["kind"]), r["entry_id"], UserId(r["user_id"]), r["seq"])
        for r in await tx.rows(SQL["entries_of"], epoch, users)
    ]


async def drop_entries(tx: Tx, epoch: int, tags: list[bytes]) -> None:
    """Take bindings out, whoever holds them."""
    await tx.run(SQL["drop_entries"], epoch, tags)


async def put_entries(tx: Tx, epoch: int, bindings: list[Binding]) -> None:
    """Bind identifiers to users; a tag that another user holds goes over."""
    await tx.run(
        SQL["put_entries"],
        epoch,
        [b.tag for b in bindings],
        [b.kind.value for b in bindings],
        [b.entry_id for b in bindings],
        [b.user for b in bindings],
        [b.seq for b in bindings],
    )


async def drop(tx: Tx, user: UserId) -> bool:
    """The user's row and bindings go. False when the user was not registered."""
    await tx.run(SQL["drop_entries_of"], user)
    return await tx.value(SQL["drop_user"], user) is not None


async def set_sharing(tx: Tx, user: UserId, to: Sharing, seq: int) -> None:
    """What a registered user shares from now on; nothing happens for others."""
    await tx.run(
        SQL["set_sharing"],
        user,
        to.phone.value,
        to.email.value,
        to.name.value,
        to.profile_photo.value,
        seq,
    )
