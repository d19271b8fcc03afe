"""Contacts over Google's People API: what changes there changes here, from where the last run stopped."""

import pytest

from contact_emulators.google import CONTACTS, LIST, LIST_GROUPS, LIST_OTHERS, OTHERS
from contact_emulators.google import Google as People
from contact_emulators.knobs import Fault
from contact_service.integrations import google, google_wire
from contact_service.integrations.connector import (
    CursorExpired,
    MissingScope,
)
from contact_service.integrations.google import Google
from contact_service.integrations.outward import Outward
from emulating import schemas
from googling import told, truth
from pulled import Rig, pulling


async def test_a_full_read_has_every_contact_with_its_groups(people: People, rig: Rig) -> None:
    await rig.pull()
    assert len(rig.book.cards) == 21
    assert told(rig) == truth(people)
    assert any("starred" in card.get("keywords", ()) for card in rig.book.cards.values())
    *rest, last = rig.book.pages
    assert last.complete
    assert last.checkpoint is not None
    assert not any(page.complete or page.checkpoint for page in rest)
    assert {page.total for page in rig.book.pages} == {21}
    assert all(seen.status == 200 for seen in people.seen)
    assert people.asked(LIST) == 6


async def test_a_second_run_brings_no_change(people: People, rig: Rig) -> None:
    await rig.pull()
    asked = len(people.seen)
    for _ in range(2):
        await rig.pull()
        last = rig.book.pages[-1]
        assert (last.changes, last.complete, last.total) == ((), False, None)
    assert len(people.seen) - asked == 2 * 4, "three pages of groups, one of changes"


async def test_a_delta_brings_what_was_added_edited_and_removed(people: People, rig: Rig) -> None:
    await rig.pull()
    first, second, third, *_ = people.book.contacts.people
    people.book.edit(first, names=[{"displayName": "Renamed", "givenName": "Renamed"}])
    people.book.edit(third, phoneNumbers=None)
    people.book.delete(second)
    people.book.add({"names": [{"displayName": "New"}]})
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.deleted == [second]
    assert sum(len(page.changes) for page in rig.book.pages[6:]) == 4


async def test_a_rename_keeps_the_card_and_a_merge_makes_one_of_two(
    people: People, rig: Rig
) -> None:
    await rig.pull()
    first, second, third, *_ = people.book.contacts.people
    new = people.book.rename(first)
    people.book.merge(second, third)
    await rig.pull()
    assert told(rig) == truth(people)
    assert new in rig.book.cards
    assert not {first, third} & rig.book.cards.keys()
    assert rig.book.deleted == [], "a rename is no deletion"


async def test_renamed_and_then_deleted_is_gone(people: People, rig: Rig) -> None:
    await rig.pull()
    first = next(iter(people.book.contacts.people))
    people.book.delete(people.book.rename(first))
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.deleted == [first]


async def test_a_group_with_another_name_is_one_full_read(people: People, rig: Rig) -> None:
    await rig.pull()
    group = next(iter(people.book.groups))
    people.book.groups[group] = "Another name"
    with pytest.raises(CursorExpired):
        await rig.pull()
    await rig.pull_again()
    assert told(rig) == truth(people)
    people.book.groups["contactGroups/new"] = "New"
    await rig.pull()
    assert sum(page.complete for page in rig.book.pages) == 2


@pytest.mark.parametrize("form", ["", "410", "reason"], ids=["400", "410", "reason"])
async def test_an_expired_cursor_is_one_full_read_and_then_the_same_book(
    people: People, rig: Rig, form: str
) -> None:
    await rig.pull()
    people.knobs.set(Fault.EXPIRED_CURSOR, LIST, value=form)
    gone = next(iter(people.book.contacts.people))
    people.book.delete(gone)
    with pytest.raises(CursorExpired):
        await rig.pull()
    assert rig.book.deleted == []
    people.knobs.set(Fault.EXPIRED_CURSOR, LIST, value=form)
    await rig.pull_again()
    assert told(rig) == truth(people)
    assert rig.book.deleted == [gone]
    assert sum(page.complete for page in rig.book.pages) == 2
    await rig.pull()
    assert sum(page.complete for page in rig.book.pages) == 2


