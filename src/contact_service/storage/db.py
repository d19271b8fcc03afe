"""The database as the rooms above meet it: read and write per owner, told again where that is safe, Problems only.

One story = one transaction = one owner (law 4). A story that reads its own clock or catches a database failure would
make the retry here a lie.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from contact_service.model.ids import OwnerId
from contact_service.model.problem import DatabaseDown, Unavailable
from contact_service.storage import failures, queries
from contact_service.storage.coalescer import Coalescer
from contact_service.storage.pool import Pool
from contact_service.storage.transaction import Row, Transaction, Tx, literal

__all__ = ["Db", "Row", "Transaction", "Tx"]

T = TypeVar("T")
SQL = queries.load("coalesced")

CONNECT_S = 3.0
TRIES = 3
JITTER_S = (0.010, 0.080)


class Db:
    """The pools and the coalesced reads; made by `open` in the loop that uses it."""

    heads: Coalescer[str, Row]
    wrapped_keys: Coalescer[tuple[str, int], Row]
    dav_logins: Coalescer[UUID, Row]
    app_passwords: Coalescer[tuple[str, UUID], Row]

    def __init__(
        self, dsn: str, *, prepared: bool, read_pool: int, write_pool: int, statement_s: float
    ) -> None:
        self._dsn = dsn
        self._prepared = prepared
        self._limits = {
            "statement_timeout": str(int(statement_s * 1000)),
            "lock_timeout": "2000",
            "idle_in_transaction_session_timeout": "10000",
        }
        # Behind a transaction pooler the session is not ours, so the limits travel with each transaction.
        self._local = (
            "" if prepared else "".join(f"; SET LOCAL {k} = {v}" for k, v in self._limits.items())
        )
        self._reads = Pool(self._connect, read_pool)
        self._writes = Pool(self._connect, write_pool)
        self.heads = Coalescer(self._heads, itemgetter(0))
        self.wrapped_keys = Coalescer(self._wrapped_keys, itemgetter(0, 1))
        self.dav_logins = Coalescer(self._dav_logins, itemgetter(0))
        self.app_passwords = Coalescer(self._app_passwords, itemgetter(0, 1))

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        prepared: bool = True,
        read_pool: int = 4,
        write_pool: int = 8,
        statement_s: float = 5.0,
    ) -> "Db":
        """Connect once, to fail early. `prepared=False` behind PgBouncer < 1.21. Raises DatabaseDown (503)."""
        db = cls(
            dsn,
            prepared=prepared,
            read_pool=read_pool,
            write_pool=write_pool,
            statement_s=statement_s,
        )
        await db.ping()
        return db

    async def close(self) -> None:
        """Close the pools; what is being rolled back may finish."""
        await self._reads.close()
        await self._writes.close()

    def read(self, owner: OwnerId) -> Transaction:
        """A read-only transaction of one owner, all its statements on one snapshot."""
        begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL cs.owner = {literal(owner)}"
        return Transaction(self._reads, begin + self._local, owner, writes=False)

    def write(self, owner: OwnerId) -> Transaction:
        """A writing transaction of one owner, not told again. Prefer `writing`."""
        begin = f"BEGIN; SET LOCAL cs.owner = {literal(owner)}{self._local}"
        return Transaction(self._writes, begin, owner, writes=True)

    def shared(self) -> Transaction:
        """A writing transaction on the reference tables (the directory), of no owner."""
        begin = f"BEGIN; SET LOCAL cs.owner = ''{self._local}"
        return Transaction(self._writes, begin, OwnerId(""), writes=True)

    async def reading(self, owner: OwnerId, story: Callable[[Tx], Awaitable[T]]) -> T:
        """Tell a story that only reads, at most three times; see `writing`."""
        return await _told(lambda: self.read(owner), story)

    async def writing(self, owner: OwnerId, story: Callable[[Tx], Awaitable[T]]) -> T:
        """Tell the whole story in one transaction and commit it.

        Told again, three times at most, after a serialization failure, a deadlock or a connection lost before COMMIT.
        A connection lost in COMMIT is Unavailable (503) at once: it may have happened. Raises DatabaseDown,
        Overloaded (503) besides what the story raises.
        """
        return await _told(lambda: self.write(owner), story)

    async def sharing(self, story: Callable[[Tx], Awaitable[T]]) -> T:
        """As `writing`, on the reference tables."""
        return await _told(self.shared, story)

    async def glance(self, owner: OwnerId, question: Callable[[Tx], Awaitable[T]]) -> T:
        """One statement of one owner outside a transaction, a third of the round trips: by itself it sees one state.

        Raises DatabaseDown (503), Overloaded (503).
        """
        return await self._asked(lambda con: question(Tx(owner, con)))

    async def ping(self) -> None:
        """One round trip on the read pool. Raises DatabaseDown (503), Overloaded (503)."""
        await self._fetch("SELECT 1")

    def has_room(self) -> bool:
        """Whether both pools could serve a caller now, without waiting."""
        return self._reads.has_room() and self._writes.has_room()

    async def ask(self, question: Callable[["asyncpg.Connection[Any]"], Awaitable[T]]) -> T:
        """What a check learns on a plain connection: `migrate.compatible`, `durable.refuse_unsafe`."""
        con = await self._reads.take()
        try:
            return await question(con)
        except failures.DRIVER as error:
            raise failures.problem(error, closed=con.is_closed()) from None
        except BaseException:
            con.terminate()
            raise
        finally:
            self._reads.give(con)

    async def _connect(self) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_S,
            statement_cache_size=1024 if self._prepared else 0,
            max_cached_statement_lifetime=0,
            server_settings={"application_name": "contact-service", **self._limits}
            if self._prepared
            else None,
        )

    async def _heads(self, owners: list[str]) -> list[Row]:
        return await self._fetch(SQL["heads"], owners)

    async def _wrapped_keys(self, keys: list[tuple[str, int]]) -> list[Row]:
        owners, gens = {key[0] for key in keys}, {key[1] for key in keys}
        return await self._fetch(SQL["wrapped_keys"], list(owners), list(gens))

    async def _dav_logins(self, ids: list[UUID]) -> list[Row]:
        return await self._fetch(SQL["dav_logins"], ids)

    async def _app_passwords(self, keys: list[tuple[str, UUID]]) -> list[Row]:
        owners, ids = {key[0] for key in keys}, {key[1] for key in keys}
        return await self._fetch(SQL["app_passwords"], list(owners), list(ids))

    async def _fetch(self, sql: str, *args: Any) -> list[Row]:
        """A read outside a transaction, on whatever connection is next."""
        return await self._asked(lambda con: con.fetch(sql, *args))

    async def _asked(self, question: Callable[["asyncpg.Connection[Any]"], Awaitable[T]]) -> T:
        # A dead connection is replaced once.
        try:
            return await self.ask(question)
        except DatabaseDown:
            self._reads.forget_idle()
            return await self.ask(question)


async def _told(opened: Callable[[], Transaction], story: Callable[[Tx], Awaitable[T]]) -> T:
    tries = 0
    while True:
        transaction = opened()
        tries += 1
        try:
            async with transaction as tx:
                return await story(tx)
        except Unavailable:
            if tries == TRIES or not transaction.again:
                raise
        await asyncio.sleep(random.uniform(*JITTER_S))  # noqa: S311 - spreads retries, guards nothing
