"""Reports about principals and properties that are hrefs (RFC 3744 9, RFC 3253 3.8). A caller meets but themselves."""

from contact_service.endpoints.carddav import propfind, values
from contact_service.endpoints.carddav.asked import Asked
from contact_service.endpoints.carddav.targets import Kind, Target
from contact_service.endpoints.carddav.told import Told, multi
from contact_service.endpoints.carddav.values import SHAPES, Seen
from contact_service.formats.dav import collation, markup, multistatus, properties
from contact_service.formats.dav.markup import element
from contact_service.formats.dav.names import Name, dav
from contact_service.formats.dav.properties import Kind as Shape
from contact_service.formats.dav.reports import (
    AclPrincipalPropSet,
    ExpandProperty,
    Expansion,
    PrincipalMatch,
    PrincipalPropertySearch,
    PrincipalSearchPropertySet,
    Report,
)
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import NotFound

_SEARCHABLE = (properties.DISPLAYNAME,)
# Properties whose hrefs lead to a principal or a home of the caller's own.
_LEADS = {
    properties.CURRENT_USER_PRINCIPAL: Kind.PRINCIPAL,
    properties.PRINCIPAL_URL: Kind.PRINCIPAL,
    properties.OWNER: Kind.PRINCIPAL,
    properties.ADDRESSBOOK_HOME_SET: Kind.HOME,
    properties.PRINCIPAL_COLLECTION_SET: Kind.PRINCIPALS,
}


async def report(asked: Asked, wanted: Report) -> Told:
    """The answer of a report that is about no card. Raises DavRefused (403: supported-report)."""
    if isinstance(wanted, ExpandProperty):
        return multi([_expanded(asked, await _seen(asked), wanted.properties)])
    if _name(wanted) not in properties.REPORTS[SHAPES[asked.target.kind]]:
        raise DavRefused(*dav("supported-report"))
    if isinstance(wanted, PrincipalSearchPropertySet):
        return _search_set()
    me = Seen(Target(Kind.PRINCIPAL, asked.who.owner))
    if isinstance(wanted, PrincipalMatch):
        shown = [me] if _is_inside(asked) else []
        return multi([propfind.response(asked, one, wanted.wanted) for one in shown])
    if isinstance(wanted, PrincipalPropertySearch):
        shown = [me] if _matches(asked, me, wanted) else []
        return multi([propfind.response(asked, one, wanted.wanted) for one in shown])
    assert isinstance(wanted, AclPrincipalPropSet), "all others are answered above"
    return multi([propfind.response(asked, me, wanted.wanted)])


def _name(wanted: Report) -> Name:
    kinds: dict[type[Report], str] = {
        PrincipalMatch: "principal-match",
        PrincipalPropertySearch: "principal-property-search",
        PrincipalSearchPropertySet: "principal-search-property-set",
        AclPrincipalPropSet: "acl-principal-prop-set",
    }
    return dav(kinds[type(wanted)])


def _is_inside(asked: Asked) -> bool:
    return asked.target.kind in {Kind.ROOT, Kind.PRINCIPALS, Kind.PRINCIPAL, Kind.HOME}


def _matches(asked: Asked, me: Seen, wanted: PrincipalPropertySearch) -> bool:
    """Only the display name can be searched; it is the caller's own id, so nobody is found but who asks."""
    told = collation.unicode_casemap(str(asked.who.owner))
    held = [
        set(search.names) <= set(_SEARCHABLE) and collation.unicode_casemap(search.match) in told
        for search in wanted.searches
    ]
    return (all if wanted.every else any)(held)


def _search_set() -> Told:
    told = b"".join(
        element(
            dav("principal-search-property"),
            element(dav("prop"), element(name))
            + b'<D:description xml:lang="en">Name</D:description>',
        )
        for name in _SEARCHABLE
    )
    start = b'<?xml version="1.0" encoding="utf-8"?>\n<D:principal-search-property-set'
    body = start + markup.DECLARED + b">" + told
    headers = {"Content-Type": multistatus.MEDIA}
    return Told(200, headers, body + b"</D:principal-search-property-set>")


async def _seen(asked: Asked) -> Seen:
    if asked.target.kind is Kind.BOOK:
        listing, book = await asked.book()
        return Seen(asked.target, book, listing.head)
    if asked.target.kind is Kind.CARD:
        listing, book = await asked.book()
        if asked.shelf(listing, book).get(asked.target.name) is None:
            raise NotFound
    return Seen(asked.target)


def _expanded(asked: Asked, seen: Seen, wanted: tuple[Expansion, ...]) -> bytes:
    """The resource, and inside each property that is expanded the resources that its hrefs lead to."""
    found, missing = [], []
    for expansion in wanted:
        made = values.value(asked, seen, expansion.name)
        if made is None:
            missing.append(expansion.name)
        elif expansion.inner and expansion.name in _LEADS:
            kind = _LEADS[expansion.name]
            owner = asked.who.owner if SHAPES[kind] is not Shape.FOLDER else None
            inner = _expanded(asked, Seen(Target(kind, owner)), expansion.inner)
            found.append(element(expansion.name, inner))
        else:
            found.append(made)
    absent = multistatus.absent(missing, minimal=asked.minimal)
    return multistatus.answered(seen.target.href, found, absent)
