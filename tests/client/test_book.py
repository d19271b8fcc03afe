"""The book on the device, without a network."""

import pytest

from client.devices import person
from contact_client import Book, MemoryStore, NoSuchContact


@pytest.fixture
def book() -> Book:
    return Book(MemoryStore())


async def test_an_edit_shows_at_once(book: Book) -> None:
    made = await book.create(person("Ann"))
    await book.patch(made, {"name/full": "Bea", "notes": {"n": {"note": "x"}}})
    entry = await book.get(made)
    assert entry.pending
    assert entry.card["name"]["full"] == "Bea"
    assert entry.card["uid"] == f"urn:uuid:{made}"
    assert [one.id for one in await book.every()] == [made]
    await book.replace(made, person("Cid"))
    assert (await book.get(made)).card == {"name": {"full": "Cid"}, "uid": f"urn:uuid:{made}"}
    assert await book.pending() == 1


async def test_what_was_made_and_deleted_before_anybody_heard_is_gone(book: Book) -> None:
    made = await book.create(person("Ann", uid="urn:x:mine"))
    await book.delete(made)
    assert await book.every() == []
    assert await book.store.drafts() == []
    for attempt in (
        book.get(made),
        book.delete(made),
        book.patch(made, {}),
        book.replace(made, {}),
    ):
        with pytest.raises(NoSuchContact):
            await attempt


async def test_a_patch_that_cannot_be_made_changes_nothing(book: Book) -> None:
    made = await book.create(person("Ann"))
    with pytest.raises(ValueError, match="nothing"):
        await book.patch(made, {"name/full": "Bea", "phones/p1/number": "1"})
    assert (await book.get(made)).card["name"]["full"] == "Ann"
