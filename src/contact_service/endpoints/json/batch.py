"""Many operations in one request. A bad item is told in its place and never sinks the rest."""

from typing import Any, Literal

import msgspec

from contact_service.actions import batch, changes, photos
from contact_service.actions.batch import Operation, Result
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.actions.writing import Written
from contact_service.endpoints import limits, problems
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.json.contacts import ContactConflict
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model.card import Card, Fields
from contact_service.model.problem import Problem, TooLarge, Unprocessable


class _Wire(msgspec.Struct, frozen=True):
    operations: list[Operation]


class _LooseWire(msgspec.Struct, frozen=True):
    operations: list[msgspec.Raw]


class _Named(msgspec.Struct, frozen=True, rename="camel"):
    client_id: str | None = None


_WIRE = msgspec.json.Decoder(_Wire)
_LOOSE = msgspec.json.Decoder(_LooseWire)
_ONE = msgspec.json.Decoder(Operation)
_NAMED = msgspec.json.Decoder(_Named)


class BatchOperation(msgspec.Struct, frozen=True, rename="camel"):
    """One step; `card` for create and replace, `patch` for patch, `id` for all but create, `base`: its etag."""

    op: Literal["create", "replace", "patch", "delete"]
    client_id: str | None = None
    id: str | None = None
    base: str | None = None
    card: Fields | None = None
    patch: dict[str, Any] | None = None


class Batch(msgspec.Struct, frozen=True):
    """At most 500 operations, carried out in their order."""

    operations: list[BatchOperation]


class BatchResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How one operation went: `status` as of a single request; `conflicts` of a merge, `problem` of a refusal."""

    client_id: str | None
    status: int
    id: str | None = None
    etag: str | None = None
    conflicts: list[ContactConflict] | None = None
    problem: dict[str, Any] | None = None


class BatchAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A result an operation, in their order."""

    results: list[BatchResult]
    sync_token: str


async def post(caller: Caller) -> Answer:
    """POST /v1/contacts:batch -> {results, syncToken}; 413 above 500 operations."""
    items = _read(caller.body)
    cards = [Card(bytes(item.card)) for item in items if isinstance(item, Operation)]
    await photos.prepare(caller.house, cards)
    return await caller.post(lambda ctx: _run(ctx, items))


async def _run(ctx: Context, items: list[Operation | BatchResult]) -> Answer:
    good = [item for item in items if isinstance(item, Operation)]
    results, version = await batch.run(ctx, good)
    told = iter([_result(result) for result in results])
    token = changes.head_token(ctx.house, msgspec.structs.replace(ctx.head, version=version))
    return bodies.answer(
        BatchAnswer([i if isinstance(i, BatchResult) else next(told) for i in items], token)
    )


def _read(raw: bytes) -> list[Operation | BatchResult]:
    """The operations; in place of one that cannot be read, its result. Raises Malformed (400), Unprocessable (422)."""
    try:
        items: list[Operation | BatchResult] = [*_WIRE.decode(raw).operations]
    except msgspec.ValidationError:
        # Some item has another shape, or the whole has: look again, item by item.
        loose = _decode_loosely(raw)
        _bound(len(loose))
        items = [_one(bytes(item)) for item in loose]
    except bodies.ERRORS as error:
        raise bodies.refusal(error, raw) from None
    _bound(len(items))
    return items


def _decode_loosely(raw: bytes) -> list[msgspec.Raw]:
    try:
        return _LOOSE.decode(raw).operations
    except bodies.ERRORS as error:
        raise bodies.refusal(error, raw) from None


def _bound(operations: int) -> None:
    if operations > batch.MAX_OPERATIONS:
        raise TooLarge(batch.MAX_OPERATIONS, "operations a batch")


def _one(raw: bytes) -> Operation | BatchResult:
    try:
        return _ONE.decode(raw)
    except bodies.ERRORS as error:
        problem = bodies.refusal(error, raw)
    try:
        named = _NAMED.decode(raw).client_id
    except bodies.ERRORS:
        named = None
    return BatchResult(named, problem.status, problem=problems.members(problem))


def _result(result: Result) -> BatchResult:
    operation = result.operation
    if result.problem is not None:
        return _refused(operation, result.problem, result.status)
    written = result.written
    return BatchResult(
        operation.client_id,
        result.status,
        id=str(written.id) if written is not None else operation.id,
        etag=written.etag if written is not None else None,
        conflicts=_conflicts(written),
    )


def _conflicts(written: Written | None) -> list[ContactConflict] | None:
    if written is None or not written.conflicts:
        return None
    return [ContactConflict(c.path, c.kept, c.dropped) for c in written.conflicts]


def _refused(operation: Operation, problem: Problem, status: int) -> BatchResult:
    told = problems.members(problem, status)
    return BatchResult(operation.client_id, status, id=operation.id, problem=told)


ROUTES = (
    Route(
        "POST",
        "/v1/contacts:batch",
        post,
        "contacts.write",
        "uploads",
        "Carry out many operations",
        {200: BatchAnswer},
        body=Body({JSON: Batch}, limits.BATCH_BODY),
        problems=(Unprocessable,),
        lane="bulk",
    ),
)
