"""Many operations on contacts in one request and one transaction; a bad item is told, and never sinks the rest."""

from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contact_service.actions import inline_photos
from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.actions.writing import Written
from contact_service.formats import jscontact
from contact_service.model import ids
from contact_service.model.card import Card, Fields
from contact_service.model.ids import CardId
from contact_service.model.problem import InvalidCard, InvalidParameter, Problem
from contact_service.vault import uuid7

MAX_OPERATIONS = 500
"""Operations a batch (api.md)."""


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """One step: `card` for create and replace, `patch` for patch. `base` is the etag an edit was made on, which is
    merged with what changed since; a contact that changed since is not deleted.
    """

    op: Literal["create", "replace", "patch", "delete"]
    client_id: str | None = None
    id: str | None = None
    base: str | None = None
    card: msgspec.Raw = msgspec.Raw()
    patch: dict[str, Any] | None = None


class Result(msgspec.Struct, frozen=True):
    """How one operation went: `written` is None after a delete or a refusal; `problem` is the refusal."""

    operation: Operation
    status: int
    written: Written | None = None
    problem: Problem | None = None


Parsed = tuple[Card, Fields, CardId] | CardId | Problem


async def run(ctx: Context, operations: list[Operation]) -> tuple[list[Result], int]:
    """Carry the operations out in their order, write once. Returns the results and the owner's version after them."""
    fresh = uuid7.many(ctx.now, len(operations))
    taken = [await _taken(ctx, operation) for operation in operations]
    parsed = [_parse(o, CardId(made)) for o, made in zip(taken, fresh, strict=True)]
    desk = Desk(ctx)
    await desk.lay(
        [p for p in parsed if isinstance(p, UUID)],
        [p[1].uid or "" for p in parsed if isinstance(p, tuple)],
        [
            (p, o.base)
            for p, o in zip(parsed, operations, strict=True)
            if isinstance(p, UUID) and o.base is not None
        ],
    )
    outcomes = [_carry_out(desk, o, p) for o, p in zip(taken, parsed, strict=True)]
    versions, version = await desk.write()
    if version != ctx.head.version:
        await ctx.note("contacts.batched", object_kind="contact", n=version - ctx.head.version)
    results = []
    for operation, outcome in zip(operations, outcomes, strict=True):
        if isinstance(outcome, Problem):
            results.append(Result(operation, outcome.status, problem=outcome))
        else:
            card, status = outcome
            told = status != 204 and card in versions
            written = desk.written(card, versions[card], created=status == 201) if told else None
            results.append(Result(operation, status, written))
    return results, version


async def _taken(ctx: Context, operation: Operation) -> Operation | Problem:
    """The operation with its inline pictures kept as blobs, or why one cannot be."""
    try:
        if operation.patch is not None:
            return replace(operation, patch=await inline_photos.take_changes(ctx, operation.patch))
        card = await inline_photos.take(ctx, bytes(operation.card))
        return replace(operation, card=msgspec.Raw(card))
    except InvalidCard as problem:
        return problem


def _parse(operation: Operation | Problem, fresh: CardId) -> Parsed:
    try:
        if isinstance(operation, Problem):
            return operation
        if operation.op != "create":
            if operation.id is None:
                raise InvalidParameter("id", "needed to name the contact")
            return ids.card_id(operation.id)
        if not bytes(operation.card):
            raise InvalidParameter("card", "needed to create a contact")
        return *jscontact.read(bytes(operation.card), f"urn:uuid:{fresh}"), fresh
    except Problem as problem:
        return problem


def _carry_out(
    desk: Desk, operation: Operation | Problem, parsed: Parsed
) -> tuple[CardId, int] | Problem:
    try:
        if isinstance(parsed, Problem):
            return parsed
        if isinstance(operation, Problem):
            return operation
        if isinstance(parsed, tuple):
            card, created = desk.create(*parsed)
            return card, 201 if created else 200
        return _change(desk, operation, parsed)
    except Problem as problem:
        return problem


def _change(desk: Desk, operation: Operation, card: CardId) -> tuple[CardId, int]:
    if operation.op == "delete":
        desk.delete(card, base=operation.base)
        return card, 204
    if operation.op == "replace":
        if not bytes(operation.card):
            raise InvalidParameter("card", "needed to replace a contact")
        desk.replace(card, bytes(operation.card), base=operation.base)
    elif operation.patch is None:
        raise InvalidParameter("patch", "needed to patch a contact")
    else:
        desk.patch(card, operation.patch, base=operation.base)
    return card, 200
