"""Cards leave as Google's CSV and come back as they were."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats import csv, vcard
from contact_service.formats.csv.google_writing import MOST, Google
from contact_service.formats.csv.outlook_writing import Outlook
from contact_service.model.imports import Upsert
from formats import contacts
from formats.csv import held
from formats.csv.held import Card, plain, through

CORPUS = sorted((Path(__file__).parents[4] / "shared" / "corpus").rglob("*.vcf"))


@given(held.CARDS)
@settings(max_examples=150, deadline=None)
def test_a_card_that_google_can_hold_comes_back_as_it_was(card: Card) -> None:
    back, residue = through(Google(), card)
    assert plain(back) == plain(card)
    assert residue == {}


def corpus() -> list[Any]:
    return [
        json.loads(vcard.read(record.raw, "urn:uuid:new")[0].json)
        for path in CORPUS
        for record in vcard.split(path.read_bytes())
        if record.raw is not None and b"Cropped" not in path.name.encode()
    ]


def texts(card: Card, member: str, *fields: str) -> set[str]:
    entries = card.get(member, {}).values()
    return {entry[field].strip() for entry in entries for field in fields if entry.get(field)}


def said(card: Card) -> dict[str, set[str]]:
    """All that Google's CSV has a place for, value by value."""
    parts = card.get("name", {}).get("components", ())
    places = [
        part for one in card.get("addresses", {}).values() for part in one.get("components", ())
    ]
    units = [
        unit for one in card.get("organizations", {}).values() for unit in one.get("units", ())
    ]
    return {
        "phones": texts(card, "phones", "number"),
        "emails": texts(card, "emails", "address"),
        "links": texts(card, "links", "uri"),
        "nicknames": texts(card, "nicknames", "name"),
        "organizations": texts(card, "organizations", "name"),
        "units": {unit["name"].strip() for unit in units if unit["name"].strip()},
        "titles": texts(card, "titles", "name"),
        "services": {
            (one.get("uri") or one["user"]).strip()
            for one in card.get("onlineServices", {}).values()
        },
        "related": {who for who in card.get("relatedTo", {}) if not who.startswith("urn:")},
        "keywords": set(card.get("keywords", {})),
        "names": {word for part in parts for word in part["value"].split()},
        "places": {word for part in places for word in part["value"].replace(",", " ").split()},
        "full": texts(card, "addresses", "full"),
    }


def exported(cards: list[Card]) -> list[Card]:
    """The cards after they left as one file and came back."""
    writer = Google()
    for card in cards:
        writer.measure(card, {})
    text = (writer.header() + b"".join(writer.row(card, {}) for card in cards)).decode()
    return [json.loads(one.card.json) for one in csv.read([text]) if isinstance(one, Upsert)]


@pytest.mark.skipif(not CORPUS, reason="../shared/corpus is not here")
def test_no_value_of_the_corpus_that_has_a_place_is_lost() -> None:
    found = corpus()
    assert len(found) == 1_105
    cards = [card for card in found if card.get("kind") != "group" and any(said(card).values())]
    back = exported(cards)
    for card, came in zip(cards, back, strict=True):
        for what, values in said(card).items():
            assert values - said(came)[what] == set(), what
        notes = [entry["note"] for entry in card.get("notes", {}).values()]
        told = [entry["note"] for entry in came.get("notes", {}).values()]
        assert all(note.replace("\r\n", "\n").strip() in "".join(told) for note in notes)
    assert [plain(card) for card in exported(back)] == [plain(card) for card in back]


@given(contacts.CARDS)
@settings(max_examples=80, deadline=None)
def test_any_card_is_written_and_once_read_stays_as_it_is(card: Card) -> None:
    for made in (Google, Outlook):
        writer = made()
        writer.measure(card, {})
        header, row = writer.header(), writer.row(card, {})
        assert header.endswith(b"\r\n")
        assert row == b"" or row.endswith(b"\r\n")


def test_what_an_import_kept_returns_with_the_next_export() -> None:
    kept = {
        "google-csv": {
            "Maiden Name": "Roe",
            "Jot 1 - Value": "x",
            "Custom Field 1 - Label": "Shoe",
            "Custom Field 1 - Value": "42",
            "Event 2 - Label": "Graduation",
            "Event 2 - Value": "1999-05-06",
            "Birthday": "03/07/1980",
            "File As": "Doe, Jane",
        }
    }
    card = {"name": {"components": [{"kind": "given", "value": "Jane"}]}}
    back, residue = through(Google(), card, kept)
    assert plain(back) == plain(card)
    assert residue == {
        "google-csv": {**{k: v for k, v in kept["google-csv"].items() if "Event" not in k},
                       "Event 1 - Label": "Graduation", "Event 1 - Value": "1999-05-06"}
    }  # fmt: skip


def test_entries_beyond_the_columns_share_the_last() -> None:
    phones = {f"TEL-{at}": {"number": f"+49 {at}"} for at in range(MOST + 5)}
    back, _ = through(Google(), {"phones": phones, "name": {"full": "Ann"}})
    assert len(back["phones"]) == MOST + 5


def test_a_name_without_parts_is_a_given_name() -> None:
    back, _ = through(Google(), {"name": {"full": "Ann Smith"}})
    assert back["name"] == {"components": [{"kind": "given", "value": "Ann Smith"}]}


def test_groups_are_words_and_no_rows() -> None:
    writer = Google()
    assert writer.row({"kind": "group", "name": {"full": "Chess"}}, {}) == b""
    row = writer.row({"keywords": {"a": True}}, {}, ["Chess", "a"]).decode()
    assert row.strip(",\r\n") == "a ::: Chess ::: * myContacts"


def test_an_entry_that_came_after_the_header_was_written_is_in_the_last_cell() -> None:
    writer = Google()
    emails = {f"e{at}": {"address": f"{at}@x.example"} for at in range(3)}
    text = (writer.header() + writer.row({"emails": emails}, {})).decode()
    (one,) = csv.read([text])
    assert isinstance(one, Upsert)
    assert len(json.loads(one.card.json)["emails"]) == 3


@given(st.lists(held.CARDS, min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_cards_of_one_file_do_not_mix(cards: list[Card]) -> None:
    assert [plain(one) for one in exported(cards)] == [plain(card) for card in cards]
