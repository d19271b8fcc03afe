"""How far an import is, told as it goes (server-sent events, WHATWG HTML 9.2); any node can tell it, from the row."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from contact_service.actions import runs
from contact_service.actions.idempotency import Answer
from contact_service.endpoints import limits
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import Route
from contact_service.endpoints.streaming import EVENTS, Gone, Streamed
from contact_service.model import import_run
from contact_service.model.imports import State
from contact_service.model.problem import NotFound
from contact_service.storage.imports import Progress

LOOK_S = 1.0
"""How often the row is looked at: no more than two events a second."""
_ALIVE_S = 15.0
_RETRY = b"retry: 2000\n\n"
_ENDED = (State.DONE, State.FAILED, State.CANCELLED, State.UNDONE)


class Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The `data` of an event; the stream ends behind one whose state is final."""

    state: State
    phase: str
    done: int
    created: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    total: int | None = None
    percent: int | None = None
    held_removals: int = 0
    waiting_until: datetime | None = None


async def get(caller: Caller) -> Answer:
    """GET /v1/imports/{id}/events -> progress as it happens; 204 when all was told before Last-Event-ID."""
    id_ = import_run.id_(caller.params["id"])
    found = await _progress(caller, id_)
    if found is None:
        raise NotFound
    told = caller.header(b"last-event-id")
    if found.state in _ENDED and told == _name(found):
        return Answer(204, {}, b"")
    headers = {"Content-Type": EVENTS, "X-Accel-Buffering": "no"}
    parts = partial(_parts, caller, id_, told)
    return Streamed(200, headers, b"", owner=caller.owner, parts=parts)


async def _parts(caller: Caller, id_: UUID, told: str, gone: Gone) -> AsyncIterator[bytes]:
    """Events until the import has ended, nobody listens, or the stream is old enough to be asked for again."""
    yield _RETRY
    end = time.monotonic() + limits.STREAM_S
    spoke = time.monotonic()
    while not gone() and time.monotonic() < end:
        found = await _progress(caller, id_)
        if found is None:
            return
        if told != (name := _name(found)):
            told, spoke = name, time.monotonic()
            yield _event(found)
        elif time.monotonic() - spoke > _ALIVE_S:
            spoke = time.monotonic()
            yield b":\n\n"  # so that nothing on the way takes the silence for an end
        if found.state in _ENDED:
            return
        await asyncio.sleep(LOOK_S)


async def _progress(caller: Caller, id_: UUID) -> Progress | None:
    return await runs.progress(caller.house, caller.owner, id_)


def _name(found: Progress) -> str:
    """The id of the event: another one for whatever else there is to tell."""
    return f"{found.rev}.{found.state}.{found.phase}"


def _event(found: Progress) -> bytes:
    counts = msgspec.structs.asdict(found.counts)
    told = Event(
        state=found.state,
        phase=found.phase,
        done=found.done,
        total=found.total,
        percent=found.percent,
        held_removals=found.held,
        waiting_until=found.waiting_until,
        **counts,
    )
    return b"id: %b\nevent: progress\ndata: %b\n\n" % (_name(found).encode(), bodies.encode(told))


ROUTES = (
    Route(
        "GET",
        "/v1/imports/{id}/events",
        get,
        "imports",
        "reads",
        "Watch an import",
        {200: EVENTS, 204: None},
        problems=(NotFound,),
    ),
)
