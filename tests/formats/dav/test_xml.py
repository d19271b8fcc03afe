"""Trees read and written, with lxml as the oracle of what XML means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from contact_service.formats.dav import xml
from contact_service.formats.dav.names import Name
from contact_service.formats.dav.xml import Attribute, Node
from contact_service.model.problem import Malformed, TooLarge

# What XML 1.0 can carry, with all that must be escaped.
TEXT = st.text(st.sampled_from("&<>\"'\r\n\t ]a\x85\u2028é漢😀\ufffd") | st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
), max_size=8)  # fmt: skip
LOCALS = st.sampled_from(["a", "b-c", "é", "_x.1"])
# A prefix may mean one namespace outside and another inside.
PLACES = st.sampled_from(
    [("", ""), ("", "urn:x"), ("", "DAV:"), ("D", "DAV:"), ("D", "urn:x&y"), ("E", "urn:x")]
)
PREFIXED = st.sampled_from(
    [("", ""), ("D", "DAV:"), ("E", "urn:x"), ("F", "DAV:"), ("xml", xml.known.XML)]
)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 3) -> Node:
    (prefix, namespace), local = draw(PLACES), draw(LOCALS)
    told: dict[Name, Attribute] = {}
    taken = {prefix: namespace}
    for _ in range(draw(st.integers(0, 3))):
        (own, place), name = draw(PREFIXED), draw(LOCALS)
        if not own or taken.setdefault(own, place) == place:
            told[Name(place, name)] = Attribute(Name(place, name), own, draw(TEXT))
    content: list[Node | str] = []
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        content.append(draw(nodes(depth=depth - 1)))
        text = draw(TEXT)
        content += [text] if text else []
    return Node(Name(namespace, local), prefix, tuple(told.values()), content)


def by_lxml(element: etree._Element) -> tuple[object, ...]:
    name = etree.QName(element)
    inside: list[object] = [element.text or ""]
    for child in element:
        inside += [by_lxml(child), child.tail or ""]
    attributes = {
        (etree.QName(k).namespace or "", etree.QName(k).localname): v
        for k, v in element.attrib.items()
    }
    return (
        name.namespace or "",
        name.localname,
        element.prefix or "",
        attributes,
        [x for x in inside if x != ""],
    )


def plain(node: Node) -> tuple[object, ...]:
    inside: list[object] = [each if isinstance(each, str) else plain(each) for each in node.content]
    attributes = {tuple(each.name): each.value for each in node.attributes}
    return (*node.name, node.prefix, attributes, inside)


def in_document(fragment: bytes) -> etree._Element:
    """Read where answers put it: below a root that binds its own prefixes."""
    return etree.fromstring(b'<D:r xmlns:D="DAV:" xmlns:E="urn:other">' + fragment + b"</D:r>")[0]


@given(nodes())
def test_what_is_written_reads_as_the_same_tree_to_us_and_to_lxml(node: Node) -> None:
    written = xml.write(node)
    assert by_lxml(in_document(written)) == plain(node)
    assert plain(xml.parse(written)) == plain(node)
    assert xml.write(xml.parse(written)) == written


@given(nodes(), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-8-sig"]))
def test_a_body_is_read_as_lxml_reads_it(node: Node, encoding: str) -> None:
    written = xml.write(node)
    sent = written.decode().encode(encoding)
    assert plain(xml.parse(sent)) == by_lxml(etree.fromstring(written))


def test_a_fragment_takes_its_language_along() -> None:
    root = xml.parse(b'<a xml:lang="de"><b/><c xml:lang="fr"><d/></c></a>')
    b, c = root.elements()
    assert xml.write(b) == b'<b xml:lang="de"></b>'
    assert xml.write(c) == b'<c xml:lang="fr"><d></d></c>'
    assert xml.write(next(c.elements())) == b'<d xml:lang="fr"></d>'


def test_comments_and_instructions_are_passed_over_and_text_stays_whole() -> None:
    root = xml.parse(
        b'<?xml version="1.0"?><!-- a --><?b c?><d>x<!-- y -->y<?z?>z<![CDATA[<&]]>&#65;</d>'
    )
    assert root.text == "xyz<&A"


def test_latin_1_is_read_where_it_is_declared() -> None:
    assert xml.parse(b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>').text == "é"


def test_an_attribute_is_found_without_namespace_only() -> None:
    node = xml.parse(b'<a xmlns:D="DAV:" D:name="no" name="yes"/>')
    assert (node.attribute("name"), node.attribute("x", "-")) == ("yes", "-")


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"x", b"<a>", b"<a/><b/>", b"<a:b/>", b"<a x='1' x='2'/>", b"<a>&b;</a>", b"<a>\xff</a>", b"<a>&#0;</a>",
        b"<a>\x01</a>", b"<a>&#xd800;</a>", b"<a>\xef\xbf\xbe</a>", b"Lo\xa7\x94", b'<a xmlns="b\x1fc"/>',
        b'<a xmlns:D="u" xmlns:E="u" D:x="" E:x=""/>', b"<a xmlns:xml='u'/>", b"\xfe\xff",
    ],
)  # fmt: skip
def test_what_is_no_xml_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match=r"^not XML at line \d+, column \d+$"):
        xml.parse(body)


@pytest.mark.parametrize("encoding", ["utf-7", "rot13", "EBCDIC-CP-US", "no-such", "windows-1252"])
def test_an_encoding_that_is_not_read_here_is_told(encoding: str) -> None:
    with pytest.raises(Malformed, match="encoding"):
        xml.parse(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE a><a/>", b"<!--<a>--><?x?> <!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<!DOCTYPE a><a/>".encode("utf-16")]
)  # fmt: skip
def test_any_document_type_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="document type"):
        xml.parse(body)


def test_the_words_of_a_document_type_inside_are_text() -> None:
    assert xml.parse(b"<a><![CDATA[<!DOCTYPE b>]]></a>").text == "<!DOCTYPE b>"


def test_the_bounds_are_where_they_are_said_to_be() -> None:
    depth, elements = xml.MAX_DEPTH, xml.MAX_ELEMENTS
    xml.parse(b"<a>" * depth + b"</a>" * depth)
    xml.parse(b"<a>" + b"<b/>" * (elements - 1) + b"</a>")
    for body in (
        b"<a>" * (depth + 1) + b"</a>" * (depth + 1),
        b"<a>" + b"<b/>" * elements + b"</a>",
        b"<a>" + b"'" * (xml.MAX_QUOTES + 1) + b"</a>",
    ):
        with pytest.raises(TooLarge):
            xml.parse(body)


def test_a_refusal_repeats_nothing_that_was_sent() -> None:
    with pytest.raises(Malformed) as told:
        xml.parse(b"<secret>&secret;</secret>")
    assert "secret" not in str(told.value)
