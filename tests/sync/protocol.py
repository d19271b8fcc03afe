"""What a device and a server say to each other: batches of edits up, pages of changes down (sync.md 2-4)."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

Card = dict[str, Any]


class Op(msgspec.Struct, frozen=True):
    """One operation of a batch. `card`: what the device wants the contact to be; with `patch` that is what is sent."""

    op: Literal["create", "replace", "patch", "delete"]
    id: str | None = None
    base: str | None = None
    card: Card | None = None
    patch: dict[str, Any] | None = None


class Result(msgspec.Struct, frozen=True):
    """How one operation went, as the answer tells it."""

    status: int
    id: str | None = None
    etag: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A page of changes: contacts with their `id` and `etag`, ids that are gone, the token to go on from."""

    changed: list[Card]
    removed: list[str]
    more: bool
    token: str


class Refused(Exception):
    """The whole request was refused."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Server(Protocol):
    """The model, or the real service behind an HTTP client."""

    async def batch(self, key: str, operations: Sequence[Op]) -> list[Result]:
        """POST /v1/contacts:batch with an Idempotency-Key. Raises Refused."""
        ...

    async def changes(self, since: str | None, limit: int) -> Page:
        """GET /v1/changes. Raises Refused."""
        ...


def version(etag: str) -> int:
    """The number in `"<epoch>.<version>"`."""
    return int(etag.strip('"').partition(".")[2])
