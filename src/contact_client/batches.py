"""A batch on the wire: operations out, a result an operation back."""

from collections.abc import Sequence
from typing import Any

import msgspec

from contact_client import problems
from contact_client.problems import Problem
from contact_client.values import Conflict, Operation
from contact_client.wire import Reply

MOST = 500
"""Operations a batch may have."""


class Outcome(msgspec.Struct, frozen=True):
    """How one operation went: `problem` is its refusal, `conflicts` those of its merge."""

    client_id: str | None
    status: int
    id: str | None = None
    etag: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    problem: Problem | None = None


class Batched(msgspec.Struct, frozen=True):
    """A result an operation, in their order."""

    results: tuple[Outcome, ...]
    sync_token: str


class _Result(msgspec.Struct, frozen=True, rename="camel"):
    status: int
    client_id: str | None = None
    id: str | None = None
    etag: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    problem: dict[str, Any] | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    results: list[_Result]
    sync_token: str


_ANSWER = msgspec.json.Decoder(_Answer)


def body(operations: Sequence[Operation]) -> bytes:
    """The request. Raises ValueError above 500 operations."""
    if len(operations) > MOST:
        raise ValueError(f"at most {MOST} operations a batch")
    return msgspec.json.encode({"operations": operations})


def read(reply: Reply) -> Batched:
    """The answer."""
    told = reply.read(_ANSWER)
    return Batched(tuple(_outcome(result) for result in told.results), told.sync_token)


def _outcome(result: _Result) -> Outcome:
    named = result.id or ""
    return Outcome(
        result.client_id,
        result.status,
        result.id,
        result.etag,
        tuple(msgspec.structs.replace(one, contact=named) for one in result.conflicts),
        None if result.problem is None else problems.of_members(result.status, result.problem),
    )
