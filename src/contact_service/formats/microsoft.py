"""A contact as Microsoft Graph v1.0 tells it -> Card; what goes where: mappings/microsoft.toml.

Graph says null, "" and [] alike for what is not there.
"""

from base64 import b64encode
from collections.abc import Container
from typing import Any

import msgspec

from contact_service.formats import jscontact, mapping
from contact_service.formats.microsoft_properties import ADDRESS, TRANSFORMS
from contact_service.model.imports import NO_UID, Place, Reject, Upsert
from contact_service.model.problem import Problem

TABLE = mapping.load("microsoft")
_DECODER = msgspec.json.Decoder(dict[str, Any])
_ANNOTATION = "@odata."
_ADDRESSES = ("businessAddress", "homeAddress", "otherAddress")


class Record(msgspec.Struct, frozen=True):
    """What became of a contact; `unknown`: how many properties it has that the published metadata do not."""

    change: Upsert | Reject
    unknown: int = 0


def read(raw: bytes, place: Place, folder: str = "") -> Record:
    """The contact in `raw`, one JSON object with an id; the name of its folder becomes a keyword."""
    try:
        told = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Record(Reject(place, "not-json", "The record is no JSON object.", raw))
    record = {name: value for name, value in told.items() if _is_said(name, value)}
    try:
        made = TABLE.map(record, TRANSFORMS)
        residue = made.residue | _homeless(record, made.card)
        if folder:
            made.card.setdefault("keywords", {})[folder] = True
        card = jscontact.read(msgspec.json.encode(made.card), NO_UID)[0]
    except Problem as problem:
        return Record(_reject(place, "invalid", f"{problem.title}.", raw, told))
    except (ValueError, RecursionError) as error:
        return Record(_reject(place, "wrong-type", _reason(error), raw, told))
    kept = msgspec.json.encode(residue, order="sorted") if residue else b""
    upsert = Upsert(place, _said(told, "id"), card, etag=_etag(told), residue=kept)
    return Record(upsert, len(made.unknown))


def pictured(upsert: Upsert, content: bytes, media: str) -> Upsert:
    """The same with a photo, unless the Card would be too large with it."""
    told = msgspec.json.decode(upsert.card.json)
    uri = f"data:{media};base64,{b64encode(content).decode()}"
    told["media"] = {"m1": {"kind": "photo", "uri": uri, "mediaType": media}}
    try:
        card = jscontact.read(msgspec.json.encode(told), NO_UID)[0]
    except Problem:
        return upsert
    return msgspec.structs.replace(upsert, card=card)


def _is_said(name: str, value: Any) -> bool:
    if isinstance(value, str):
        value = value.strip()
    return _ANNOTATION not in name and value not in (None, "", [])


def _etag(told: dict[str, Any]) -> str | None:
    return _said(told, "@odata.etag") or _said(told, "changeKey") or None


def _reason(error: Exception) -> str:
    # Ours alone: mapping.Table names the property, never the value.
    said = str(error)
    return f"{said}." if said.endswith("cannot be read") else "A value cannot be written as JSON."


def _reject(place: Place, code: str, reason: str, raw: bytes, told: dict[str, Any]) -> Reject:
    name = _said(told, "displayName")[:200]
    return Reject(place, code, reason, raw, name, source_id=_said(told, "id"))


def _said(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _homeless(record: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    """Values of mapped properties that have no place in this Card, for what they belong to is not there."""
    kinds = {one["kind"] for one in card.get("name", {}).get("components", ())}
    spoken = (("yomiGivenName", "given"), ("yomiSurname", "surname"))
    lost = {name for name, kind in spoken if kind not in kinds}
    if "companyName" not in record:
        lost.add("yomiCompanyName")
    if any(_is_more(one, record) for one in record.get("emailAddresses", ())):
        lost.add("emailAddresses")
    lost.update(name for name in _ADDRESSES if _unknown(record.get(name), ADDRESS))
    return {name: record[name] for name in lost if name in record}


def _is_more(email: dict[str, Any] | None, record: dict[str, Any]) -> bool:
    """Whether an e-mail slot says more than its address: another name than the contact's, a property nobody knows."""
    if email is None:
        return False
    shown = {None, "", email.get("address"), record.get("displayName")}
    return email.get("name") not in shown or _unknown(email, ("address", "name"))


def _unknown(told: dict[str, Any] | None, known: Container[str]) -> bool:
    return any(_ANNOTATION not in name and name not in known for name in told or ())
