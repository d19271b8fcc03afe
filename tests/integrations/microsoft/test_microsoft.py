"""Contacts over Microsoft Graph: whatever happens on the way, the book is what the mailbox holds."""

import contextlib
from typing import Any

import pytest

from contact_emulators.microsoft import Microsoft as Graph
from contact_service.integrations import microsoft
from contact_service.integrations.connector import (
    CursorExpired,
)
from contact_service.integrations.microsoft import Microsoft
from contact_service.integrations.outward import Outward
from mailboxes import told, truth
from pulled import Rig, pulling

CHAINS = ("contacts.delta", "folder.contacts.delta")


async def test_a_full_read_has_every_contact_of_every_folder(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    assert len(rig.book.cards) == 25
    assert told(rig) == truth(graph)
    assert rig.book.pages[-1].complete
    assert rig.book.pages[-1].checkpoint is not None
    assert [page.complete for page in rig.book.pages[:-1]] == [False] * (len(rig.book.pages) - 1)
    assert all(seen.status == 200 for seen in graph.seen)


async def test_a_second_run_brings_no_change(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    before, asked = len(rig.book.pages), len(graph.seen)
    await rig.pull()
    (last,) = rig.book.pages[before:]
    assert (last.changes, last.complete) == ((), False)
    assert len(graph.seen) - asked == 4, "the list of folders, and each of three folders"


async def test_a_delta_brings_what_was_added_edited_and_removed(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    first, second, third, *_ = graph.box.contacts
    graph.box.edit(first, displayName="Renamed", categories=["Chess"])
    graph.box.remove(second)
    graph.box.add(displayName="New")
    graph.box.edit(third, givenName=None)
    await rig.pull()
    assert told(rig) == truth(graph)
    assert rig.book.deleted == [second]


async def test_a_move_changes_the_folder_and_deletes_nothing(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    family, club = graph.box.folders
    for key, kept in list(graph.box.contacts.items()):
        graph.box.move(key, club if kept.folder == family else family)
    await rig.pull()
    assert told(rig) == truth(graph)
    assert rig.book.deleted == []
    assert graph.asked("contacts.get") == 0, "who came elsewhere is not asked for"


async def test_a_move_that_one_run_sees_half_of_deletes_nothing(
    graph: Graph, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of a folder that was read already, into one that was not: the removal comes a run later, alone."""
    await rig.pull()
    family, club = graph.box.folders
    key = graph.box.within(family)[0]
    monkeypatch.setattr(graph, "_delta", _before(graph, family, key, club))
    await rig.pull()
    monkeypatch.undo()
    monkeypatch.setattr(microsoft, "PAGE", 4)
    assert truth(graph)[key][1] >= {"Old club"}
    await rig.pull()
    assert told(rig) == truth(graph)
    assert rig.book.deleted == []
    assert graph.asked("contacts.get") == 1


def _before(graph: Graph, family: str, key: str, club: str) -> Any:
    delta = graph._delta

    def moving(call: Any, journal: str, *rest: Any) -> Any:
        answer = delta(call, journal, *rest)
        if journal == family and key in graph.box.within(family):
            graph.box.move(key, club)
        return answer

    return moving


async def test_a_move_during_a_full_read_loses_nothing(
    graph: Graph, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of a folder that was not read yet, into one that was: only a second look finds it."""
    _, club = graph.box.folders
    key = graph.box.within(club)[0]
    delta = graph._delta

    def moving(call: Any, journal: str, *rest: Any) -> Any:
        if journal == club and key in graph.box.within(club):
            graph.box.move(key, "AQMkADdefaultAAA=")
        return delta(call, journal, *rest)

    monkeypatch.setattr(graph, "_delta", moving)
    await rig.pull()
    assert told(rig) == truth(graph)
    assert rig.book.pages[-1].complete


async def test_a_new_folder_is_read_and_a_renamed_one_again(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    family, _ = graph.box.folders
    graph.box.rename_folder(family, "Relatives")
    choir = graph.box.add_folder("Choir")
    graph.box.add(choir, displayName="Alto")
    await rig.pull()
    assert told(rig) == truth(graph)
    assert ("Alto", frozenset({"Choir"})) in told(rig).values()


async def test_contacts_of_a_deleted_folder_go_by_one_full_read(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    graph.box.remove_folder(next(iter(graph.box.folders)))
    await rig.pull_again()
    assert told(rig) == truth(graph)
    assert rig.book.pages[-1].complete
    await rig.pull()
    assert not rig.book.pages[-1].complete


@pytest.mark.parametrize("stop", range(1, 8))
async def test_a_run_killed_behind_any_page_goes_on_there(
    graph: Graph, rig: Rig, stop: int
) -> None:
    await rig.pull(stop_after=stop)
    asked = len(graph.seen)
    await rig.pull()
    assert told(rig) == truth(graph)
    assert graph.asked("folders.delta") == 1
    assert rig.book.pages[-1].complete
    assert sum(seen.operation in CHAINS for seen in graph.seen[asked:]) < 16


async def test_removals_survive_a_kill(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    family, _ = graph.box.folders
    gone = list(graph.box.contacts)[:6]
    for key in gone:
        graph.box.remove(key)
    for _ in range(5):
        graph.box.add(family, displayName="New")
    await rig.pull(stop_after=1)
    assert rig.book.deleted == []
    await rig.pull()
    assert told(rig) == truth(graph)
    assert sorted(rig.book.deleted) == sorted(gone)


async def test_photos_come_where_the_owner_wants_them(
    graph: Graph, way: Outward, monkeypatch: Any
) -> None:
    monkeypatch.setattr(microsoft, "PHOTOS_A_RUN", 26)
    with_one = graph.box.add(displayName="Seen", photo=b"\xff\xd8\xff\xe0picture")
    too_large = graph.box.add(displayName="Wide", photo=b"\xff\xd8" + bytes(200_000))
    with pulling(Microsoft(), graph, way, "/v1.0", photos=True) as rig:
        await rig.pull()
        assert {key for key, card in rig.book.cards.items() if "media" in card} <= {with_one}
        assert graph.asked("contacts.photo") == 26
        graph.box.edit(with_one, nickName="See")
        graph.box.edit(too_large, nickName="Wi")
        await rig.pull()
    (photo,) = rig.book.cards[with_one]["media"].values()
    assert photo["uri"].startswith("data:image/jpeg;base64,/9j/")
    assert "media" not in rig.book.cards[too_large]


async def test_without_the_option_no_photo_is_asked_for(graph: Graph, rig: Rig) -> None:
    await rig.pull()
    assert graph.asked("contacts.photo") == 0


async def test_a_cursor_of_another_release_is_an_expired_one(rig: Rig) -> None:
    for cursor in (b"", b"{", b'{"v":2}', b'"x"', b"\xff"):
        with pytest.raises(CursorExpired):
            async with contextlib.aclosing(rig.connector.pull(rig.ctx, cursor)) as pages:  # type: ignore[type-var]  a generator
                await anext(pages)


async def test_the_default_folder_is_read_once_though_it_is_listed(graph: Graph, rig: Rig) -> None:
    graph.box.folders["AQMkADdefaultAAA="] = "Contacts"
    graph.box._touch("folders", "AQMkADdefaultAAA=")
    await rig.pull()
    assert "Contacts" not in {word for _, words in told(rig).values() for word in words}
    del graph.box.folders["AQMkADdefaultAAA="]
    assert told(rig) == truth(graph)
