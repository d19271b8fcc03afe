"""What the import engine is given and gives back: a run, a page made ready, what became of it."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from contact_service.model.card import Card, Fields
from contact_service.model.identifier import Identifier
from contact_service.model.imports import Counts, Edge, Kind, Reject, Upsert
from contact_service.storage.source_records import Source, SourceRecord


class Run(msgspec.Struct, frozen=True):
    """One import. `number`: counts the owner's runs from 1, whatever their sources; `source`: which account or file, as
    `source_records.source` names it; `device`: who is named in the history; `full`: it reads everything, so that what
    it does not see is gone; `auto_merge`: new records may join cards by the safe rule (matching.md 5).
    """

    id: UUID
    number: int
    kind: Kind
    source: bytes
    device: str
    region: str | None = None
    auto_merge: bool = False
    full: bool = False

    @property
    def of(self) -> Source:
        """Its source, as records name it."""
        return Source(self.kind.value, self.source)


class Applied(msgspec.Struct, frozen=True):
    """What became of a page. `rejects`: the page's own and those that could not be kept; `edges`: handed on; `held`:
    removals that wait for the owner's word; `version`: the owner's after it.
    """

    counts: Counts
    rejects: tuple[Reject, ...] = ()
    edges: tuple[Edge, ...] = ()
    possible_duplicates: int = 0
    held: int = 0
    version: int = 0


class Ends(msgspec.Struct, frozen=True):
    """A page is the last one of its run. `confirm`: the owner said that what the source has no more may go, however
    much it is.
    """

    confirm: bool = False


class Mark(msgspec.Struct, frozen=True, gc=False):
    """An upsert of a page by keyed hashes. `key` is that of its source id, "" for one that has none: then `content`
    tells it from others.
    """

    upsert: Upsert
    digest: bytes
    key: bytes
    content: bytes = b""


class Ready(msgspec.Struct, frozen=True, gc=False):
    """A record decoded and normalised. `uid`: its own, or a fresh one."""

    card: Card
    fields: Fields
    uid: str
    identifiers: tuple[Identifier, ...]


class Prepared(msgspec.Struct, frozen=True):
    """A page made ready before its transaction opens. `marks` by place in the page, `ready` as well."""

    marks: Mapping[int, Mark] = {}
    ready: Mapping[int, Ready] = {}


class Seen:
    """What the pages of one preview have had so far; nothing of it is kept."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.records: dict[bytes, SourceRecord] = {}
        self.uids: set[str] = set()
        self.created = 0
        self.pages = 0

    def next_page(self) -> int:
        """The number of the page that comes now, from 1."""
        self.pages += 1
        return self.pages
