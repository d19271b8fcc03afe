"""Phones, emails, addresses, onlineServices, resources as lines (RFC 9555 3); the mirror of `map_reach.py`."""

import re
from typing import Any

from contact_service.formats.vcard import map_reach, markers, media_types, spelling, text
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.markers import Marker
from contact_service.formats.vcard.spelling import Version, string

_RESOURCES = {home: name for name, home in map_reach.RESOURCES.items()}
_DEFAULTS = {member: name for name, (member, kind) in map_reach.RESOURCES.items() if not kind}
_ADDRESS_AT = {kind: at for at, kind in reversed(list(enumerate(map_reach.ADDRESS_KINDS)))}


def phone(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From phones -> TEL; a tel URI says so."""
    number = string(entry, "number")
    is_uri = version.number == "4.0" and number.lower().startswith("tel:")
    return spelling.entry_lines(
        version, "TEL", key, entry, text.escape(number), ("VALUE", "uri" if is_uri else "")
    )


def email(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From emails -> EMAIL."""
    return spelling.entry_lines(version, "EMAIL", key, entry, text.escape(string(entry, "address")))


def address(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From addresses -> ADR, LABEL beside it before 4.0; GEO or TZ when the entry holds nothing else."""
    full, place, zone = (string(entry, name) for name in ("full", "coordinates", "timeZone"))
    components = entry.get("components")
    if not components and not full and bool(place) != bool(zone):
        name, value = ("GEO", place) if place else ("TZ", zone)
        if place and version.number != "4.0":
            value = place.removeprefix("geo:").replace(",", ";")
        return spelling.entry_lines(version, name, key, entry, value)
    beside = bool(full) and version.number != "4.0"
    if beside and not components:
        return spelling.entry_lines(version, "LABEL", key, entry, text.escape(full))
    made = spelling.entry_lines(
        version, "ADR", key, entry, structured(components, version),
        ("LABEL", "" if beside else full.replace("\\", "\\\\")),
        ("GEO", place), ("TZ", zone), ("CC", string(entry, "countryCode")),
    )  # fmt: skip
    if beside:
        plain = {"contexts": entry.get("contexts")}
        made += spelling.entry_lines(version, "LABEL", key, plain, text.escape(full))
    return made


def structured(components: Any, version: Version) -> str:
    """The value of ADR: 7 parts, 18 where a component of RFC 9554 asks for them."""
    parts: list[list[str]] = [[] for _ in map_reach.ADDRESS_KINDS]
    for component in components if isinstance(components, list) else []:
        at = _ADDRESS_AT.get(string(component, "kind"))
        if at is not None:
            parts[at].append(text.escape(string(component, "value")))
    count = 18 if any(parts[7:]) else 7
    sep = " " if version.number == "2.1" else ","
    return ";".join(sep.join(values) for values in parts[:count])


def resource(version: Version, member: str, key: str, entry: dict[str, Any]) -> list[Line]:
    """From links, media, cryptoKeys, directories, calendars, schedulingAddresses -> their property by kind."""
    kind = string(entry, "kind")
    name = _RESOURCES.get((member, kind)) or _DEFAULTS.get(member, "")
    uri = string(entry, "uri")
    blob = markers.blob(uri) if member == "media" else None
    if name and blob:
        return _apart(version, name, key, entry, blob)
    if not name or not uri or uri[:5].lower() == "data:":
        return []
    value = uri.replace("\\", "\\\\")
    params = [("MEDIATYPE", string(entry, "mediaType"))]
    if member == "media" and version.number != "4.0":
        params.append(("VALUE", "uri"))
    return spelling.entry_lines(version, name, key, entry, value, *params)


def _apart(version: Version, name: str, key: str, entry: dict[str, Any], blob: bytes) -> list[Line]:
    """The line of a value that is kept apart, with a marker in its place."""
    marker = Marker(blob, markers.media_type(string(entry, "mediaType")))
    if version.number == "4.0":
        start = f"data:{marker.media};base64,"
        first, *label = spelling.entry_lines(version, name, key, entry, start)
    else:
        first, *label = spelling.entry_lines(
            version, name, key, entry, "",
            ("ENCODING", "b" if version.number == "3.0" else "BASE64"),
            ("TYPE", media_types.to_type(marker.media)),
        )  # fmt: skip
    return [markers.marked(first, marker), *label]


def online(version: Version, key: str, entry: dict[str, Any]) -> list[Line]:
    """From onlineServices -> the property it came from, else SOCIALPROFILE (4.0) or X-SOCIALPROFILE."""
    source = string(entry, "vCardName").upper()
    user, uri, service = (string(entry, name) for name in ("user", "uri", "service"))
    if source in map_reach.ACCOUNTS:
        return spelling.entry_lines(version, source, key, entry, user)
    plain = "SOCIALPROFILE" if version.number == "4.0" else "X-SOCIALPROFILE"
    name = source if source in {"IMPP", "X-SOCIALPROFILE"} else plain
    params = [
        ("SERVICE-TYPE" if name != "IMPP" or version.number == "4.0" else "X-SERVICE-TYPE", service)
    ]
    if name == "X-SOCIALPROFILE":
        params = [("X-SERVICE-TYPE", service)]
    if uri:
        params.append(("X-USER" if name == "X-SOCIALPROFILE" else "USERNAME", user))
        return spelling.entry_lines(version, name, key, entry, uri.replace("\\", "\\\\"), *params)
    params.append(("VALUE", "text"))
    return spelling.entry_lines(version, name, key, entry, text.escape(user), *params)


def related(version: Version, key: str, entry: Any) -> list[Line]:
    """From relatedTo -> RELATED, the relation in TYPE."""
    types = spelling.flags(entry.get("relation")) if isinstance(entry, dict) else []
    is_uri = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", key)
    params = f";TYPE={','.join(types)}" if types else ""
    return [
        spelling.line(
            version, "RELATED", text.escape(key), params if is_uri else f"{params};VALUE=text"
        )
    ]
