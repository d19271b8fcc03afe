"""Which properties a request asks for: DAV:prop, DAV:allprop, DAV:propname (RFC 4918 9.1) and a part of each card
(C:address-data, RFC 6352 10.4).
"""

from enum import Enum

import msgspec

from contact_service.formats.dav import xml
from contact_service.formats.dav.names import ADDRESS_DATA, Name, carddav, dav
from contact_service.formats.dav.xml import Node
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed

VERSIONS = ("3.0", "4.0")
"""Versions of vCard that are given out on request."""
MEDIA = "text/vcard"


class Extent(Enum):
    """How the properties are named: one by one, all of them, or all of them without values."""

    NAMED = "prop"
    ALL = "allprop"
    NAMES = "propname"


class CardProperty(msgspec.Struct, frozen=True):
    """A vCard property to give. `name` is in upper case; `group` None: in any; `bare`: without its value."""

    name: str
    group: str | None = None
    bare: bool = False


class CardPart(msgspec.Struct, frozen=True):
    """What of a card is asked for. `version` "" is as stored, `properties` None all of it."""

    version: str = ""
    properties: tuple[CardProperty, ...] | None = None


class Wanted(msgspec.Struct, frozen=True):
    """The properties asked for, each once, in order; under `ALL` those asked for beside it (DAV:include).

    Where `names` has C:address-data, `card` tells how much of it.
    """

    extent: Extent
    names: tuple[Name, ...] = ()
    card: CardPart | None = None


def propfind(body: bytes) -> Wanted:
    """The body of a PROPFIND; none at all asks for everything. Raises Malformed (400), TooLarge (413)."""
    if not body.strip():
        return Wanted(Extent.ALL)
    root = xml.parse(body)
    if root.name != dav("propfind"):
        raise Malformed("the root of a PROPFIND is DAV:propfind")
    found = within(root)
    if found is None:
        raise Malformed("DAV:propfind without prop, allprop or propname")
    return found


def within(node: Node) -> Wanted | None:
    """What the element's prop, allprop or propname asks for; None without any. More than one is Malformed (400)."""
    kinds = {dav(each.value): each for each in Extent}
    asked = [(kinds[each.name], each) for each in node.elements() if each.name in kinds]
    if not asked:
        return None
    if len(asked) > 1:
        raise Malformed("more than one of prop, allprop and propname")
    extent, told = asked[0]
    if extent is Extent.ALL:
        included = node.first(dav("include"))
        return _wanted(extent, included) if included is not None else Wanted(extent)
    return _wanted(extent, told)


def named(node: Node) -> Wanted:
    """What the element asks for in reports that know prop alone; nothing where it has none."""
    prop = node.first(dav("prop"))
    return _wanted(Extent.NAMED, prop) if prop is not None else Wanted(Extent.NAMED)


def _wanted(extent: Extent, told: Node) -> Wanted:
    names = tuple(dict.fromkeys([each.name for each in told.elements()]))
    card = told.first(ADDRESS_DATA)
    return Wanted(extent, names, _part(card) if card is not None else None)


def _part(node: Node) -> CardPart:
    if node.attribute("content-type", MEDIA).strip().lower() != MEDIA:
        raise DavRefused(*carddav("supported-address-data"))
    version = node.attribute("version").strip()
    if version and version not in VERSIONS:
        raise DavRefused(*carddav("supported-address-data-conversion"))
    asked = [each for each in node.elements() if each.name == carddav("prop")]
    if not asked:
        return CardPart(version)
    return CardPart(version, tuple(dict.fromkeys([_property(each) for each in asked])))


def _property(node: Node) -> CardProperty:
    group, name = grouped(node)
    return CardProperty(name, group, node.attribute("novalue") == "yes")


def grouped(node: Node) -> tuple[str | None, str]:
    """(group or None, name) of the element's `name`, a vCard property's (RFC 6352 10.5.1), in upper case.

    Raises Malformed (400) without one.
    """
    group, dot, name = node.attribute("name").strip().upper().rpartition(".")
    if not name:
        raise Malformed("an element that names a vCard property has no name")
    return (group if dot else None), name
