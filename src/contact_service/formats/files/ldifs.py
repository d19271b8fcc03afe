"""A file of LDIF: an entry is a record."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from contact_service.formats import ldif, ldif_cards
from contact_service.formats.files import decoding, reasons
from contact_service.model.imports import Place, Reject, Upsert
from contact_service.model.problem import Problem

_MOST_NAMES = 200_000


def read(stream: BinaryIO, charset: str) -> Iterator[Upsert | Reject]:
    """Every entry of the stream, from its start."""
    seen: set[int] = set()
    for index, (line, text) in enumerate(ldif.blocks(decoding.text(stream, charset))):
        yield _record(text, Place(index, line), charset, seen)


def _record(text: str, place: Place, charset: str, seen: set[int]) -> Upsert | Reject:
    raw = decoding.received(text, charset)
    if not decoding.is_whole(text):
        return reasons.reject(place, "undecodable", raw)
    try:
        entry = ldif.parse(text)
    except ValueError:
        return reasons.reject(place, "malformed", raw)
    entry = _decoded(entry, charset)
    # Two people of one name and no address have one DN: the second must not replace the first.
    known = hash(entry.dn)
    is_alone = known not in seen and len(seen) < _MOST_NAMES
    seen.update({known} if is_alone else ())
    return _card(entry, place, raw, is_alone=is_alone)


def _card(entry: ldif.Entry, place: Place, raw: bytes, *, is_alone: bool) -> Upsert | Reject:
    name = _name(entry)
    try:
        made = ldif_cards.read(entry, is_alone=is_alone)
    except Problem as problem:
        return reasons.refused(place, problem, raw, name)
    except ValueError as error:
        return reasons.reject(place, "wrong-type", raw, name, _said(error))
    source = entry.dn if is_alone else ""
    return Upsert(place, source, made.card, own_uid=made.own_uid, residue=made.residue)


def _decoded(entry: ldif.Entry, charset: str) -> ldif.Entry:
    """Text that stood in base64 and is in the charset of the file, as older programs wrote it."""
    if charset == "utf-8":
        return entry
    values = {
        name: items if name in ldif_cards.BINARY else [_text(item, charset) for item in items]
        for name, items in entry.values.items()
    }
    return msgspec.structs.replace(entry, values=values)


def _text(item: str | bytes, charset: str) -> str | bytes:
    try:
        return item if isinstance(item, str) else item.decode(charset)
    except UnicodeDecodeError:
        return item


def _said(error: ValueError) -> str:
    # Ours alone: mapping.Table names the attribute, never the value.
    said = str(error)
    return f"{said}." if said.endswith("cannot be read") else ""


def _name(entry: ldif.Entry) -> str:
    for name in ("cn", "displayname", "mail"):
        for item in entry.values.get(name, ()):
            if isinstance(item, str):
                return item
    return ""
