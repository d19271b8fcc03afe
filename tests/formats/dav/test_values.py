"""The values of live properties, read back by lxml."""

import pytest
from lxml import etree

from contact_service.formats.dav import multistatus, properties, values
from contact_service.formats.dav.names import CARDDAV, DAV
from contact_service.formats.dav.properties import Kind

NS = {"D": DAV, "C": CARDDAV}
PRINCIPAL = "/dav/principals/ann/"


def read(value: bytes) -> etree._Element:
    return etree.fromstring(multistatus.document([value]))[0]


def locals_of(root: etree._Element, path: str) -> list[str]:
    return [etree.QName(each).localname for each in root.findall(path, NS)]


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (Kind.FOLDER, ["collection"]),
        (Kind.PRINCIPAL, ["collection", "principal"]),
        (Kind.HOME, ["collection"]),
        (Kind.BOOK, ["collection", "addressbook"]),
        (Kind.CARD, []),
    ],
)
def test_each_kind_says_what_it_is(kind: Kind, types: list[str]) -> None:
    assert locals_of(read(values.RESOURCETYPE[kind]), "*") == types


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_says_what_may_be_asked_of_it(kind: Kind) -> None:
    told = locals_of(read(values.SUPPORTED_REPORT_SET[kind]), "D:supported-report/D:report/*")
    assert told == [name.local for name in properties.REPORTS[kind]]
    assert told


def test_a_book_tells_its_formats_and_collations() -> None:
    types = read(values.SUPPORTED_ADDRESS_DATA).findall("C:address-data-type", NS)
    assert [dict(each.attrib) for each in types] == [
        {"content-type": "text/vcard", "version": "3.0"},
        {"content-type": "text/vcard", "version": "4.0"},
    ]
    told = read(values.SUPPORTED_COLLATION_SET).findall("C:supported-collation", NS)
    assert [each.text for each in told] == ["i;ascii-casemap", "i;octet", "i;unicode-casemap"]


def test_who_may_only_read_is_granted_no_write() -> None:
    writes = {"write", "write-properties", "write-content", "bind", "unbind"}
    full = set(locals_of(read(values.granted(write=True)), "D:privilege/*"))
    less = set(locals_of(read(values.granted(write=False)), "D:privilege/*"))
    assert less == {"read", "read-acl", "read-current-user-privilege-set"}
    assert full == less | writes


def test_no_privilege_is_granted_that_is_not_offered() -> None:
    offered = set(locals_of(read(values.SUPPORTED_PRIVILEGE_SET), ".//D:privilege/*"))
    assert set(locals_of(read(values.acl(PRINCIPAL)), ".//D:grant/D:privilege/*")) < offered


def test_the_owner_alone_has_access_and_nobody_changes_that() -> None:
    (ace,) = read(values.acl(PRINCIPAL))
    assert [each.text for each in ace.findall("D:principal/D:href", NS)] == [PRINCIPAL]
    assert ace.find("D:protected", NS) is not None
    assert locals_of(read(values.ACL_RESTRICTIONS), "*") == ["grant-only", "no-invert"]


def test_lists_of_hrefs_and_texts_are_elements() -> None:
    assert locals_of(read(values.hrefs(properties.GROUP_MEMBER_SET, [])), "*") == []
    home = read(values.hrefs(properties.ADDRESSBOOK_HOME_SET, ["/dav/a/", "/dav/b/"]))
    assert [each.text for each in home] == ["/dav/a/", "/dav/b/"]
    assert read(values.text(properties.DISPLAYNAME, "A & B")).text == "A & B"


def test_what_may_be_set_is_not_protected() -> None:
    assert not properties.WRITABLE & properties.PROTECTED
    assert set(properties.LIVE[Kind.BOOK]) >= properties.WRITABLE
    assert {name for names in properties.LIVE.values() for name in names} >= properties.ALL
