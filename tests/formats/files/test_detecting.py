"""What a file is, is told by its content; what is no address book is refused with what to export instead."""

import io
import json

import pytest

from contact_service.formats import files
from contact_service.formats.files import refusals
from contact_service.model.imports_problem import UnsupportedFile
from contact_service.model.problem import InvalidParameter

from .bringing import KINDS, attempt, changes, jcard, jscontact, names, packed, vcf


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_by_its_content(kind: str) -> None:
    found = files.detect(io.BytesIO(KINDS[kind]))
    assert (found.format, found.charset) == (kind, "utf-8")
    assert len(changes(KINDS[kind])) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("bom", "charset"),
    [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"),
     (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"), (b"", "utf-16-le"), (b"", "utf-16-be")],
    ids=["utf-16-le", "utf-16-be", "utf-8", "utf-32-le", "utf-32-be", "bare-le", "bare-be"],
)  # fmt: skip
def test_each_kind_is_read_in_each_unicode_encoding(kind: str, bom: bytes, charset: str) -> None:
    body = bom + KINDS[kind].decode().encode(charset)
    assert files.detect(io.BytesIO(body)).charset == charset
    assert changes(body) == changes(KINDS[kind])
    assert changes(packed(("a.json", body))) == changes(KINDS[kind])


@pytest.mark.parametrize(
    ("body", "format_"),
    [
        (b"# LDIF of today\nversion: 1\n\ndn: cn=a\ncn: a\n", "ldif"),
        (b"dn:: Y249YQ==\ncn: a\n", "ldif"),
        (b"some words first\n\nBEGIN:VCARD\nVERSION:3.0\nFN:a\nEND:VCARD", "vcard"),
        (b"begin:vcard\rversion:3.0\rfn:a\rend:vcard\r", "vcard"),
        (json.dumps(jcard("a")).encode(), "jcard"),
        (json.dumps(jscontact("a")).encode(), "jscontact"),
        (
            json.dumps({"source": {"kind": "ios"}, "contacts": [jscontact("a")]}).encode(),
            "jscontact",
        ),
        (b'{"uid":"1","name":{"full":"a"},"phones":{}}', "jscontact"),
        (b'{"friends":[{"timestamp":1,"name":"a"}]}', "facebook"),
        (b'{"address_book_v2":{"address_book":[]}}', "facebook"),
        (b"window.YTD.contact.part3 = []", "x"),
    ],
    ids=lambda value: value[:24].decode() if isinstance(value, bytes) else None,
)
def test_other_beginnings_of_the_same_kinds(body: bytes, format_: str) -> None:
    assert files.detect(io.BytesIO(body)).format == format_


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "outlook-message"),
        (b"!BDN\x01\x02\x03\x04", "outlook-store"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image"),
        (b"<!DOCTYPE html><html><body>BEGIN</body></html>", "web-page"),
        (b"<?xml version='1.0'?><vcards/>", "xml"),
        (b"SQLite format 3\0\x10\0", "database"),
        (b"bplist00\xd1\x01\x02", "apple-archive"),
        (b'// <!-- <mdb:mork:z v="1.4"/> -->\n', "mork"),
        (b"\x1f\x8b\x08\0", "packed"),
        (b"31.12.23, 22:15 - Ann: happy new year\n31.12.23, 22:16 - Bea: you too\n", "chat"),
        ("\u200e[31/12/2023, 10:15:01 PM] Ann: hi, there\n".encode(), "chat"),
        (b'{"participants":[],"messages":[{"sender_name":"Ann","timestamp_ms":1}]}', "chat"),
        (b'{"name":"package","version":"1.0.0"}', "json"),
        (b"[]", "json"),
        (b'window.YTD.account.part0 = [{"account":{"email":"a@example.org"}}]', "x-archive"),
        (b"just a line of text that is no address book", "unknown"),
        (bytes(range(256)) * 4, "unknown"),
        (packed(("xl/workbook.xml", b"<workbook/>"), ("[Content_Types].xml", b"")), "spreadsheet"),
        (packed(("Index/Document.iwa", b""), ("Index/Tables/Table.iwa", b"")), "spreadsheet"),
        (packed(("word/document.xml", b"<w/>")), "document"),
        (packed(("a.abbu/AddressBook-v22.abcddb", b"")), "apple-archive"),
        (packed(("photo.jpg", b"\xff\xd8\xff")), "zip-empty"),
        (packed(), "zip-empty"),
        (packed(("_chat.txt", b"[31.12.23, 22:15:01] Ann: hi\n")), "chat"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_address_book_is_refused_by_its_name(body: bytes, found: str) -> None:
    with pytest.raises(UnsupportedFile) as told:
        files.detect(io.BytesIO(body))
    assert told.value.members == {"found": found, "accepted": list(files.ACCEPTED)}
    assert (told.value.status, told.value.slug) == (422, "unsupported-file")
    assert told.value.detail == refusals.DETAILS[found]


def test_the_name_of_a_file_counts_for_nothing() -> None:
    assert names(changes(packed(("contacts.csv", vcf("Ann")), ("people.vcf", KINDS["jcard"])))) == [
        "Ann", "Ann", "Bea",
    ]  # fmt: skip


def test_an_unknown_charset_is_refused_and_not_repeated() -> None:
    for name in ("klingon", "base64", "rot13", "x" * 300, "a\0b"):
        with pytest.raises(InvalidParameter) as told:
            files.detect(io.BytesIO(KINDS["vcard"]), name)
        assert name not in told.value.detail


def test_the_sample_shows_what_was_guessed() -> None:
    body = vcf("Ann") + vcf("x").replace(b"FN:x", "FN:Jürgen Groß".encode("cp1252"))
    found = files.detect(io.BytesIO(body))
    assert (found.charset, found.sample) == ("cp1252", "FN:Jürgen Groß")
    assert files.detect(io.BytesIO(KINDS["vcard"])).sample == "FN:Ann"
    assert files.detect(io.BytesIO(packed(("a.vcf", body)))).sample == "FN:Jürgen Groß"
    assert len(files.detect(io.BytesIO(vcf("é" * 900))).sample) == 200


def test_a_zip_says_a_charset_only_where_it_is_that_of_all() -> None:
    one = vcf("x").replace(b"FN:x", "FN:Jürgen Groß".encode("cp1252"))
    other = vcf("x").replace(b"FN:x", "FN:Сергей Петров".encode("cp1251"))
    both = packed(("a.vcf", one), ("b.vcf", other))
    assert files.detect(io.BytesIO(packed(("a.vcf", one)))).charset == "cp1252"
    assert files.detect(io.BytesIO(both)).charset is None
    assert names(changes(both)) == ["Jürgen Groß", "Сергей Петров"]
    assert attempt(both, "koi8-r") == changes(both, "koi8-r")
