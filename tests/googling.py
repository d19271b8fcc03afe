"""Google's people and our cards, side by side: what tests of the mapping and of the connector share."""

import json
from typing import Any

from contact_emulators.google import Google as People
from contact_emulators.google_people import MY_CONTACTS, STARRED
from contact_service.formats import google
from contact_service.model.imports import NO_UID, Place, Upsert
from pulled import Rig

HERE = Place(3, 0)
GROUPS = {
    "contactGroups/1a": "Family trip",
    "contactGroups/starred": "starred",
    "contactGroups/myContacts": "",
    "contactGroups/blocked": None,
}
READER = google.Reader(GROUPS)


def read(**person: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The card, without what every card begins with, and the residue."""
    raw = json.dumps({"resourceName": "people/c1", **person}).encode()
    record = READER.read(raw, HERE)
    (upsert,) = record.changes
    assert isinstance(upsert, Upsert), upsert
    card = json.loads(upsert.card.json)
    assert (card.pop("@type"), card.pop("version"), card.pop("uid")) == ("Card", "1.0", NO_UID)
    return card, json.loads(upsert.residue or b"{}")


Told = tuple[str, tuple[str, ...], tuple[str, ...], frozenset[str]]


def truth(people: People) -> dict[str, Told]:
    """Of each contact its name, numbers, addresses and groups."""
    shelves = (people.book.contacts, people.book.others)
    return {
        name: (
            person["names"][0]["displayName"],
            tuple(one.get("canonicalForm", one["value"]) for one in person.get("phoneNumbers", ())),
            tuple(one["value"] for one in person.get("emailAddresses", ())),
            frozenset(filter(None, (_word(people, one) for one in person.get("memberships", ())))),
        )
        for shelf in shelves
        for name, person in shelf.people.items()
    }


def _word(people: People, membership: Any) -> str | None:
    group = membership["contactGroupMembership"]["contactGroupResourceName"]
    return {STARRED: "starred", MY_CONTACTS: None}.get(group, people.book.groups.get(group))


def told(rig: Rig) -> dict[str, Told]:
    return {
        name: (
            card["name"]["full"],
            tuple(one["number"] for one in card.get("phones", {}).values()),
            tuple(one["address"] for one in card.get("emails", {}).values()),
            frozenset(card.get("keywords", ())),
        )
        for name, card in rig.book.cards.items()
    }
