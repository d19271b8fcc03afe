"""A person as Google's People API v1 tells them -> Card; what goes where: mappings/google.toml."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import msgspec

from contact_service.formats import google_person, google_reach, jscontact, mapping
from contact_service.formats.google_entries import RESIDUE, Entry, keep, read
from contact_service.formats.mapping import Transform
from contact_service.model.imports import NO_UID, Change, Delete, Place, Reject, Rename, Upsert
from contact_service.model.problem import Problem

TABLE = mapping.load("google")
MASK = ",".join(
    sorted(
        "addresses biographies birthdays calendarUrls clientData emailAddresses events externalIds genders imClients "
        "interests locales locations memberships metadata miscKeywords names nicknames occupations organizations "
        "phoneNumbers photos relations sipAddresses skills urls userDefined".split()
    )
)
"""`personFields`: all that is mapped or residue and that the API lets one ask for."""
OTHER_MASK = "emailAddresses,metadata,names,phoneNumbers"
"""`readMask` of the other contacts: photos they have only of profiles, which is another source."""
_SYSTEM = frozenset({"starred", "friends", "family", "coworkers"})
"""Groups of Google's own that say something; the name does not depend on the account's language."""
_EVERYBODY = frozenset({"contactGroups/myContacts", "contactGroups/all"})
"""Groups that every contact is in: dropped."""
_DECODER = msgspec.json.Decoder(dict[str, Any])
_ENCODER = msgspec.json.Encoder()
_TRANSFORMS = google_person.TRANSFORMS | google_reach.TRANSFORMS


class _Membership(Entry, frozen=True, rename="camel", gc=False):
    contact_group_membership: dict[str, str] | None = None


class _Told(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """`PersonMetadata`, as far as it is read."""

    deleted: bool | None = None
    previous_resource_names: tuple[str, ...] | None = None


class Group(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """`ContactGroup`, as far as it is read."""

    resource_name: str
    group_type: str = ""
    name: str = ""

    @property
    def keyword(self) -> str | None:
        """What its members have as a keyword; "" for a group that says nothing, None for one that is residue."""
        if self.resource_name in _EVERYBODY:
            return ""
        if self.group_type == "SYSTEM_CONTACT_GROUP":
            return self.name if self.name in _SYSTEM else None
        return self.name.strip() or None


class Record(msgspec.Struct, frozen=True):
    """What became of a person. `photo`: where the picture is that the Card links to, "" for none; `unknown`: how many
    properties there are that the published schema does not have.
    """

    changes: tuple[Change, ...]
    photo: str = ""
    unknown: int = 0


def _members(table: mapping.Table) -> dict[str, frozenset[str]]:
    """By property, the members of its entries that are placed or dropped."""
    found: dict[str, set[str]] = {}
    for name in (*table.mapped, *table.dropped):
        property_, dot, member = name.partition(".")
        if dot:
            found.setdefault(property_, set()).add(member)
    return {name: frozenset(members) for name, members in found.items()}


_PLACED = _members(TABLE)


class Reader:
    """Reads persons; `groups`: keyword by the resource name of a contact group, as `Group.keyword` gives it."""

    def __init__(self, groups: Mapping[str, str | None]) -> None:
        self._groups = groups
        self._transforms: dict[str, Transform] = {**_TRANSFORMS, "memberships": self._memberships}

    def read(self, raw: bytes, place: Place) -> Record:
        """The person in `raw`, one JSON value. Never raises."""
        try:
            person = _DECODER.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Record((Reject(place, "wrong-type", "The record is no person.", raw),))
        if None in person.values():
            person = {name: value for name, value in person.items() if value is not None}
        source_id = person.get("resourceName")
        if not isinstance(source_id, str) or not source_id:
            return Record(
                (_reject(place, "no-id", "The record has no resourceName.", raw, person),)
            )
        try:
            told = msgspec.convert(person.get("metadata", {}), _Told)
        except msgspec.ValidationError:
            return Record((_reject(place, "wrong-type", "metadata cannot be read.", raw, person),))
        if told.deleted:
            return Record((Delete(source_id),))
        record = self._upsert(raw, place, person)
        old = tuple(name for name in told.previous_resource_names or () if name != source_id)
        return _renamed(record, Rename(old, source_id)) if old else record

    def _upsert(self, raw: bytes, place: Place, person: dict[str, Any]) -> Record:
        try:
            made = TABLE.map(person, self._transforms)
            residue, unknown = _residue(made, person)
            unplaced = msgspec.json.encode(residue, order="sorted") if residue else b""
            card = jscontact.read(_ENCODER.encode(_headed(made.card)), NO_UID)[0]
        except Problem as problem:
            return Record((_reject(place, "invalid", f"{problem.title}.", raw, person),))
        except (ValueError, RecursionError) as error:
            # `map` names the property, never a value.
            return Record((_reject(place, "wrong-type", f"{error}.", raw, person),))
        etag = person.get("etag")
        photo = made.card.get("media", {}).get("m1", {}).get("uri", "")
        upsert = Upsert(
            place,
            person["resourceName"],
            card,
            etag=etag if isinstance(etag, str) else None,
            residue=unplaced,
        )
        return Record((upsert,), photo, unknown)

    def _memberships(self, value: Any, card: dict[str, Any]) -> None:
        """Memberships -> keywords, by the names of the groups."""
        for at, told in enumerate(read(value, _Membership)):
            group = told.contact_group_membership
            if group is None:
                continue
            keyword = self._groups.get(group.get("contactGroupResourceName", ""))
            if keyword:
                card.setdefault("keywords", {})[keyword] = True
            elif keyword is None:
                keep(card, "memberships", value, at)


def pictured(upsert: Upsert, content: bytes, media: str) -> Upsert:
    """The same with its picture in place of the link, unless the Card would be too large with it."""
    told = msgspec.json.decode(upsert.card.json)
    uri = f"data:{media};base64,{b64encode(content).decode()}"
    told["media"] = {**told["media"], "m1": {"kind": "photo", "uri": uri, "mediaType": media}}
    try:
        card = jscontact.read(msgspec.json.encode(told), NO_UID)[0]
    except Problem:
        return upsert
    return msgspec.structs.replace(upsert, card=card)


def _headed(card: dict[str, Any]) -> dict[str, Any]:
    return {"@type": "Card", "version": "1.0", "uid": NO_UID, **card}


def _residue(made: mapping.Mapped, person: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """What the Card has no place for: whole properties, and entries of others; and how many are unknown."""
    kept: dict[str, dict[int, Any]] = made.card.pop(RESIDUE, {})
    unknown = len(made.unknown)
    for name, placed in _PLACED.items():
        for at, entry in enumerate(person.get(name, ())):
            if not entry.keys() <= placed:
                kept.setdefault(name, {})[at] = entry
                unknown += sum(
                    f"{name}.{member}" not in TABLE.residue for member in entry.keys() - placed
                )
    entries = {name: [found[at] for at in sorted(found)] for name, found in kept.items()}
    return made.residue | entries, unknown


def _renamed(record: Record, rename: Rename) -> Record:
    return msgspec.structs.replace(record, changes=(rename, *record.changes))


def _reject(place: Place, code: str, reason: str, raw: bytes, person: dict[str, Any]) -> Reject:
    source_id = person.get("resourceName")
    known = source_id if isinstance(source_id, str) else ""
    return Reject(place, code, reason, raw, name=_name(person), source_id=known)


def _name(person: dict[str, Any]) -> str:
    """What the owner would know the person by, if that much can be read."""
    try:
        told = read(person.get("names", []), google_person.Name)
    except msgspec.ValidationError:
        return ""
    return next((one.display_name for one in told if one.display_name), "")
