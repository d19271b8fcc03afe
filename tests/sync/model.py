"""The sync protocol in memory (sync.md 1-4): a version feed with tombstones, tokens and pages, edits merged on the
revision they were made on, answers kept by key. The merge and the patch are the service's own.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from contact_service.formats import jscontact, merging
from sync.protocol import Op, Page, Refused, Result, version

_EPOCH = "00000001"


class Row(msgspec.Struct):
    """A contact as it rests; `json` is kept when it is no longer `live`."""

    id: str
    json: bytes
    version: int = 0
    live: bool = True
    touched: bool = True


class Model:
    """A server of one owner."""

    def __init__(self) -> None:
        self.version = 0
        self.rows: dict[str, Row] = {}
        self.uids: dict[str, str] = {}
        self.held: dict[tuple[str, int], bytes] = {}
        self.answers: dict[str, tuple[bytes, list[Result]]] = {}

    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        sent = msgspec.json.encode(operations)
        if key in self.answers:
            before, results = self.answers[key]
            if before != sent:
                raise Refused(422)
            return results
        outcomes = [self.carry_out(operation) for operation in operations]
        self._number_all()
        results = [
            Result(status, row.id, self.etag(row) if row.live else None) if row else Result(status)
            for status, row in outcomes
        ]
        self.answers[key] = sent, results
        return results

    def _number_all(self) -> None:
        touched = [row for row in self.rows.values() if row.touched]
        # As the service does: what goes, then what is new, then what changed.
        for row in sorted(touched, key=lambda row: (row.live, row.version > 0)):
            self.number(row)
            row.touched = False
            self.held[row.id, row.version] = row.json

    def number(self, row: Row) -> None:
        self.version += 1
        row.version = self.version

    def carry_out(self, operation: Op) -> tuple[int, Row | None]:
        if operation.op == "create":
            return self._create(msgspec.json.encode(operation.card))
        row = self.rows.get(operation.id or "")
        if row is None or (not row.live and operation.op == "delete"):
            return 404, None
        if operation.op == "delete":
            if row.touched or operation.base != self.etag(row):
                return 409, None
            row.live, row.touched = False, True
            return 204, row
        return self._edit(row, operation)

    def _create(self, json: bytes) -> tuple[int, Row | None]:
        uid = msgspec.json.decode(json)["uid"]
        holder = self.rows.get(self.uids.get(uid, ""))
        if holder is not None and holder.live:
            return (200, holder) if _same(holder.json, json) else (409, None)
        row = Row(f"c{len(self.rows)}", json)
        self.rows[row.id], self.uids[uid] = row, row.id
        return 201, row

    def _edit(self, row: Row, operation: Op) -> tuple[int, Row | None]:
        base = self.held[row.id, version(operation.base or "")]
        mine = msgspec.json.encode(operation.card)
        if operation.patch is not None:
            mine = self.patched(base, operation.patch)
        if not row.live:
            if not self.revives(base, mine):
                return 404, None
            uid = msgspec.json.decode(row.json)["uid"]
            if self.rows[self.uids[uid]].live:
                return 409, None
            row.live = row.touched = True
            self.uids[uid] = row.id
        merged = self.merged(base, mine, row.json)
        row.touched |= not _same(merged, row.json)
        row.json = merged
        return 200, row

    def merged(self, base: bytes, mine: bytes, theirs: bytes) -> bytes:
        return merging.merge(base, mine, theirs).json

    def patched(self, base: bytes, changes: dict[str, Any]) -> bytes:
        return jscontact.patch(base, changes)

    def revives(self, base: bytes, mine: bytes) -> bool:
        return merging.is_news(base, mine)

    def due(self, row: Row, after: int, start: int) -> bool:
        return row.version > after and (row.live or row.version > start)

    async def changes(self, since: str | None, limit: int) -> Page:
        after, start = self._place(since)
        in_order = sorted(self.rows.values(), key=lambda row: row.version)
        rows = [row for row in in_order if self.due(row, after, start)]
        page = rows[:limit]
        more = len(rows) > limit
        last = page[-1].version if page else after
        reached = last if more else max(last, self.version)
        return Page(
            [self._shown(row) for row in page if row.live],
            [row.id for row in page if not row.live],
            more,
            f"{reached}.{start if reached < start else 0}",
        )

    def _place(self, since: str | None) -> tuple[int, int]:
        if since is None:
            return 0, self.version
        after, start = (int(part) for part in since.split("."))
        if after > self.version:
            raise Refused(400)
        return after, start

    def _shown(self, row: Row) -> dict[str, Any]:
        return msgspec.json.decode(row.json) | {"id": row.id, "etag": self.etag(row)}

    def etag(self, row: Row) -> str:
        return f'"{_EPOCH}.{row.version}"'


def _same(one: bytes, other: bytes) -> bool:
    return bool(msgspec.json.decode(one) == msgspec.json.decode(other))
