"""The body of a REPORT (RFC 3253 3.6) as a value: a type for each report that is answered.

Elements that are not known are passed over (RFC 4918 17), but in a filter, where that would widen the answer.
"""

from collections.abc import Callable

import msgspec

from contact_service.formats.dav import criteria, wanted, xml
from contact_service.formats.dav.criteria import Filter
from contact_service.formats.dav.names import DAV, Name, carddav, dav
from contact_service.formats.dav.wanted import Extent, Wanted
from contact_service.formats.dav.xml import Node
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed, TooLarge

MAX_HREFS = 1_000
MAX_EXPANDED = 200
"""Properties of an expand-property, on all its levels."""


class SyncCollection(msgspec.Struct, frozen=True):
    """RFC 6578 3.2. `token` "" is the first sync; `limit` None is none; `deep`: sync-level infinite."""

    token: str
    wanted: Wanted
    deep: bool = False
    limit: int | None = None


class Multiget(msgspec.Struct, frozen=True):
    """addressbook-multiget (RFC 6352 8.7); `hrefs` as they were sent."""

    wanted: Wanted
    hrefs: tuple[str, ...]


class Query(msgspec.Struct, frozen=True):
    """addressbook-query (RFC 6352 8.6)."""

    wanted: Wanted
    filter: Filter
    limit: int | None = None


class Expansion(msgspec.Struct, frozen=True):
    """A property, and those to be shown of the resources its hrefs lead to (RFC 3253 3.8)."""

    name: Name
    inner: tuple["Expansion", ...] = ()


class ExpandProperty(msgspec.Struct, frozen=True):
    """expand-property (RFC 3253 3.8)."""

    properties: tuple[Expansion, ...]


class PrincipalMatch(msgspec.Struct, frozen=True):
    """principal-match (RFC 3744 9.3): resources that are the caller, or whose `principal_property` names the caller."""

    wanted: Wanted
    principal_property: Name | None = None


class PropertySearch(msgspec.Struct, frozen=True):
    """A text that each of these properties must contain, whatever its case."""

    names: tuple[Name, ...]
    match: str


class PrincipalPropertySearch(msgspec.Struct, frozen=True):
    """principal-property-search (RFC 3744 9.4). `every`: all searches must match; else one is enough (an Apple way)."""

    wanted: Wanted
    searches: tuple[PropertySearch, ...]
    every: bool = True
    all_collections: bool = False


class PrincipalSearchPropertySet(msgspec.Struct, frozen=True):
    """principal-search-property-set (RFC 3744 9.5)."""


class AclPrincipalPropSet(msgspec.Struct, frozen=True):
    """acl-principal-prop-set (RFC 3744 9.2)."""

    wanted: Wanted


Report = (
    SyncCollection
    | Multiget
    | Query
    | ExpandProperty
    | PrincipalMatch
    | PrincipalPropertySearch
    | PrincipalSearchPropertySet
    | AclPrincipalPropSet
)


def read(body: bytes) -> Report:
    """The report that is asked for.

    Raises Malformed (400), TooLarge (413), DavRefused (403: supported-report, supported-filter, supported-collation,
    supported-address-data, supported-address-data-conversion).
    """
    root = xml.parse(body)
    reader = _READERS.get(root.name)
    if reader is None:
        raise DavRefused(*dav("supported-report"))
    return reader(root)


def _sync_collection(root: Node) -> SyncCollection:
    token = root.first(dav("sync-token"))
    if token is None:
        raise Malformed("DAV:sync-collection without a sync-token")
    level = root.first(dav("sync-level"))
    # Older clients said it with the Depth header alone.
    told = level.text.strip() if level is not None else "1"
    if told not in {"1", "infinite", "infinity"}:
        raise Malformed("DAV:sync-level is 1 or infinite")
    return SyncCollection(token.text.strip(), wanted.named(root), told != "1", _limit(root, dav))


def _limit(root: Node, name: Callable[[str], Name]) -> int | None:
    limit = root.first(name("limit"))
    if limit is None:
        return None
    results = limit.first(name("nresults"))
    told = results.text.strip() if results is not None else ""
    if not (told.isascii() and told.isdecimal() and len(told) <= 18 and int(told) > 0):
        raise Malformed("nresults is a whole number above 0")
    return int(told)


def _multiget(root: Node) -> Multiget:
    hrefs = [each.text.strip() for each in root.elements() if each.name == dav("href")]
    if not hrefs:
        raise Malformed("C:addressbook-multiget without an href")
    if len(hrefs) > MAX_HREFS:
        raise TooLarge(MAX_HREFS, "hrefs a request")
    return Multiget(_asked(root), tuple(dict.fromkeys(hrefs)))


def _query(root: Node) -> Query:
    return Query(_asked(root), criteria.read(root), _limit(root, carddav))


def _asked(root: Node) -> Wanted:
    return wanted.within(root) or Wanted(Extent.NAMED)


def _expand_property(root: Node) -> ExpandProperty:
    expansions, count = _expansions(root)
    if count > MAX_EXPANDED:
        raise TooLarge(MAX_EXPANDED, "properties to expand")
    return ExpandProperty(expansions)


def _expansions(node: Node) -> tuple[tuple[Expansion, ...], int]:
    found, count = [], 0
    for each in node.elements():
        if each.name == dav("property"):
            inner, inside = _expansions(each)
            found.append(Expansion(_named(each), inner))
            count += 1 + inside
    return tuple(found), count


def _named(node: Node) -> Name:
    local = node.attribute("name")
    if not local:
        raise Malformed("DAV:property without a name")
    return Name(node.attribute("namespace", DAV), local)


def _principal_match(root: Node) -> PrincipalMatch:
    told = root.first(dav("principal-property"))
    if (told is None) == (root.first(dav("self")) is None):
        raise Malformed("DAV:principal-match has either self or principal-property")
    inner = next(told.elements(), None) if told is not None else None
    if told is not None and inner is None:
        raise Malformed("DAV:principal-property without a property")
    return PrincipalMatch(wanted.named(root), inner.name if inner is not None else None)


def _principal_property_search(root: Node) -> PrincipalPropertySearch:
    told = [each for each in root.elements() if each.name == dav("property-search")]
    if not told or len(told) > criteria.MAX_TESTS:
        raise Malformed(f"1 to {criteria.MAX_TESTS} DAV:property-search are asked for at once")
    everywhere = root.first(dav("apply-to-principal-collection-set")) is not None
    return PrincipalPropertySearch(
        wanted.named(root),
        tuple([_property_search(each) for each in told]),
        every=root.attribute("test") != "anyof",
        all_collections=everywhere,
    )


def _property_search(node: Node) -> PropertySearch:
    names, match = wanted.named(node).names, node.first(dav("match"))
    if not names or match is None:
        raise Malformed("DAV:property-search without properties or match")
    return PropertySearch(names, match.text)


_READERS: dict[Name, Callable[[Node], Report]] = {
    dav("sync-collection"): _sync_collection,
    carddav("addressbook-multiget"): _multiget,
    carddav("addressbook-query"): _query,
    dav("expand-property"): _expand_property,
    dav("principal-match"): _principal_match,
    dav("principal-property-search"): _principal_property_search,
    dav("principal-search-property-set"): lambda _root: PrincipalSearchPropertySet(),
    dav("acl-principal-prop-set"): lambda root: AclPrincipalPropSet(wanted.named(root)),
}
REPORTS = tuple(_READERS)
"""The names of all reports that can be read."""
