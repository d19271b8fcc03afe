"""REPORT bodies, each kind and what is refused of it."""

import pytest

from contact_service.formats.dav import criteria, properties, reports
from contact_service.formats.dav.names import ADDRESS_DATA, Name, carddav, dav
from contact_service.formats.dav.reports import (
    AclPrincipalPropSet,
    ExpandProperty,
    Expansion,
    Multiget,
    PrincipalMatch,
    PrincipalPropertySearch,
    PrincipalSearchPropertySet,
    PropertySearch,
    Report,
    SyncCollection,
)
from contact_service.formats.dav.wanted import CardPart, Extent, Wanted
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed, TooLarge

SPACES = ' xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" '
ETAG = Wanted(Extent.NAMED, (dav("getetag"),))
PROP = "<D:prop><D:getetag/></D:prop>"


def read(name: str, inner: str, attributes: str = "") -> Report:
    return reports.read(f"<{name}{SPACES}{attributes}>{inner}</{name}>".encode())


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        (f"<D:sync-token/><D:sync-level>1</D:sync-level>{PROP}", SyncCollection("", ETAG)),
        (f"<D:sync-token> urn:a </D:sync-token><D:sync-level>infinite</D:sync-level>{PROP}", SyncCollection("urn:a", ETAG, deep=True)),
        (f"<D:sync-token/>{PROP}<D:limit><D:nresults> 7 </D:nresults></D:limit>", SyncCollection("", ETAG, limit=7)),
        ("<D:sync-token/><D:prop><C:address-data version='4.0'/></D:prop>",
         SyncCollection("", Wanted(Extent.NAMED, (ADDRESS_DATA,), CardPart("4.0")))),
        ("<D:sync-token/>", SyncCollection("", Wanted(Extent.NAMED))),
    ],
)  # fmt: skip
def test_a_sync_is_read(inner: str, told: SyncCollection) -> None:
    assert read("D:sync-collection", inner) == told


@pytest.mark.parametrize("number", ["", "0", "-1", "1.5", "x", "٣", "1" * 19, "+1"])
def test_a_limit_is_a_whole_number_above_0(number: str) -> None:
    with pytest.raises(Malformed):
        read(
            "D:sync-collection",
            f"<D:sync-token/><D:limit><D:nresults>{number}</D:nresults></D:limit>",
        )
    with pytest.raises(Malformed):
        read(
            "C:addressbook-query",
            f"<C:filter/><C:limit><C:nresults>{number}</C:nresults></C:limit>",
        )


@pytest.mark.parametrize(
    "inner", [PROP, "<D:sync-token/><D:sync-level>2</D:sync-level>", "<D:sync-token/><D:limit/>"]
)
def test_a_sync_without_its_parts_is_malformed(inner: str) -> None:
    with pytest.raises(Malformed):
        read("D:sync-collection", inner)


def test_a_multiget_has_its_hrefs_once_in_order() -> None:
    found = read(
        "C:addressbook-multiget",
        f"{PROP}<D:href> /b </D:href><D:href>/a?&amp;</D:href><D:href>/b</D:href>",
    )
    assert found == Multiget(ETAG, ("/b", "/a?&"))
    assert read("C:addressbook-multiget", "<D:allprop/><D:href>/a</D:href>") == Multiget(
        Wanted(Extent.ALL), ("/a",)
    )
    assert read("C:addressbook-multiget", "<D:href>/a</D:href>") == Multiget(
        Wanted(Extent.NAMED), ("/a",)
    )


def test_a_multiget_has_1_to_1000_hrefs() -> None:
    hrefs = [f"<D:href>/{n}</D:href>" for n in range(reports.MAX_HREFS + 1)]
    read("C:addressbook-multiget", "".join(hrefs[1:]))
    with pytest.raises(TooLarge):
        read("C:addressbook-multiget", "".join(hrefs))
    with pytest.raises(Malformed):
        read("C:addressbook-multiget", PROP)


def test_an_expansion_is_read_on_all_its_levels() -> None:
    found = read(
        "D:expand-property",
        '<D:property name="owner"><D:property name="a" namespace="urn:x"/></D:property><D:property name="acl"/>',
    )
    inner = Expansion(Name("urn:x", "a"))
    assert found == ExpandProperty((Expansion(dav("owner"), (inner,)), Expansion(dav("acl"))))
    with pytest.raises(Malformed):
        read("D:expand-property", "<D:property/>")


def test_an_expansion_is_bounded_on_all_its_levels() -> None:
    ten = '<D:property name="a">' * 10 + "</D:property>" * 10
    read("D:expand-property", ten * 20)
    with pytest.raises(TooLarge):
        read("D:expand-property", ten * 20 + '<D:property name="a"/>')


def test_a_principal_match_is_read() -> None:
    assert read("D:principal-match", f"<D:self/>{PROP}") == PrincipalMatch(ETAG)
    found = read(
        "D:principal-match", f"<D:principal-property><D:owner/></D:principal-property>{PROP}"
    )
    assert found == PrincipalMatch(ETAG, dav("owner"))


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<D:principal-property/>",
        "<D:self/><D:principal-property><D:owner/></D:principal-property>",
    ],
)
def test_a_principal_match_says_by_what(inner: str) -> None:
    with pytest.raises(Malformed):
        read("D:principal-match", inner)


def test_a_search_for_principals_is_read() -> None:
    one = "<D:property-search><D:prop><D:displayname/><C:a/></D:prop><D:match>Jo &amp;</D:match></D:property-search>"
    search = PropertySearch((dav("displayname"), carddav("a")), "Jo &")
    assert read("D:principal-property-search", one + PROP) == PrincipalPropertySearch(
        ETAG, (search,)
    )
    found = read(
        "D:principal-property-search",
        f"{one}{one}{PROP}<D:apply-to-principal-collection-set/>",
        'test="anyof"',
    )
    assert found == PrincipalPropertySearch(
        ETAG, (search, search), every=False, all_collections=True
    )


@pytest.mark.parametrize("inner", ["", "<D:property-search/>", "<D:property-search><D:prop><D:a/></D:prop></D:property-search>",
                                   "<D:property-search><D:match>a</D:match></D:property-search>"])  # fmt: skip
def test_a_search_for_principals_says_what_for(inner: str) -> None:
    with pytest.raises(Malformed):
        read("D:principal-property-search", inner)


def test_searches_for_principals_are_bounded() -> None:
    one = "<D:property-search><D:prop><D:a/></D:prop><D:match>a</D:match></D:property-search>"
    with pytest.raises(Malformed):
        read("D:principal-property-search", one * (criteria.MAX_TESTS + 1))


def test_the_reports_without_more_are_read() -> None:
    assert read("D:principal-search-property-set", "") == PrincipalSearchPropertySet()
    assert read("D:acl-principal-prop-set", PROP) == AclPrincipalPropSet(ETAG)


@pytest.mark.parametrize("name", ["D:version-tree", "sync-collection", "C:sync-collection"])
def test_another_report_is_not_supported(name: str) -> None:
    with pytest.raises(DavRefused) as told:
        read(name, "")
    assert told.value.precondition == dav("supported-report")


def test_every_report_that_is_announced_can_be_read() -> None:
    announced = {name for names in properties.REPORTS.values() for name in names}
    assert announced == set(reports.REPORTS)
