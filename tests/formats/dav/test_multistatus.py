"""Answers, read back by lxml: well-formed, the values that went in, the namespaces of the notes."""

from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from contact_service.formats import vcard
from contact_service.formats.dav import hrefs, markup, multistatus, xml
from contact_service.formats.dav.names import CALENDARSERVER, CARDDAV, DAV, Name, carddav, dav

NS = {"D": DAV, "C": CARDDAV, "CS": CALENDARSERVER}
ANY = st.text(max_size=12)
XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r&<>\"']")
)
NAMES = st.builds(
    Name, st.sampled_from([DAV, CARDDAV, CALENDARSERVER, "", "urn:x", "urn:x?y&z"] ), st.sampled_from(["a", "b.c", "_é"])
)  # fmt: skip
PATH = "/dav/addressbooks/ann/contacts/a%20b.vcf"


def read(*responses: bytes, token: str | None = None) -> etree._Element:
    return etree.fromstring(multistatus.document(responses, token))


def texts(root: etree._Element, path: str) -> list[str]:
    return [each.text or "" for each in root.findall(path, NS)]


def tags(root: etree._Element, path: str) -> list[str]:
    return [each.tag for each in root.findall(path, NS)]


@given(XML_TEXT)
def test_what_xml_can_carry_arrives_as_it_was(value: str) -> None:
    root = etree.fromstring(
        b'<a b="' + markup.attribute(value) + b'">' + markup.text(value) + b"</a>"
    )
    assert (root.text or "", root.get("b")) == (value, value)


@given(ANY | st.text(st.characters(), max_size=9))
def test_whatever_is_told_the_answer_is_well_formed(value: str) -> None:
    root = etree.fromstring(
        b'<a b="' + markup.attribute(value) + b'">' + markup.text(value) + b"</a>"
    )
    kept = "".join(char for char in value if char.isprintable() and char not in "\ufffe\uffff")
    assert all(char in (root.text or "") for char in kept)


@example("a\uffffb\ufffe".encode())
@example(b"]]>&amp;\r\n\r\t")
@given(
    st.text(st.characters(codec="utf-8")).map(
        lambda text: text.encode().translate(None, vcard.reading.CONTROLS)
    )
)
def test_a_card_arrives_byte_for_byte(raw: bytes) -> None:
    for version in ("2.1", "3.0", "4.0"):
        root = read(multistatus.opened(PATH, multistatus.card(raw, version)) + multistatus.CLOSE)
        (found,) = root.findall(".//C:address-data", NS)
        expected = raw.decode().replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
        assert (found.text or "") == expected
        assert found.get("version", "3.0") == version


@given(NAMES, XML_TEXT)
def test_an_element_of_any_namespace_is_well_formed(name: Name, value: str) -> None:
    (found,) = read(markup.element(name, markup.text(value)))
    assert etree.QName(found).namespace == (name.namespace or None)
    assert etree.QName(found).localname == name.local
    assert (found.text or "") == value


def test_namespaces_are_declared_once_at_the_root() -> None:
    body = multistatus.document(
        [multistatus.answered("/a/", [markup.element(Name(CALENDARSERVER, "getctag"), b"x")], b"")]
    )
    assert body.count(b"xmlns") == 3
    assert etree.fromstring(body).nsmap == NS


def test_a_response_tells_what_is_there_and_what_is_not() -> None:
    missing = multistatus.absent([dav("acl"), Name("urn:x", "y")])
    root = read(multistatus.answered("/a/", [markup.element(dav("displayname"), b"A")], missing))
    assert texts(root, "D:response/D:href") == ["/a/"]
    assert texts(root, "D:response/D:propstat/D:status") == [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 404 Not Found",
    ]
    assert tags(root, "D:response/D:propstat/D:prop/*") == [
        "{DAV:}displayname",
        "{DAV:}acl",
        "{urn:x}y",
    ]


