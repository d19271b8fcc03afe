"""A card changed on both sides of vdirsyncer: the side that was chosen wins, or the run stops; neither side is lost."""

import sys
from pathlib import Path

import pytest

from clients import deck
from clients.account import Account
from clients.programs import Vdirsyncer

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(240)]

UID, NAME = deck.uid(0), deck.named(0)
# Resolves for the folder's side, but only after an app has written to the card: the PUT that follows comes too late.
RACE = """
import shutil, sys, urllib.request
url, token, here, there = sys.argv[1:]
told = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
body = b'{"name/full": "Third"}'
urllib.request.urlopen(urllib.request.Request(url, body, told, method="PATCH")).close()
shutil.copy(here, there)
"""


@pytest.fixture
def torn(account: Account, laptop: Vdirsyncer) -> Vdirsyncer:
    """A laptop whose card 0 was edited here and there, card 1 only here."""
    for n in (0, 1):
        (laptop.contacts / deck.named(n)).write_bytes(deck.card(n))
    laptop.sync()
    (laptop.contacts / NAME).write_bytes(deck.card(0, "Here"))
    (laptop.contacts / deck.named(1)).write_bytes(deck.card(1, "Beside"))
    account.edit(UID, name__full="There")
    return laptop


def both(account: Account, laptop: Vdirsyncer, name: str = NAME) -> tuple[bytes, bytes]:
    return laptop.files()[name], account.resources()[name]


def history(account: Account) -> list[dict[str, str]]:
    """The revisions of card 0, newest first."""
    told = account.ask("GET", f"/v1/contacts/{account.find(UID)['id']}/history")
    found: list[dict[str, str]] = told["revisions"]
    return found


def restored(account: Account, revision: dict[str, str]) -> str:
    """The full name that a revision brings back."""
    path = f"/v1/contacts/{account.find(UID)['id']}:restore"
    account.ask("POST", path, {"revision": revision["revision"]})
    name: str = account.find(UID)["name"]["full"]
    return name


def test_the_folder_wins_and_what_it_overwrote_is_in_the_history(
    account: Account, torn: Vdirsyncer
) -> None:
    torn.resolve('"a wins"')
    torn.sync()
    assert both(account, torn) == (deck.card(0, "Here"), deck.card(0, "Here"))
    assert both(account, torn, deck.named(1)) == (deck.card(1, "Beside"), deck.card(1, "Beside"))
    assert torn.finds_nothing_to_do()
    assert restored(account, history(account)[1]) == "There"


def test_the_account_wins_and_the_other_card_still_travels(
    account: Account, torn: Vdirsyncer
) -> None:
    before = account.resources()[NAME]
    torn.resolve('"b wins"')
    torn.sync()
    assert both(account, torn) == (before, before)
    assert b"FN:There\r\n" in before
    assert both(account, torn, deck.named(1)) == (deck.card(1, "Beside"), deck.card(1, "Beside"))
    assert torn.finds_nothing_to_do()


def test_without_a_choice_the_run_stops_and_both_sides_stay(
    account: Account, torn: Vdirsyncer
) -> None:
    before = both(account, torn)
    for _ in range(2):
        assert "One item changed on both sides" in torn.refuses()
        assert both(account, torn) == before
    assert both(account, torn, deck.named(1)) == (deck.card(1, "Beside"), deck.card(1, "Beside"))
    (torn.contacts / NAME).write_bytes(before[1])
    torn.sync()
    assert torn.finds_nothing_to_do()


def test_an_edit_that_comes_between_listing_and_put_is_not_overwritten(
    account: Account, torn: Vdirsyncer, tmp_path: Path
) -> None:
    (tmp_path / "race.py").write_text(RACE, encoding="utf-8")
    url = f"{account.url}v1/contacts/{account.find(UID)['id']}"
    command = ["command", sys.executable, str(tmp_path / "race.py"), url, account.bearer()]
    torn.resolve(str(command).replace("'", '"'))
    assert "Precondition Failed" in torn.refuses()
    here, there = both(account, torn)
    assert here == deck.card(0, "Here")
    assert b"FN:Third\r\n" in there
    (refused,) = (one for one in history(account) if one["kind"] == "refused")
    torn.resolve('"b wins"')
    torn.sync()
    assert both(account, torn) == (there, there)
    assert restored(account, refused) == "Here"


def test_an_edit_on_one_side_outlives_a_deletion_on_the_other(
    account: Account, laptop: Vdirsyncer
) -> None:
    for n in range(3):
        (laptop.contacts / deck.named(n)).write_bytes(deck.card(n))
    laptop.sync()
    account.delete(UID)
    (laptop.contacts / NAME).write_bytes(deck.card(0, "Here"))
    account.edit(deck.uid(1), name__full="There")
    (laptop.contacts / deck.named(1)).unlink()
    laptop.sync()
    here = laptop.files()
    assert here == account.resources()
    assert here[NAME] == deck.card(0, "Here")
    assert b"FN:There\r\n" in here[deck.named(1)]
    assert laptop.finds_nothing_to_do()


def test_an_emptied_folder_empties_the_book_only_when_told_to_and_the_trash_holds_it(
    account: Account, laptop: Vdirsyncer
) -> None:
    for n in range(3):
        (laptop.contacts / deck.named(n)).write_bytes(deck.card(n))
    laptop.sync()
    for path in laptop.contacts.glob("*.vcf"):
        path.unlink()
    assert "completely emptied" in laptop.refuses()
    assert len(account.resources()) == 3
    laptop.sync("--force-delete")
    assert account.resources() == {}
    assert len(account.ask("GET", "/v1/trash")["contacts"]) == 3


def test_a_revoked_password_ends_the_run_and_leaves_the_folder(
    account: Account, laptop: Vdirsyncer
) -> None:
    (laptop.contacts / NAME).write_bytes(deck.card(0))
    laptop.sync()
    account.ask("DELETE", f"/v1/app-passwords/{account.username}")
    assert "Unauthorized" in laptop.refuses()
    assert laptop.files() == {NAME: deck.card(0)}
