"""An LDIF entry as a Card; which attribute goes where: mappings/ldif.toml.

The uid is made from the name of the entry, so that a group finds its members and a second export the same contacts.
"""

from base64 import b64encode
from typing import Any

import msgspec

from contact_service.formats import jscontact, ldif, mapping, vcard
from contact_service.formats.ldif_properties import LEFT, TRANSFORMS, Values, uid_of
from contact_service.formats.vcard import lines
from contact_service.model.card import Card
from contact_service.model.imports import NO_UID
from contact_service.model.problem import InvalidCard, TooLarge

TABLE = mapping.load("ldif")
_GROUPS = frozenset({"groupofnames", "groupofuniquenames", "mozillaablist", "posixgroup", "group"})
_BRANCHES = frozenset(
    {"organization", "organizationalunit", "dcobject", "domain", "country", "locality", "container"}
)
_PEOPLE = frozenset({"person", "organizationalperson", "inetorgperson", "mozillaabpersonalpha"})
_SAYS_NOTHING = frozenset({"@type", "version", "uid", "kind"})
BINARY = frozenset(
    {"jpegphoto", "photo", "thumbnailphoto", "usercertificate", "usersmimecertificate", "audio"}
)
"""Attributes whose values are no text."""
_PHOTO_BYTES = 150_000
_RESIDUE_BYTES = 65_536


class Read(msgspec.Struct, frozen=True):
    """The Card of an entry, whether the uid is of its name, and the residue as JSON, b"" for none."""

    card: Card
    own_uid: bool
    residue: bytes


def read(entry: ldif.Entry, *, is_alone: bool = True) -> Read:
    """`is_alone`: no other entry of the file has its name; of such namesakes only one can have the uid of it.

    Raises InvalidCard and TooLarge as the readers of Cards do (slugs beside theirs: `no-content`, `not-an-addition`),
    ValueError for a value of another type than the attribute has.
    """
    kinds = {str(kind).strip().lower() for kind in entry.values.get("objectclass", ())}
    if entry.change != "add":
        raise InvalidCard("", "not-an-addition")
    if kinds & _BRANCHES and not kinds & (_PEOPLE | _GROUPS):
        raise InvalidCard("", "no-content")
    made, residue = _mapped(entry, is_group=bool(kinds & _GROUPS))
    made = {"@type": "Card", "version": "1.0", "uid": _uid(entry) if is_alone else NO_UID, **made}
    if made.keys() <= _SAYS_NOTHING:
        raise InvalidCard("", "no-content")
    residue |= entry.urls
    if entry.odd:
        residue[""] = entry.odd
    return Read(_card(made), made["uid"] != NO_UID, _encoded(residue))


def _uid(entry: ldif.Entry) -> str:
    unique = entry.values.get("entryuuid", [""])[0]
    if isinstance(unique, str) and unique.strip():
        return f"urn:uuid:{unique.strip().lower()}"
    return uid_of(entry.dn) if entry.dn.strip() else NO_UID


def _mapped(entry: ldif.Entry, *, is_group: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    record = {name: Values(name, items) for name, items in entry.values.items()}
    mapped = TABLE.map(record, TRANSFORMS)
    card, residue = mapped.card, {name: told.items for name, told in mapped.residue.items()}
    residue |= card.pop(LEFT, {})
    if is_group:
        card["kind"] = "group"
    elif card.pop("members", None):
        residue |= {
            name: record[name].items for name in ("member", "uniquemember") if name in record
        }
    return {member: value for member, value in card.items() if value}, residue


def _card(made: dict[str, Any]) -> Card:
    """A large picture goes into the lines of a vCard: there it may have 20 MB, in a Card it would be too much."""
    media = made.get("media", {})
    size = sum(len(entry["uri"]) for entry in media.values())
    if size <= _PHOTO_BYTES:
        return jscontact.read(msgspec.json.encode(made), NO_UID)[0]
    plain = {member: value for member, value in made.items() if member != "media"}
    whole = jscontact.read(msgspec.json.encode(plain), NO_UID)[0]
    photos = b"".join(lines.make("PHOTO", entry["uri"]).raw for entry in media.values())
    head, end, tail = vcard.write(whole, "4.0").rpartition(b"END:VCARD")
    return vcard.read(head + photos + end + tail, NO_UID)[0]


def _encoded(residue: dict[str, Any]) -> bytes:
    """Bytes as base64; what is too large to be kept beside a Card is not."""
    told = {
        name: [b64encode(one).decode() if isinstance(one, bytes) else one for one in items]
        for name, items in residue.items()
    }
    if not told:
        return b""
    made = msgspec.json.encode(told, order="sorted")
    if len(made) > _RESIDUE_BYTES:
        raise TooLarge(vcard.BOUNDS["card-too-large"][0], vcard.BOUNDS["card-too-large"][1])
    return made
