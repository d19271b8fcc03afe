"""Registrations: the app's own writes to the directory. Who may be found is asked in storage/directory.py."""

import msgspec

from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import queries
from contact_service.storage.db import Row, Tx

SQL = queries.load("registrations")


class Registered(msgspec.Struct, frozen=True):
    """A registered user's row; identifiers and profile are in `sealed`."""

    user: UserId
    sealed: bytes
    key_gen: int
    sharing: Sharing
    state: str
    trust: str


async def take(tx: Tx, n: int) -> int:
    """Take `n` numbers of the directory's counter; returns the last. The counter stays locked until commit: with 0,
    which takes none, a writer sees the directory as it is until then.
    """
    return int(await tx.value(SQL["lock_clock"], n))


def registered(row: Row) -> Registered:
    """The value of a directory_users row."""
    return Registered(
        UserId(row["user_id"]),
        row["sealed"],
        row["key_gen"],
        _sharing(row, "share_phone", "share_email", "share_name", "share_photo", "share_account"),
        row["state"],
        row["class"],
    )


def _sharing(row: Row, *columns: str) -> Sharing:
    """What a row says in these columns: phone, email, name, photo, account."""
    phone, email, name, photo, account = (Audience(row[column]) for column in columns)
    return Sharing(phone, email, name, photo, account=account)


async def get_many(tx: Tx, users: list[UserId]) -> dict[str, Registered]:
    """The rows of these users, by user id."""
    return {row["user_id"]: registered(row) for row in await tx.rows(SQL["get_many"], users)}


async def chosen(tx: Tx, users: list[UserId]) -> dict[str, Sharing]:
    """What these users chose by their own PUT: it beats the start values of a registration."""
    return {
        r["owner_id"]: _sharing(r, "phone", "email", "name", "profile_photo", "account")
        for r in await tx.rows(SQL["chosen"], users)
    }


async def barred(tx: Tx, users: list[UserId]) -> set[str]:
    """Which of these users are restricted or being erased as owners: they are in no index."""
    return {r["owner_id"] for r in await tx.rows(SQL["barred"], users)}


async def carried(tx: Tx, tags: list[bytes]) -> set[bytes]:
    """Under which of these carry tags a budget lies (storage/budgets.py takes it)."""
    return {r["tag"] for r in await tx.rows(SQL["carried"], tags)}


async def trust(tx: Tx, user: UserId) -> str | None:
    """What the app vouches for of the user: see `Registered.trust`. None where nobody of that id is registered."""
    found: str | None = await tx.value(SQL["class"], user)
    return found


async def put_users(tx: Tx, users: list[Registered], seq: int) -> None:
    """Register users or renew them; their bindings say the same at once."""
    names = [u.user for u in users]
    await tx.run(
        SQL["put_users"],
        names,
        [u.sealed for u in users],
        [u.key_gen for u in users],
        [u.sharing.phone.value for u in users],
        [u.sharing.email.value for u in users],
        [u.sharing.name.value for u in users],
        [u.sharing.profile_photo.value for u in users],
        [u.sharing.account.value for u in users],
        [u.state for u in users],
        [u.trust for u in users],
        seq,
    )
    await tx.run(SQL["spread"], names)


async def drop(tx: Tx, user: UserId) -> bool:
    """The user's row goes. False when the user was not registered."""
    return await tx.value(SQL["drop_user"], user) is not None
