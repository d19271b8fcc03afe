"""How sources and their records are known and kept at rest: keyed hashes of accounts, devices and ids; sealed words."""

import struct

from msgspec.structs import replace

from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.imports import Kind
from contact_service.model.problem import IntegrityBroken
from contact_service.storage.source_records import Source, SourceRecord
from contact_service.vault.sealing import DataKey

DEVICES = frozenset({Kind.IOS, Kind.ANDROID, Kind.SIM, Kind.OTHER})
OWN = Source(Kind.OWN.value, b"")
"""The owner herself, where she says more of a contact than its sources do."""
_RECORD = b"record:"
_RESIDUE = b"residue:"
_U32 = struct.Struct(">I")


def source(key: DataKey, kind: Kind, account: str = "") -> bytes:
    """The account or device as it is known at rest; all files of an owner are one source (`account` "")."""
    word = b"device:" if kind in DEVICES else b"account:"
    return key.mac(word + _utf8(account))


def record_key(key: DataKey, of: Source, source_id: str) -> bytes:
    """A record as it is known at rest, by its id in the source."""
    return key.mac(b"%b:%b:%b" % (of.kind.encode(), of.key, _utf8(source_id)))


def own_key(card: CardId) -> bytes:
    """What the owner's own record of a card is known by: a card has one."""
    return card.bytes


def seal(key: DataKey, source_key: bytes, card: Card) -> bytes:
    """What a record says, as it rests."""
    packed = b"\x02%b%b%b" % (_U32.pack(len(card.json)), card.json, card.lines)
    return key.seal("card", _RECORD + source_key, 0, packed if card.lines else card.json)


def open_(key: DataKey, source_key: bytes, sealed: bytes) -> Card:
    """What a record says. Raises IntegrityBroken (500)."""
    plain = key.open("card", _RECORD + source_key, 0, sealed)
    if plain[:1] != b"\x02":
        return Card(plain)
    if len(plain) < 5:
        raise IntegrityBroken
    end = 5 + _U32.unpack_from(plain, 1)[0]
    return Card(plain[5:end], plain[end:])


def seal_residue(key: DataKey, source_key: bytes, residue: bytes) -> bytes | None:
    """What a Card has no place for, as it rests; None for nothing."""
    return key.seal("card", _RESIDUE + source_key, 0, residue) if residue else None


def open_residue(key: DataKey, source_key: bytes, sealed: bytes | None) -> bytes:
    """What a Card has no place for. Raises IntegrityBroken (500)."""
    return key.open("card", _RESIDUE + source_key, 0, sealed) if sealed is not None else b""


def under(key: DataKey, record: SourceRecord, source_key: bytes) -> SourceRecord:
    """The record under another key: what it says is sealed in its place."""
    said = residue = None
    if record.record is not None:
        said = seal(key, source_key, open_(key, record.source_key, record.record))
    if record.residue is not None:
        residue = seal_residue(
            key, source_key, open_residue(key, record.source_key, record.residue)
        )
    return replace(record, source_key=source_key, record=said, residue=residue)


def _utf8(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
