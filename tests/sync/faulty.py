"""Servers that are wrong in one way each: the mutants of reliability.md T4m that need no source, only the protocol.
The oracle must see through every one of them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from contact_service.formats import merging
from sync.model import Model, Row
from sync.protocol import Op, Page, Result


class IgnoresKeys(Model):
    """The same request has its effect again."""

    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        self.answers.clear()
        return await super().batch(key, operations)


class TokenOfTheFinalState(Model):
    async def changes(self, since: str | None, limit: int) -> Page:
        page = await super().changes(since, limit)
        return msgspec.structs.replace(page, token=f"{self.version}.0")


class SendsTheLastRowAgain(Model):
    def due(self, row: Row, after: int, start: int) -> bool:
        return row.version >= after and (row.live or row.version > start)


class PageOneTooLong(Model):
    async def changes(self, since: str | None, limit: int) -> Page:
        return await super().changes(since, limit + 1)


class PageOneShort(Model):
    """The last row of a full page is named by the token and not sent."""

    async def changes(self, since: str | None, limit: int) -> Page:
        page = await super().changes(since, limit)
        changed = page.changed[:-1] if page.more and page.changed else page.changed
        return msgspec.structs.replace(page, changed=changed)


class NoTombstones(Model):
    def due(self, row: Row, after: int, start: int) -> bool:
        return row.live and super().due(row, after, start)


class TombstonesDroppedAtOnce(Model):
    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        results = await super().batch(key, operations)
        self.rows = {row.id: row for row in self.rows.values() if row.live}
        return results


class NoTombstonesWhileAColdStartLasts(Model):
    """A contact listed on page 1 and deleted before page 3 stays."""

    def due(self, row: Row, after: int, start: int) -> bool:
        return super().due(row, after, self.version if start else 0)


class DeleteHasNoVersion(Model):
    def number(self, row: Row) -> None:
        if row.live:
            super().number(row)


class OneVersionForABatch(Model):
    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        before = self.version
        results = await super().batch(key, operations)
        for row in self.rows.values():
            if row.version > before:
                row.version = self.version
                self.held[row.id, row.version] = row.json
        return results


class TakesTheirs(Model):
    def merged(self, base: bytes, mine: bytes, theirs: bytes) -> bytes:
        return theirs


class TakesMine(Model):
    def merged(self, base: bytes, mine: bytes, theirs: bytes) -> bytes:
        return mine


class BaseIgnored(Model):
    def merged(self, base: bytes, mine: bytes, theirs: bytes) -> bytes:
        return merging.merge(None, mine, theirs).json


class PatchIgnoresNull(Model):
    def patched(self, base: bytes, changes: dict[str, Any]) -> bytes:
        return super().patched(base, {p: v for p, v in changes.items() if v is not None})


class PatchReplacesTheMap(Model):
    def patched(self, base: bytes, changes: dict[str, Any]) -> bytes:
        inside = {path.split("/")[1]: v for path, v in changes.items() if "/" in path and v}
        whole = {path: value for path, value in changes.items() if "/" not in path}
        return super().patched(base, whole | ({"phones": inside} if inside else {}))


class DeleteWinsOverALaterEdit(Model):
    def carry_out(self, operation: Op) -> tuple[int, Row | None]:
        row = self.rows.get(operation.id or "")
        if operation.op == "delete" and row is not None and row.live:
            row.live, row.touched = False, True
            return 204, row
        return super().carry_out(operation)


class EditOfADeletedContactIsLost(Model):
    def revives(self, base: bytes, mine: bytes) -> bool:
        return False


class EditWithoutContentRevives(Model):
    def revives(self, base: bytes, mine: bytes) -> bool:
        return True


class StopsAtTheFirstRefusal(Model):
    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        self.refused = False
        return await super().batch(key, operations)

    def carry_out(self, operation: Op) -> tuple[int, Row | None]:
        if self.refused:
            return 409, None
        found = super().carry_out(operation)
        self.refused = found[1] is None
        return found


class AnswersInAnotherOrder(Model):
    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        results = await super().batch(key, operations)
        return sorted(results, key=lambda result: -result.status)


class ServesAnOldSnapshot(Model):
    """What was read once is served until three more contacts came."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[tuple[str | None, int], Page] = {}

    async def changes(self, since: str | None, limit: int) -> Page:
        where = (since, self.version // 3)
        if where not in self._read:
            self._read[where] = await super().changes(since, 100)
        page = self._read[where]
        return (
            page
            if len(page.changed) + len(page.removed) <= limit
            else await super().changes(since, limit)
        )


FAULTY: tuple[type[Model], ...] = tuple(Model.__subclasses__())
