"""An upload's records on their way to a plan: keyed by source, digested, compared with what the device brought.

Digests come first: a repeated upload is decided without decoding a card (performance.md 3).
"""

import asyncio

import msgspec

from contact_service.formats import jscontact, vcard
from contact_service.formats.upload import Batch, Item
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model.card import Card, Fields
from contact_service.model.identifier import Identifier
from contact_service.model.problem import InvalidCard, Problem
from contact_service.storage.source_records import Link, Source
from contact_service.vault.sealing import DataKey

SLICE = 100
"""Records between two turns of the event loop (performance.md 3)."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record of the upload, keyed. `raw` None: the device removed it."""

    index: int
    source_id: str
    source_key: bytes
    digest: bytes
    raw: bytes | None


class Ready(msgspec.Struct, frozen=True, gc=False):
    """A decoded record. `own_uid`: the device sent the uid; else it is ours and a standing card keeps its own."""

    card: Card
    uid: str
    own_uid: bool
    identifiers: tuple[Identifier, ...]


class Reject(msgspec.Struct, frozen=True, rename="camel"):
    """A record that did not become a contact: position, the device's id for it, a short reason."""

    index: int
    source_id: str
    reason: str


class Prepared(msgspec.Struct, frozen=True):
    """An upload decoded before its transaction opens. `links`: what the device had brought when the owner was at
    `version`; `named`: every record key of the request, refused ones too.
    """

    batch: Batch
    device: Source
    records: list[Record]
    rejects: list[Reject]
    named: set[bytes]
    links: dict[bytes, Link]
    ready: dict[int, Ready]
    region: str | None
    version: int


def device(key: DataKey, batch: Batch) -> Source:
    """The device as it is known at rest."""
    return Source(batch.source.kind, key.mac(b"device:" + _utf8(batch.source.device_id)))


async def keyed(key: DataKey, batch: Batch) -> tuple[list[Record], list[Reject], set[bytes]]:
    """The records with keys and digests, those that cannot be kept, and every source key that the device named."""
    records: list[Record] = []
    rejects: list[Reject] = []
    named: set[bytes] = set()
    equal: dict[str, int] = {}
    for place, item in enumerate(batch.items):
        if place % SLICE == 0:
            await asyncio.sleep(0)
        if batch.is_vcard and item.raw is not None and not item.source_id:
            item = _by_lines(key, item, equal)  # noqa: PLW2901  the same item, named
        source_key = key.mac(b"source:" + _utf8(item.source_id))
        if item.reason is not None or source_key in named:
            rejects.append(Reject(item.index, item.source_id, item.reason or "duplicate-source-id"))
        else:
            digest = b"" if item.raw is None else key.mac(item.raw)
            records.append(Record(item.index, item.source_id, source_key, digest, item.raw))
        named.add(source_key)
    return records, rejects, named


def _by_lines(key: DataKey, item: Item, equal: dict[str, int]) -> Item:
    """Most vCards have no UID: the record is named by its unfolded lines, equal ones by their count (api.md)."""
    assert item.raw is not None, "the caller looked"
    name = "lines:" + key.mac(b"lines:" + vcard.unfolded(item.raw)).hex()
    n = equal[name] = equal.get(name, 0) + 1
    return Item(item.index, name if n == 1 else f"{name}#{n}", item.raw)


def unknown(records: list[Record], links: dict[bytes, Link]) -> list[Record]:
    """The records that differ from what the device brought before."""
    return [
        r
        for r in records
        if r.raw is not None
        and ((link := links.get(r.source_key)) is None or link.digest != r.digest)
    ]


async def decode(
    batch: Batch, records: list[Record], uids: list[str], region: str | None
) -> tuple[dict[int, Ready], list[Reject]]:
    """Decode, check and normalise, in slices, so that others are served meanwhile. `uids`: one for each record, taken
    where the device sent none.
    """
    ready: dict[int, Ready] = {}
    rejects: list[Reject] = []
    read = vcard.read if batch.is_vcard else jscontact.read
    # Owned by this call: numbers of non-users must not outlive the request.
    memo = Memo()
    for start in range(0, len(records), SLICE):
        for record, uid in zip(
            records[start : start + SLICE], uids[start : start + SLICE], strict=True
        ):
            assert record.raw is not None, "removals are not decoded"
            try:
                card, fields = read(record.raw, uid)
            except Problem as problem:
                rejects.append(Reject(record.index, record.source_id, slug(problem)))
                continue
            ready[record.index] = _ready(card, fields, uid, region, memo)
        await asyncio.sleep(0)
    return ready, rejects


def _ready(card: Card, fields: Fields, uid: str, region: str | None, memo: Memo) -> Ready:
    own = fields.uid or uid
    return Ready(card, own, own != uid, identifiers.of(fields, region, memo))


def slug(problem: Problem) -> str:
    """Why a record was refused, as it is told."""
    if isinstance(problem, InvalidCard):
        return f"invalid-card: {problem.detail}"
    return problem.slug


def _utf8(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
