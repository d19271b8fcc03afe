"""A device's address book on the wire: JSON, NDJSON or vCard, read into items; a bad item is told by its position.

Cards stay raw bytes here: what a device brought before is recognised by a digest, before anything is decoded.
"""

from typing import Literal

import msgspec

from contact_service.formats import vcard
from contact_service.model.problem import Malformed, TooLarge, Unprocessable

MAX_CONTACTS = 10_000
"""Contacts an upload request (api.md)."""
MAX_SOURCE_ID = 512
KINDS = ("ios", "android", "sim", "other")
View = Literal["full", "partial"]


class Source(msgspec.Struct, frozen=True, rename="camel"):
    """Which device sends; `region` (ISO 3166-1) says where its national numbers are dialled."""

    kind: Literal["ios", "android", "sim", "other"] = "other"
    device_id: str = ""
    region: str | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A record: `raw` is its card (JSON or vCard), None when the device removed it; `reason`: it cannot be kept."""

    index: int
    source_id: str
    raw: bytes | None = None
    reason: str | None = None


class Batch(msgspec.Struct, frozen=True):
    """One upload. `is_vcard`: `raw` holds vCard lines, and an empty source id stands for the lines themselves."""

    source: Source
    view: View
    items: list[Item]
    is_vcard: bool = False


class _WireItem(msgspec.Struct, frozen=True, rename="camel", gc=False):
    source_id: str | None = None
    card: msgspec.Raw = msgspec.Raw()
    removed: bool = False


class _Opening(msgspec.Struct, frozen=True):
    source: Source = Source()
    view: View = "partial"


class _Wire(_Opening, frozen=True):
    contacts: list[_WireItem] = []


class _LooseWire(_Opening, frozen=True):
    contacts: list[msgspec.Raw] = []


_wire = msgspec.json.Decoder(_Wire)
_loose = msgspec.json.Decoder(_LooseWire)
_item = msgspec.json.Decoder(_WireItem)
_opening = msgspec.json.Decoder(_Opening)


def read_json(body: bytes) -> Batch:
    """`{source:{kind, deviceId, region?}, view, contacts:[{sourceId, card} | {sourceId, removed:true}]}`.

    Raises Malformed (400) for what is no JSON, Unprocessable (422) for another shape, TooLarge (413).
    """
    try:
        wire = _wire.decode(body)
        items = [_checked(i, item) for i, item in enumerate(wire.contacts)]
        opening: _Opening = wire
    except msgspec.ValidationError:
        # Some item has another shape, or the opening has: look again, item by item.
        opening, items = _loosely(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error, "") from None
    _bound(len(items))
    return Batch(opening.source, opening.view, items)


def read_ndjson(body: bytes) -> Batch:
    """The first line is `{source, view}`, each other one an item. A cut last line is Malformed (400)."""
    lines = body.split(b"\n")
    _bound(len(lines) - 2)
    try:
        opening = _opening.decode(lines[0])
    except msgspec.ValidationError as error:
        raise Unprocessable(f"line 1: {_reason(error)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error, "line 1: ") from None
    items: list[Item] = []
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            items.append(_one(len(items), line, f"line {number}: "))
    return Batch(opening.source, opening.view, items)


def read_vcard(body: bytes, source: Source, view: View) -> Batch:
    """A file of vCards. Raises UnsupportedFormat (415) when there is none in it, TooLarge (413)."""
    items = []
    for record in vcard.split(body):
        if record.raw is None:
            items.append(Item(record.index, "", reason=record.reason))
        else:
            items.append(Item(record.index, vcard.uid(record.raw), record.raw))
        _bound(len(items))
    return Batch(source, view, items, is_vcard=True)


def _checked(index: int, item: _WireItem) -> Item:
    source = item.source_id
    if not source:
        return Item(index, "", reason="missing-source-id")
    if len(source) > MAX_SOURCE_ID:
        return Item(index, "", reason="source-id-too-long")
    if item.removed:
        return Item(index, source)
    raw = bytes(item.card)
    if not raw:
        return Item(index, source, reason="missing-card")
    return Item(index, source, raw)


def _loosely(body: bytes) -> tuple[_Opening, list[Item]]:
    try:
        wire = _loose.decode(body)
    except msgspec.ValidationError as error:
        raise Unprocessable(_reason(error)) from None
    return wire, [_one(i, bytes(raw), "") for i, raw in enumerate(wire.contacts)]


def _one(index: int, raw: bytes, where: str) -> Item:
    try:
        return _checked(index, _item.decode(raw))
    except msgspec.ValidationError:
        return Item(index, "", reason="wrong-type")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error, where) from None


def _bound(items: int) -> None:
    if items > MAX_CONTACTS:
        raise TooLarge(
            MAX_CONTACTS, "contacts an upload", "Send more in further uploads, or as an import."
        )


def _malformed(error: Exception, where: str) -> Malformed:
    """What and where, from our own words: the decoder's text may quote what was sent."""
    if isinstance(error, msgspec.DecodeError) and "(byte" in str(error):
        place = str(error).rsplit("(byte", 1)[1].strip(" )")
        return Malformed(f"{where}not JSON at byte {place}")
    if isinstance(error, RecursionError):
        return Malformed(f"{where}nested too deeply")
    return Malformed(f"{where}not JSON in UTF-8, or cut short")


def _reason(error: msgspec.ValidationError) -> str:
    """The place of a wrong value; msgspec names types and a path, never the value."""
    text = str(error)
    path = text.rsplit("`", 2)[1] if text.count("`") >= 2 and "at `$" in text else "$"
    return f"{path}: wrong type or value"
