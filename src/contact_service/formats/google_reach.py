"""How to reach a Google person: numbers, addresses, accounts, links, picture. Transforms of mappings/google.toml."""

import re
from typing import Any

from contact_service.formats.google_entries import Entry, Valued, add, labelled, lines, read
from contact_service.formats.mapping import Transform

_KINDS: dict[str, tuple[str, str]] = {
    "mobile": ("", "mobile"),
    "workMobile": ("work", "mobile"),
    "homeFax": ("private", "fax"),
    "workFax": ("work", "fax"),
    "otherFax": ("", "fax"),
    "pager": ("", "pager"),
    "workPager": ("work", "pager"),
    "main": ("", "main-number"),
}
"""A phone's types that are more than a context: (context, feature)."""
_PARTS = (
    ("po_box", "postOfficeBox"),
    ("extended_address", "apartment"),
    ("street_address", "name"),
    ("city", "locality"),
    ("region", "region"),
    ("postal_code", "postcode"),
    ("country", "country"),
)
"""Of an address, and the component each becomes; Google has one field for the street (as ADR, RFC 9555 2.7.1)."""
_PLAIN = re.compile(r"[0-9\s().\-/\u00a0]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")


class Phone(Valued, frozen=True, rename="camel", gc=False):
    """`PhoneNumber`."""

    canonical_form: str | None = None


class Address(Entry, frozen=True, rename="camel", gc=False):
    """`Address`."""

    formatted_value: str | None = None
    po_box: str | None = None
    extended_address: str | None = None
    street_address: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    country_code: str | None = None


class Im(Entry, frozen=True, rename="camel", gc=False):
    """`ImClient`."""

    username: str | None = None
    protocol: str | None = None
    formatted_protocol: str | None = None


class Link(Valued, frozen=True, gc=False):
    """`Url`, and `CalendarUrl`."""

    url: str | None = None


class Photo(Entry, frozen=True, gc=False):
    """`Photo`."""

    url: str | None = None
    default: bool | None = None


def phones(value: Any, card: dict[str, Any]) -> None:
    """PhoneNumbers -> phones."""
    for at, told in enumerate(read(value, Phone)):
        number = _number(told)
        if not number:
            continue
        entry: dict[str, Any] = {"number": number}
        context, feature = _KINDS.get(told.type or "", ("", ""))
        if context:
            entry["contexts"] = {context: True}
        if feature:
            entry["features"] = {feature: True}
        else:
            labelled(entry, told)
        add(card, "phones", _preferred(entry, told, at))


def _number(told: Phone) -> str:
    """As it was typed; but digits that mean another number in another country are kept as Google dials them, E.164
    (docs/decisions/0025).
    """
    typed = (told.value or "").strip()
    canonical = (told.canonical_form or "").strip()
    is_national = not typed or _PLAIN.fullmatch(typed) is not None
    return canonical if canonical.startswith("+") and is_national else typed


def emails(value: Any, card: dict[str, Any]) -> None:
    """EmailAddresses -> emails."""
    for at, told in enumerate(read(value, Valued)):
        address = (told.value or "").strip()
        if address:
            entry = labelled({"address": address}, told)
            add(card, "emails", _preferred(entry, told, at))


def _preferred(entry: dict[str, Any], told: Entry, at: int) -> dict[str, Any]:
    """The first one is the preferred one anyway: only another one is worth saying."""
    if at and told.is_primary:
        entry["pref"] = 1
    return entry


def addresses(value: Any, card: dict[str, Any]) -> None:
    """Addresses -> addresses."""
    for told in read(value, Address):
        entry: dict[str, Any] = {}
        components = [
            {"kind": kind, "value": lines(part)}
            for name, kind in _PARTS
            if (part := getattr(told, name))
        ]
        if components:
            entry["components"] = components
        if told.formatted_value:
            entry["full"] = lines(told.formatted_value)
        if told.country_code:
            entry["countryCode"] = told.country_code
        if entry:
            add(card, "addresses", labelled(entry, told))


def im_clients(value: Any, card: dict[str, Any]) -> None:
    """ImClients -> onlineServices."""
    for told in read(value, Im):
        if told.username:
            entry: dict[str, Any] = {"user": told.username}
            service = told.formatted_protocol or told.protocol
            if service:
                entry["service"] = service
            add(card, "onlineServices", labelled(entry, told))


def sip_addresses(value: Any, card: dict[str, Any]) -> None:
    """SipAddresses -> onlineServices of SIP."""
    for told in read(value, Valued):
        address = (told.value or "").strip()
        if address:
            member = "uri" if _URI.match(address) else "user"
            add(card, "onlineServices", labelled({member: address, "service": "SIP"}, told))


def links(value: Any, card: dict[str, Any]) -> None:
    """Urls -> links."""
    for told in read(value, Link):
        uri = (told.value or "").strip()
        if uri:
            add(card, "links", labelled({"uri": uri}, told))


def calendars(value: Any, card: dict[str, Any]) -> None:
    """CalendarUrls -> calendars."""
    for told in read(value, Link):
        uri = (told.url or "").strip()
        if uri and told.type == "freeBusy":
            add(card, "calendars", {"uri": uri, "kind": "freeBusy"})
        elif uri:
            add(card, "calendars", labelled({"uri": uri, "kind": "calendar"}, told))


def photos(value: Any, card: dict[str, Any]) -> None:
    """Photos -> media: the picture that somebody chose; the default one is a letter on a ground of colour."""
    own = [told.url for told in read(value, Photo) if told.url and told.default is not True]
    if own and _URI.match(own[0]):
        add(card, "media", {"kind": "photo", "uri": own[0]})


TRANSFORMS: dict[str, Transform] = {
    "phones": phones,
    "emails": emails,
    "addresses": addresses,
    "im_clients": im_clients,
    "sip_addresses": sip_addresses,
    "links": links,
    "calendars": calendars,
    "photos": photos,
}
