"""The demo owner: the same believable book each time, made once, with people the gate has to hide."""

import msgspec
import phonenumbers

from acting import make_house
from contact_service.actions import edge, match, view
from contact_service.cli import demo
from contact_service.cli.demo import book, users
from contact_service.formats import jscontact
from contact_service.matching import identifiers, phones
from contact_service.matching.phones import PhoneNumber
from contact_service.model.card import Fields
from contact_service.storage.db import Db


def _fields(contact: book.Contact) -> Fields:
    return jscontact.read(msgspec.json.encode(contact), "u")[1]


def test_the_book_is_the_same_each_time_and_valid() -> None:
    contacts = book.contacts()
    assert contacts == book.contacts()
    assert 300 <= len(contacts) <= 400
    assert len({_fields(contact).uid for contact in contacts}) == len(contacts)


def test_each_number_is_possible_and_nobody_shares_one() -> None:
    found: list[str] = []
    for contact in book.contacts():
        for phone in (_fields(contact).phones or {}).values():
            number = phones.normalise(phone.number, "US")
            assert isinstance(number, PhoneNumber), phone.number
            assert number.identifier is not None, phone.number
            found.append(number.e164)
    assert len(found) == len(set(found))


def test_addresses_are_of_domains_kept_for_examples() -> None:
    domains = {
        mail.address.rpartition("@")[2]
        for contact in book.contacts()
        for mail in (_fields(contact).emails or {}).values()
    }
    assert domains == {"example.org", "example.com", "example.net"}


def test_north_american_and_british_numbers_are_of_the_ranges_for_fiction() -> None:
    memo = phones.Memo()
    for contact in book.contacts():
        for held in identifiers.of(_fields(contact), "US", memo):
            if held.startswith("tel:+1"):
                assert held[9:14] == "55501", held
            elif held.startswith("tel:+44"):
                parsed = phonenumbers.parse(held[4:])
                assert str(parsed.national_number).startswith(("2079460", "7700900")), held


def test_the_cast_plays_every_part() -> None:
    cast = users.cast(book.contacts())
    assert len(cast) == 40
    assert sum(member.blocks for member in cast) == 3
    assert sum(member.user.discoverable is False for member in cast) == 3


async def test_the_demo_is_made_once_and_shows_only_whom_it_may(fresh_db: Db) -> None:
    house = make_house(fresh_db)
    assert await demo.prepare(house) == demo.OWNER
    head = await edge.head(house, demo.OWNER)
    found = await edge.read(house, demo.OWNER, "test", match.stored)
    cast = users.cast(book.contacts())
    hidden = {
        member.user.user
        for member in cast
        if member.blocks
        or member.user.discoverable is False
        or (member.user.discoverable is None and not member.knows)
    }
    shown = {each.disclosed.user_id for each in found}
    assert shown == {member.user.user for member in cast} - hidden
    assert len(shown) == 32
    named = [each for each in found if each.disclosed.profile.display_name]
    assert 0 < len(named) < len(found)
    await demo.prepare(house)
    again = await edge.head(house, demo.OWNER)
    assert (again.version, again.live_cards) == (head.version, len(book.contacts()))
    assert len((await view.book(house, again)).cards) == again.live_cards
