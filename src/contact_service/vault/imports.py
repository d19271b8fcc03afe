"""Import <-> sealed import: what rests of a run, its rejects, and the file it reads in pieces of 1 MiB.

Details are sealed under the run's id and revision (kind job), a reject under its run and number (job), a piece under
its file and number (file): none opens in another one's place.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from contact_service.model.import_run import Details
from contact_service.vault.sealing import DataKey

PIECE_BYTES = 1024 * 1024
_encoder = msgspec.msgpack.Encoder()
_details = msgspec.msgpack.Decoder(Details)


class Refused(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What only the owner may see of a reject."""

    name: str
    raw: bytes


_refused = msgspec.msgpack.Decoder(Refused)


def seal(key: DataKey, id_: UUID, rev: int, details: Details) -> bytes:
    """The details of that run at that revision, sealed."""
    return key.seal("job", b"import:" + id_.bytes, rev, _encoder.encode(details))


def open_(key: DataKey, id_: UUID, rev: int, sealed: bytes) -> Details:
    """The details. Raises IntegrityBroken (500)."""
    return _details.decode(key.open("job", b"import:" + id_.bytes, rev, sealed))


def seal_refused(key: DataKey, id_: UUID, items: Iterable[tuple[int, Refused]]) -> list[bytes]:
    """What rejects of that run were, by number, sealed."""
    todo = [(_numbered(id_, number), 0, _encoder.encode(each)) for number, each in items]
    return key.seal_many("job", todo)


def open_refused(key: DataKey, id_: UUID, number: int, sealed: bytes) -> Refused:
    """What that reject was. Raises IntegrityBroken (500)."""
    return _refused.decode(key.open("job", _numbered(id_, number), 0, sealed))


def seal_piece(key: DataKey, id_: UUID, number: int, piece: bytes) -> bytes:
    """A piece of that run's file, sealed."""
    return key.seal("file", _numbered(id_, number), 0, piece)


def open_piece(key: DataKey, id_: UUID, number: int, sealed: bytes) -> bytes:
    """A piece of that run's file. Raises IntegrityBroken (500)."""
    return key.open("file", _numbered(id_, number), 0, sealed)


def _numbered(id_: UUID, number: int) -> bytes:
    return id_.bytes + number.to_bytes(8, "big")
