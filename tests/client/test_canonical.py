"""Identifiers are spelled as the service spells them: another spelling would be a person nobody finds."""

import random
from functools import cache

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_client import canonical
from contact_service.matching import identifiers

EXAMPLES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (number := phonenumbers.example_number(region)) is not None
]
ALPHABET = "0123456789+ ()-./x#;,tel:ext=phone-context@+٣１pw*"
PHONES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["tel:", "TEL:", "tel: ", "tel:tel:", ""]),
    st.one_of(
        st.sampled_from(EXAMPLES),
        st.from_regex(r"\+?[0-9 ()./-]{4,20}", fullmatch=True),
        st.text(ALPHABET, max_size=25),
    ),
    st.sampled_from(["", " ", ";ext=4", " x12", "p1", ";phone-context=+1", "#"]),
)
LOCALS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_.+'-]{1,70}", fullmatch=True),
    st.text(st.characters(min_codepoint=0x21), min_size=1, max_size=12),
)
DOMAINS = st.builds(
    "{}.{}".format,
    st.one_of(
        st.from_regex(r"[A-Za-z0-9-]{1,70}", fullmatch=True),
        st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=8),
    ),
    st.sampled_from(["com", "de", "рф", "XN--P1AI", "test", "local", "c", "co-m", "1", "Com"]),
)
EMAILS = st.builds(
    "{}{}{}@{}{}".format,
    st.sampled_from(["mailto:", "MailTo:", "mailto:mailto:", ""]),
    st.sampled_from(["", " ", "<", "\u200b", "\u200d", '"']),
    LOCALS,
    DOMAINS,
    st.sampled_from(["", ">", " ", "\u00ad", "\n", "."]),
)


@given(st.one_of(st.text(max_size=40), PHONES, EMAILS))
@example("tel:+4930123456")
@example("tel:+49112")
@example("tel:+491122")
@example("tel:12345;phone-context=+49")
@example("mailto:STRASSE@straße.de")
@example("mailto:a@b.c")
@example("mailto:" + "a" * 64 + "@example.org")
@example("mailto:" + "ﬃ" * 20 + "@" + "b" * 60 + ".com")
@example("tel:" + " " * 260 + "+4930123456")
def test_the_client_spells_as_the_service_does(text: str) -> None:
    assert canonical(text) == identifiers.parse(text)


@given(st.one_of(PHONES, EMAILS))
def test_a_canonical_spelling_stays(text: str) -> None:
    found = canonical(text)
    assert found is None or canonical(found) == found


@cache
def fuzzed(count: int) -> list[str]:
    """Numbers with a digit more, less or other, in usual writings; addresses with a character more or less."""
    rnd = random.Random(4)
    return [_phone(rnd) if rnd.random() < 0.7 else _email(rnd) for _ in range(count)]


def _phone(rnd: random.Random) -> str:
    text = [*rnd.choice(EXAMPLES)]
    for _ in range(rnd.randrange(4)):
        at = rnd.randrange(len(text) + 1)
        text[at : at + rnd.randrange(2)] = rnd.choice(["", *"0123456789 -()./"])
    return rnd.choice(["tel:", "tel:+", "tel:00"]) + "".join(text)


def _email(rnd: random.Random) -> str:
    text = [*rnd.choice(["ann.lee@example.org", "Ж@почта.рф", "o'x+tag@sub.xn--p1ai.co.uk"])]
    for _ in range(rnd.randrange(5)):
        at = rnd.randrange(len(text) + 1)
        text[at : at + rnd.randrange(2)] = rnd.choice(["", *"aZ0.-_@ß\u200dı \"'"])
    return "mailto:" + "".join(text)


def test_fuzzed_numbers_and_addresses_are_spelled_as_the_service_does() -> None:
    differ = [text for text in fuzzed(3_000) if canonical(text) != identifiers.parse(text)]
    assert differ == []
    found = sum(canonical(text) is not None for text in fuzzed(3_000))
    assert 500 < found < 2_500, "both verdicts are met"


@pytest.mark.soak
def test_many_more_of_them() -> None:
    differ = [text for text in fuzzed(200_000) if canonical(text) != identifiers.parse(text)]
    assert differ == []
