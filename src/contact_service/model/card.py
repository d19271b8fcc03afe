"""A Card: one contact as JSContact (RFC 9553), with the vCard bytes it came in, if any.

The JSON bytes are the truth and keep unknown members; `Fields` is the typed view of the members this service reads.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

# RFC 9553 1.4.1: a map's key that is an Id has 1 to 255 characters; which ones: formats/jsrules.py.
Id = Annotated[str, Meta(min_length=1, max_length=255)]
# RFC 9553 1.5.3: 1 is the most preferred.
Pref = Annotated[int, Meta(ge=1, le=100)]
# No number anywhere is longer, and the parsers of numbers are slow on long text.
Number = Annotated[str, Meta(max_length=250)]


class Card(msgspec.Struct, frozen=True, gc=False):
    """`json`: one JSContact object, UTF-8, with a uid, without our id, etag, addressBook. `lines`: the received vCard
    from BEGIN to END, byte for byte, b"" when the card was made as JSON.
    """

    json: bytes
    lines: bytes = b""


class Component(msgspec.Struct, gc=False, frozen=True):
    """A part of a name (RFC 9553 2.2.1.2) or of an address (2.5.1.2)."""

    kind: str
    value: str
    phonetic: str | None = None


class Name(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.2.1."""

    full: str | None = None
    components: tuple[Component, ...] = ()
    sort_as: dict[str, str] | None = msgspec.field(default=None, name="sortAs")


class Phone(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.3.3. `number` is a URI or free text, as received."""

    number: Number
    features: dict[str, bool] | None = None
    contexts: dict[str, bool] | None = None
    pref: Pref | None = None
    label: str | None = None


class Email(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.3.1."""

    address: str
    contexts: dict[str, bool] | None = None
    pref: Pref | None = None
    label: str | None = None


class Organization(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.2.3."""

    name: str | None = None
    units: tuple[dict[str, Any], ...] = ()


class Title(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.2.5."""

    name: str
    kind: str | None = None


class Nickname(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.2.2."""

    name: str


class Address(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.5.1."""

    full: str | None = None
    components: tuple[Component, ...] = ()
    contexts: dict[str, bool] | None = None


class Note(msgspec.Struct, gc=False, frozen=True):
    """RFC 9553 2.8.3."""

    note: str


class Fields(msgspec.Struct, gc=False, frozen=True):
    """The typed view: what is checked on the way in and read by matching, search and lists."""

    type_: str | None = msgspec.field(default=None, name="@type")
    version: str | None = None
    uid: str | None = None
    kind: str | None = None
    language: str | None = None
    name: Name | None = None
    nicknames: dict[Id, Nickname] | None = None
    organizations: dict[Id, Organization] | None = None
    titles: dict[Id, Title] | None = None
    phones: dict[Id, Phone] | None = None
    emails: dict[Id, Email] | None = None
    addresses: dict[Id, Address] | None = None
    notes: dict[Id, Note] | None = None
    keywords: dict[str, bool] | None = None
    members: dict[str, bool] | None = None
    online_services: dict[Id, dict[str, Any]] | None = msgspec.field(
        default=None, name="onlineServices"
    )
    anniversaries: dict[Id, dict[str, Any]] | None = None
    links: dict[Id, dict[str, Any]] | None = None
    media: dict[Id, dict[str, Any]] | None = None
    # Ours, set on the way out: a client that sends back what it got has them, and they are cut off.
    id: Any = None
    etag: Any = None
    address_book: Any = msgspec.field(default=None, name="addressBook")
