"""A whole account becomes a book, and whatever happens to the account happens to the book, no more and no less."""

import pytest

from imports.editing import EDITS, edit
from imports.stack import PEOPLE, Account


async def test_a_full_import_is_what_the_provider_holds_and_a_second_changes_nothing(
    account: Account,
) -> None:
    first = await account.run()
    assert (first["state"], first["created"], first["rejected"]) == ("done", PEOPLE, 0)
    assert await account.book() == account.truth()
    before = await account.cards()
    again = await account.run()
    counted = [again[name] for name in ("created", "updated", "removed", "rejected")]
    assert (again["state"], counted) == ("done", [0, 0, 0, 0])
    await account.forget_cursor()
    whole = await account.run()
    counted = [whole[name] for name in ("created", "updated", "unchanged", "removed")]
    assert (whole["state"], counted) == ("done", [0, 0, PEOPLE, 0])
    assert await account.cards() == before


@pytest.mark.parametrize("kind", EDITS)
async def test_a_delta_is_what_changed(account: Account, kind: str) -> None:
    await account.run()
    edit(account, kind)
    done = await account.run()
    assert done["state"] == "done"
    assert await account.book() == account.truth()
    expected = {"added": (1, 0), "deleted": (0, 1)}.get(kind, (0, 0))
    assert (done["created"], done["removed"]) == expected
    told = sum(done[name] for name in ("created", "updated", "unchanged", "removed"))
    assert told <= 2, "the whole book was read"


async def test_a_renamed_group_or_folder_renames_its_members_labels(account: Account) -> None:
    await account.run()
    edit(account, "group")
    done = await account.run()
    assert (done["state"], done["created"], done["removed"]) == ("done", 0, 0)
    assert await account.book() == account.truth()
