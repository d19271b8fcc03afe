"""Several sources' Cards as one: loses nothing, is stable, and the owner's claims outlive the sources."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats import claims, combining
from contact_service.formats.claims import Claim
from contact_service.model.imports import Kind
from formats import contacts, edits

Card = dict[str, Any]
_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_UNITED = {"phones": "number", "emails": "address", "notes": "note", "nicknames": "name"}


def raw(card: Card) -> bytes:
    return msgspec.json.encode(card)


def person(called: str, *numbers: str, **members: Any) -> bytes:
    phones = {f"p{at}": {"number": number} for at, number in enumerate(numbers)}
    return raw(
        {"@type": "Card", "version": "1.0", "uid": "u", "name": {"full": called}, "phones": phones}
        | members
    )


def numbers(card: bytes | None) -> list[str]:
    assert card is not None
    held = msgspec.json.decode(card).get("phones", {})
    return sorted(phone["number"] for phone in held.values())


def says(card: bytes | None) -> Counter[Any]:
    found = Counter(
        (member, key if member in {"keywords", "members", "relatedTo"} else "", _ENCODE(entry))
        for member, held in msgspec.json.decode(card or b"{}").items()
        if isinstance(held, dict) and member not in {"name", "localizations", "speakToAs"}
        for key, entry in held.items()
    )
    whole = msgspec.json.decode(card or b"{}")
    for member in ("name", "localizations", "speakToAs", "kind", "language", "created", "updated"):
        if whole.get(member):
            found[(member, "", _ENCODE(whole[member]))] += 1
    for line in whole.get("vCardProps", []):
        found[("vCardProps", "", _ENCODE(line))] += 1
    return found


def test_the_order_of_precedence_is_that_of_the_design() -> None:
    ranked = sorted(Kind, key=combining.rank)
    assert [str(kind) for kind in ranked] == [
        "own", "ios", "android", "sim", "other", "google", "microsoft", "facebook", "x", "file",
    ]  # fmt: skip


def test_of_scalars_the_first_wins_and_maps_unite() -> None:
    one = person("Ann", "+14155550100", language="de")
    other = person("Ann Lee", "+1 415 555-0100", "+14155550199", language="en", prodId="x")
    found = combining.fold([one, other])
    assert found is not None
    read = msgspec.json.decode(found)
    assert (read["name"], read["language"]) == ({"full": "Ann"}, "de")
    assert numbers(found) == ["+14155550100", "+14155550199"]


def test_names_are_not_mixed() -> None:
    given_only = {"components": [{"kind": "given", "value": "Bob"}]}
    whole = {
        "components": [
            {"kind": "given", "value": "Robert"},
            {"kind": "surname", "value": "Smith"},
        ]
    }
    found = combining.fold([person("x", name=given_only), person("y", name=whole)])
    assert msgspec.json.decode(found or b"")["name"] == given_only


def test_none_say_nothing_and_one_is_left_as_it_came() -> None:
    assert combining.fold([]) is None
    one = b'{"uid": "u",  "@type":"Card","version":"1.0"}'
    assert combining.fold([one]) is one
    assert combining.is_bare(one)
    assert not combining.is_bare(person("A"))


@given(st.lists(contacts.CARDS, min_size=2, max_size=3))
@settings(max_examples=60, deadline=None)
def test_no_value_of_any_source_is_lost(drawn: list[Card]) -> None:
    found = msgspec.json.decode(combining.fold([raw(card) for card in drawn]) or b"")
    for card in drawn:
        hollow = {member for member in card if not card[member] or member == "speakToAs"}
        assert card.keys() <= found.keys() | hollow
        for member, value in _UNITED.items():
            held = {entry[value].strip() for entry in found.get(member, {}).values()}
            sent = {entry[value].strip() for entry in card.get(member, {}).values()}
            missing = {one for one in sent - held if one.casefold() not in map(str.casefold, held)}
            if member != "phones":
                assert not missing
    named = next((card["name"] for card in drawn if "name" in card), None)
    assert found.get("name") == named


@given(contacts.CARDS, contacts.CARDS)
@settings(max_examples=60, deadline=None)
def test_what_is_told_again_adds_nothing(one: Card, other: Card) -> None:
    once = combining.fold([raw(one), raw(other)])
    assert says(combining.fold([raw(one), raw(other), raw(other)])) == says(once)
    assert says(combining.fold([raw(one), raw(one)])) == says(raw(one))


@given(edits.triples())
@settings(max_examples=150, deadline=None)
def test_a_claim_over_its_base_is_what_stands(drawn: tuple[Card, Card, Card]) -> None:
    base, standing, _ = (raw(card) for card in drawn)
    claim = claims.of(base, standing, None, None)
    assert says(claims.over(base, claim, None)) == says(standing)
    again = claims.of(base, standing, claim, None)
    assert says(again.said) == says(claim.said)
    alone = claims.of(None, standing, None, None)
    assert says(claims.over(None, alone, None)) == says(standing)


@given(edits.triples())
@settings(max_examples=150, deadline=None)
def test_a_claim_told_anew_over_another_base_still_is_what_stands(
    drawn: tuple[Card, Card, Card],
) -> None:
    base, standing, later = (raw(card) for card in drawn)
    claim = claims.of(base, standing, None, None)
    moved = claims.of(base, later, claim, None)
    assert says(claims.over(base, moved, None)) == says(later)


CLAIMED = person("Ann", "+14155550100", "+14155550107", notes={"n": {"note": "mine"}})
BASE = person("Ann", "+14155550100", "+14155550101")


def test_what_the_owner_added_or_removed_outlives_a_change_of_the_source() -> None:
    claim = claims.of(BASE, CLAIMED, None, None)
    assert numbers(claim.said) == ["+14155550107"]
    changed = person("Ann B", "+14155550100", "+14155550101", "+14155550102")
    found = claims.over(changed, claim, None)
    assert numbers(found) == ["+14155550100", "+14155550102", "+14155550107"]
    assert msgspec.json.decode(found or b"")["name"] == {"full": "Ann B"}
    alone = claims.over(None, claim, None)
    assert numbers(alone) == ["+14155550107"]
    assert "name" not in msgspec.json.decode(alone or b"")


def test_a_source_that_says_what_was_claimed_takes_nothing_of_it_along() -> None:
    claim = claims.of(BASE, CLAIMED, None, None)
    told = person("Ann", "+14155550100", "+14155550101", "+14155550107")
    again = claims.of(told, CLAIMED, claim, None)
    assert numbers(claims.over(None, again, None)) == ["+14155550107"]


def test_what_was_removed_stays_so_when_it_is_told_again() -> None:
    claim = claims.of(BASE, CLAIMED, None, None)
    without = person("Ann", "+14155550100")
    kept = claims.of(without, CLAIMED, claim, None)
    assert numbers(claims.over(BASE, kept, None)) == ["+14155550100", "+14155550107"]


@pytest.mark.parametrize(
    "member",
    [{"language": "de"}, {"vCardProps": [["x-a", {}, "text", "1"]]}],
    ids=lambda m: next(iter(m)),
)
def test_a_member_that_was_removed_is_denied(member: Card) -> None:
    base = person("Ann", **member)
    claim = claims.of(base, person("Ann"), None, None)
    assert msgspec.json.decode(claim.denied) == member
    assert says(claims.over(base, claim, None)) == says(person("Ann"))


def test_another_uid_is_put_in_its_place_and_nothing_else() -> None:
    card = person("Ann")
    assert combining.with_uid(card, "u") is card
    assert msgspec.json.decode(combining.with_uid(card, "v")) == msgspec.json.decode(card) | {
        "uid": "v"
    }


def test_nobody_says_nothing() -> None:
    assert claims.over(None, None, None) is None
    assert claims.over(BASE, None, None) is BASE
    assert claims.over(None, Claim(CLAIMED), None) is CLAIMED
