"""Files of JSContact (a Card, a list, `{contacts}`, one a line) and of jCard (one or a list)."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from contact_service.formats import jcard, jscontact, json_stream, vcard
from contact_service.formats.files import decoding, reasons
from contact_service.formats.json_stream import Element
from contact_service.formats.vcard.derive import MAPS
from contact_service.model.card import Card, Fields
from contact_service.model.imports import NO_UID, Place, Reject, Upsert
from contact_service.model.problem import Problem

_TELLING = frozenset({"name", *MAPS})
_LIST = re.compile(r'\A\s*\[|"contacts"\s*:\s*\[')


def read_jscontact(stream: BinaryIO, charset: str, *, is_list: bool) -> Iterator[Upsert | Reject]:
    """Every Card; those of an upload stand under `card`, beside their `sourceId` (api.md)."""
    pieces = decoding.text(stream, charset)
    elements = (
        json_stream.lists(pieces, _LIST, is_card)
        if is_list
        else json_stream.values(pieces, is_card)
    )
    told = (element for element in elements if not _is_opening(element.value))
    for index, element in enumerate(told):
        yield _of_jscontact(element, Place(index, element.line), charset)


def read_jcard(stream: BinaryIO, charset: str, *, is_list: bool) -> Iterator[Upsert | Reject]:
    """Every jCard."""
    pieces = decoding.text(stream, charset)
    start = re.compile(r"\A\s*\[")
    elements = (
        json_stream.lists(pieces, start, jcard.is_one)
        if is_list
        else json_stream.values(pieces, jcard.is_one)
    )
    for index, element in enumerate(elements):
        yield _of_jcard(element, Place(index, element.line), charset)


def is_card(value: Any) -> bool:
    """Whether a JSON value is a Card at first sight, or an item of an upload."""
    return isinstance(value, dict) and (
        value.get("@type") == "Card" or isinstance(value.get("card"), dict)
    )


def _is_opening(value: Any) -> bool:
    """Whether it is the first line of an upload (api.md), which is about nobody."""
    return isinstance(value, dict) and "source" in value and value.keys() <= {"source", "view"}


def _of_jscontact(element: Element, place: Place, charset: str) -> Upsert | Reject:
    raw = decoding.received(element.text, charset)
    refused = broken(element, place, raw)
    if refused:
        return refused
    if not isinstance(element.value, dict):
        return reasons.reject(place, "wrong-type", raw)
    text, source, value = element.text, "", element.value
    if isinstance(value.get("card"), dict) and value.get("@type") != "Card":
        text, source = _item(element)
        value = value["card"]
    if value.get("@type") != "Card" and not value.keys() & _TELLING:
        return reasons.reject(place, "no-content", raw)
    try:
        card, fields = jscontact.read(text.encode(), NO_UID)
    except Problem as problem:
        return reasons.refused(place, problem, raw, _name(value))
    return _upsert(place, source, card, fields)


def _item(element: Element) -> tuple[str, str]:
    item = msgspec.json.decode(element.text.encode(), type=dict[str, msgspec.Raw])
    source = element.value.get("sourceId")
    return bytes(item["card"]).decode(), source if isinstance(source, str) else ""


def _of_jcard(element: Element, place: Place, charset: str) -> Upsert | Reject:
    raw = decoding.received(element.text, charset)
    refused = broken(element, place, raw)
    if refused:
        return refused
    try:
        card, fields = vcard.read(jcard.to_vcard(element.value), NO_UID)
    except Problem as problem:
        return reasons.refused(place, problem, raw)
    except ValueError:
        return reasons.reject(place, "malformed", raw)
    return _upsert(place, "", card, fields)


def broken(element: Element, place: Place, raw: bytes) -> Reject | None:
    """The Reject of an element that is no JSON, or holds what no text does."""
    if element.broken:
        return reasons.reject(place, element.broken, raw)
    if not decoding.is_whole(element.text):
        return reasons.reject(place, "undecodable", raw)
    return None


def _upsert(place: Place, source: str, card: Card, fields: Fields) -> Upsert:
    own = fields.uid != NO_UID
    return Upsert(place, source or (fields.uid or "" if own else ""), card, own_uid=own)


def _name(value: dict[str, Any]) -> str:
    name = value.get("name")
    full = name.get("full") if isinstance(name, dict) else ""
    return full if isinstance(full, str) else ""
