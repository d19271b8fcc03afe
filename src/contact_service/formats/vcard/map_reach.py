"""Lines about how to reach the person: TEL, EMAIL, ADR, URL, IMPP, media and so on (RFC 9555 2.6, 2.7, 2.9-2.13)."""

import re
from typing import Any

from contact_service.formats.vcard import markers, text, traits
from contact_service.formats.vcard.building import Building
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.map_person import structured
from contact_service.model.problem import InvalidCard

# RFC 6350 6.3.1; from the eighth on RFC 9554 2.1.
ADDRESS_KINDS = (
    "postOfficeBox", "apartment", "name", "locality", "region", "postcode", "country", "room", "apartment", "floor",
    "number", "name", "building", "block", "subdistrict", "district", "landmark", "direction",
)  # fmt: skip
RESOURCES = {
    "URL": ("links", ""),
    "CONTACT-URI": ("links", "contact"),
    "PHOTO": ("media", "photo"),
    "LOGO": ("media", "logo"),
    "SOUND": ("media", "sound"),
    "KEY": ("cryptoKeys", ""),
    "SOURCE": ("directories", "entry"),
    "ORG-DIRECTORY": ("directories", "directory"),
    "CALURI": ("calendars", "calendar"),
    "FBURL": ("calendars", "freeBusy"),
    "CALADRURI": ("schedulingAddresses", ""),
}
# Written by phones and desktops before IMPP; the value is the account's name, never escaped.
ACCOUNTS = {
    "X-AIM": "AIM", "X-ICQ": "ICQ", "X-MSN": "MSN", "X-YAHOO": "Yahoo", "X-JABBER": "Jabber", "X-QQ": "QQ",
    "X-SKYPE": "Skype", "X-SKYPE-USERNAME": "Skype", "X-GTALK": "GTalk", "X-GOOGLE-TALK": "GTalk",
    "X-GOOGLE TALK": "GTalk", "X-GADUGADU": "GaduGadu", "X-GROUPWISE": "GroupWise", "X-SIP": "SIP",
    "X-TWITTER": "Twitter", "X-SAMETIME": "Sametime", "X-MS-IMADDRESS": "IM", "X-MATRIX": "Matrix",
}  # fmt: skip
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_LONGEST_NUMBER = 250
# What the media type of a blob says already.
_TYPED = frozenset({"type", "mediatype"})


def phone(card: Building, line: Line) -> None:
    """TEL -> phones. Raises InvalidCard (422) for a number over 250 characters."""
    number = text.unescape(line.value).strip()
    if len(number) > _LONGEST_NUMBER:
        raise InvalidCard("/phones/*/number", f"longer than {_LONGEST_NUMBER} characters")
    if number:
        card.add("phones", line, {"number": number})


def email(card: Building, line: Line) -> None:
    """EMAIL -> emails."""
    address = text.unescape(line.value).strip()
    if address:
        card.add("emails", line, {"address": address})


def address(card: Building, line: Line) -> None:
    """ADR -> addresses, with LABEL, TZ, GEO and CC of its parameters."""
    entry: dict[str, Any] = {}
    components = structured(line.value, ADDRESS_KINDS, several=not card.v2)
    if components:
        entry["components"] = components
    params = line.head.params
    for param, member in (
        ("LABEL", "full"),
        ("TZ", "timeZone"),
        ("GEO", "coordinates"),
        ("CC", "countryCode"),
    ):
        if param in params:
            entry[member] = text.unescape(",".join(params[param]))
    if entry:
        card.add("addresses", line, entry)


def label(card: Building, line: Line) -> None:
    """LABEL (2.1, 3.0) -> `full` of the first address with the same types that has none, else an address of its own."""
    value = text.unescape(line.value)
    if not value:
        return
    said = traits.of(line.head)
    for key, entry in card.beside("addresses", line, "full"):
        alike = entry.get("contexts") == said.entry.get("contexts") and "components" in entry
        if said.id or alike:
            entry["full"] = value
            card.links.append(("addresses", key, card.index))
            return
    card.add("addresses", line, {"full": value})


