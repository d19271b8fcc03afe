"""khard reads and writes the folder that vdirsyncer keeps: the account holds exactly the bytes khard wrote."""

from pathlib import Path

import pytest

from clients import deck
from clients.account import Account
from clients.programs import Khard, Vdirsyncer

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(240)]

TITLE = "Head of 東京; and more, too"
NEW = """
Formatted name: Bea New
First name: Bea
Last name: New
Phone:
    cell: "+44 20 7946 0958"
"""


@pytest.fixture
def khard(account: Account, laptop: Vdirsyncer, tmp_path: Path) -> Khard:
    """khard over a folder with cards of every make, which the account brought."""
    for n in range(10):
        (laptop.contacts / deck.named(n)).write_bytes(deck.card(n))
    laptop.sync()
    return Khard(tmp_path, laptop.contacts)


def agree(account: Account, laptop: Vdirsyncer) -> bool:
    """Sync; whether both sides hold the same bytes and nothing is left to do."""
    laptop.sync()
    return laptop.files() == account.resources() and laptop.finds_nothing_to_do()


def test_the_synced_folder_is_listed_and_searched_as_apps_left_it(
    account: Account, laptop: Vdirsyncer, khard: Khard
) -> None:
    account.edit(deck.uid(7), name__full="Shown Elsewhere")
    assert agree(account, laptop)
    told = khard("list")
    shown = [name for name in ("Person 7", "Shown Elsewhere") if name in told]
    assert shown == ["Shown Elsewhere"]
    assert all(f"Person {n}" in told for n in range(10) if n != 7)
    assert "+44 20 7946 0002" in khard("phone", "Person 2")
    assert "person0@example.org" in khard("email", "person0")
    assert "Person 5" not in khard("list", "Person 2")


def test_what_khard_edits_is_what_the_account_gives(
    account: Account, laptop: Vdirsyncer, khard: Khard
) -> None:
    before = laptop.files()
    numbers = (1, 2, 3, 4, 9)
    for number in numbers:
        asked = ("--format", "yaml", f"uid:{deck.uid(number)}")
        shown = khard("show", *asked)
        khard("edit", *asked, yaml=shown.replace("\nTitle:\n", f"\nTitle: '{TITLE}'\n"))
    written = laptop.files()
    changed = {name for name in before if written[name] != before[name]}
    assert changed == {deck.named(number) for number in numbers}
    assert agree(account, laptop)
    assert laptop.files() == written
    for number in numbers:
        titles = account.find(deck.uid(number))["titles"].values()
        assert [one["name"] for one in titles] == [TITLE]


def test_what_khard_adds_and_removes_is_added_and_removed(
    account: Account, laptop: Vdirsyncer, khard: Khard
) -> None:
    khard("new", yaml=NEW)
    khard("remove", "--force", f"uid:{deck.uid(3)}")
    written = laptop.files()
    assert agree(account, laptop)
    assert laptop.files() == written
    assert len(written) == 10
    assert deck.uid(3) not in account.uids()
    assert "Bea New" in khard("list")
