"""Finding who of a book is on the app: only what is new to the book costs, and it is found as others allow."""

from collections.abc import Callable

import pytest

from acting import person
from booking import AT_ONCE, MATCHED, WAITING, Clock, Owner, book, numbers
from contact_service.actions import (
    block,
    cards,
    consent,
    directory,
    edge,
    holdings,
    sharing,
    upload,
)
from contact_service.actions.rewind import from_trash
from contact_service.matching import identifiers, phones
from contact_service.model.card import Fields
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing


async def test_a_second_phone_with_the_same_people_costs_nothing(ann: Owner) -> None:
    held = [person(f"P{n}", p) for n, p in enumerate(numbers(5))]
    assert (await ann.upload(*held)).deferred == 0
    assert await ann.left() == AT_ONCE - 5
    await ann.upload(*held, device="d2")
    await ann.upload(*held)
    await ann.get()
    assert await ann.left() == AT_ONCE - 5


async def test_the_same_number_in_two_cards_costs_once(ann: Owner) -> None:
    one, two = numbers(2)
    await ann.upload(person("A", one), person("B", one, two), person("C", two))
    assert await ann.left() == AT_ONCE - 2


async def test_what_is_deleted_and_comes_again_is_paid_again(ann: Owner) -> None:
    (one,) = numbers(1)
    made = await ann(cards.create, person("A", one))
    await ann(cards.delete, made.id)
    await ann(cards.create, person("A", one))
    assert await ann.left() == AT_ONCE - 2


async def test_what_comes_back_from_the_trash_is_paid_again(ann: Owner, bea: Owner) -> None:
    (one,) = numbers(1)
    await ann.register(bea.owner, f"tel:{one}")
    made = await ann(cards.create, person("A", one))
    await ann(cards.delete, made.id)
    assert await ann.shown() == set()
    await ann(from_trash, [made.id])
    assert await ann.left() == AT_ONCE - 2
    assert await ann.shown() == {bea.owner}


async def test_a_number_that_moves_to_another_card_is_not_new(ann: Owner) -> None:
    one, two = numbers(2)
    await ann.upload(person("A", one), person("B", two))
    await ann.upload(person("A", two), person("B", one))
    assert await ann.left() == AT_ONCE - 2


async def test_an_edit_without_new_identifiers_does_not_look_at_the_book(ann: Owner) -> None:
    made = await ann(cards.create, person("A", *numbers(1)))
    ann.house.identifiers.drop(ann.owner)
    await ann(cards.patch, made.id, {"name": {"full": "Anna"}})
    assert ann.house.identifiers.held(ann.owner) is None
    await ann(cards.patch, made.id, {"phones/p2": {"number": numbers(1)[0]}})
    assert ann.house.identifiers.held(ann.owner) is not None
    assert await ann.left() == AT_ONCE - 2


async def test_consent_given_later_charges_the_book_that_stands(
    named: Callable[[str], Owner], bea: Owner
) -> None:
    ann = named("ann")
    await ann.consents(Purpose.STORE)
    one, *rest = numbers(AT_ONCE + 3)
    await bea.register(bea.owner, f"tel:{one}")
    await ann.upload(*(person(f"P{n}", p) for n, p in enumerate([one, *rest])))
    await ann.consents(Purpose.MATCH)
    assert await ann.get() == {bea.owner}
    assert (await ann.left(), await ann.rows(WAITING)) == (0, 3)


async def test_consent_taken_back_empties_all_and_given_again_is_paid_again(
    ann: Owner, bea: Owner, clock: Clock
) -> None:
    held = numbers(AT_ONCE + 5)
    await ann.register(bea.owner, f"tel:{held[0]}")
    await ann.upload(*book(held))
    assert (await ann.rows(MATCHED), await ann.rows(WAITING)) == (1, 5)
    await ann(consent.withdraw, Purpose.MATCH)
    assert (await ann.rows(MATCHED), await ann.rows(WAITING)) == (0, 0)
    assert ann.house.identifiers.held(ann.owner) is None
    clock.forward(hours=7)
    await ann.consents(Purpose.MATCH)
    await ann(cards.create, person("New", *numbers(1)))
    assert await ann.get() == {bea.owner}
    assert (await ann.left(), await ann.rows(WAITING)) == (0, AT_ONCE + 5 + 1 - 7)


async def test_another_region_reads_other_numbers_which_are_paid(ann: Owner, bea: Owner) -> None:
    national = [f"(415) 555-{1000 + n}" for n in range(8)]
    there = [f"+4941555510{n:02d}" for n in range(8)]
    await ann.register(bea.owner, f"tel:{there[0]}")
    held = [person(f"P{n}", p) for n, p in enumerate([*national, *numbers(2)])]
    await ann.upload(*held, region="US")
    assert await ann.left() == AT_ONCE - 10
    await ann.upload(*held, person("New", *numbers(1)), region="DE")
    assert await ann.left() == AT_ONCE - 19
    assert bea.owner in await ann.shown()
    for region, waiting in (("US", 8), ("DE", 9)):
        await ann.upload(*held, person(region, *numbers(1)), region=region)
        assert (await ann.left(), await ann.rows(WAITING)) == (0, waiting)
        assert await ann.shown() == set()


