"""PROPPATCH and extended MKCOL."""

import pytest

from contact_service.formats.dav import changes
from contact_service.formats.dav.changes import Change, Value
from contact_service.formats.dav.names import CALENDARSERVER, Name, carddav, dav
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed, UnsupportedFormat

SPACES = b' xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/" '
BOOK = b"<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>"


def proppatch(inner: bytes) -> tuple[Change, ...]:
    return changes.proppatch(b"<D:propertyupdate" + SPACES + b">" + inner + b"</D:propertyupdate>")


def mkcol(*props: bytes) -> tuple[Change, ...]:
    inside = b"".join(b"<D:set><D:prop>" + each + b"</D:prop></D:set>" for each in props)
    return changes.mkcol(b"<D:mkcol" + SPACES + b">" + inside + b"</D:mkcol>")


def test_changes_stand_in_the_order_of_the_document() -> None:
    found = proppatch(
        b"<D:remove><D:prop><CS:a/></D:prop></D:remove><D:set><D:prop><D:displayname>N&amp;M</D:displayname><C:b/></D:prop></D:set>"
        b"<D:remove><D:prop><C:b/></D:prop></D:remove>"
    )
    assert found == (
        Change(Name(CALENDARSERVER, "a")),
        Change(dav("displayname"), Value("N&M", b'<D:displayname xmlns:D="DAV:">N&amp;M</D:displayname>')),
        Change(carddav("b"), Value("", b'<C:b xmlns:C="urn:ietf:params:xml:ns:carddav"></C:b>')),
        Change(carddav("b")),
    )  # fmt: skip


def test_a_dead_property_is_kept_with_all_that_is_in_it() -> None:
    (found,) = proppatch(
        b'<D:set xml:lang="de"><D:prop><x xmlns="urn:y" z="1">a<CS:b D:c="&quot;"/>d</x></D:prop></D:set>'
    )
    assert found.value is not None
    assert found.name == Name("urn:y", "x")
    assert found.value.element == (
        b'<x xmlns="urn:y" xml:lang="de" z="1">a<CS:b xmlns:CS="http://calendarserver.org/ns/" xmlns:D="DAV:" D:c="&quot;"></CS:b>d</x>'
    )


@pytest.mark.parametrize("inner", [b"", b"<D:set/>", b"<D:set><D:prop/></D:set>", b"<set/>"])
def test_an_update_changes_something(inner: bytes) -> None:
    with pytest.raises(Malformed):
        proppatch(inner)


def test_an_address_book_is_made_with_its_properties() -> None:
    (found,) = mkcol(BOOK + b"<D:displayname>Club</D:displayname>")
    assert (found.name, found.value and found.value.text) == (dav("displayname"), "Club")
    assert mkcol(BOOK) == ()
    assert changes.mkcol(b"\n") == ()


@pytest.mark.parametrize(
    "props",
    [
        (),
        (b"<D:displayname>x</D:displayname>",),
        (b"<D:resourcetype><D:collection/></D:resourcetype>",),
        (b"<D:resourcetype><C:addressbook/></D:resourcetype>",),
        (BOOK, b"<D:resourcetype><D:principal/></D:resourcetype>"),
    ],
)
def test_nothing_but_an_address_book_is_made(props: tuple[bytes, ...]) -> None:
    with pytest.raises(DavRefused) as told:
        mkcol(*props)
    assert told.value.precondition == dav("valid-resourcetype")


def test_a_body_of_another_kind_is_no_mkcol() -> None:
    with pytest.raises(UnsupportedFormat):
        changes.mkcol(b"<mkcalendar/>")
    with pytest.raises(Malformed):
        changes.mkcol(b"BEGIN:VCARD")
    with pytest.raises(Malformed):
        changes.mkcol(b'<D:mkcol xmlns:D="DAV:"><D:remove/></D:mkcol>')
