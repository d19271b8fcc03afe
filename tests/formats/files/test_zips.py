"""ZIPs: any of our files, several in one, and none of the tricks."""

import io
import struct
import zipfile
import zlib

import pytest

from contact_service.formats import files
from contact_service.formats.files import zips
from contact_service.model.imports import Place, Reject, Upsert
from contact_service.model.imports_problem import UnsupportedFile
from contact_service.model.problem import TooLarge

from .bringing import KINDS, attempt, changes, codes, names, packed, vcf

ENDINGS = {
    "vcard": "vcf",
    "jcard": "json",
    "jscontact": "json",
    "ldif": "ldif",
    "facebook": "json",
    "x": "js",
    "csv": "csv",
}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_zipped_file_gives_what_the_file_gives(kind: str, method: int) -> None:
    body = packed((f"some where/Kontakte Ü.{ENDINGS[kind]}", KINDS[kind]), method=method)
    assert changes(body) == changes(KINDS[kind])


def test_records_count_through_all_files_and_lines_through_each() -> None:
    found = changes(
        packed(("a.vcf", KINDS["vcard"]), ("b/c.ldif", KINDS["ldif"]), ("d.vcf", vcf("Cy")))
    )
    assert names(found) == ["Ann", "Bea", "Ann", "Bea", "Cy"]
    places = [one.place for one in found if isinstance(one, Upsert)]
    assert [place.index for place in places] == [0, 1, 2, 3, 4]
    assert places[0].line == places[4].line == 1


def test_what_is_beside_address_books_is_passed_over_or_told() -> None:
    found = changes(
        packed(
            ("__MACOSX/._a.vcf", b"\0\5\x16\7"), (".hidden.vcf", b"x"), ("photo.jpg", b"\xff\xd8\xff"),
            ("readme.txt", b"hello"), ("a.vcf", vcf("Ann")), ("prices.csv", b"%PDF-1.7"), ("inner.zip", packed()),
            ("../../etc/b.vcf", vcf("Bea")),
        )
    )  # fmt: skip
    assert names(found) == ["Ann", "Bea"]
    assert [(one.code, one.place) for one in found if isinstance(one, Reject)] == [
        ("unsupported-member", Place(1)), ("nested-archive", Place(2)),
    ]  # fmt: skip


def test_of_whole_archives_only_the_address_books_are_looked_at() -> None:
    facebook = packed(
        ("connections/friends/your_friends.json", KINDS["facebook"]), ("messages/inbox/a/message_1.json", b"{broken"),
        ("preferences/feed.json", KINDS["jcard"]),
    )  # fmt: skip
    assert changes(facebook) == changes(KINDS["facebook"])
    linkedin = packed(
        ("Connections.csv", KINDS["csv"]),
        ("messages.csv", b"From,To\na,b\n"),
        ("Profile.csv", b"\x00"),
    )
    assert changes(linkedin) == changes(KINDS["csv"])


def declared(body: bytes, size: int) -> bytes:
    """The same ZIP, whose directory says that its first file unpacks to so much."""
    at = body.index(b"PK\x01\x02") + 24
    return body[:at] + struct.pack("<L", size) + body[at + 4 :]


def with_flag(body: bytes, flag: int, at: int = 8) -> bytes:
    found = body.index(b"PK\x01\x02") + at
    return body[:found] + struct.pack("<H", flag) + body[found + 2 :]


BIG = packed(("a.vcf", vcf("x") + bytes(2_000_000)))
TRICKS = {
    "ratio": (BIG, "zip-ratio"),
    "encrypted": (with_flag(packed(("a.vcf", vcf("x"))), 1), "zip-encrypted"),
    "method": (with_flag(packed(("a.vcf", vcf("x"))), 14, at=10), "zip-damaged"),
    "no end": (packed(("a.vcf", vcf("x")))[:-10], "zip-damaged"),
    "head alone": (b"PK\x03\x04", "zip-damaged"),
    "noise": (b"PK\x03\x04" + b"PK\x05\x06" * 9, "zip-damaged"),
}


@pytest.mark.parametrize(("body", "found"), TRICKS.values(), ids=TRICKS)
def test_tricks_are_refused_before_anything_is_unpacked(
    body: bytes, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(UnsupportedFile) as told:
        files.detect(io.BytesIO(body))
    assert told.value.found == found


def test_two_files_of_one_name_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.vcf", vcf("x"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.vcf", vcf("y"))
    assert attempt(out.getvalue()) == "zip-twice"


def test_members_that_overlap_are_refused() -> None:
    body = packed(
        *((f"{name}.vcf", vcf("x" * 400)) for name in range(3)), method=zipfile.ZIP_STORED
    )
    directory = body.index(b"PK\x01\x02")
    size = 46 + len("0.vcf")
    shared = bytearray(body)
    for number in (1, 2):  # all three stand at the place of the first, and claim all there is
        at = directory + number * size
        shared[at + 42 : at + 46] = bytes(4)
        shared[at + 20 : at + 28] = struct.pack("<2L", len(body) // 2, len(body) // 2)
    assert attempt(bytes(shared)) == "zip-damaged"


@pytest.mark.parametrize("size", [2**32 - 1, zips.MAX_UNPACKED_BYTES + 1], ids=["most", "one more"])
def test_more_than_256_megabytes_are_refused_as_too_large(size: int) -> None:
    with pytest.raises((TooLarge, UnsupportedFile)) as told:
        files.detect(io.BytesIO(declared(packed(("a.vcf", vcf("x"))), size)))
    assert told.value.slug == "too-large" or told.value.found == "zip-damaged"


def test_more_than_10_000_members_are_refused_before_they_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zips, "ZipFile", None)
    directory = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 10_001, 10_001, 10_001 * 47, 4, 0)
    wide = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 3_000_000, 4, 0)
    for end in (directory, wide):
        with pytest.raises(TooLarge) as told:
            files.detect(io.BytesIO(b"PK\x03\x04" + end))
        assert told.value.members == {"limit": 10_000, "unit": "files in a ZIP"}


def test_a_directory_in_zip64_is_measured_too() -> None:
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10_001, 10_001, 99, 4)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 4, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with pytest.raises(TooLarge):
        files.detect(io.BytesIO(b"PK\x03\x04" + end64 + locator + end))
    assert attempt(b"PK\x03\x04" + locator.replace(b"\4\0", b"\xff\xff") + end) == "zip-damaged"


def test_a_file_that_claims_less_than_it_has_is_read_no_further_and_told() -> None:
    body = vcf("Ann") + vcf("Bea") * 50
    found = changes(declared(packed(("a.vcf", body)), len(vcf("Ann")) + 20))
    assert names(found)[:1] == ["Ann"]
    assert "damaged-member" in codes(found)


def test_damage_in_one_file_costs_no_other() -> None:
    body = bytearray(
        packed(("a.vcf", vcf("Ann", *["NOTE:" + "ab" * 99] * 99)), ("b.vcf", vcf("Bea")))
    )
    at = body.index(b"PK\x01\x02")
    first = body.index(b"a.vcf") + len("a.vcf")
    body[first + 10 : first + 40] = bytes(30)
    found = changes(bytes(body[:at]) + bytes(body[at:]))
    assert names(found)[-1] == "Bea"
    assert "damaged-member" in codes(found)


def test_a_wrong_checksum_is_told() -> None:
    plain = vcf("Ann")
    body = packed(("a.vcf", plain), method=zipfile.ZIP_STORED)
    right = struct.pack("<L", zlib.crc32(plain))
    assert codes(changes(body.replace(right, b"\1\2\3\4"))) == ["damaged-member"]
