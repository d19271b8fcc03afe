"""PROPFIND bodies and C:address-data."""

import pytest

from contact_service.formats.dav import wanted, xml
from contact_service.formats.dav.names import ADDRESS_DATA, Name, carddav, dav
from contact_service.formats.dav.wanted import CardPart, CardProperty, Extent, Wanted
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed

SPACES = b' xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" '


def propfind(inner: bytes) -> Wanted:
    return wanted.propfind(b"<D:propfind" + SPACES + b">" + inner + b"</D:propfind>")


def part(inner: bytes) -> CardPart | None:
    return wanted.named(xml.parse(b"<a" + SPACES + b"><D:prop>" + inner + b"</D:prop></a>")).card


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_no_body_asks_for_everything(body: bytes) -> None:
    assert wanted.propfind(body) == Wanted(Extent.ALL)


def test_named_properties_come_once_in_their_order() -> None:
    found = propfind(b'<D:prop><D:b/><D:a/><x xmlns="urn:y"/><y/><D:b/></D:prop>')
    assert found == Wanted(Extent.NAMED, (dav("b"), dav("a"), Name("urn:y", "x"), Name("", "y")))


def test_everything_may_name_more_beside_it() -> None:
    assert propfind(b"<D:allprop/>") == Wanted(Extent.ALL)
    found = propfind(b"<D:allprop/><D:include><D:acl/></D:include>")
    assert found == Wanted(Extent.ALL, (dav("acl"),))


def test_names_alone_can_be_asked_for() -> None:
    assert propfind(b"<D:propname/>") == Wanted(Extent.NAMES)


def test_unknown_elements_are_passed_over() -> None:
    assert propfind(b"<x/><D:prop><D:a/></D:prop><D:y/>") == Wanted(Extent.NAMED, (dav("a"),))


@pytest.mark.parametrize(
    "inner", [b"", b"<D:prop/><D:allprop/>", b"<D:allprop/><D:propname/>", b"<prop/>"]
)
def test_a_propfind_asks_in_one_way(inner: bytes) -> None:
    with pytest.raises(Malformed):
        propfind(inner)


def test_another_root_is_no_propfind() -> None:
    with pytest.raises(Malformed):
        wanted.propfind(b'<D:prop xmlns:D="DAV:"><D:a/></D:prop>')


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        (b"<C:address-data/>", CardPart()),
        (b"<C:address-data><C:allprop/></C:address-data>", CardPart()),
        (b'<C:address-data content-type="TEXT/vCard" version="4.0"/>', CardPart("4.0")),
        (b"<C:address-data version='3.0'><C:prop name='fn'/><C:prop name='Item1.Tel' novalue='yes'/><C:prop name='FN'/></C:address-data>",
         CardPart("3.0", (CardProperty("FN"), CardProperty("TEL", "ITEM1", bare=True)))),
        (b"<D:getetag/>", None),
    ],
)  # fmt: skip
def test_a_part_of_each_card_can_be_asked_for(inner: bytes, told: CardPart | None) -> None:
    assert part(inner) == told


def test_a_part_keeps_its_place_among_the_properties() -> None:
    found = propfind(b"<D:prop><D:getetag/><C:address-data/><D:a/></D:prop>")
    assert found == Wanted(Extent.NAMED, (dav("getetag"), ADDRESS_DATA, dav("a")), CardPart())


@pytest.mark.parametrize(
    ("inner", "precondition"),
    [
        (b'<C:address-data content-type="text/calendar"/>', "supported-address-data"),
        (b'<C:address-data version="2.1"/>', "supported-address-data-conversion"),
        (b'<C:address-data version="5"/>', "supported-address-data-conversion"),
    ],
)
def test_a_form_that_is_not_given_out_is_refused(inner: bytes, precondition: str) -> None:
    with pytest.raises(DavRefused) as told:
        part(inner)
    assert told.value.precondition == carddav(precondition)


@pytest.mark.parametrize("name", [b"", b"name=''", b"name='item1.'"])
def test_a_vcard_property_has_a_name(name: bytes) -> None:
    with pytest.raises(Malformed):
        part(b"<C:address-data><C:prop " + name + b"/></C:address-data>")
