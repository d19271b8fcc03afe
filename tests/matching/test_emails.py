import random
import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from contact_service.matching import emails


def oracle(raw):
    try:
        found = validate_email(raw, check_deliverability=False)
    except (EmailNotValidError, ValueError):
        return None
    local = unicodedata.normalize("NFC", found.local_part).casefold()
    return f"{local}@{found.ascii_domain.lower()}"


def fuzzed(rng):
    """An ASCII address that is nearly right: odd dots, hyphens, reserved names, lengths about their limits."""
    local = "".join(rng.choices("aZ9.+-_!#'%{", k=rng.choice([1, 3, 8, 63, 64, 65])))
    lengths = rng.choices([1, 2, 4, 6, 62, 63, 64], k=rng.randrange(4))
    labels = ["".join(rng.choices("abcX09-", k=length)) for length in lengths]
    tail = rng.choice(
        [
            "com",
            "COM",
            "de",
            "local",
            "test",
            "arpa",
            "xn--p1ai",
            "a1",
            "1a",
            "c",
            "o-m",
            "co--m",
            "invalid",
            "",
        ]
    )
    domain = ".".join([*labels, tail])
    if rng.random() < 0.5:
        local, domain = (
            local.strip(".").replace("..", "."),
            domain.replace("-.", "a.").replace(".-", ".a").lstrip("-."),
        )
    return f"{local}@{domain}" + ("" if rng.random() < 0.97 else rng.choice(["\n", "@", "."]))


def differences(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        raw = fuzzed(rng)
        if not raw.endswith("\n") and emails.canonical(raw) != oracle(raw):
            yield raw


def test_fuzzed_addresses_are_judged_as_the_library_judges_them():
    assert list(differences(31, 10_000)) == []


@pytest.mark.soak
def test_a_hundred_thousand_fuzzed_addresses_are_judged_as_the_library_judges_them():
    assert list(differences(32, 100_000)) == []


def test_the_fuzz_meets_both_verdicts_on_the_fast_path():
    rng = random.Random(33)
    made = [fuzzed(rng) for _ in range(3000)]
    fast = [raw for raw in made if emails._PLAIN.match(raw)]
    assert sum(1 for raw in fast if oracle(raw)) > 100
    assert sum(1 for raw in fast if not oracle(raw)) > 20


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("Ann.Lee@Example.COM", "ann.lee@example.com"),
        (" <mailto:Ann@Example.com> ", "ann@example.com"),
        ("MAILTO:ann@example.com", "ann@example.com"),
        ("\u200eann@example.com\ufeff", "ann@example.com"),
        ("ann+tag@gmail.com", "ann+tag@gmail.com"),
        ("a.n.n@gmail.com", "a.n.n@gmail.com"),
        ("info@straße.de", "info@xn--strae-oqa.de"),
        ("info@STRASSE.de", "info@strasse.de"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
        ("Größe@example.com", "grösse@example.com"),
        ("JOSE\u0301@example.com", "josé@example.com"),
    ],
)
def test_every_spelling_of_an_address_has_one_key(raw, key):
    assert emails.canonical(raw) == key


@pytest.mark.parametrize(
    "raw",
    ['"a b"@example.com', "ann@[127.0.0.1]", "ann", "@example.com", "ann@", "ann@localhost", "a@b.test", "a b@example.com",
     "ann@example.com\nbcc: bob@example.com", "a@" + "b" * 64 + ".com", "a" * 250 + "@b.com", "\ud800@example.com", "a@b..com", ""],
)  # fmt: skip
def test_what_mail_cannot_reach_is_no_key(raw):
    assert emails.canonical(raw) is None


ADDRESSES = st.builds(
    "{}{}@{}.{}".format,
    st.sampled_from(["", " ", "<", "mailto:"]),
    st.text(st.characters(min_codepoint=0x21), min_size=1, max_size=12),
    st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=8),
    st.sampled_from(["com", "de", "рф", "XN--P1AI"]),
)


@given(st.one_of(st.text(max_size=60), ADDRESSES))
@example("ΐ" * 60 + "@example.com")
@example("\u0345a@example.com")
@example("a%41b@example.com")
def test_a_key_is_its_own_key_and_no_text_makes_it_raise(raw):
    key = emails.canonical(raw)
    assert key is None or emails.canonical(key) == key
