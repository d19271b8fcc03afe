"""Many operations on contacts in one request and one transaction; a bad item is told, and never sinks the rest."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.actions.writing import Written
from contact_service.formats import jscontact
from contact_service.model import ids
from contact_service.model.card import Card, Fields
from contact_service.model.ids import CardId
from contact_service.model.problem import InvalidParameter, Problem
from contact_service.vault import uuid7

MAX_OPERATIONS = 500
"""Operations a batch (api.md)."""


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """One step: `card` for create and replace, `patch` for patch; `base` is the etag the contact must still have."""

    op: Literal["create", "replace", "patch", "delete"]
    client_id: str | None = None
    id: str | None = None
    base: str | None = None
    card: msgspec.Raw = msgspec.Raw()
    patch: dict[str, Any] | None = None


class Result(msgspec.Struct, frozen=True):
    """How one operation went: `written` is None after a delete or a refusal; `problem` is the refusal. A stale
    `base` has status 409 here, for the item clashes while the request does not.
    """

    operation: Operation
    status: int
    written: Written | None = None
    problem: Problem | None = None


Parsed = tuple[Card, Fields, CardId] | CardId | Problem


async def run(ctx: Context, operations: list[Operation]) -> tuple[list[Result], int]:
    """Carry the operations out in their order, write once. Returns the results and the owner's version after them."""
    fresh = uuid7.many(ctx.now, len(operations))
    parsed = [_parse(o, CardId(made)) for o, made in zip(operations, fresh, strict=True)]
    desk = Desk(ctx)
    await desk.lay(
        [p for p in parsed if isinstance(p, UUID)],
        [p[1].uid or "" for p in parsed if isinstance(p, tuple)],
    )
    outcomes = [_carry_out(desk, o, p) for o, p in zip(operations, parsed, strict=True)]
    versions, version = await desk.write()
    if version != ctx.head.version:
        await ctx.note("contacts.batched", object_kind="contact", n=version - ctx.head.version)
    results = []
    for operation, outcome in zip(operations, outcomes, strict=True):
        if isinstance(outcome, Problem):
            status = 409 if outcome.status == 412 else outcome.status
            results.append(Result(operation, status, problem=outcome))
        else:
            card, status = outcome
            told = status != 204 and card in versions
            written = desk.written(card, versions[card], created=status == 201) if told else None
            results.append(Result(operation, status, written))
    return results, version


def _parse(operation: Operation, fresh: CardId) -> Parsed:
    try:
        if operation.op != "create":
            if operation.id is None:
                raise InvalidParameter("id", "needed to name the contact")
            return ids.card_id(operation.id)
        if not bytes(operation.card):
            raise InvalidParameter("card", "needed to create a contact")
        return *jscontact.read(bytes(operation.card), f"urn:uuid:{fresh}"), fresh
    except Problem as problem:
        return problem


def _carry_out(desk: Desk, operation: Operation, parsed: Parsed) -> tuple[CardId, int] | Problem:
    try:
        if isinstance(parsed, Problem):
            raise parsed
        if isinstance(parsed, tuple):
            card, created = desk.create(*parsed)
            return card, 201 if created else 200
        return _change(desk, operation, parsed)
    except Problem as problem:
        return problem


def _change(desk: Desk, operation: Operation, card: CardId) -> tuple[CardId, int]:
    if operation.op == "delete":
        desk.delete(card, operation.base)
        return card, 204
    if operation.op == "replace":
        if not bytes(operation.card):
            raise InvalidParameter("card", "needed to replace a contact")
        desk.replace(card, bytes(operation.card), operation.base)
    elif operation.patch is None:
        raise InvalidParameter("patch", "needed to patch a contact")
    else:
        desk.patch(card, operation.patch, operation.base)
    return card, 200
