"""How imports are spelled in JSON: a run, a preview, what could not be taken."""

import base64
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from contact_service.actions import runs, undoing
from contact_service.actions.context import House
from contact_service.actions.import_rejects import Rejected
from contact_service.actions.previewing import Previewed
from contact_service.model.ids import OwnerId
from contact_service.model.import_run import Import, Named
from contact_service.model.imports import Counts, State


class Progress(msgspec.Struct, frozen=True, rename="camel"):
    """How far it is: records dealt with, of so many where that is known; `percent` of the source."""

    phase: str
    done: int
    total: int | None
    percent: int | None
    waiting_until: datetime | None


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be said beside counts. `error`: the slug of why it failed; `heldRemovals` wait for your word;
    `rejects`: the first thousand, the others are at `…/rejects`; `edges`: people linked with, who are no contacts;
    `unknownProperties`: such as the provider does not document, kept beside the contacts and exported again.
    """

    format: str | None
    charset: str | None
    error: str | None
    possible_duplicates: int
    held_removals: int
    edges: int
    unknown_properties: int
    rejects: list[Named]


class Preview(msgspec.Struct, frozen=True, rename="camel"):
    """What an import would do; send `basis` with it, and it is refused if the book or the file is another by then."""

    format: str | None
    charset: str | None
    sample: str
    created: int
    updated: int
    unchanged: int
    removed: int
    possible_duplicates: int
    rejected: int
    edges: int
    rejects: list[Named]
    basis: str


class ImportShown(msgspec.Struct, frozen=True, rename="camel"):
    """An import. `source`: file or the provider; `undoable`: it can be taken back; `preview`: what it would do, once a
    preview of a large file has ended.
    """

    id: UUID
    source: str
    account_id: UUID | None
    state: State
    progress: Progress
    created: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    report: Report
    undoable: bool
    created_at: datetime
    ended_at: datetime | None
    preview: Preview | None = None


class Imports(msgspec.Struct, frozen=True):
    """Imports, the newest first; `next` is null on the last page."""

    imports: list[ImportShown]
    next: str | None


class RejectShown(msgspec.Struct, frozen=True):
    """A record that could not be taken: its number from 0, its first line from 1 (0: no lines), why; its name and bytes
    for seven days, as text where they are UTF-8.
    """

    index: int
    line: int
    code: str
    reason: str
    name: str | None
    raw: str | None
    encoding: Literal["text", "base64"] | None


class Rejects(msgspec.Struct, frozen=True):
    """Rejects in the order of the source; `next` is null on the last page."""

    rejects: list[RejectShown]
    next: str | None


class Choice(msgspec.Struct, frozen=True, rename="camel"):
    """`autoMerge`: new records join contacts that are surely the same person's; else duplicates are proposed."""

    auto_merge: bool


class NewImport(msgspec.Struct, frozen=True, rename="camel"):
    """`confirmRemovals`: carry out the removals that the last import of this account held."""

    account_id: UUID
    confirm_removals: bool = False


def shown(
    house: House, owner: OwnerId, run: Import, rejects: list[Named] | None = None
) -> ImportShown:
    """The run as it is answered."""
    counts = Counts() if run.preview else run.counts
    previewed = Previewed(run.details, run.counts)
    ended = run.preview and run.state is State.DONE
    return ImportShown(
        id=run.id,
        source=run.kind.value,
        account_id=run.account,
        state=run.state,
        progress=Progress(run.phase, run.done, run.total, run.percent, run.waiting_until),
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=counts.removed,
        rejected=counts.rejected,
        report=_report(run, rejects or []),
        undoable=undoing.may_be(run),
        created_at=run.made_at,
        ended_at=run.ended_at,
        preview=preview(house, owner, previewed) if ended else None,
    )


def _report(run: Import, rejects: list[Named]) -> Report:
    told = run.details
    return Report(
        told.format,
        told.read_as,
        told.fault,
        told.duplicates,
        run.held,
        told.edges,
        told.unknown,
        rejects,
    )


def preview(house: House, owner: OwnerId, found: Previewed) -> Preview:
    """A preview as it is answered."""
    told, counts = found.details, found.counts
    return Preview(
        format=told.format,
        charset=told.read_as,
        sample=told.sample,
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=counts.removed,
        possible_duplicates=told.duplicates,
        rejected=counts.rejected,
        edges=told.edges,
        rejects=list(told.named),
        basis=runs.basis(house.signer, owner, told),
    )


def reject(found: Rejected) -> RejectShown:
    """A reject as it is answered: its bytes as they were."""
    row, was = found.row, found.was
    if was is None:
        return RejectShown(row.place, row.line, row.code, row.reason, None, None, None)
    try:
        raw, encoding = was.raw.decode(), "text"
    except UnicodeDecodeError:
        raw, encoding = base64.b64encode(was.raw).decode(), "base64"
    kind: Literal["text", "base64"] = "text" if encoding == "text" else "base64"
    return RejectShown(row.place, row.line, row.code, row.reason, was.name, raw, kind)
