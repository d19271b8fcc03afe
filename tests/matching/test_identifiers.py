import msgspec
import pytest

from contact_service.formats import jscontact
from contact_service.matching import identifiers
from contact_service.matching.phones import Memo
from contact_service.model.card import Email, Fields, Phone

CARD = Fields(
    phones={
        "b": Phone("0170 1234567"),
        "a": Phone("+49 170 1234567"),
        "c": Phone("+1 415 555 2671 ext. 12"),
        "d": Phone("110"),
        "e": Phone("tel:+1-415-555-2671"),
    },
    emails={"x": Email("Ann@Example.com"), "y": Email("ann@example.com"), "z": Email("nobody")},
)


def test_a_card_has_its_distinct_identifiers_in_its_own_order():
    assert identifiers.of(CARD, "DE", Memo()) == (
        "tel:+491701234567",
        "tel:+14155552671",
        "mailto:ann@example.com",
    )


def test_a_card_is_never_found_by_an_account():
    reach = {"x": {"service": "X", "user": "4711", "uri": "account:x:4711"}}
    json = {"@type": "Card", "version": "1.0", "uid": "1", "onlineServices": reach}
    json["phones"] = {"p": {"number": "account:x:4711"}}
    json["emails"] = {"e": {"address": "account:facebook:4711"}}
    fields = jscontact.fields(msgspec.json.encode(json))
    assert identifiers.of(fields, "US", Memo()) == ()


def test_without_a_region_only_numbers_with_a_plus_identify():
    only = Fields(phones={"b": Phone("0170 1234567")})
    assert identifiers.of(only, None, Memo()) == ()
    assert identifiers.of(CARD, None, Memo())[0] == "tel:+491701234567"


def test_an_empty_card_has_none():
    assert identifiers.of(Fields(), "US", Memo()) == ()


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("tel:+14155550123", "tel:+14155550123"),
        ("TEL:+1 (415) 555-0123", "tel:+14155550123"),
        ("mailto:A@B.co", "mailto:a@b.co"),
        ("tel:0170 1234567", None),
        ("tel:+14155550123;ext=5", None),
        ("tel:110", None),
        ("mailto:nobody", None),
        ("+14155550123", None),
        ("a@b.co", None),
        ("sms:+14155550123", None),
        ("", None),
        ("tel:", None),
        ("tel:tel:+1" + "5" * 400, None),
        ("account:x:4711", "account:x:4711"),
        ("Account:Facebook:10158291", "account:facebook:10158291"),
        ("account:x:0", None),
        ("account:x:04711", None),
        ("account:x:+4711", None),
        ("account:x:4711 ", None),
        ("account:x:4711\n", None),
        ("account:x:\u0664\u0667", None),
        ("account:x:" + "1" * 21, None),
        ("account:x:ann", None),
        ("account:x", None),
        ("account:google:4711", None),
        ("account::4711", None),
        ("x:4711", None),
    ],
)
def test_an_identifier_is_read_by_its_syntax_alone(text, identifier):
    assert identifiers.parse(text) == identifier


def test_what_a_card_is_found_by_reads_back_as_itself():
    for identifier in identifiers.of(CARD, "DE", Memo()):
        assert identifiers.parse(identifier) == identifier


@pytest.mark.parametrize(
    ("number", "told"),
    [("+14155550100", False), ("tel:+14155550100", False), ("415 555 0100", True), ("", True)],
)
def test_a_number_with_a_plus_is_read_alike_everywhere(number, told):
    card = Fields(phones={"p": Phone(number)})
    assert identifiers.is_regional(card) is told
    if not told:
        assert len({identifiers.of(card, region, Memo()) for region in (None, "DE", "US")}) == 1
