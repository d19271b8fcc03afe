import random
import time

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, ValidationResult

from contact_service.matching import phone_plans, phones
from contact_service.matching.phones import PhoneNumber, Reason

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
STEP = [
    (r, n) for r in REGIONS for t in range(11) if (n := phonenumbers.example_number_for_type(r, t))
]


@pytest.fixture(autouse=True, scope="module")
def wide_cache():
    phones.widen_regex_cache()


def oracle(raw, region):
    """What the library says, shaped as our answer; None where it finds neither a valid nor a possible number."""
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if not (valid or possible):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    region = phonenumbers.region_code_for_number(number)
    return PhoneNumber(e164, number.extension or None, region, valid=valid, possible=possible)


def messy(rng):
    """A number of some region with digits changed, written in one of eight ways and typed carelessly."""
    region, number = rng.choice(STEP)
    nsn = phonenumbers.national_significant_number(number)
    chance = rng.random()
    if chance < 0.5:
        cut = rng.randrange(1, 6)
        nsn = nsn[: max(0, len(nsn) - cut)] + "".join(rng.choices("0123456789", k=cut))
    elif chance < 0.6:
        nsn = "".join(rng.choices("0123456789", k=rng.randrange(3, 14)))
    code = str(number.country_code)
    prefix = PhoneMetadata.metadata_for_region(region).national_prefix or "0"
    abroad = rng.choice(REGIONS)
    raw = rng.choice(
        [
            lambda: f"+{code}{nsn}",
            lambda: code + nsn,
            lambda: prefix + nsn,
            lambda: nsn,
            lambda: (
                rng.choice(["00", "011", "+00", "+ ", "(+"])
                + code
                + rng.choice(["", "(0)", "0", " "])
                + nsn
            ),
            lambda: phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
            lambda: phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
            lambda: phonenumbers.format_out_of_country_calling_number(number, abroad),
        ]
    )()
    if rng.random() < 0.3:
        at = rng.randrange(len(raw) + 1)
        raw = (
            raw[:at]
            + rng.choice([*"-. /()0+* x#1", " ext. 12", ";ext=7", "\u200e", "\u00a0", "،"])
            + raw[at:]
        )
    if rng.random() < 0.1:
        raw = "tel:" + raw
    return raw, region if rng.random() < 0.7 else rng.choice(REGIONS)


def differences(seed, count, make):
    rng = random.Random(seed)
    for _ in range(count):
        raw, region = make(rng)
        expected, found = oracle(raw, region), phones.normalise(raw, region)
        if found == expected or (expected is None and isinstance(found, Reason)):
            continue
        if found is Reason.SHORT_CODE and not expected.valid and len(expected.e164) <= 10:
            continue
        yield raw, region, expected, found


def fuzzed_e164(rng):
    code = rng.choice(sorted(phone_plans.CODES))
    return f"+{code}" + "".join(rng.choices("0123456789", k=rng.randrange(4, 13))), None


def test_messy_strings_of_all_regions_are_read_as_the_library_reads_them():
    assert list(differences(20261, 20_000, messy)) == []


def test_fuzzed_e164_is_read_as_the_library_reads_it():
    assert list(differences(20262, 10_000, fuzzed_e164)) == []


def otherwise_identified(seed, count, make):
    """Where the short way to an Identifier and the whole one part."""
    rng = random.Random(seed)
    for _ in range(count):
        raw, region = make(rng)
        whole = phones.normalise(raw, region)
        told = whole.identifier if isinstance(whole, PhoneNumber) else None
        if phones.identifier(raw, region) != told:
            yield raw, region, told


def test_an_identifier_is_that_of_the_number():
    assert list(otherwise_identified(20265, 20_000, messy)) == []
    assert list(otherwise_identified(20266, 60_000, fuzzed_e164)) == []


@pytest.mark.soak
def test_a_million_fuzzed_e164_and_messy_strings_are_read_as_the_library_reads_them():
    assert list(differences(20263, 1_000_000, fuzzed_e164)) == []
    assert list(differences(20264, 500_000, messy)) == []


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("06 698 12345", "IT", "+390669812345"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("tel:2671;phone-context=+1415555", "US", "+14155552671"),
        ("011 49 170 1234567", "US", "+491701234567"),
        ("\u202a+49 170 1234567\u202c", None, "+491701234567"),
        ("＋４９ １７０ １２３４５６７", None, "+491701234567"),
        ("+٤٩ ١٧٠ ١٢٣٤٥٦٧", None, "+491701234567"),
        ("tel:+1-415-555-2671", None, "+14155552671"),
        ("4155552671", "us", "+14155552671"),
    ],
)
def test_a_number_is_read_however_it_is_written(raw, region, e164):
    found = phones.normalise(raw, region)
    assert isinstance(found, PhoneNumber)
    assert (found.e164, found.valid, found.identifier) == (e164, True, "tel:" + e164)


