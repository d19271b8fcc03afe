"""Values of live properties as whole elements, made once: what they say is alike for all owners (sync.md 7)."""

from collections.abc import Iterable

from contact_service.formats.dav import collation, multistatus, wanted
from contact_service.formats.dav import properties as live
from contact_service.formats.dav.markup import element
from contact_service.formats.dav.markup import text as written
from contact_service.formats.dav.names import Name, carddav, dav
from contact_service.formats.dav.properties import Kind

_TYPES: dict[Kind, tuple[Name, ...]] = {
    Kind.FOLDER: (dav("collection"),),
    Kind.PRINCIPAL: (dav("collection"), dav("principal")),
    Kind.HOME: (dav("collection"),),
    Kind.BOOK: (dav("collection"), carddav("addressbook")),
    Kind.CARD: (),
}
_READS = ("read", "read-acl", "read-current-user-privilege-set")
_WRITES = ("write", "write-properties", "write-content", "bind", "unbind")


def _each(names: Iterable[Name]) -> bytes:
    return b"".join([element(name) for name in names])


def hrefs(name: Name, paths: Iterable[str]) -> bytes:
    """A property that is a list of hrefs, empty too: owner, principal-URL, addressbook-home-set and their like."""
    return element(name, b"".join([multistatus.href(path) for path in paths]))


def text(name: Name, value: str) -> bytes:
    """A property that is a text."""
    return element(name, written(value))


RESOURCETYPE = {kind: element(live.RESOURCETYPE, _each(types)) for kind, types in _TYPES.items()}
SUPPORTED_REPORT_SET = {
    kind: element(
        live.SUPPORTED_REPORT_SET,
        b"".join(
            [
                element(dav("supported-report"), element(dav("report"), element(name)))
                for name in live.REPORTS[kind]
            ]
        ),
    )
    for kind in Kind
}
SUPPORTED_COLLATION_SET = element(
    live.SUPPORTED_COLLATION_SET,
    b"".join([text(carddav("supported-collation"), name) for name in collation.FOLDS]),
)
SUPPORTED_ADDRESS_DATA = element(
    live.SUPPORTED_ADDRESS_DATA,
    b"".join(
        [
            f'<C:address-data-type content-type="{wanted.MEDIA}" version="{version}"/>'.encode()
            for version in wanted.VERSIONS
        ]
    ),
)
ACL_RESTRICTIONS = element(live.ACL_RESTRICTIONS, _each([dav("grant-only"), dav("no-invert")]))


def _privileges(names: Iterable[str]) -> bytes:
    return b"".join([element(dav("privilege"), element(dav(name))) for name in names])


def granted(*, write: bool) -> bytes:
    """current-user-privilege-set: of the owner, or of an app password that may only read."""
    return element(
        live.CURRENT_USER_PRIVILEGE_SET, _privileges(_READS + (_WRITES if write else ()))
    )


def acl(principal: str) -> bytes:
    """The access list of all that is an owner's: they alone, and nobody can change it (RFC 3744 5.5)."""
    who = element(dav("principal"), multistatus.href(principal))
    grant = element(dav("grant"), _privileges(_READS + _WRITES))
    return element(live.ACL, element(dav("ace"), who + grant + element(dav("protected"))))


def _supported(name: str, told: str, *inside: bytes) -> bytes:
    description = b'<D:description xml:lang="en">' + written(told) + b"</D:description>"
    return element(dav("supported-privilege"), _privileges([name]) + description + b"".join(inside))


# Access lists cannot be set and nothing can be locked, so write-acl and unlock are not offered (RFC 3744 3, 5.3).
SUPPORTED_PRIVILEGE_SET = element(
    live.SUPPORTED_PRIVILEGE_SET,
    _supported(
        "all",
        "Everything",
        _supported(
            "read",
            "Read",
            _supported("read-acl", "Read who may do what"),
            _supported("read-current-user-privilege-set", "Read what one may do oneself"),
        ),
        _supported(
            "write",
            "Write",
            _supported("write-properties", "Change properties"),
            _supported("write-content", "Change content"),
            _supported("bind", "Add to a collection"),
            _supported("unbind", "Remove from a collection"),
        ),
    ),
)