def geo(card: Building, line: Line) -> None:
    """GEO -> coordinates of an address of its own (RFC 9555 2.7.2): a geo URI, or 3.0's `lat;lon`."""
    value = text.unescape(line.value).strip()
    if not value.lower().startswith("geo:"):
        parts = re.split("[;,]", value)
        if len(parts) != 2 or not all(map(_is_degrees, parts)):
            card.prop(line)
            return
        value = f"geo:{parts[0].strip()},{parts[1].strip()}"
    card.add("addresses", line, {"coordinates": value})


def time_zone(card: Building, line: Line) -> None:
    """TZ -> timeZone of an address of its own, if it is a zone's name or whole hours (RFC 9555 2.7.1)."""
    value = text.unescape(line.value).strip()
    offset = re.fullmatch(r"([+-])([0-9]{2}):?00", value)
    if offset:
        hours = int(offset[2])
        # The signs of Etc/GMT are turned round (tz database, file etcetera).
        value = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "Etc/UTC"
    elif not re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+", value):
        card.prop(line)
        return
    card.add("addresses", line, {"timeZone": value})


def resource(card: Building, line: Line) -> None:
    """URL, PHOTO, KEY … -> links, media, cryptoKeys …; binary values stay in the lines, but for media kept apart."""
    marker = markers.of(line.value)
    if marker is not None:
        _apart(card, line, marker)
        return
    params = line.head.params
    if "ENCODING" in params and params["ENCODING"][0].upper() in {"B", "BASE64"}:
        return
    value = text.unescape(line.value).strip()
    if not value or value[:5].lower() == "data:":
        return
    member, kind = RESOURCES[line.head.name]
    # A web address without scheme is what people type; elsewhere only a URI is one.
    if member != "links" and not _URI.match(value):
        card.prop(line)
        return
    card.add(member, line, {"uri": value, "kind": kind} if kind else {"uri": value})


def _apart(card: Building, line: Line, marker: markers.Marker) -> None:
    """A marker in PHOTO, LOGO, SOUND -> media, by the blob's URI and type."""
    member, kind = RESOURCES[line.head.name]
    if member != "media" or not marker.is_binary:
        return
    entry = card.add(member, line, {"uri": marker.uri, "kind": kind})
    entry["mediaType"] = marker.media
    params = {key: said for key, said in entry.pop("vCardParams", {}).items() if key not in _TYPED}
    if params:
        entry["vCardParams"] = params


def impp(card: Building, line: Line) -> None:
    """IMPP, SOCIALPROFILE, X-SOCIALPROFILE -> onlineServices."""
    params = line.head.params
    value = text.unescape(line.value).strip()
    if not value:
        return
    is_text = params.get("VALUE", ("",))[0].lower() == "text"
    entry: dict[str, Any] = {"user" if is_text else "uri": value}
    name = line.head.name.lower()
    if name != "socialprofile":
        entry["vCardName"] = name
    service = params.get("SERVICE-TYPE") or params.get("X-SERVICE-TYPE")
    if name == "x-socialprofile" and not service:
        service = params.get("TYPE")
    if service:
        entry["service"] = service[0]
    user = params.get("USERNAME") or params.get("X-USER")
    if user:
        entry["user"] = user[0]
    card.add("onlineServices", line, entry)


def account(card: Building, line: Line) -> None:
    """X-AIM, X-SKYPE … -> onlineServices with the service's name."""
    if line.value:
        name = line.head.name
        card.add(
            "onlineServices",
            line,
            {"user": line.value, "service": ACCOUNTS[name], "vCardName": name.lower()},
        )


def language(card: Building, line: Line) -> None:
    """LANG -> preferredLanguages."""
    if line.value.strip():
        card.add("preferredLanguages", line, {"language": line.value.strip()})


def related(card: Building, line: Line) -> None:
    """RELATED -> relatedTo, keyed by the URI or text it names."""
    value = text.unescape(line.value).strip()
    entries = card.card.setdefault("relatedTo", {})
    if not value or value in entries:
        card.prop(line)
        return
    types = {kind.lower(): True for kind in line.head.params.get("TYPE", ())}
    entries[value] = {"relation": types} if types else {}
    card.links.append(("relatedTo", value, card.index))


def _is_degrees(part: str) -> bool:
    return re.fullmatch(r"\s*[+-]?[0-9]{1,3}(\.[0-9]{1,12})?\s*", part) is not None
