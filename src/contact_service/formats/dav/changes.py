"""What a request sets: PROPPATCH (RFC 4918 9.2) and extended MKCOL (RFC 5689)."""

import msgspec

from contact_service.formats.dav import xml
from contact_service.formats.dav.names import Name, carddav, dav
from contact_service.formats.dav.xml import Node
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed, UnsupportedFormat

RESOURCE_TYPE = dav("resourcetype")
_ADDRESS_BOOK = frozenset({dav("collection"), carddav("addressbook")})


class Value(msgspec.Struct, frozen=True):
    """What a property is set to: its text, and the whole element as it is kept and shown again, for dead ones."""

    text: str
    element: bytes


class Change(msgspec.Struct, frozen=True):
    """A property set, or removed where `value` is None. Removing what is not there is no error (RFC 4918 14.23)."""

    name: Name
    value: Value | None = None


def proppatch(body: bytes) -> tuple[Change, ...]:
    """The changes in document order: later ones win. Raises Malformed (400), TooLarge (413)."""
    root = xml.parse(body)
    if root.name != dav("propertyupdate"):
        raise Malformed("the root of a PROPPATCH is DAV:propertyupdate")
    found = tuple(_changes(root))
    if not found:
        raise Malformed("DAV:propertyupdate changes nothing")
    return found


def mkcol(body: bytes) -> tuple[Change, ...]:
    """The properties a new address book is made with, its resource type checked and left out; () without a body.

    Raises UnsupportedFormat (415) for XML of another kind, DavRefused (403: valid-resourcetype) for any collection but
    an address book, Malformed (400), TooLarge (413).
    """
    if not body.strip():
        return ()
    root = xml.parse(body)
    if root.name != dav("mkcol"):
        raise UnsupportedFormat(("DAV:mkcol",))
    if any(each.name != dav("set") for each in root.elements()):
        raise Malformed("DAV:mkcol can only set")
    sets = [prop for each in root.elements() for prop in _props(each)]
    types = {inner.name for prop in sets if prop.name == RESOURCE_TYPE for inner in prop.elements()}
    if types != _ADDRESS_BOOK:
        raise DavRefused(*dav("valid-resourcetype"))
    return tuple([_set(prop) for prop in sets if prop.name != RESOURCE_TYPE])


def _changes(root: Node) -> list[Change]:
    found = []
    for each in root.elements():
        if each.name == dav("set"):
            found += [_set(prop) for prop in _props(each)]
        elif each.name == dav("remove"):
            found += [Change(prop.name) for prop in _props(each)]
    return found


def _props(node: Node) -> list[Node]:
    return [
        inner
        for prop in node.elements()
        if prop.name == dav("prop")
        for inner in prop.elements()
    ]  # fmt: skip


def _set(prop: Node) -> Change:
    return Change(prop.name, Value(prop.text, xml.write(prop)))
