"""A file is sent to be imported, or only looked at: taken in as it arrives, sealed, whatever its name says."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from contact_service.actions import import_rejects, previewing, running, runs, spool
from contact_service.actions.context import Context
from contact_service.actions.decoding import Decoding
from contact_service.actions.idempotency import Answer
from contact_service.actions.runs import Asked
from contact_service.actions.spool import Spool, Spooled
from contact_service.endpoints import asking, limits, multipart, receiving
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies, import_forms
from contact_service.endpoints.json.import_forms import ImportShown, Preview
from contact_service.endpoints.routes import Body, Query, Route
from contact_service.model.import_run import Details
from contact_service.model.imports_problem import PreviewOutdated, TooManyImports, UnsupportedFile
from contact_service.model.problem import ConsentRequired, InvalidParameter

BYTES = "application/octet-stream"
_LONGEST = 64


class FileForm(msgspec.Struct, frozen=True):
    """A form with the file in its field `file`."""

    file: str


class Kept(msgspec.Struct, frozen=True):
    """What rests under an Idempotency-Key: which import the first request began."""

    id: UUID


async def post(caller: Caller) -> Answer:
    """POST /v1/imports/files -> 200 the finished Import, or the Preview; 202 an Import that goes on (large files)."""
    asked, preview = _asked(caller)
    id_ = await caller.read(runs.may_begin)
    file = await _taken_in(caller, id_, asked.charset)
    caller.body = file.digest
    if preview and not file.kept:
        return await _previewed(caller, file, asked)
    return await _imported(caller, file, asked, preview=preview)


def _asked(caller: Caller) -> tuple[Asked, bool]:
    """How it is to be read, and whether it is only looked at. Raises InvalidParameter (422)."""
    charset, basis = caller.query("charset"), caller.query("basis")
    if charset is not None and not 0 < len(charset) <= _LONGEST:
        raise InvalidParameter("charset", "a charset's name, such as windows-1252")
    preview = asking.flag("preview", caller.query("preview")) or False
    return Asked(asking.region(caller.query("region")), charset, basis), preview


async def _taken_in(caller: Caller, id_: UUID, charset: str | None) -> Spooled:
    """The file, its pieces sealed. Raises Malformed (400), TooLarge (413), UnsupportedFile, InvalidParameter (422):
    nothing of it stays.
    """
    taking = Spool(caller.house, caller.owner, caller.request_id, id_)
    try:
        async for part in _arriving(caller):
            await taking.add(part)
        file = taking.ended()
        await _looked_at(caller, file, charset)
    except BaseException:
        # In the background: we may be here because the request is cut.
        dropping = asyncio.ensure_future(taking.drop())
        dropping.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise
    return file


async def _looked_at(caller: Caller, file: Spooled, charset: str | None) -> None:
    """Whether it is an address book at all. Raises UnsupportedFile, InvalidParameter (422)."""
    stream, below = spool.arrived(caller.house, caller.owner, caller.request_id, file)
    async with Decoding(stream, below.abandon) as decoding:
        await decoding.detect(charset)


def _arriving(caller: Caller) -> AsyncIterator[bytes]:
    assert caller.arriving is not None, "the route's body is streamed"
    if receiving.media(caller.headers) == multipart.MEDIA:
        return multipart.file(caller.arriving, caller.headers[b"content-type"])
    return caller.arriving


async def _previewed(caller: Caller, file: Spooled, asked: Asked) -> Answer:
    async def once(_: Context) -> Answer:
        return Answer(200, {}, b"")

    await caller.ask(once)
    details = Details(
        region=asked.region, charset=asked.charset, size=file.size, digest=file.digest
    )
    found = await previewing.small(caller.house, caller.owner, file.last, details)
    return bodies.answer(import_forms.preview(caller.house, caller.owner, found))


async def _imported(caller: Caller, file: Spooled, asked: Asked, *, preview: bool) -> Answer:
    async def story(ctx: Context) -> Answer:
        run = await runs.begin_file(ctx, file, asked, preview=preview)
        return bodies.answer(Kept(run.id), 202)

    begun = await caller.post(story)
    id_ = msgspec.json.decode(begun.body, type=Kept).id
    if id_ != file.id:
        await _let_go(caller, file)
    if not file.kept:
        await running.run(caller.house, caller.owner, caller.request_id, id_)
    told = await answered(caller, id_)
    return msgspec.structs.replace(told, replayed=begun.replayed)


async def _let_go(caller: Caller, file: Spooled) -> None:
    """The same request came before: its file is there."""
    if file.kept:
        await caller.write(spool.drop, file.id)


async def answered(caller: Caller, id_: UUID) -> Answer:
    """The Import as it is now: 200 once it has ended, else 202 with its place."""
    run, rejects = await caller.read(import_rejects.report, id_)
    shown = import_forms.shown(caller.house, caller.owner, run, rejects)
    if run.ended:
        return bodies.answer(shown)
    return bodies.answer(shown, 202, {"Location": f"/v1/imports/{id_}"})


ROUTES = (
    Route(
        "POST",
        "/v1/imports/files",
        post,
        "imports",
        "imports",
        "Import a file, or tell what that would do",
        {200: (ImportShown, Preview), 202: ImportShown},
        body=Body({BYTES: BYTES, multipart.MEDIA: FileForm}, limits.FILE_BODY, streamed=True),
        query=(
            Query("preview", bool, "true: only tell what it would do; nothing is kept."),
            Query("region", str, "Where national numbers are dialled (ISO 3166)."),
            Query("charset", str, "How the text is encoded, where the guess is wrong."),
            Query("basis", str, "The preview's: refused if book or file is another by then."),
        ),
        problems=(
            ConsentRequired,
            InvalidParameter,
            PreviewOutdated,
            TooManyImports,
            UnsupportedFile,
        ),
        lane="files",
    ),
)
