"""Expanded names of elements and properties (Namespaces in XML 1.0), and the namespaces that are spoken here."""

from typing import NamedTuple

DAV = "DAV:"
CARDDAV = "urn:ietf:params:xml:ns:carddav"
CALENDARSERVER = "http://calendarserver.org/ns/"
XML = "http://www.w3.org/XML/1998/namespace"


class Name(NamedTuple):
    """A name in its namespace; "" is no namespace."""

    namespace: str
    local: str


def dav(local: str) -> Name:
    """A name of RFC 4918 and its family."""
    return Name(DAV, local)


def carddav(local: str) -> Name:
    """A name of RFC 6352."""
    return Name(CARDDAV, local)


ADDRESS_DATA = carddav("address-data")
