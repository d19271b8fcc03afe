"""The safe rule: who may be joined unasked, and who never."""

from typing import Any

import msgspec
import pytest

from contact_service.formats import jscontact
from contact_service.matching import duplicates
from contact_service.matching.duplicates import Facts
from contact_service.matching.phones import Memo
from contact_service.model.identifier import Identifier

NUMBER = "+14155550100"
TEL = Identifier(f"tel:{NUMBER}")


def facts(name: Any, *numbers: str, **members: Any) -> Facts:
    named = {"full": name} if isinstance(name, str) else name
    phones = {f"p{at}": {"number": number} for at, number in enumerate(numbers)}
    made = {"@type": "Card", "version": "1.0", "uid": "u", "name": named, "phones": phones}
    card, fields = jscontact.read(msgspec.json.encode(made | members), "u")
    del card
    return duplicates.facts(fields, "US", Memo())


def parts(**kinds: str) -> dict[str, Any]:
    components = [{"kind": kind, "value": value} for kind, value in kinds.items()]
    return {"full": "J Smith", "components": components}


def born(**date: int) -> dict[str, Any]:
    return {"b": {"kind": "birth", "date": date}}


ANN = facts("Ann Lee", NUMBER)
MAIL = {"e": {"address": "Ann@Example.com"}}


@pytest.mark.parametrize(
    "other",
    [
        facts("Ann Lee", NUMBER),
        facts("ANN  LEE", "(415) 555-0100", "+14155550199"),
        facts("Ånn Lée", NUMBER, anniversaries=born(month=3, day=1)),
    ],
    ids=["alike", "spelled otherwise", "marks and a yearless birthday"],
)
def test_an_equal_name_and_a_shared_identifier_are_one_person(other: Facts) -> None:
    assert duplicates.safe(ANN, other, set())
    assert duplicates.safe(other, ANN, set())
    assert not duplicates.safe(ANN, other, {TEL})


@pytest.mark.parametrize(
    "other",
    [
        facts("Ann Lee"),
        facts("Ann Lee", "+14155550199"),
        facts("Bob Lee", NUMBER),
        facts("", NUMBER),
        facts("Ann Lee", "555-0100"),
        facts("Ann Lee", "+1415555010"),
        facts("Ann Lee", f"{NUMBER};ext=7"),
    ],
    ids=["name alone", "another number", "another name", "no name", "local", "short", "extension"],
)
def test_a_name_or_a_number_alone_is_not_enough(other: Facts) -> None:
    assert not duplicates.safe(ANN, other, set())
    assert not duplicates.safe(other, ANN, set())


def test_nobody_without_a_name_is_joined() -> None:
    assert not duplicates.safe(facts("", NUMBER), facts("", NUMBER), set())


def test_an_address_is_an_identifier_in_any_spelling() -> None:
    one = facts("Ann Lee", emails=MAIL)
    assert duplicates.safe(one, facts("Ann Lee", emails={"x": {"address": "ann@EXAMPLE.com"}}), ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (parts(given="John", surname="Smith"), parts(given="Jane", surname="Smith")),
        (
            parts(given="J", surname="Smith", generation="Sr"),
            parts(given="J", surname="Smith", generation="Jr"),
        ),
        (parts(given="J", surname="Smith"), parts(given="J", surname="Smith", generation="Jr")),
    ],
    ids=["siblings", "father and son", "one generation told"],
)
def test_families_stay_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not duplicates.safe(facts(one, NUMBER), facts(other, NUMBER), set())
    assert duplicates.safe(facts(one, NUMBER), facts(one, NUMBER), set())


def test_another_full_birthday_is_another_person() -> None:
    one = facts("Ann Lee", NUMBER, anniversaries=born(year=1990, month=1, day=2))
    other = facts("Ann Lee", NUMBER, anniversaries=born(year=1991, month=1, day=2))
    assert duplicates.contradict(one, other)
    assert not duplicates.safe(one, other, set())
    assert duplicates.safe(one, ANN, set())


def test_a_weaker_hint_is_a_name_or_an_identifier() -> None:
    assert duplicates.possible(ANN, facts("Ann Lee"), set())
    assert duplicates.possible(ANN, facts("Bob", NUMBER), set())
    assert not duplicates.possible(ANN, facts("Bob", NUMBER), {TEL})
    assert not duplicates.possible(facts(""), facts(""), set())