async def test_another_region_that_reads_the_same_costs_nothing(ann: Owner) -> None:
    held = [person("A", "(415) 555-0100"), person("B", *numbers(1))]
    await ann.upload(*held, region="US")
    await ann.upload(*held, person("C"), region="CA")
    assert await ann.left() == AT_ONCE - 2


async def test_an_upload_of_nothing_new_names_no_region(ann: Owner) -> None:
    held = [person("A", "(415) 555-0100"), person("B", "(415) 555-0101")]
    await ann.upload(*held, region="US")
    for _ in range(3):
        await ann.upload(*held, device="d1", region="DE")
        await ann.get()
    assert await ann.left() == AT_ONCE - 2


async def test_an_upload_decoded_for_another_region_is_read_anew(ann: Owner, bea: Owner) -> None:
    """Two uploads at once: what was read for a region that is not the book's any more must not pass as paid."""
    await ann.register(bea.owner, "tel:+494155550199")
    await ann.upload(person("A", *numbers(1)), region="US")
    late = await ann.decode(person("B", "(415) 555-0199"), device="d9", view="partial")
    await ann.upload(person("A", *numbers(1)), device="d2", region="DE")
    await ann(upload.apply, late)
    assert await ann.shown() == {bea.owner}
    held = (await ann(holdings.read, "DE")).counts
    assert await ann.left() == AT_ONCE - len(held)


async def test_newer_phone_metadata_charges_what_it_reads_otherwise(
    ann: Owner, bea: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    *held, now = numbers(11)
    await ann.upload(*book(held))
    await ann.register(bea.owner, f"tel:{now}")
    await ann.get()
    monkeypatch.setattr(phones, "METADATA_VERSION", "newer")
    ann.house.identifiers.drop(ann.owner)
    assert await ann.get() == set()
    assert await ann.left() == AT_ONCE - 10
    # The next release reads one of the numbers as another, which was never paid.
    read = identifiers.of

    def newer(fields: Fields, region: str | None, memo: phones.Memo) -> tuple[Identifier, ...]:
        was, becomes = Identifier(f"tel:{held[3]}"), Identifier(f"tel:{now}")
        return tuple(becomes if one == was else one for one in read(fields, region, memo))

    monkeypatch.setattr(identifiers, "of", newer)
    monkeypatch.setattr(phones, "METADATA_VERSION", "newest")
    ann.house.identifiers.drop(ann.owner)
    await ann(cards.create, person("Once more", now))
    assert await ann.shown() == {bea.owner}
    # Cards that share its place in the prints are charged with it: one in 256 each.
    assert 1 <= AT_ONCE - 10 - await ann.left() <= 4


async def test_who_registers_is_seen_once_the_interval_is_over(
    ann: Owner, bea: Owner, clock: Clock
) -> None:
    (one,) = numbers(1)
    await ann(cards.create, person("Bea", one))
    await ann.register(f"{bea.owner}.x", *(f"tel:{p}" for p in numbers(1)))
    assert await ann.get() == set()
    await ann.register(bea.owner, f"tel:{one}")
    clock.forward(seconds=59)
    assert await ann.get() == set()
    clock.forward(seconds=1)
    assert await ann.get() == {bea.owner}
    await bea(directory.remove, UserId(bea.owner))
    assert await ann.shown() == set()


async def test_a_block_and_narrowed_sharing_hold_at_once(ann: Owner, bea: Owner) -> None:
    (one,) = numbers(1)
    await ann.register(bea.owner, f"tel:{one}")
    await ann(cards.create, person("Bea", one))
    assert await ann.shown() == {bea.owner}
    await bea(block.add, UserId(ann.owner))
    assert await ann.shown() == set()
    await bea(block.remove, UserId(ann.owner))
    assert await ann.shown() == {bea.owner}
    await bea(sharing.put, Sharing(phone=Audience.NOBODY, email=Audience.NOBODY))
    assert await ann.shown() == set()


async def test_of_two_numbers_of_a_user_the_other_still_matches_when_one_goes(
    ann: Owner, bea: Owner, clock: Clock
) -> None:
    one, two = numbers(2)
    await ann(cards.create, person("Bea", one, two))
    for held in ((one,), (one, two), (one,), (two,)):
        await ann.register(bea.owner, *(f"tel:{p}" for p in held))
        clock.forward(minutes=2)
        assert await ann.get() == {bea.owner}, held
    assert await ann.left() == AT_ONCE - 2


async def test_a_match_bumps_no_card(ann: Owner, bea: Owner, clock: Clock) -> None:
    (one,) = numbers(1)
    await ann(cards.create, person("Bea", one))
    before = await edge.head(ann.house, ann.owner)
    await ann.register(bea.owner, f"tel:{one}")
    clock.forward(minutes=2)
    assert await ann.get() == {bea.owner}
    assert (await edge.head(ann.house, ann.owner)).version == before.version