@pytest.mark.parametrize(
    "raw",
    [
        "+14155552671;ext=12",
        "+1 415 555 2671 x12",
        "+1 415 555 2671 ext. 12",
        "+1 415 555 2671,,12#",
    ],
)
def test_a_number_with_an_extension_is_kept_apart_and_identifies_nobody(raw):
    found = phones.normalise(raw, "US")
    assert isinstance(found, PhoneNumber)
    assert (found.e164, found.extension, found.identifier) == ("+14155552671", "12", None)


@pytest.mark.parametrize(
    ("raw", "region", "reason"),
    [
        ("555-2671", "US", Reason.LOCAL_ONLY),
        ("110", "DE", Reason.LOCAL_ONLY),
        ("911", "US", Reason.TOO_SHORT),
        ("12345", "DE", Reason.SHORT_CODE),
        ("*100#", "US", Reason.NOT_A_NUMBER),
        ("0170 1234567", None, Reason.REGION_UNKNOWN),
        ("0170 1234567", "XX", Reason.REGION_UNKNOWN),
        ("+999 1234567", None, Reason.UNKNOWN_CODE),
        ("call me", "US", Reason.NOT_A_NUMBER),
        ("", "US", Reason.NOT_A_NUMBER),
        ("1" * 251, "US", Reason.TOO_LONG),
    ],
)
def test_what_cannot_be_dialled_from_anywhere_has_a_reason(raw, region, reason):
    assert phones.normalise(raw, region) is reason


def test_a_valid_number_the_library_calls_local_is_kept_but_identifies_nobody():
    found = phones.normalise("+13101234", None)
    assert found == oracle("+13101234", None)
    assert found.valid
    assert found.identifier is None


@given(st.text(max_size=40), st.sampled_from([None, "US", "DE", "AR", "zz", ""]))
@example("\ud800+1", "US")
@example("+14155552671\n", None)
@example("²³⁴5678901", "US")
def test_no_text_makes_normalise_raise_or_differ(raw, region):
    found, expected = phones.normalise(raw, region), oracle(raw, region or None)
    assert found == expected or isinstance(found, Reason)
    assert not (expected and expected.valid and isinstance(found, Reason))


def test_a_canonical_number_is_its_own_canonical_form():
    for region, number in STEP:
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        again = phones.normalise(e164, region)
        assert isinstance(again, PhoneNumber)
        assert again.e164 == e164


@pytest.mark.parametrize(
    ("raw", "region", "forms"),
    [
        ("+52 1 55 1234 5678", "US", ("+525512345678",)),
        ("0049 170 1234567", "US", ("+491701234567",)),
        ("+14155552671p12", "US", ("+14155552671",)),
        ("+14155552671 w 99", "US", ("+14155552671",)),
        ("+14155552671", "US", ()),
        ("0170 1234567", "US", ()),
        ("gibberish", "US", ()),
        ("1" * 300, "US", ()),
    ],
)
def test_repairs_are_made_only_where_the_number_is_none_as_it_stands(raw, region, forms):
    assert phones.legacy_forms(raw, region) == forms


def test_the_memo_answers_as_normalise_does_and_forgets_the_oldest():
    memo = phones.Memo(size=2)
    for raw in ("+14155552671", "+14155552672", "+14155552673", "+14155552671"):
        assert memo.normalise(raw, None) == phones.normalise(raw, None)
    assert memo.normalise.cache_info().currsize == 2


def test_two_memos_share_nothing():
    one, other = phones.Memo(), phones.Memo()
    one.normalise("+14155552671", None)
    assert other.normalise.cache_info().currsize == 0


def test_widening_the_cache_keeps_patterns_that_python_would_drop():
    # Python's own cache holds 512 patterns; a walk over all regions needs more, so the second one compiled them again.
    for region in REGIONS:
        phonenumbers.is_valid_number(phonenumbers.example_number(region))
    compiled = phonenumbers.re_util._COMPILED_PATTERNS
    assert compiled is not None
    assert len(compiled) > 512


@pytest.mark.parametrize(
    "raw",
    ["1" * 250, "+" * 250, "(" * 249 + "1", "1 " * 125, "1x" * 125, "a1" * 125, "," * 249 + "1"],
)
def test_the_longest_text_takes_two_milliseconds_at_most(raw):
    best = min(_timed(raw) for _ in range(5))
    assert best <= 0.002


def _timed(raw):
    start = time.process_time()
    phones.normalise(raw, "US")
    return time.process_time() - start


def test_common_numbers_never_reach_the_library(monkeypatch):
    def refuse(raw, region):
        raise AssertionError(region)

    monkeypatch.setattr(phones, "_by_library", refuse)
    for region in ("US", "DE", "GB", "FR", "IN", "BR", "AR", "IT", "RU", "CN", "MX"):
        number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        for form in (
            PhoneNumberFormat.E164,
            PhoneNumberFormat.NATIONAL,
            PhoneNumberFormat.INTERNATIONAL,
        ):
            found = phones.normalise(phonenumbers.format_number(number, form), region)
            assert isinstance(found, PhoneNumber)
            assert found.valid
