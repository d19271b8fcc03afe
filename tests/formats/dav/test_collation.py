"""The collations, against their RFCs on many scripts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.dav import collation

EQUAL = [
    ("jörg", "JÖRG"), ("jörg", "jo\u0308rg"), ("ÅNGSTRÖM", "a\u030angstro\u0308m"), ("\u212b", "å"), ("Ελένη", "ΕΛΈΝΗ"),
    ("Анна", "АННА"), ("йод", "И\u0306ОД"), ("ԱՐԱՄ", "արամ"), ("ǆ", "Ǆ"), ("ǅ", "ǆ"), ("①", "1"), ("Ａｎｎ", "ann"),
    ("한", "\u1112\u1161\u11ab"), ("ガ", "ｶﾞ"), ("𐐀", "𐐨"), ("µ", "μ"), ("ς", "Σ"), ("ﷺ", "صلى الله عليه وسلم"), ("ſ", "s"), ("Ⅷ", "ⅷ"),
]  # fmt: skip
# The simple mappings are meant, character by character, with no second look at what came out.
UNEQUAL = [
    ("ß", "ss"), ("ß", "SS"), ("ﬁ", "fi"), ("İ", "i"), ("ı", "İ"), ("ა", "Ა"), ("a\u0301\u0323", "a\u0323\u0301"), ("é", "e"), ("漢", "汉"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_unicode_casemap_makes_these_alike(one: str, other: str) -> None:
    assert collation.unicode_casemap(one) == collation.unicode_casemap(other)


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_unicode_casemap_keeps_these_apart(one: str, other: str) -> None:
    assert collation.unicode_casemap(one) != collation.unicode_casemap(other)


def test_the_letter_is_found_in_the_letter_with_a_mark() -> None:
    assert collation.unicode_casemap("e") in collation.unicode_casemap("René")


def step_by_step(text: str) -> str:
    """RFC 5051 2 as it is told: title case by the simple mapping, then decomposed until nothing is left to do."""
    out, rest = "", list(text)
    for char in rest:
        title = char.title()
        pending = [title if len(title) == 1 else char]
        while pending:
            first = pending.pop(0)
            parts = unicodedata.decomposition(first).split()
            if 0xAC00 <= ord(first) < 0xD7A4:
                out += unicodedata.normalize("NFD", first)
            elif parts:
                pending = [chr(int(part, 16)) for part in parts if part[0] != "<"] + pending
            else:
                out += first
    return out


@given(st.text(st.characters()))
def test_unicode_casemap_is_the_procedure_of_the_rfc(text: str) -> None:
    assert collation.unicode_casemap(text) == step_by_step(text)


def test_unicode_casemap_of_every_character_is_that_of_the_rfc() -> None:
    told = [
        char
        for char in map(chr, range(0x30000))
        if collation.unicode_casemap(char) != step_by_step(char)
    ]
    assert told == []


def test_a_character_is_not_remembered_for_ever() -> None:
    collation.unicode_casemap("".join(map(chr, range(0x100, 0x30000))))
    assert len(collation._titlecase) <= collation._MOST


@given(st.text(st.characters()))
def test_ascii_casemap_folds_the_26_letters_alone(text: str) -> None:
    told = "".join(char.upper() if "a" <= char <= "z" else char for char in text)
    assert collation.ascii_casemap(text) == told


@given(st.text(st.characters()))
def test_octet_folds_nothing(text: str) -> None:
    assert collation.octet(text) == text


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(sorted(collation.FOLDS)))
def test_what_is_part_of_a_text_is_part_of_the_folded_text(text: str, name: str) -> None:
    fold = collation.FOLDS[name]
    half = len(text) // 2
    assert fold(text[half:]) in fold(text)
    assert fold(text[:half]) + fold(text[half:]) == fold(text)
