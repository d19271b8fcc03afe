from typing import Any

from msgspec import UNSET

from contact_service.formats import merging_names
from contact_service.model.merge import Conflict, Trio

Name = dict[str, Any]


def name(full: str = "", **parts: str) -> Name:
    made: Name = {"components": [{"kind": kind, "value": value} for kind, value in parts.items()]}
    return made | ({"full": full} if full else {})


def merge(base: Any, mine: Any, theirs: Any) -> tuple[Any, list[Conflict]]:
    conflicts: list[Conflict] = []
    return merging_names.merge(Trio(base, mine, theirs), conflicts), conflicts


def test_each_side_may_change_its_own_component() -> None:
    base = name(surname="Doe", given="Jo")
    found, conflicts = merge(
        base, name(surname="Doe", given="Joe"), name(surname="Roe", given="Jo")
    )
    assert found == name(surname="Roe", given="Joe")
    assert conflicts == []


def test_a_component_both_changed_is_mine_and_the_whole_list_is_told() -> None:
    base = name(surname="Doe", given="Jo")
    mine, theirs = name(surname="Doe", given="Joe"), name(surname="Roe", given="Jim")
    found, conflicts = merge(base, mine, theirs)
    assert found == name(surname="Roe", given="Joe")
    assert conflicts == [
        Conflict("name/components", found["components"], theirs["components"]),
    ]


def test_a_full_name_made_of_its_components_is_made_anew() -> None:
    base = name("Jo Doe", given="Jo", surname="Doe")
    mine, theirs = (
        name("Joe Doe", given="Joe", surname="Doe"),
        name("Jo Roe", given="Jo", surname="Roe"),
    )
    assert merge(base, mine, theirs) == (name("Joe Roe", given="Joe", surname="Roe"), [])


def test_a_full_name_said_in_another_order_than_listed_is_made_anew() -> None:
    base = name("Dr Jo Doe", surname="Doe", given="Jo", title="Dr")
    mine = name("Dr Joe Doe", surname="Doe", given="Joe", title="Dr")
    theirs = name("Dr Jo Doe", surname="Roe", given="Jo", title="Dr")
    found, conflicts = merge(base, mine, theirs)
    assert found == name("Dr Joe Roe", surname="Roe", given="Joe", title="Dr")
    assert conflicts == []


def test_a_full_name_that_a_side_wrote_is_kept() -> None:
    base = name("Jo Doe", given="Jo", surname="Doe")
    mine, theirs = (
        name("Jojo", given="Jo", surname="Doe"),
        name("Jo Roe", given="Jo", surname="Roe"),
    )
    for sides in ((mine, theirs), (theirs, mine)):
        assert merge(base, *sides) == (name("Jojo", given="Jo", surname="Roe"), [])


def test_a_name_one_side_changed_is_left_as_that_side_wrote_it() -> None:
    base = name("Jo Doe", given="Jo", surname="Doe")
    edited = name("Jo Doe", given="Joe", surname="Doe")
    assert merge(base, base, edited) == (edited, [])
    assert merge(base, edited, base) == (edited, [])


def test_a_full_name_that_was_nobodys_sum_is_a_scalar() -> None:
    base = name("The Boss", given="Jo")
    found, conflicts = merge(base, name("Boss", given="Jo"), name("A Boss", given="Joe"))
    assert found == name("Boss", given="Joe")
    assert conflicts == [Conflict("name/full", "Boss", "A Boss")]


def test_an_addition_stands_behind_the_part_it_stood_behind() -> None:
    base = name(title="Dr", given="Jo", surname="Doe")
    mine = name(title="Dr", given="Jo", given2="K", surname="Doe", generation="Jr")
    theirs = name(title="Dr", given="Joe", surname="Doe", credential="PhD")
    assert merge(base, mine, theirs)[0] == name(
        title="Dr", given="Joe", given2="K", surname="Doe", generation="Jr", credential="PhD"
    )


def test_a_component_one_side_removed_is_gone() -> None:
    base = name(title="Dr", given="Jo", surname="Doe")
    found, conflicts = merge(
        base, name(given="Jo", surname="Doe"), name(title="Dr", given="Joe", surname="Doe")
    )
    assert found == name(given="Joe", surname="Doe")
    assert conflicts == []


def test_a_list_with_separators_is_one_unit() -> None:
    base = name(given="Jo", separator="-", surname="Doe")
    mine = name(given="Joe", separator="-", surname="Doe", title="Dr")
    theirs = name(given="Jo", separator="-", surname="Roe")
    found, conflicts = merge(base, mine, theirs)
    assert found == mine
    assert conflicts == [Conflict("name/components", mine["components"], theirs["components"])]


def test_a_name_removed_by_mine_is_gone_and_theirs_is_told() -> None:
    theirs = name("Joe")
    assert merge(name("Jo"), UNSET, theirs) == (UNSET, [Conflict("name", None, theirs)])


def test_other_members_of_a_name_are_scalars() -> None:
    base, mine, theirs = (
        {"full": "Jo", "isOrdered": way, "sortAs": {"given": by}}
        for way, by in ((False, "a"), (True, "a"), (False, "b"))
    )
    found, conflicts = merge(base, mine, theirs)
    assert found == {"full": "Jo", "isOrdered": True, "sortAs": {"given": "b"}}
    assert conflicts == []
