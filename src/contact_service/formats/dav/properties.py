"""Live properties by kind of resource, and the reports each kind answers (sync.md 7); `values` has what they say."""

from enum import Enum

from contact_service.formats.dav.names import CALENDARSERVER, Name, carddav, dav


class Kind(Enum):
    """What a path can be. FOLDER: /dav/ itself, and the two that hold all principals and all homes."""

    FOLDER = "folder"
    PRINCIPAL = "principal"
    HOME = "home"
    BOOK = "book"
    CARD = "card"


RESOURCETYPE = dav("resourcetype")
DISPLAYNAME = dav("displayname")
GETETAG = dav("getetag")
GETCONTENTTYPE = dav("getcontenttype")
GETCONTENTLENGTH = dav("getcontentlength")
GETLASTMODIFIED = dav("getlastmodified")
SUPPORTED_REPORT_SET = dav("supported-report-set")
SYNC_TOKEN = dav("sync-token")
GETCTAG = Name(CALENDARSERVER, "getctag")
CURRENT_USER_PRINCIPAL = dav("current-user-principal")
PRINCIPAL_URL = dav("principal-URL")
ALTERNATE_URI_SET = dav("alternate-URI-set")
GROUP_MEMBER_SET = dav("group-member-set")
GROUP_MEMBERSHIP = dav("group-membership")
OWNER = dav("owner")
ACL = dav("acl")
ACL_RESTRICTIONS = dav("acl-restrictions")
INHERITED_ACL_SET = dav("inherited-acl-set")
PRINCIPAL_COLLECTION_SET = dav("principal-collection-set")
CURRENT_USER_PRIVILEGE_SET = dav("current-user-privilege-set")
SUPPORTED_PRIVILEGE_SET = dav("supported-privilege-set")
ADDRESSBOOK_HOME_SET = carddav("addressbook-home-set")
PRINCIPAL_ADDRESS = carddav("principal-address")
ADDRESSBOOK_DESCRIPTION = carddav("addressbook-description")
SUPPORTED_ADDRESS_DATA = carddav("supported-address-data")
MAX_RESOURCE_SIZE = carddav("max-resource-size")
SUPPORTED_COLLATION_SET = carddav("supported-collation-set")

_ACCESS = (
    CURRENT_USER_PRINCIPAL,
    CURRENT_USER_PRIVILEGE_SET,
    SUPPORTED_PRIVILEGE_SET,
    OWNER,
    ACL,
    ACL_RESTRICTIONS,
    INHERITED_ACL_SET,
    PRINCIPAL_COLLECTION_SET,
)
_EVERYWHERE = (RESOURCETYPE, SUPPORTED_REPORT_SET, *_ACCESS)
LIVE: dict[Kind, tuple[Name, ...]] = {
    Kind.FOLDER: _EVERYWHERE,
    Kind.PRINCIPAL: (
        *_EVERYWHERE,
        DISPLAYNAME,
        PRINCIPAL_URL,
        ALTERNATE_URI_SET,
        GROUP_MEMBER_SET,
        GROUP_MEMBERSHIP,
        ADDRESSBOOK_HOME_SET,
        PRINCIPAL_ADDRESS,
    ),
    Kind.HOME: (*_EVERYWHERE, DISPLAYNAME),
    Kind.BOOK: (
        *_EVERYWHERE,
        DISPLAYNAME,
        ADDRESSBOOK_DESCRIPTION,
        SUPPORTED_ADDRESS_DATA,
        MAX_RESOURCE_SIZE,
        SUPPORTED_COLLATION_SET,
        SYNC_TOKEN,
        GETCTAG,
    ),
    Kind.CARD: (*_EVERYWHERE, GETETAG, GETCONTENTTYPE, GETCONTENTLENGTH, GETLASTMODIFIED),
}
"""What each kind may have, in the order of DAV:propname. One that has no value at present is a 404 like any other."""
ALL = frozenset(
    {RESOURCETYPE, DISPLAYNAME, GETETAG, GETCONTENTTYPE, GETCONTENTLENGTH, GETLASTMODIFIED}
)
"""Those of DAV:allprop, beside the dead ones: of RFC 4918 alone, the others cost or ask to be left out (9.1)."""
WRITABLE = frozenset({DISPLAYNAME, ADDRESSBOOK_DESCRIPTION})
"""Live properties of a book that PROPPATCH may set."""
PROTECTED = frozenset([name for names in LIVE.values() for name in names]) - WRITABLE
"""Properties that PROPPATCH refuses with cannot-modify-protected-property (RFC 4918 9.2.1)."""

_BOTH = ("principal-match", "expand-property", "principal-property-search")
REPORTS: dict[Kind, tuple[Name, ...]] = {
    Kind.FOLDER: tuple(map(dav, (*_BOTH, "principal-search-property-set"))),
    Kind.PRINCIPAL: tuple(map(dav, _BOTH)),
    Kind.HOME: (dav("expand-property"), dav("principal-match"), dav("acl-principal-prop-set")),
    Kind.BOOK: (
        dav("sync-collection"),
        carddav("addressbook-multiget"),
        carddav("addressbook-query"),
        dav("expand-property"),
        dav("acl-principal-prop-set"),
    ),
    Kind.CARD: (
        carddav("addressbook-multiget"),
        carddav("addressbook-query"),
        dav("expand-property"),
        dav("acl-principal-prop-set"),
    ),
}
"""What each kind answers, as its supported-report-set tells; any other is 403 supported-report (RFC 3253 3.6)."""
