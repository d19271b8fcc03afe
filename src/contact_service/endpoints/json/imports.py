"""Imports over HTTP: of linked accounts begun, all of them listed, watched, ended, taken back."""

from uuid import UUID

import msgspec

from contact_service.actions import import_rejects, linked_runs, runs, undoing
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import asking, limits, routes
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies, import_forms
from contact_service.endpoints.json.import_files import answered
from contact_service.endpoints.json.import_forms import (
    Choice,
    Imports,
    ImportShown,
    NewImport,
    Rejects,
)
from contact_service.endpoints.routes import JSON, Body, Route
from contact_service.model import import_run
from contact_service.model.imports_problem import (
    ImportEnded,
    ImportUnderWay,
    NotConnected,
    TooManyImports,
)
from contact_service.model.problem import (
    ConsentRequired,
    InvalidCursor,
    InvalidParameter,
    NotFound,
)

_NEW = msgspec.json.Decoder(NewImport)
_CHOICE = msgspec.json.Decoder(Choice)


async def post(caller: Caller) -> Answer:
    """POST /v1/imports {accountId, confirmRemovals} -> 202 an Import of the linked account."""
    asked = bodies.read(_NEW, caller.body)

    async def story(ctx: Context) -> Answer:
        run = await linked_runs.begin(ctx, asked.account_id, confirm=asked.confirm_removals)
        told = import_forms.shown(ctx.house, ctx.owner, run)
        return bodies.answer(told, 202, {"Location": f"/v1/imports/{run.id}"})

    return await caller.post(story)


async def page(caller: Caller) -> Answer:
    """GET /v1/imports -> {imports, next}, the newest first."""
    limit = asking.limit(caller.query("limit"))
    cursor = caller.query("cursor")
    place = runs.NEWEST.bytes
    if cursor:
        place = caller.house.signer.read_cursor(caller.owner, "imports", cursor)
    found = await caller.read(runs.listed, UUID(bytes=place), limit)
    told = [import_forms.shown(caller.house, caller.owner, run) for run in found]
    last = found[-1].id.bytes if len(found) == limit else None
    return bodies.answer(Imports(told, _next(caller, "imports", last)))


async def get(caller: Caller) -> Answer:
    """GET /v1/imports/{id} -> the Import, its first rejects among what it reports."""
    run, rejects = await caller.read(import_rejects.report, _id(caller))
    return bodies.answer(import_forms.shown(caller.house, caller.owner, run, rejects))


async def rejected(caller: Caller) -> Answer:
    """GET /v1/imports/{id}/rejects -> {rejects, next}: what could not be taken, byte for byte."""
    id_, limit = _id(caller), asking.limit(caller.query("limit"))
    after, name = -1, f"rejects:{id_}"
    if cursor := caller.query("cursor"):
        place = caller.house.signer.read_cursor(caller.owner, name, cursor)
        after = int.from_bytes(place, "big")
    found = await caller.read(import_rejects.page, id_, after, limit)
    last = found[-1].row.n.to_bytes(8, "big") if len(found) == limit else None
    shown = [import_forms.reject(each) for each in found]
    return bodies.answer(Rejects(shown, _next(caller, name, last)))


async def cancel(caller: Caller) -> Answer:
    """POST /v1/imports/{id}:cancel -> the Import, ended; what it brought stays until it is undone."""
    id_ = _id(caller)

    async def story(ctx: Context) -> Answer:
        run = await runs.cancel(ctx, id_)
        return bodies.answer(import_forms.shown(ctx.house, ctx.owner, run))

    return await caller.post(story)


async def undo(caller: Caller) -> Answer:
    """POST /v1/imports/{id}:undo -> 200 the Import, undone; 202 where that takes a while."""
    id_ = _id(caller)

    async def story(ctx: Context) -> Answer:
        await undoing.begin(ctx, id_)
        return Answer(202, {}, b"")

    begun = await caller.post(story)
    await undoing.carry(caller.house, caller.owner, caller.request_id, id_, undoing.AT_ONCE_S)
    told = await answered(caller, id_)
    return msgspec.structs.replace(told, replayed=begun.replayed)


async def choice(caller: Caller) -> Answer:
    """GET /v1/imports/settings -> {autoMerge}."""
    return bodies.answer(Choice(await caller.read(runs.auto_merge)))


async def choose(caller: Caller) -> Answer:
    """PUT /v1/imports/settings {autoMerge} -> the same, for imports that begin from now on."""
    asked = bodies.read(_CHOICE, caller.body)
    await caller.write(runs.choose, auto_merge=asked.auto_merge)
    return bodies.answer(asked)


def _next(caller: Caller, name: str, last: bytes | None) -> str | None:
    return None if last is None else caller.house.signer.cursor(caller.owner, name, last)


def _id(caller: Caller) -> UUID:
    return import_run.id_(caller.params["id"])


_PATH = "/v1/imports"
_ONE = _PATH + "/{id}"
_PAGES = (routes.LIMIT, routes.CURSOR)
ROUTES = (
    Route(
        "GET",
        _PATH + "/settings",
        choice,
        "imports",
        "reads",
        "How imports treat what may be there already",
        {200: Choice},
    ),
    Route(
        "PUT",
        _PATH + "/settings",
        choose,
        "imports",
        "imports",
        "Choose how imports treat what may be there already",
        {200: Choice},
        body=Body({JSON: Choice}, limits.JSON_BODY),
    ),
    Route(
        "GET",
        _PATH,
        page,
        "imports",
        "reads",
        "List imports",
        {200: Imports},
        query=_PAGES,
        problems=(InvalidCursor, InvalidParameter),
    ),
    Route(
        "POST",
        _PATH,
        post,
        "imports",
        "imports",
        "Import a linked account",
        {202: ImportShown},
        body=Body({JSON: NewImport}, limits.JSON_BODY),
        problems=(ConsentRequired, ImportUnderWay, NotConnected, NotFound, TooManyImports),
    ),
    Route(
        "GET",
        _ONE,
        get,
        "imports",
        "reads",
        "Read an import",
        {200: ImportShown},
        problems=(NotFound,),
    ),
    Route(
        "GET",
        _ONE + "/rejects",
        rejected,
        "imports",
        "reads",
        "What an import could not take",
        {200: Rejects},
        query=_PAGES,
        problems=(InvalidCursor, InvalidParameter, NotFound),
    ),
    Route(
        "POST",
        _ONE + ":cancel",
        cancel,
        "imports",
        "imports",
        "End an import now",
        {200: ImportShown},
        problems=(ImportEnded, NotFound),
    ),
    Route(
        "POST",
        _ONE + ":undo",
        undo,
        "imports",
        "imports",
        "Take an import back",
        {200: ImportShown, 202: ImportShown},
        problems=(ImportEnded, ImportUnderWay, NotFound),
        lane="bulk",
    ),
)
