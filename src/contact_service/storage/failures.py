"""What a driver's error means to the caller: a Problem that says neither values of rows nor names of hosts (law 9)."""

import asyncpg

from contact_service.model.problem import (
    Broken,
    DatabaseDown,
    Malformed,
    Overloaded,
    Problem,
    Unavailable,
)

# All a statement or a connect can raise; a TimeoutError of a connect is an OSError.
DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

# Nothing of the transaction was kept, and the same story may succeed now.
_AGAIN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.exceptions.OutdatedSchemaCacheError,
)
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
_BUSY = (
    asyncpg.QueryCanceledError,  # statement_timeout
    asyncpg.LockNotAvailableError,  # lock_timeout
    asyncpg.TooManyConnectionsError,
)
_FULL = (asyncpg.DiskFullError, asyncpg.OutOfMemoryError)


def lost(error: BaseException, *, closed: bool) -> bool:
    """Whether the connection is gone. `closed`: it says so itself, without which an OSError may be anybody's."""
    return isinstance(error, _LOST) or (closed and isinstance(error, DRIVER))


def again(error: BaseException, *, closed: bool) -> bool:
    """Whether the whole story may be told again, provided that COMMIT was not sent."""
    return isinstance(error, _AGAIN) or lost(error, closed=closed)


def problem(error: Exception, *, closed: bool) -> Problem:
    """The Problem for an error of DRIVER."""
    if isinstance(error, _AGAIN + _BUSY):
        return Overloaded()
    if lost(error, closed=closed):
        return DatabaseDown()
    if isinstance(error, _FULL):
        return Unavailable(detail="The database has no room left.")
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):  # a NUL slipped through
        return Malformed("Text holds a character that cannot be kept.")
    # Only names of our own schema: message and detail of the server, and the driver's own, quote values.
    named = (
        getattr(error, "constraint_name", None)
        or getattr(error, "table_name", None)
        or "a statement"
    )
    return Broken(f"The database refused {named}: {type(error).__name__}.")


def from_driver(error: BaseException, *, closed: bool) -> bool:
    """Whether an error that left a transaction is the driver's: a story may raise an OSError of its own."""
    return isinstance(error, DRIVER) and (closed or not isinstance(error, OSError))
