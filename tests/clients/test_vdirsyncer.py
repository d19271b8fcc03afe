"""vdirsyncer keeps a folder and an account in step: discovery, both directions, and nothing to do the next time."""

import random
import urllib.parse
from collections.abc import Callable

import pytest

from clients import deck
from clients.account import Account
from clients.programs import Vdirsyncer

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(240)]


def test_the_host_alone_leads_to_the_books(computer: Callable[..., Vdirsyncer]) -> None:
    laptop = computer("laptop")
    told = laptop.discover().text
    assert "/.well-known/carddav" in told
    assert 'Saved for cards: collections = ["contacts"]' in told
    assert laptop.finds_nothing_to_do()


def test_a_hundred_cards_go_up_and_come_down_elsewhere_byte_for_byte(
    account: Account, laptop: Vdirsyncer, computer: Callable[..., Vdirsyncer]
) -> None:
    cards = {deck.named(n): deck.card(n) for n in range(100)}
    for name, raw in cards.items():
        (laptop.contacts / name).write_bytes(raw)
    assert laptop.sync().text.count("Copying (uploading)") == 100
    assert account.resources() == cards
    assert laptop.finds_nothing_to_do()
    desk = computer("desk")
    desk.discover()
    assert desk.sync().text.count("Copying (uploading)") == 100
    assert desk.files() == laptop.files() == cards
    assert desk.finds_nothing_to_do()
    assert laptop.finds_nothing_to_do()


def test_a_card_edited_by_an_app_changes_one_line_of_its_file(
    account: Account, laptop: Vdirsyncer
) -> None:
    for n in range(11):
        raw = deck.card(n).replace(b"END:", b"EMAIL;X-SEEN=a:old@example.org\r\nEND:")
        (laptop.contacts / deck.named(n)).write_bytes(raw)
    laptop.sync()
    before = laptop.files()
    for n in range(11):
        emails = account.find(deck.uid(n))["emails"]
        (at,) = (key for key, one in emails.items() if one["address"] == "old@example.org")
        account.edit(deck.uid(n), **{f"emails__{at}__address": "new@example.org"})
    laptop.sync()
    for name, raw in laptop.files().items():
        was, now = before[name].splitlines(keepends=True), raw.splitlines(keepends=True)
        changed = [new for old, new in zip(was, now, strict=True) if old != new]
        assert len(changed) == 1
        assert changed[0].startswith(b"EMAIL;X-SEEN=a;")
        assert changed[0].endswith(b":new@example.org\r\n")
    assert laptop.finds_nothing_to_do()


def test_a_renamed_file_and_a_moved_resource_stay_one_card(
    account: Account, laptop: Vdirsyncer
) -> None:
    for n in (1, 2):
        (laptop.contacts / deck.named(n)).write_bytes(deck.card(n))
    laptop.sync()
    (laptop.contacts / deck.named(1)).rename(laptop.contacts / "Zoë one.vcf")
    account.move(deck.named(1), urllib.parse.quote("Zoë @ 1%\n.vcf"))
    account.move(deck.named(2), "two.vcf")
    ids = {account.find(deck.uid(n))["id"] for n in (1, 2)}
    assert laptop.finds_nothing_to_do()
    (laptop.contacts / "Zoë one.vcf").write_bytes(deck.renamed(deck.card(1), "Here"))
    account.edit(deck.uid(2), name__full="There")
    laptop.sync()
    assert account.resources()["Zoë @ 1%\n.vcf"] == deck.renamed(deck.card(1), "Here")
    assert b"FN:There" in laptop.files()[deck.named(2)]
    assert {account.find(deck.uid(n))["id"] for n in (1, 2)} == ids
    assert laptop.finds_nothing_to_do()


