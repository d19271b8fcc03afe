"""The values of live and dead properties of each kind of resource; a function a name, asked only for what is wanted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime

import msgspec

from contact_service.actions import dav_changes
from contact_service.endpoints import limits
from contact_service.endpoints.carddav.asked import Asked
from contact_service.endpoints.carddav.targets import Kind, Target
from contact_service.formats.dav import hrefs, properties, values
from contact_service.formats.dav.markup import element
from contact_service.formats.dav.names import Name
from contact_service.formats.dav.properties import Kind as Shape
from contact_service.model.book import Book
from contact_service.model.owner import Head

SHAPES = {
    Kind.ROOT: Shape.FOLDER,
    Kind.PRINCIPALS: Shape.FOLDER,
    Kind.HOMES: Shape.FOLDER,
    Kind.PRINCIPAL: Shape.PRINCIPAL,
    Kind.HOME: Shape.HOME,
    Kind.BOOK: Shape.BOOK,
    Kind.CARD: Shape.CARD,
}


class Seen(msgspec.Struct, frozen=True):
    """A resource that is shown: where it is, and the book that it is, with the head its tokens are of."""

    target: Target
    book: Book | None = None
    head: Head | None = None

    @property
    def shape(self) -> Shape:
        """Its kind, as properties know it."""
        return SHAPES[self.target.kind]


def http_date(at: datetime) -> str:
    """RFC 9110 5.6.7."""
    return format_datetime(at, usegmt=True)


def value(asked: Asked, seen: Seen, name: Name) -> bytes | None:
    """The property as a whole element; None where the resource has it not."""
    if seen.book is not None and (kept := seen.book.props.get(clark(name))) is not None:
        return kept.encode()
    if name not in properties.LIVE[seen.shape]:
        return None
    made = _VALUES.get(name)
    return made(asked, seen) if made is not None else None


def clark(name: Name) -> str:
    """The name in Clark notation, as properties are kept under."""
    return f"{{{name.namespace}}}{name.local}"


def dead(seen: Seen) -> list[Name]:
    """The names of properties a client set on a book that are not live ones."""
    if seen.book is None:
        return []
    found = [Name(*told[1:].split("}", 1)) for told in seen.book.props]
    return [name for name in found if name not in properties.LIVE[seen.shape]]


def _me(asked: Asked, _: Seen) -> bytes:
    return values.hrefs(properties.CURRENT_USER_PRINCIPAL, [hrefs.principal(asked.who.owner)])


def _mine(name: Name, at: Callable[[Asked], str]) -> Callable[[Asked, Seen], bytes]:
    return lambda asked, _: values.hrefs(name, [at(asked)])


def _principal(asked: Asked) -> str:
    return hrefs.principal(asked.who.owner)


def _fixed(made: bytes) -> Callable[[Asked, Seen], bytes]:
    return lambda _asked, _seen: made


def _owned(asked: Asked, seen: Seen) -> bytes:
    return values.hrefs(properties.OWNER, [_principal(asked)] if seen.target.owner else [])


def _displayname(asked: Asked, seen: Seen) -> bytes:
    told = seen.book.name if seen.book is not None else str(asked.who.owner)
    if seen.book is not None and told == "contacts":
        told = "Contacts"
    return values.text(properties.DISPLAYNAME, told)


def _token(name: Name) -> Callable[[Asked, Seen], bytes | None]:
    def made(asked: Asked, seen: Seen) -> bytes | None:
        if seen.book is None or seen.head is None:
            return None
        token = dav_changes.token(asked.house, seen.head, seen.book, asked.projection)
        return values.text(name, token)

    return made


_VALUES: Mapping[Name, Callable[[Asked, Seen], bytes | None]] = {
    properties.RESOURCETYPE: lambda _, seen: values.RESOURCETYPE[seen.shape],
    properties.SUPPORTED_REPORT_SET: lambda _, seen: values.SUPPORTED_REPORT_SET[seen.shape],
    properties.CURRENT_USER_PRINCIPAL: _me,
    properties.CURRENT_USER_PRIVILEGE_SET: lambda asked, _: values.granted(
        write=asked.who.access == "write"
    ),
    properties.SUPPORTED_PRIVILEGE_SET: _fixed(values.SUPPORTED_PRIVILEGE_SET),
    properties.OWNER: _owned,
    properties.ACL: lambda asked, _: values.acl(_principal(asked)),
    properties.ACL_RESTRICTIONS: _fixed(values.ACL_RESTRICTIONS),
    properties.INHERITED_ACL_SET: _fixed(element(properties.INHERITED_ACL_SET)),
    properties.PRINCIPAL_COLLECTION_SET: _fixed(
        values.hrefs(properties.PRINCIPAL_COLLECTION_SET, [hrefs.PRINCIPALS])
    ),
    properties.DISPLAYNAME: _displayname,
    properties.PRINCIPAL_URL: _mine(properties.PRINCIPAL_URL, _principal),
    properties.ALTERNATE_URI_SET: _fixed(element(properties.ALTERNATE_URI_SET)),
    properties.GROUP_MEMBER_SET: _fixed(element(properties.GROUP_MEMBER_SET)),
    properties.GROUP_MEMBERSHIP: _fixed(element(properties.GROUP_MEMBERSHIP)),
    properties.ADDRESSBOOK_HOME_SET: _mine(
        properties.ADDRESSBOOK_HOME_SET, lambda asked: hrefs.home(asked.who.owner)
    ),
    properties.SUPPORTED_ADDRESS_DATA: _fixed(values.SUPPORTED_ADDRESS_DATA),
    properties.MAX_RESOURCE_SIZE: _fixed(
        values.text(properties.MAX_RESOURCE_SIZE, str(limits.DAV_RESOURCE))
    ),
    properties.SUPPORTED_COLLATION_SET: _fixed(values.SUPPORTED_COLLATION_SET),
    properties.SYNC_TOKEN: _token(properties.SYNC_TOKEN),
    properties.GETCTAG: _token(properties.GETCTAG),
}
