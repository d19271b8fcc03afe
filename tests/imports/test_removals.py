"""What an account brought goes with it, or stays, as its owner says; and no book is emptied without her word."""

import pytest

from asking import person
from contact_emulators.google_people import made
from imports.conftest import Linking
from imports.editing import several
from imports.stack import PEOPLE, Account

MANY = 28


async def _with_own(account: Account) -> dict[str, dict[str, object]]:
    """A book before any import: what is in it, by id."""
    for n in range(3):
        made_ = await account.api.post("/v1/contacts", person(f"Own {n}", f"+1415555010{n}"))
        assert made_.status == 201, made_
    return _by_id(await account.cards())


def _by_id(cards: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    """Without what tells only that they were touched."""
    return {str(card["id"]): {**card, "updated": None, "etag": None} for card in cards}


def _without(book: dict[str, dict[str, object]], *ids: str) -> dict[str, dict[str, object]]:
    return {id_: card for id_, card in book.items() if id_ not in ids}


async def _unlink(account: Account, contacts: str) -> None:
    told = await account.api.delete(f"/v1/accounts/{account.id}?contacts={contacts}")
    assert told.status == 204, told
    assert await account.state() is None


async def test_unlinked_with_what_it_brought_the_book_is_as_before_and_edits_stay(
    account: Account,
) -> None:
    before = await _with_own(account)
    await account.run()
    own = next(iter(before))
    edited = next(card["id"] for card in await account.cards() if card["id"] not in before)
    told = await account.api.patch(f"/v1/contacts/{edited}", {"notes": {"n": {"note": "Hers"}}})
    assert told.status == 200, told
    await account.api.patch(f"/v1/contacts/{own}", {"name/full": "Own, edited"})
    await _unlink(account, "remove")
    after = await account.cards()
    left = {card["id"]: card for card in after}
    assert set(left) - {edited} == set(before)
    assert left[own]["name"]["full"] == "Own, edited"
    assert _without(_by_id(after), own, edited) == _without(before, own)
    assert left[edited]["notes"] == {"n": {"note": "Hers"}}
    assert "phones" not in left[edited], "only what she wrote is hers"


async def test_unlinked_without_them_the_contacts_are_hers(account: Account) -> None:
    await _with_own(account)
    await account.run()
    cards = await account.cards()
    await _unlink(account, "keep")
    assert _by_id(await account.cards()) == _by_id(cards)


async def test_linked_again_after_keeping_nobody_is_there_twice(account: Account) -> None:
    await account.run()
    await _unlink(account, "keep")
    book = await account.book()
    assert "is connected" in await account.link()
    done = await account.run()
    assert (done["created"], done["removed"]) == (0, 0)
    assert await account.book() == book == account.truth()


async def test_a_large_part_of_a_book_goes_on_the_owners_word_alone(linking: Linking) -> None:
    account = await linking("google")
    for one in made(MANY - PEOPLE, seed=3):
        account.emulator.book.add(one)
    await account.run()
    names = list(account.emulator.book.contacts.people)
    for name in names[: MANY - 4]:
        account.emulator.book.delete(name)
    await account.forget_cursor()
    held = await account.run()
    assert (held["state"], held["removed"]) == ("done", 0)
    assert held["report"]["heldRemovals"] == MANY - 4
    assert len(await account.cards()) == MANY
    again = await account.run()
    assert again["report"]["heldRemovals"] == MANY - 4, "no checkpoint was kept"
    done = await account.run(confirmRemovals=True)
    assert (done["removed"], done["report"]["heldRemovals"]) == (MANY - 4, 0)
    assert await account.book() == account.truth()


@pytest.mark.parametrize("second", [False, True], ids=["first", "delta"])
async def test_an_undone_import_is_the_book_before(account: Account, second: bool) -> None:
    before = await _with_own(account)
    if second:
        await account.run()
        before = _by_id(await account.cards())
        several(account)
    run = await account.run()
    undone = await account.api.post(f"/v1/imports/{run['id']}:undo")
    assert undone.json["state"] == "undone"
    assert _by_id(await account.cards()) == before
