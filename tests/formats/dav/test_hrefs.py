"""Paths: one spelling out, any spelling in, and no two owners at one place."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_service.formats.dav import hrefs
from contact_service.formats.dav.hrefs import Href
from contact_service.model.ids import OwnerId

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(hrefs.is_name)
OWNERS = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc",), exclude_characters="/"), min_size=1, max_size=20)
    | st.text("abcYZ019._-", min_size=1, max_size=20)
)  # fmt: skip


@st.composite
def alike(draw: st.DrawFn) -> OwnerId:
    """An id, or its segment, or its segment's: those that could be taken for each other."""
    owner = draw(OWNERS)
    for _ in range(draw(st.integers(0, 3))):
        owner = hrefs.owner_segment(OwnerId(owner))
    return OwnerId(owner)


@given(st.lists(NAMES, max_size=4), st.booleans())
def test_a_path_reads_as_what_it_was_made_of(names: list[str], slash: bool) -> None:
    path = "/" + "/".join(map(hrefs.segment, names)) + ("/" if slash and names else "")
    assert hrefs.read(path) == Href(tuple(names), slash or not names)
    assert hrefs.read("https://other.example:8443" + path + "?a=/#b/") == Href(
        tuple(names), slash or not names
    )


@given(NAMES)
def test_a_segment_has_one_spelling_and_many_are_read(name: str) -> None:
    written = hrefs.segment(name)
    assert set(written) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%"
    )
    assert unquote(written) == name
    everything = "".join(f"%{byte:02x}" for byte in name.encode())
    if name.strip(".~"):
        assert hrefs.read(f"/{everything}") == Href((name,), slash=False)
    assert hrefs.read("/" + quote(name, safe="@:!$&'()*+,;=")) == Href((name,), slash=False)


@pytest.mark.parametrize(
    ("href", "segments", "slash"),
    [
        ("/", (), True),
        ("http://a.example", (), True),
        ("//a.example/b", ("b",), False),
        ("http://a.example?b", (), True),
        ("/dav/a b/é.vcf", ("dav", "a b", "é.vcf"), False),
        ("/a#b/", ("a",), False),
        ("/50%", ("50%",), False),
        ("//", (), True),
        ("/a:b", ("a:b",), False),
        ("/%2525", ("%25",), False),
    ],
)
def test_an_href_is_read_in_any_spelling(href: str, segments: tuple[str, ...], slash: bool) -> None:
    assert hrefs.read(href) == Href(segments, slash)


@pytest.mark.parametrize(
    "href", ["", "a", "a/b", "mailto:a@b.example", "?a", "#", "/a//b", "/a//", "/.", "/../a", "/a/%2E%2e/b", "/a%2Fb", "/%ff", "/%c3/"]
)  # fmt: skip
def test_an_href_that_leads_nowhere_is_none(href: str) -> None:
    assert (
        hrefs.read(href) in {None, Href((), slash=True)}
        if href == "//"
        else hrefs.read(href) is None
    )


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0", "a" * 256, "é" * 128, "\ud800"])
def test_what_no_card_can_be_called_is_no_name(name: str) -> None:
    assert not hrefs.is_name(name)
    assert not hrefs.is_book_name(name)


@pytest.mark.parametrize(
    "name", ["a", "...", ".a", "a.vcf", "a" * 255, "é" * 127, "a b", "%", "\\"]
)
def test_what_a_card_and_a_book_can_be_called_is_a_name(name: str) -> None:
    assert hrefs.is_name(name)
    assert hrefs.is_book_name(name)


@pytest.mark.parametrize("name", ["a\nb", "a\r", "\x7f", "\x85"])
def test_control_characters_are_in_names_of_cards_alone(name: str) -> None:
    assert hrefs.is_name(name)
    assert not hrefs.is_book_name(name)


@example(OwnerId("."))
@example(OwnerId(".."))
@example(OwnerId("a:b"))
@example(OwnerId("YTpi"))
@given(alike())
def test_an_owners_segment_leads_back_to_the_owner(owner: OwnerId) -> None:
    segment = hrefs.owner_segment(owner)
    assert hrefs.owner_of(segment) == owner
    assert hrefs.segment(segment) == segment
    assert segment not in {".", ".."}


@given(alike(), alike())
def test_two_owners_never_share_a_segment(one: OwnerId, other: OwnerId) -> None:
    assert (hrefs.owner_segment(one) == hrefs.owner_segment(other)) == (one == other)


@given(st.text("abcYZ019._-", min_size=1, max_size=9) | OWNERS)
def test_a_segment_is_nobodys_or_leads_to_an_owner_with_that_segment(segment: str) -> None:
    owner = hrefs.owner_of(segment)
    assert owner is None or hrefs.owner_segment(owner) == segment


@pytest.mark.parametrize(
    ("owner", "segment"),
    [
        ("ann", "ann"),
        ("A.b_c-9", "A.b_c-9"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("@ann:example.org", "QGFubjpleGFtcGxlLm9yZw"),
        ("é", "w6k"),
        ("a b", "YSBi"),
        ("YSBi", "WVNCaQ"),
        ("..", "Li4"),
    ],
)
def test_a_plain_id_is_its_own_segment(owner: str, segment: str) -> None:
    assert hrefs.owner_segment(OwnerId(owner)) == segment


@pytest.mark.parametrize(
    "segment", ["", "@ann", "a b", "é", ".", "YSBi=", "Lg==", "YSBj+", "x" * 129]
)
def test_a_segment_that_nobody_has_leads_to_nobody(segment: str) -> None:
    assert (
        hrefs.owner_of(segment) in {None, "YSBiY"}
        if segment == "YSBiY"
        else hrefs.owner_of(segment) is None
    )


def test_the_longest_ids_are_spelled_too() -> None:
    owner = OwnerId("é" * 64)
    for _ in range(3):
        assert hrefs.owner_of(hrefs.owner_segment(owner)) == owner
        owner = OwnerId(hrefs.owner_segment(owner)[:128])


def test_places_are_below_their_roots() -> None:
    owner = OwnerId("a b")
    assert hrefs.principal(owner) == "/dav/principals/YSBi/"
    assert hrefs.home(owner) == "/dav/addressbooks/YSBi/"
    assert hrefs.book(owner, "my book") == "/dav/addressbooks/YSBi/my%20book/"
