"""Pictures of Google's contacts: they come last, and keep no contact waiting."""

import re
from typing import Any

import pytest

from contact_emulators import google_answers
from contact_emulators.google import LIST, PHOTO
from contact_emulators.google import Google as People
from contact_emulators.knobs import Fault
from contact_service.integrations import google
from contact_service.integrations.google import Google
from contact_service.integrations.outward import Outward
from googling import told, truth
from pulled import Rig, pulling


def _photo(name: str, *, default: bool = False) -> list[dict[str, Any]]:
    shown = {"default": True} if default else {}
    return [{"url": f"photo:{name}", **shown, "metadata": {"primary": True}}]


@pytest.fixture
def album(people: People, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who has a picture of their own: the first ten; the next two have a letter on a ground of colour."""
    monkeypatch.setattr(google, "PHOTOS_A_PAGE", 2)
    monkeypatch.setattr(google, "PAGE", 6)
    names = list(people.book.contacts.people)
    for number, name in enumerate(names[:12]):
        people.book.edit(name, photos=_photo(f"c{number}", default=number >= 10))
    return names[:10]


def pictures(rig: Rig) -> dict[str, str]:
    """The beginning of what each card with a picture links to."""
    return {
        name: re.split(",|127|localhost|c[0-9]", card["media"]["m1"]["uri"])[0]
        for name, card in rig.book.cards.items()
        if "media" in card
    }


async def test_pictures_come_in_and_default_ones_do_not(
    people: People, rig: Rig, album: list[str]
) -> None:
    await rig.pull()
    assert pictures(rig) == dict.fromkeys(album, "data:image/png;base64")
    assert told(rig) == truth(people)
    assert people.asked(PHOTO) == 10
    assert all(("sz", "400") in seen.params for seen in people.seen if seen.operation == PHOTO)
    assert people.asked(LIST) == 4
    assert len(rig.book.pages) > 4, "a page of ours ends after some pictures"


async def test_pictures_can_be_left_out(people: People, way: Outward, album: list[str]) -> None:
    with pulling(Google(), people, way, photos=False) as rig:
        await rig.pull()
    assert pictures(rig) == dict.fromkeys(album, "http://")
    assert people.asked(PHOTO) == 0


@pytest.mark.parametrize("stop", range(1, 8))
async def test_a_kill_between_pictures_reads_no_picture_twice(
    people: People, rig: Rig, album: list[str], stop: int
) -> None:
    await rig.pull(stop_after=stop)
    await rig.pull()
    assert pictures(rig) == dict.fromkeys(album, "data:image/png;base64")
    assert told(rig) == truth(people)
    assert people.asked(PHOTO) == 10
    assert people.asked(LIST) <= 5


async def test_a_page_that_is_another_one_after_a_kill_is_taken_from_its_start(
    people: People, rig: Rig, album: list[str]
) -> None:
    await rig.pull(stop_after=1)
    people.book.edit(album[0], nicknames=[{"value": "Nick"}])
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.cards[album[0]]["nicknames"]["n1"]["name"] == "Nick"


@pytest.mark.parametrize(
    ("fault", "value"),
    [(Fault.AWAY, "503"), (Fault.AWAY, "404"), (Fault.TOO_MANY, "600"), (Fault.CUT, "")],
    ids=["503", "404", "429", "cut"],
)
async def test_pictures_that_do_not_come_stay_links(
    people: People, rig: Rig, album: list[str], fault: Fault, value: str
) -> None:
    elsewhere = rig.ctx.base.replace("127.0.0.1", "localhost")
    people.pictures = f"{elsewhere}/"
    rig.ctx.fetch._origins.add(elsewhere)
    people.knobs.set(fault, PHOTO, times=0, value=value)
    await rig.pull()
    assert pictures(rig) == dict.fromkeys(album, "http://")
    assert told(rig) == truth(people)
    assert rig.book.pages[-1].complete


async def test_what_is_no_picture_stays_a_link(
    people: People, rig: Rig, album: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_answers, "picture", lambda _: b"<html>sign in</html>")
    await rig.pull()
    assert pictures(rig) == dict.fromkeys(album, "http://")


async def test_no_picture_is_asked_for_elsewhere(
    people: People, rig: Rig, album: list[str]
) -> None:
    people.pictures = "http://elsewhere.example/"
    await rig.pull()
    assert pictures(rig) == dict.fromkeys(album, "http://elsewhere.example/photos/")
    assert people.asked(PHOTO) == 0


async def test_so_many_pictures_a_run(
    people: People, rig: Rig, album: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google, "PHOTOS_A_RUN", 3)
    await rig.pull()
    assert sum(uri.startswith("data:") for uri in pictures(rig).values()) == 3
    assert len(pictures(rig)) == len(album)
