"""What an import is made of: pages of changes that a source tells, and how far a run has come."""

import msgspec

from contact_service.model.card import Card
from contact_service.model.import_states import Counts, Kind, State

__all__ = [
    "NO_UID",
    "Change",
    "Counts",
    "Delete",
    "Edge",
    "Kind",
    "Page",
    "Place",
    "Reject",
    "Rename",
    "State",
    "Upsert",
]

NO_UID = "urn:uuid:00000000-0000-0000-0000-000000000000"
"""The uid of a card whose source gave none; the engine puts a fresh one in its place, in `json` and `lines`."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a record stands in its source: its number from 0, and its first line from 1 (0: no lines)."""

    index: int
    line: int = 0


class Upsert(msgspec.Struct, frozen=True, gc=False):
    """A record as the source has it now. `source_id`: its id there, "" for none; `own_uid`: the source gave the uid,
    else the card has NO_UID; `residue`: a JSON object of what a Card has no place for, b"" for nothing.
    """

    place: Place
    source_id: str
    card: Card
    own_uid: bool = False
    etag: str | None = None
    residue: bytes = b""


class Delete(msgspec.Struct, frozen=True, gc=False):
    """The source no longer has the record."""

    source_id: str


class Rename(msgspec.Struct, frozen=True, gc=False):
    """Records that became one under another id. Applied before the upserts and deletes of its page."""

    old_ids: tuple[str, ...]
    new_id: str


class Reject(msgspec.Struct, frozen=True, gc=False):
    """A record that cannot become a contact; or, `invalid-picture`, one that became a contact without its picture; or,
    `edges-full`, a page's people beyond the bound, in one line.
    `code` is a slug, `reason` one clear line without values; `raw` is the record byte for byte, `name` what the owner
    would know it by: both are the owner's alone and rest sealed. `source_id`: its id where that much can be read. The
    record is there still: what it said before is not swept.
    """

    place: Place
    code: str
    reason: str
    raw: bytes = b""
    name: str = ""
    source_id: str = ""


class Edge(msgspec.Struct, frozen=True, gc=False):
    """Somebody the owner is linked with elsewhere: no contact. `kind`: friend, follower, following; `provider_user_id`
    None where the source has only a name.
    """

    provider: str
    kind: str
    display_name: str = ""
    provider_user_id: str | None = None


Change = Upsert | Delete | Rename | Reject | Edge


class Page(msgspec.Struct, frozen=True):
    """What is applied in one transaction. `resume`: where to go on if the next page never comes; `checkpoint`: the new
    cursor, on the last page only; `complete`: this ended an unbroken read of everything, so absence means deletion.
    `unknown`: how many properties its records have that the provider's published schema does not.
    """

    changes: tuple[Change, ...]
    resume: bytes | None = None
    checkpoint: bytes | None = None
    complete: bool = False
    total: int | None = None
    unknown: int = 0
