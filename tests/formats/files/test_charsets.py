"""Text in old code pages is read as it was meant, and what cannot be is a reject: never U+FFFD."""

import io
from encodings import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.files import decoding
from contact_service.formats.vcard import charsets

from .bringing import KINDS, attempt, changes, codes, entry, names, vcf

PEOPLE = {
    "cp1252": "José Nuñez, Müller, Françoise, Åse Sørensen",
    "cp1250": "Łukasz Żółć, Antonín Dvořák, Jiří Šťastný",
    "cp1251": "Иван Петров, Віталій Кличко, ул. Ленина",
    "cp1253": "Γιώργος Παπαδόπουλος, Νίκος",
    "cp1254": "Mustafa Ağaoğlu, Şükrü Çağlayan, Işık",
    "cp1255": "אפרים קישון, דוד, משה כהן",
    "cp1256": "محمد أحمد, فاطمة, علي حسن",
    "cp1257": "Jānis Bērziņš, Žydrūnas Šaučiūnas",
    "koi8_r": "Сергей Иванов, Анна, Москва",
    "cp932": "山田太郎, 鈴木花子, ヤマダ",
    "gb18030": "王小明, 北京市朝阳区, 张伟",
    "big5": "陳大文, 臺北市, 王小明",
    "euc_kr": "홍길동, 김철수, 서울",
}


@pytest.mark.parametrize("charset", PEOPLE)
def test_a_few_names_are_enough_to_tell_their_code_page(charset: str) -> None:
    told = PEOPLE[charset].split(", ")
    made = b"".join(vcf("x").replace(b"FN:x", f"FN:{name}".encode(charset)) for name in told)
    assert names(changes(made)) == told
    ldif = "\n".join(entry("x").replace("cn: x", f"cn: {name}") for name in told)
    assert names(changes(ldif.encode(charset))) == told


@pytest.mark.parametrize("charset", PEOPLE)
def test_a_charset_that_the_owner_names_is_taken(charset: str) -> None:
    for name in PEOPLE[charset].split(", "):
        made = vcf("x", "NOTE:ok").replace(b"FN:x", f"FN:{name}".encode(charset))
        assert names(changes(made, charset)) == [name]


@pytest.mark.parametrize("charset", ["iso2022_jp", "utf-7", "utf-16", "cp037"])
def test_so_is_one_in_which_ascii_is_not_itself(charset: str) -> None:
    made = vcf("山田" if charset != "cp037" else "Ann").decode().encode(charset)
    assert names(changes(made, charset)) == ["山田" if charset != "cp037" else "Ann"]


def test_a_property_in_its_own_charset_is_read_by_it_whatever_the_file_is_in() -> None:
    own = "FN;CHARSET=windows-1251:Иван".encode("cp1251")
    made = vcf("x").replace(b"FN:x", own) + vcf("Zoë")
    assert names(changes(made)) == ["Иван", "Zoë"]
    assert names(changes(made, "cp1252")) == ["Иван", "Zoë"]


def test_one_bad_byte_makes_no_code_page_of_utf_8() -> None:
    good = "".join(f"{entry(name)}\n" for name in ("Jürgen Größe", "Zoë Ñandú", "Łódź Żółw"))
    bad = entry("Bad").encode().replace(b"cn: Bad", b"cn: B\xffd")
    found = changes(good.encode() + bad)
    assert names(found) == ["Jürgen Größe", "Zoë Ñandú", "Łódź Żółw"]
    assert codes(found) == ["undecodable"]


def test_pairs_of_bytes_that_look_like_utf_8_are_not_taken_for_it() -> None:
    accident = "茅".encode("gb18030")
    assert accident.decode() == "é"
    made = vcf("x").replace(b"FN:x", b"FN:" + accident) + vcf("y").replace(
        b"FN:y", "FN:王小明\r\nORG:北京市朝阳区".encode("gb18030")
    )
    assert names(changes(made)) == ["茅", "王小明"]


def test_utf_8_lines_in_a_file_of_a_code_page_stay_utf_8() -> None:
    made = vcf("Zoë") + b"".join(
        vcf("x").replace(b"FN:x", f"FN:{name}".encode("cp1252"))
        for name in ("José", "Müller", "Åse")
    )
    assert names(changes(made)) == ["Zoë", "José", "Müller", "Åse"]


@given(
    st.binary(max_size=80) | st.text(max_size=20).map(lambda text: text.encode("utf-16-le")),
    st.sampled_from(["utf-8", "cp1252", "koi8_r", "euc_kr", "utf-16-le", "utf-16-be", "utf-32-le"]),
)
def test_text_with_marks_gives_its_bytes_back(body: bytes, charset: str) -> None:
    _, bom = decoding.told(body)
    text = "".join(decoding.text(io.BytesIO(body), charset))
    units = {"utf-16": 2, "utf-32": 4}.get(charset[:6], 1)
    if (len(body) - bom) % units == 0:
        assert decoding.received(text, charset) == body[bom:]
    if decoding.is_whole(text):
        assert text == body[bom:].decode(charset)
    else:
        with pytest.raises(UnicodeDecodeError):
            body[bom:].decode(charset)


def test_of_two_readings_that_are_equal_the_common_one_is_taken() -> None:
    assert charsets.of_sample("Jürgen Groß\n".encode("cp1250")) == "cp1252"
    assert charsets.of_sample(b"") in {None, "cp1252"}


@pytest.mark.parametrize("charset", ["cp1252", "utf-8"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_bom_beats_the_owner(kind: str, charset: str) -> None:
    body = b"\xff\xfe" + KINDS[kind].decode().encode("utf-16-le")
    assert changes(body, charset) == changes(KINDS[kind])


@pytest.mark.parametrize("charset", sorted(set(aliases.aliases.values()) - {"mbcs", "oem"}))
def test_every_charset_that_python_has_is_refused_or_read_without_a_word_lost(charset: str) -> None:
    try:
        told = decoding.known(charset)
        body = KINDS["vcard"].decode().encode(told or "utf-8")
    except UnicodeError:
        return
    found = attempt(body, charset) if told else attempt(body)
    assert found == changes(KINDS["vcard"])
    for junk in (bytes(range(256)), b"BEGIN:VCARD\r\n" + bytes(range(256)), b"+\xff" * 9):
        attempt(junk, charset if told else None)
