"""The laws of the merge (sync.md, Must hold) on cards with every member, drawn at random."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings

from contact_service.formats import jscontact, merging, vcard
from contact_service.formats.merging import Merged
from contact_service.model.problem import Problem
from formats import edits

Card = dict[str, Any]
_FULL = ("name", "full")


def value(found: Merged) -> Card:
    return msgspec.json.decode(found.json)


@given(edits.triples())
@settings(max_examples=60, deadline=None)
def test_a_side_that_changed_nothing_has_no_say(drawn: tuple[Card, Card, Card]) -> None:
    base, mine, _ = drawn
    for sides in ((base, mine, base), (base, base, mine), (base, mine, mine), (mine, mine, mine)):
        found = merging.merge(*(msgspec.json.encode(side) for side in sides))
        assert value(found) == mine
        assert found.conflicts == ()


@given(edits.triples())
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_invented_or_risen(drawn: tuple[Card, Card, Card]) -> None:
    found = merging.merge(*(msgspec.json.encode(side) for side in drawn))
    _, mine, theirs = drawn
    assert edits.missing(*drawn, found) == set()
    assert edits.invented(mine, theirs, found) == set()
    assert edits.risen(*drawn, found) == []
    assert jscontact.read(found.json, "new")[0].json == found.json
    assert value(found)["uid"] == theirs["uid"]


@given(edits.triples())
@settings(max_examples=60, deadline=None)
def test_without_a_base_both_are_kept(drawn: tuple[Card, Card, Card]) -> None:
    _, mine, theirs = drawn
    found = merging.merge(None, msgspec.json.encode(mine), msgspec.json.encode(theirs))
    result = set(edits.atoms(value(found)))
    assert set(edits.atoms(mine)) <= result
    assert set(edits.atoms(theirs)) <= result | edits.lost(found)


@given(edits.triples())
@settings(max_examples=60, deadline=None)
def test_swapped_sides_differ_in_what_the_conflicts_name(drawn: tuple[Card, Card, Card]) -> None:
    base, mine, theirs = (msgspec.json.encode(side) for side in drawn)
    one, other = merging.merge(base, mine, theirs), merging.merge(base, theirs, mine)
    differ = set(edits.atoms(value(one))) ^ set(edits.atoms(value(other)))
    differ -= edits.lost(one, dropped=False) | edits.lost(other, dropped=False)
    assert not differ or (edits.derived(drawn[0]) and {path for path, _ in differ} == {_FULL})


@given(edits.triples())
@settings(max_examples=60, deadline=None)
def test_an_edit_that_arrives_again_changes_nothing(drawn: tuple[Card, Card, Card]) -> None:
    base, mine, theirs = (msgspec.json.encode(side) for side in drawn)
    found = merging.merge(base, mine, theirs)
    if not edits.doubled(*drawn):
        assert value(merging.merge(base, mine, found.json)) == value(found)
        assert value(merging.merge(base, found.json, theirs)) == value(found)


def test_an_empty_collection_that_both_sides_hold_is_no_edit() -> None:
    base = {"@type": "Card", "version": "1.0", "uid": "u", "kind": "org", "members": {}}
    mine = {name: value for name, value in base.items() if name != "kind"}
    theirs = base | {"vCardProps": [["x-abdate", {"group": "item1"}, "unknown", "a"]]}
    sent = [msgspec.json.encode(side) for side in (base, mine, theirs)]
    found = merging.merge(*sent)
    assert value(merging.merge(sent[0], found.json, sent[2])) == value(found)
    assert value(found)["members"] == {}


def test_two_groups_that_hold_the_same_are_two_again_when_the_edit_comes_twice() -> None:
    base = {"@type": "Card", "version": "1.0", "uid": "u"}
    odd = [["x-odd", {"group": group}, "unknown", "c"] for group in ("item1", "item2")]
    theirs = base | {"vCardProps": [["x-abdate", {"group": "item1"}, "unknown", "a"]]}
    sent = [msgspec.json.encode(side) for side in (base, base | {"vCardProps": odd}, theirs)]
    found = merging.merge(*sent)
    assert len(value(found)["vCardProps"]) == 3
    assert value(merging.merge(sent[0], sent[1], found.json)) == value(found)


def test_of_two_notes_alike_one_that_went_twice_leaves_the_other() -> None:
    card = {"@type": "Card", "version": "1.0", "uid": "u"}
    one, two = ({"NOTE-1": {"note": "a"}}, {"NOTE-2": {"note": "a"}})
    base, mine = card | {"notes": one | two}, card | {"notes": two}
    theirs = card | {"notes": {"NEW-0": {"note": "a"}, "NEW-1": {"note": "a"}}}
    sent = [msgspec.json.encode(side) for side in (base, mine, theirs)]
    found = merging.merge(*sent)
    assert len(value(found)["notes"]) == 1
    assert value(merging.merge(sent[0], sent[1], found.json)) == value(found)
    assert len(value(merging.merge(sent[0], found.json, sent[1]))["notes"]) == 1


def test_of_two_names_alike_the_one_that_was_labelled_stays_the_one() -> None:
    card = {"@type": "Card", "version": "1.0", "uid": "u"}
    one, two = {"name": "A"}, {"name": "A", "label": "x"}
    sides = ({"a": one, "b": one}, {"a": two, "b": one}, {"c": one, "d": one})
    sent = [msgspec.json.encode(card | {"organizations": side}) for side in sides]
    found = merging.merge(*sent)
    assert value(merging.merge(sent[0], sent[1], found.json)) == value(found)
    assert value(merging.merge(sent[0], found.json, sent[2])) == value(found)


def test_what_was_added_beside_one_that_went_is_added_once() -> None:
    card = {"@type": "Card", "version": "1.0", "uid": "u"}
    held, added = {"number": "1", "pref": 1}, {"number": "1", "label": "x"}
    sides = ({"a": held}, {"a": held, "n": added}, {})
    sent = [msgspec.json.encode(card | {"phones": side}) for side in sides]
    found = merging.merge(*sent)
    assert list(value(found)["phones"].values()) == [added]
    assert value(merging.merge(sent[0], sent[1], found.json)) == value(found)
    assert value(merging.merge(sent[0], found.json, sent[2])) == value(found)
    assert value(merging.merge(sent[0], found.json, sent[1])) == value(found)


def test_the_laws_hold_for_cards_as_they_are_found(shared_corpus: Path, rnd: random.Random) -> None:
    cards = list(_found(shared_corpus))
    assert len(cards) > 500
    for _ in range(1_000):
        base, one, other = (rnd.choice(cards) for _ in range(3))
        drawn = base, edits.edited(rnd, base, one), edits.edited(rnd, base, other)
        sent = [msgspec.json.encode(side) for side in drawn]
        found = merging.merge(*sent, "US")
        assert edits.missing(*drawn, found) == set()
        assert edits.invented(*drawn[1:], found) == set()
        assert edits.risen(*drawn, found) == []
        again = merging.merge(sent[0], sent[1], found.json, "US")
        assert edits.doubled(*drawn) or value(again) == value(found)


def _found(corpus: Path) -> Iterator[Card]:
    for path in sorted(corpus.rglob("*.vcf")):
        for record in vcard.split(path.read_bytes()):
            with contextlib.suppress(Problem):
                if record.raw:
                    json = vcard.read(record.raw, "u")[0].json
                    yield msgspec.json.decode(json) | {"uid": "u"}
