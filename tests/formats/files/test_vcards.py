"""vCards as streams: cut between cards whatever the block, and no card costs its neighbours."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.files import decoding, vcards
from contact_service.formats.vcard import records
from contact_service.model.imports import NO_UID, Place, Reject, Upsert

from .bringing import KINDS, cards, changes, codes, names, vcf

PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:" + "A" * 200_000
AGENT = vcf("Ann", "AGENT:", "BEGIN:VCARD", "VERSION:3.0", "FN:Her agent", "END:VCARD", "TEL:1")
ODD = st.binary(max_size=60).filter(lambda junk: b"BEGIN" not in junk.upper())


@pytest.fixture(params=[7, 64, 1 << 20], ids=str)
def block_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(decoding, "_BLOCK_BYTES", request.param)
    return request.param


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"], ids=["crlf", "lf", "cr"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be"])
def test_blocks_are_cut_anywhere_and_cards_nowhere(ends: str, charset: str) -> None:
    text = (
        b"text before\r\n" + AGENT + vcf("Zoë", "UID:7") + b"text between\r\n" + vcf("Cy")
    ).decode()
    text = text.replace("\r\n", ends)
    found = list(vcards.read(io.BytesIO(text.encode(charset)), charset))
    assert names(found) == ["Ann", "Zoë", "Cy"]
    assert [one.place for one in found] == [Place(0, 2), Place(1, 12), Place(2, 18)]
    assert [(one.source_id, one.own_uid) for one in found if isinstance(one, Upsert)] == [
        ("", False), ("7", True), ("", False),
    ]  # fmt: skip


def test_a_card_without_uid_has_the_placeholder_in_both_its_forms() -> None:
    (one,) = changes(vcf("Ann"))
    assert isinstance(one, Upsert)
    assert NO_UID.encode() in one.card.json
    assert b"UID:" + NO_UID.encode() + b"\r\n" in one.card.lines


@given(st.lists(ODD, min_size=3, max_size=3))
def test_text_between_cards_costs_no_card(junk: list[bytes]) -> None:
    good = [vcf("Ann", "NOTE:ü"), vcf("Bea", "NOTE:ü"), vcf("Cy", "NOTE:ü")]
    mixed = b"".join(b"\r\n".join((odd, card)) for odd, card in zip(junk, good, strict=True))
    found = list(vcards.read(io.BytesIO(mixed), "utf-8"))
    assert cards(found) == cards(changes(b"".join(good)))


@pytest.mark.parametrize("kind", ["vcard"])
def test_cut_at_any_byte_the_whole_cards_stay_and_the_cut_one_is_told(kind: str) -> None:
    body = KINDS[kind]
    first = body.index(b"END:VCARD") + len(b"END:VCARD")
    second = body.rindex(b"END:VCARD") + len(b"END:VCARD")
    for cut in range(len(b"BEGIN:VCARD\r\n"), len(body)):
        found = changes(body[:cut])
        whole = (cut >= first) + (cut >= second)
        assert names(found) == ["Ann", "Bea"][:whole]
        is_between = not body[first:cut].strip() if cut >= first else False
        assert codes(found) == ([] if cut >= second or is_between else ["truncated"]), cut


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:cut\r\n", "truncated"),
        (b"VERSION:3.0\r\nFN:no beginning\r\nEND:VCARD\r\n", "no-begin"),
        (vcf("x").replace(b"FN:x", b"FN;CHARSET=UTF-8:\xc3\xa4 and \xff"), "undecodable"),
        (vcf("x", version="5.0"), "unsupported-version"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n", "no-content"),
        (vcf("x", *["TEL:1"] * 1_001), "too-many-properties"),
        (vcf("x", "NOTE:" + "y" * 262_200), "line-too-long"),
        (vcf("x", *["NOTE:" + "y" * 999] * 300), "card-too-large"),
        (vcf("x", "TEL:" + "1" * 300), "invalid-card"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_card_is_told_with_its_bytes_and_costs_no_other(bad: bytes, code: str) -> None:
    found = changes(vcf("Ann") + bad + vcf("Bea"))
    assert names(found) == ["Ann", "Bea"]
    (reject,) = [one for one in found if isinstance(one, Reject)]
    assert (reject.code, reject.raw) == (code, bad)
    assert reject.place == Place(1, 5)
    assert reject.name in {"x", "cut", "no beginning", ""}
    assert reject.name or code in {"undecodable", "no-content"}


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_the_bytes_of_a_reject_are_those_of_the_file(charset: str) -> None:
    bad = "BEGIN:VCARD\rVERSION:9.0\rFN:Zoë 😀\rEND:VCARD\r"
    good = vcf("Ann").decode().replace("\r\n", "\r")
    found = list(vcards.read(io.BytesIO((good + bad + good).encode(charset)), charset))
    assert names(found) == ["Ann", "Ann"]
    (reject,) = [one for one in found if isinstance(one, Reject)]
    assert (reject.raw, reject.name) == (bad.encode(charset), "Zoë 😀")


def test_half_a_character_in_utf_16_costs_its_card_alone() -> None:
    lone = vcf("Bea").decode().encode("utf-16-le").replace(b"e\0", b"\x3d\xd8", 1)
    body = vcf("Ann").decode().encode("utf-16-le") + lone + vcf("Cy").decode().encode("utf-16-le")
    found = list(vcards.read(io.BytesIO(body), "utf-16-le"))
    assert (names(found), codes(found)) == (["Ann", "Cy"], ["undecodable"])
    assert [one.raw for one in found if isinstance(one, Reject)] == [lone]


def test_files_that_were_joined_with_their_boms_are_read() -> None:
    assert names(changes(b"".join(b"\xef\xbb\xbf" + vcf(name) for name in "abc"))) == [
        "a",
        "b",
        "c",
    ]


def test_a_card_that_never_ends_is_given_up_and_those_behind_it_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vcards, "_MOST_HELD", 500_000)
    monkeypatch.setattr(decoding, "_BLOCK_BYTES", 100_000)
    endless = b"BEGIN:VCARD\r\nVERSION:3.0\r\n" + b"NOTE:x\r\n" * 400_000
    found = changes(vcf("Ann") + endless + vcf("Bea"))
    assert (names(found), codes(found)) == (["Ann", "Bea"], ["card-too-large"])


def test_a_long_card_is_looked_through_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    pieces = records.pieces
    monkeypatch.setattr(decoding, "_BLOCK_BYTES", 10_000)
    monkeypatch.setattr(records, "pieces", lambda body: looked.append(len(body)) or pieces(body))
    body = vcf("Ann", "PHOTO;ENCODING=b;TYPE=JPEG:" + "\r\n ".join(["A" * 999] * 900))
    assert names(changes(body)) == ["Ann"]
    assert sum(looked) < 4 * len(body)


def test_the_bytes_of_a_reject_are_kept_up_to_a_megabyte() -> None:
    for size, kept in ((1 << 18, True), (1 << 20, False)):
        bad = vcf("x", "NOTE:" + "y" * size)
        (reject,) = [one for one in changes(bad) if isinstance(one, Reject)]
        assert reject.raw == (bad if kept else b"")
        assert reject.name == "x"


def test_every_card_of_a_long_file_is_read_in_order() -> None:
    body = b"".join(
        vcf(f"n{number}", PHOTO if number % 9 == 0 else "TEL:1") for number in range(60)
    )
    assert names(changes(body)) == [f"n{number}" for number in range(60)]