def test_what_begins_with_opened_ends_like_any_response() -> None:
    tag = multistatus.etag('"0000000a.7"')
    missing = multistatus.absent([dav("acl")])
    assert multistatus.opened(PATH, tag) + multistatus.closed(missing) == multistatus.answered(
        PATH, [tag], missing
    )
    assert multistatus.opened(PATH, tag) + multistatus.CLOSE == multistatus.answered(
        PATH, [tag], b""
    )


def test_a_minimal_answer_leaves_out_what_is_not_there() -> None:
    assert multistatus.absent([dav("acl")], minimal=True) == b""
    root = read(multistatus.answered("/a/", [], multistatus.absent([dav("acl")], minimal=True)))
    assert texts(root, "D:response/D:propstat/D:status") == ["HTTP/1.1 200 OK"]
    assert tags(root, "D:response/D:propstat/D:prop/*") == []


def test_nothing_found_is_one_propstat() -> None:
    root = read(multistatus.answered("/a/", [], multistatus.absent([dav("acl")])))
    assert texts(root, "D:response/D:propstat/D:status") == ["HTTP/1.1 404 Not Found"]


def test_a_removed_card_is_a_status_alone() -> None:
    root = read(multistatus.told("/a&b", 404), token="urn:x-cs:sync:a")
    assert tags(root, "D:response/*") == ["{DAV:}href", "{DAV:}status"]
    assert texts(root, "D:response/*") == ["/a&b", "HTTP/1.1 404 Not Found"]
    assert texts(root, "D:sync-token") == ["urn:x-cs:sync:a"]
    assert root[-1].tag == "{DAV:}sync-token"


def test_a_page_says_that_there_is_more() -> None:
    root = read(multistatus.truncated("/dav/addressbooks/ann/contacts/"))
    assert texts(root, "D:response/D:status") == ["HTTP/1.1 507 Insufficient Storage"]
    assert tags(root, "D:response/D:error/*") == ["{DAV:}number-of-matches-within-limits"]


def test_a_refused_change_tells_why_and_what_hangs_on_it() -> None:
    root = read(
        multistatus.response(
            "/a/",
            multistatus.propstat(403, [dav("getetag")], dav("cannot-modify-protected-property")),
            multistatus.propstat(424, [dav("displayname")]),
        )
    )
    assert texts(root, ".//D:status") == [
        "HTTP/1.1 403 Forbidden",
        "HTTP/1.1 424 Failed Dependency",
    ]
    assert tags(root, ".//D:error/*") == ["{DAV:}cannot-modify-protected-property"]


def test_a_book_that_was_made_is_told_in_its_own_root() -> None:
    root = etree.fromstring(multistatus.made([multistatus.propstat(200, [dav("displayname")])]))
    assert root.tag == "{DAV:}mkcol-response"
    assert tags(root, "D:propstat/D:prop/*") == ["{DAV:}displayname"]


def test_an_error_names_its_precondition_and_who_stands_in_the_way() -> None:
    root = etree.fromstring(multistatus.error(carddav("no-uid-conflict"), "/a&b.vcf"))
    assert root.tag == "{DAV:}error"
    assert texts(root, "C:no-uid-conflict/D:href") == ["/a&b.vcf"]
    assert tags(etree.fromstring(multistatus.error(dav("valid-sync-token"))), "*") == [
        "{DAV:}valid-sync-token"
    ]


def test_a_dead_property_is_shown_as_it_was_set() -> None:
    kept = xml.write(xml.parse(b'<x xmlns="urn:x" xmlns:D="urn:d"><D:y a="&lt;"/>z</x>'))
    root = read(multistatus.answered("/a/", [kept], b""))
    assert tags(root, ".//{urn:x}x/*") == ["{urn:d}y"]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9))
def test_a_path_of_ours_has_nothing_to_escape(name: str) -> None:
    path = hrefs.segment(name)
    assert markup.text(path) == path.encode() == markup.attribute(path)
