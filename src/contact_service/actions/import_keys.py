"""A page's records by their keys: which are one and the same, which are new, changed, gone, called otherwise."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from contact_service.actions import recognising, source_records
from contact_service.actions.context import Context
from contact_service.actions.run_parts import Mark, Run, Seen
from contact_service.model.imports import Delete, Kind, Page, Reject, Rename, Upsert
from contact_service.storage import source_records as rows
from contact_service.storage.source_records import Source, SourceRecord
from contact_service.vault.sealing import DataKey

SLICE = 100
"""Records between two turns of the event loop."""
PICTURE = "invalid-picture"
"""The code of what is no reject of a record, but of its picture."""
DOUBLED = "duplicate-id"


class Item(msgspec.Struct, frozen=True, gc=False):
    """A record that the page brings, under its key at rest. `place`: where in the page it stands."""

    place: int
    mark: Mark
    key: bytes


class Looked(msgspec.Struct, frozen=True):
    """A page by keys. `moved`: records that have another key now, as they were; `repeats`: how many records came more
    than once and changed nothing by that; `named`: keys of records that are there but cannot be read; `records`: what
    is held of all of them.
    """

    items: Sequence[Item]
    gone: Sequence[bytes]
    moved: Sequence[tuple[SourceRecord, bytes]]
    rejects: Sequence[Reject]
    repeats: int
    named: Sequence[bytes]
    records: dict[bytes, SourceRecord]


async def marks(key: DataKey, run: Run, page: Page) -> dict[int, Mark]:
    """The upserts of a page by keyed hashes, by their place in it."""
    found: dict[int, Mark] = {}
    of = run.of
    for place, change in enumerate(page.changes):
        if place % SLICE == 0:
            await asyncio.sleep(0)
        if isinstance(change, Upsert):
            found[place] = _mark(key, of, change)
    return found


def _mark(key: DataKey, of: Source, upsert: Upsert) -> Mark:
    card = upsert.card
    digest = key.mac(b"%b\0%b\0%b" % (card.json, card.lines, upsert.residue))
    if upsert.source_id:
        return Mark(upsert, digest, source_records.record_key(key, of, upsert.source_id))
    return Mark(upsert, digest, b"", recognising.content(key, card.json))


async def look(
    ctx: Context,
    run: Run,
    page: Page,
    marked: Mapping[int, Mark],
    number: int,
    seen: Seen | None = None,
) -> Looked:
    """The page, the `number`th of its run, as the rows are in this transaction; `seen`: as a preview has them."""
    before = seen.records if seen is not None else {}
    keys = {place: mark.key for place, mark in marked.items()}
    keys |= await _numbered(ctx, run, marked, number, before)
    latest = _latest(ctx.key, run, page, marked, keys)
    olds = {
        source_records.record_key(ctx.key, run.of, old): source_records.record_key(
            ctx.key, run.of, change.new_id
        )
        for change in page.changes
        if isinstance(change, Rename)
        for old in change.old_ids
    }
    rejects = [change for change in page.changes if isinstance(change, Reject)]
    named = [
        source_records.record_key(ctx.key, run.of, reject.source_id)
        for reject in rejects
        if reject.source_id
    ]
    last, gone = latest.items, latest.gone
    wanted = {*last, *gone, *named, *olds, *olds.values()}
    held = await rows.among(ctx.tx, run.of, wanted) if wanted else {}
    held |= {key: before[key] for key in wanted & before.keys()}
    moved = _moved(ctx.key, olds, held, last, gone)
    refused = [*rejects, *latest.doubled]
    return Looked(list(last.values()), list(gone), moved, refused, latest.repeats, named, held)


class _Latest:
    """What a page says last of each record, by key."""

    def __init__(self) -> None:
        self.items: dict[bytes, Item] = {}
        self.gone: dict[bytes, None] = {}
        self.doubled: list[Reject] = []
        self.repeats = 0

    def put(self, item: Item, *, first: bool) -> None:
        """A record comes; `first`: where it came before, the first one stays."""
        self.gone.pop(item.key, None)
        former = self.items.get(item.key)
        if former is None or not first:
            self.repeats += former is not None
            self.items[item.key] = item
        elif former.mark.digest == item.mark.digest:
            self.repeats += 1
        else:
            self.doubled.append(double(item))

    def take(self, key: bytes) -> None:
        """A record is gone."""
        self.repeats += self.items.pop(key, None) is not None
        self.gone[key] = None


def _latest(
    key: DataKey, run: Run, page: Page, marked: Mapping[int, Mark], keys: Mapping[int, bytes]
) -> _Latest:
    """Of a record that is told of more than once the last word counts; in a file, where nobody knows, the first."""
    found = _Latest()
    for place, change in enumerate(page.changes):
        if isinstance(change, Delete):
            found.take(source_records.record_key(key, run.of, change.source_id))
        elif isinstance(change, Upsert):
            found.put(Item(place, marked[place], keys[place]), first=run.kind is Kind.FILE)
    return found


def _moved(
    key: DataKey,
    olds: Mapping[bytes, bytes],
    held: dict[bytes, SourceRecord],
    last: Mapping[bytes, Item],
    gone: dict[bytes, None],
) -> list[tuple[SourceRecord, bytes]]:
    """The first of the records that became another is that one; the rest of them go. `held` and `gone` follow."""
    moved: list[tuple[SourceRecord, bytes]] = []
    for old, new in olds.items():
        record = held.get(old)
        if record is None or old == new or old in last:
            continue
        if new in held:
            gone[old] = None
            continue
        moved.append((record, new))
        del held[old]
        gone.pop(old, None)
        held[new] = source_records.under(key, record, new)
    return moved


def double(item: Item) -> Reject:
    """A file has another record of the same id: which of them is meant, nobody knows; the first one stays."""
    return refused(item, DOUBLED, "another record of the file has the same id")


def refused(item: Item, code: str, reason: str) -> Reject:
    """A record that cannot be kept."""
    upsert = item.mark.upsert
    raw = upsert.card.lines or upsert.card.json
    return Reject(upsert.place, code, reason, raw, _name(upsert.card.json), upsert.source_id)


def _name(json: bytes) -> str:
    try:
        name = msgspec.json.decode(json, type=_Named).name
    except msgspec.DecodeError:
        return ""
    return name.full or "" if name is not None else ""


class _Full(msgspec.Struct):
    full: str | None = None


class _Named(msgspec.Struct):
    name: _Full | None = None


async def _numbered(
    ctx: Context,
    run: Run,
    marked: Mapping[int, Mark],
    number: int,
    before: Mapping[bytes, SourceRecord],
) -> dict[int, bytes]:
    """The keys of records without an id: by their content, equal ones by their count in the whole source. Those of
    earlier pages of this run have had their numbers.
    """
    bare = {place: mark.content for place, mark in marked.items() if not mark.key}
    if not bare:
        return {}
    free: dict[bytes, list[bytes]] = {content: [] for content in bare.values()}
    wanted = Counter(bare.values())
    begun = dict.fromkeys(wanted, 0)
    while short := {c: n - len(free[c]) for c, n in wanted.items() if len(free[c]) < n}:
        asked: dict[bytes, bytes] = {}
        for content, n in short.items():
            # Twice as many each time: a file may hold thousands that are alike.
            size = max(n, begun[content])
            for at in range(begun[content] + 1, begun[content] + size + 1):
                name = f"content:{content.hex()}" + (f"#{at}" if at > 1 else "")
                asked[source_records.record_key(ctx.key, run.of, name)] = content
            begun[content] += size
        held = await rows.among(ctx.tx, run.of, asked)
        for key, content in asked.items():
            record = before.get(key) or held.get(key)
            if record is None or record.run != run.number or record.page >= number:
                free[content].append(key)
    left = {content: iter(keys) for content, keys in free.items()}
    return {place: next(left[content]) for place, content in bare.items()}