def test_a_folder_made_here_is_a_book_there_with_its_name(
    account: Account, laptop: Vdirsyncer, computer: Callable[..., Vdirsyncer]
) -> None:
    (laptop.books / "Ski club é").mkdir()
    (laptop.books / "Ski club é" / deck.named(3)).write_bytes(deck.card(3))
    laptop.discover()
    laptop.sync()
    assert laptop("metasync").code == 0
    (laptop.books / "Ski club é" / "displayname").write_text("Wintersport ☃", encoding="utf-8")
    assert laptop("metasync").code == 0
    assert account.resources(urllib.parse.quote("Ski club é")) == {deck.named(3): deck.card(3)}
    assert laptop.finds_nothing_to_do()
    desk = computer("desk")
    desk.discover()
    desk.sync()
    assert desk("metasync").code == 0
    assert desk.files("Ski club é") == {deck.named(3): deck.card(3)}
    told = (desk.books / "Ski club é" / "displayname").read_text(encoding="utf-8")
    assert told == "Wintersport ☃"


def test_many_rounds_of_changes_on_both_sides_leave_both_alike_and_nothing_to_do(
    account: Account, laptop: Vdirsyncer, rnd: random.Random
) -> None:
    expected: dict[str, str] = {}
    for turn in range(3):
        changes = _Changes(account, laptop, rnd, expected, turn)
        for one in rnd.sample(sorted(expected), k=len(expected)):
            rnd.choice(changes.of_one)(one)
        for number in range(turn * 20, turn * 20 + 8):
            rnd.choice((changes.add_here, changes.add_there))(number)
        laptop.sync()
        here = {_uid(raw): raw for raw in laptop.files().values()}
        there = {_uid(raw): raw for raw in account.resources().values()}
        assert here == there
        assert {uid: _name(raw) for uid, raw in here.items()} == expected
        assert account.uids() == set(expected)
        assert laptop.finds_nothing_to_do()


class _Changes:
    """What a person does to a card on one side; `expected` is every live card's full name by uid."""

    def __init__(
        self,
        account: Account,
        laptop: Vdirsyncer,
        rnd: random.Random,
        expected: dict[str, str],
        turn: int,
    ) -> None:
        self._account, self._laptop, self._rnd = account, laptop, rnd
        self._expected, self._turn = expected, turn
        self.of_one: tuple[Callable[[str], None], ...] = (
            self.edit_here,
            self.edit_there,
            self.delete_here,
            self.delete_there,
            self.rename_here,
            self.rename_there,
            lambda _uid: None,
        )

    def edit_here(self, uid: str) -> None:
        path = self._laptop.contacts / self._file(uid)
        self._expected[uid] = f"Here {self._turn}"
        path.write_bytes(deck.renamed(path.read_bytes(), self._expected[uid]))

    def edit_there(self, uid: str) -> None:
        self._expected[uid] = f"There {self._turn}"
        self._account.edit(uid, name__full=self._expected[uid])

    def delete_here(self, uid: str) -> None:
        del self._expected[uid]
        (self._laptop.contacts / self._file(uid)).unlink()

    def delete_there(self, uid: str) -> None:
        del self._expected[uid]
        self._account.delete(uid)

    def rename_here(self, uid: str) -> None:
        path = self._laptop.contacts / self._file(uid)
        path.rename(path.with_name(f"{uid} {self._turn}.vcf"))

    def rename_there(self, uid: str) -> None:
        names = {_uid(raw): name for name, raw in self._account.resources().items()}
        self._account.move(urllib.parse.quote(names[uid]), f"{uid}-{self._turn}.vcf")

    def add_here(self, number: int) -> None:
        raw = deck.renamed(deck.card(number), f"New {number}")
        (self._laptop.contacts / deck.named(number)).write_bytes(raw)
        self._expected[deck.uid(number)] = f"New {number}"

    def add_there(self, number: int) -> None:
        made = {"@type": "Card", "version": "1.0", "uid": deck.uid(number)}
        self._account.ask("POST", "/v1/contacts", made | {"name": {"full": f"New {number}"}})
        self._expected[deck.uid(number)] = f"New {number}"

    def _file(self, uid: str) -> str:
        (found,) = (name for name, raw in self._laptop.files().items() if _uid(raw) == uid)
        return found


def _value(raw: bytes, prop: str) -> str:
    lines = raw.decode().splitlines()
    return next(line.partition(":")[2] for line in lines if line.startswith(f"{prop}:"))


def _uid(raw: bytes) -> str:
    return _value(raw, "UID")


def _name(raw: bytes) -> str:
    return _value(raw, "FN")