async def test_a_sync_token_dies_a_week_after_the_full_read(people: People, rig: Rig) -> None:
    await rig.pull()
    for _ in range(2):
        people.book.clock_s += 3 * 24 * 3600
        await rig.pull()
    people.book.clock_s += 2 * 24 * 3600
    with pytest.raises(CursorExpired):
        await rig.pull()


@pytest.mark.parametrize("stop", range(1, 6))
async def test_a_run_killed_behind_any_page_goes_on_there(
    people: People, rig: Rig, stop: int
) -> None:
    await rig.pull(stop_after=stop)
    assert rig.book.checkpoint is None
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.pages[-1].complete
    assert people.asked(LIST) == 6, "no page was read twice"
    assert [seen.status for seen in people.seen if seen.status != 200] == []


async def test_what_changed_while_a_killed_run_lay_still_comes(people: People, rig: Rig) -> None:
    await rig.pull(stop_after=2)
    first, *_, last = people.book.contacts.people
    people.book.delete(first)
    people.book.delete(last)
    await rig.pull()
    await rig.pull()
    assert told(rig) == truth(people)


async def test_a_page_token_that_died_since_is_one_full_read(people: People, rig: Rig) -> None:
    await rig.pull(stop_after=2)
    people.book.chains.clear()
    await rig.pull_again()
    assert told(rig) == truth(people)


async def test_other_contacts_come_only_when_they_are_wished_for(
    people: People, rig: Rig, way: Outward
) -> None:
    for number in range(6):
        person = {"names": [{"displayName": f"Other {number}"}], "phoneNumbers": []}
        people.book.add(person, people.book.others)
    await rig.pull()
    assert people.asked(LIST_OTHERS) == 0
    rig.ctx = type(rig.ctx)(rig.ctx.fetch, rig.ctx.base, {"otherContacts": True})
    with pytest.raises(MissingScope):
        await rig.pull_again()
    people.let_in("a-token", (CONTACTS, OTHERS))
    await rig.pull_again()
    assert told(rig) == truth(people)
    assert rig.book.pages[-1].complete
    assert rig.book.pages[-1].total == 27
    other = next(iter(people.book.others.people))
    people.book.delete(other)
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.deleted == [other]


async def test_a_wish_that_was_taken_back_reads_everything_and_they_go(
    people: People, way: Outward
) -> None:
    people.book.add({"names": [{"displayName": "Other"}]}, people.book.others)
    scopes = (CONTACTS, OTHERS)
    with pulling(Google(), people, way, scopes=scopes, otherContacts=True) as rig:
        await rig.pull()
        assert told(rig) == truth(people)
        rig.ctx = type(rig.ctx)(rig.ctx.fetch, rig.ctx.base, {})
        await rig.pull_again()
    assert rig.book.deleted == list(people.book.others.people)


@pytest.mark.parametrize("change", ["MASKS", "PAGE", "bytes"])
async def test_a_cursor_of_another_wish_is_one_full_read(
    people: People, rig: Rig, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    await rig.pull()
    match change:
        case "MASKS":
            monkeypatch.setattr(google_wire, "MASKS", "names")
        case "PAGE":
            monkeypatch.setattr(google, "PAGE", 5)
        case "bytes":
            rig.book.checkpoint = b"\xc1 of some other time"
    with pytest.raises(CursorExpired):
        await rig.pull()
    monkeypatch.undo()
    monkeypatch.setattr(google, "PAGE", 4)
    await rig.pull_again()
    assert told(rig) == truth(people)


async def test_an_empty_account(way: Outward) -> None:
    people = People(schemas())
    with pulling(Google(), people, way) as rig:
        await rig.pull()
        await rig.pull()
    assert rig.book.cards == {}
    assert rig.book.pages[0].complete
    assert people.asked(LIST_GROUPS) == 2
