"""What the budget does not cover waits its turn: it is stored, it is not asked about, and it costs when its turn comes."""

import uuid

from acting import make_house, person
from booking import AT_ONCE, FIGURES, WAITING, Clock, Owner, numbers
from contact_service.actions import (
    block,
    cards,
)
from contact_service.model.ids import OwnerId, UserId
from contact_service.settings.environment import load
from contact_service.storage import directory as directory_rows
from contact_service.storage import matches
from watching import Asked, Watched


async def test_more_than_the_budget_is_stored_and_waits_in_order(ann: Owner, clock: Clock) -> None:
    book = numbers(AT_ONCE + 30)
    users = [await ann.register(f"{ann.owner}.{n}", f"tel:{p}") for n, p in enumerate(book)]
    told = await ann.upload(*(person(f"P{n}", p) for n, p in enumerate(book)))
    assert (told.created, told.deferred) == (len(book), 30)
    assert len(told.matches) == AT_ONCE
    assert await ann.shown() == set(users[:AT_ONCE])
    clock.forward(hours=10)
    assert await ann.get() == set(users[: AT_ONCE + 10])
    clock.forward(hours=20)
    assert await ann.get() == set(users)
    assert await ann.rows(WAITING) == 0
    assert await ann.left() == 0


async def test_nothing_of_a_card_that_waits_is_found(ann: Owner, bea: Owner, clock: Clock) -> None:
    late, *rest = numbers(AT_ONCE + 1)
    await ann.upload(*(person(f"P{n}", p) for n, p in enumerate([*rest, late])))
    await ann.register(bea.owner, f"tel:{late}")
    clock.forward(minutes=5)
    assert await ann.get() == set()
    # Neither by a new card with the same number, nor by an edit of the card itself.
    await ann(cards.create, person("Once more", late))
    assert await ann.get() == set()
    clock.forward(hours=1)
    assert await ann.get() == {bea.owner}
    assert (await ann.left(), await ann.rows(WAITING)) == (0, 0)


async def test_a_card_that_waited_and_goes_is_not_paid_by_going(ann: Owner, bea: Owner) -> None:
    late, *rest = numbers(AT_ONCE + 1)
    await ann.register(bea.owner, f"tel:{late}")
    book = [person(f"P{n}", p) for n, p in enumerate(rest)]
    assert (await ann.upload(*book, person("X", late))).deferred == 1
    # The device says it anew under another name: the waiting card goes, one with the same number comes.
    told = await ann.upload(*book, person("Y", late), device="d2")
    assert told.deferred == 1
    told = await ann.upload(*book[:-1], device="d1")
    assert told.deferred == 1
    assert await ann.shown() == set()


async def test_favourites_are_matched_first(ann: Owner) -> None:
    book = numbers(AT_ONCE + 5)
    raw = [person(f"P{n}", p) for n, p in enumerate(book[:-2])]
    raw += [person("F", p, keywords={"Favorite": True}) for p in book[-2:]]
    users = [await ann.register(f"{ann.owner}.{n}", f"tel:{p}") for n, p in enumerate(book)]
    await ann.upload(*raw)
    assert await ann.shown() == {*users[: AT_ONCE - 2], *users[-2:]}


async def test_a_card_that_is_not_covered_holds_up_those_behind_it(
    ann: Owner, clock: Clock
) -> None:
    book = numbers(AT_ONCE + 4)
    await ann.upload(*(person(f"P{n}", p) for n, p in enumerate(book[:AT_ONCE])))
    three, one = person("Three", *book[AT_ONCE:-1]), person("One", book[-1])
    await ann.upload(three, one, device="d2", view="partial")
    for hours, waiting in ((1, 2), (1, 2), (1, 1), (1, 0)):
        clock.forward(hours=hours)
        await ann.get()
        assert await ann.rows(WAITING) == waiting


async def test_an_edit_beyond_the_budget_keeps_what_was_found(ann: Owner, bea: Owner) -> None:
    one, *rest = numbers(AT_ONCE + 1)
    await ann.register(bea.owner, f"tel:{one}")
    made = await ann(cards.create, person("Bea", one))
    await ann.upload(*(person(f"P{n}", p) for n, p in enumerate(rest[:-1])))
    assert await ann.left() == 0
    await ann(cards.patch, made.id, {"phones/p2": {"number": rest[-1]}})
    assert await ann.rows(WAITING) == 1
    assert await ann.get() == {bea.owner}
    await ann(cards.patch, made.id, {"phones/p0": None})
    assert await ann.get() == set()


async def test_hits_and_misses_are_the_same_work_and_what_waits_is_not_asked(
    dsn: str, clock: Clock
) -> None:
    db = await Watched.open(dsn)
    house = make_house(db, load({**FIGURES, "CONTACT_REMATCH_INTERVAL_S": "0"}))
    seen = []
    for hits in (0, 0, 3):
        one = Owner(house, OwnerId(f"one-{uuid.uuid4().hex[:12]}"), clock)
        await one.matching()
        book = numbers(AT_ONCE + 10)
        for n, held in enumerate(book[:hits]):
            user = await one.register(f"{one.owner}.{n}", f"tel:{held}")
            await one(block.add, UserId(user))
        db.taken()
        assert (await one.upload(*(person(f"P{n}", p) for n, p in enumerate(book)))).matches == []
        await one(cards.create, person("X", book[-1], book[0]))
        seen.append(_work(db))
        await one.register(f"{one.owner}.x", f"tel:{numbers(1)[0]}")
        db.taken()
        assert await one.get() == set()
        seen.append(_work(db))
        # What the gate hides is no hit for the density either: the refill would tell.
        assert await one.rows("SELECT hits FROM budgets WHERE owner_id = $1") == 0
    # The first has a cold process.
    assert seen[2:4] == seen[4:6]
    probes = [sizes for query, sizes in seen[0] if query == directory_rows.SQL["probe"]]
    assert [keys for _, keys, _ in probes] == [AT_ONCE, 1]
    await db.close()


def _work(db: Watched) -> list[Asked]:
    """How many pairs are kept is not told by time: it is one statement, of a few rows at most."""
    return [
        (sql, () if sql == matches.SQL["add"] else sizes)
        for sql, sizes in db.taken()
        if not sql.startswith(("BEGIN", "COMMIT"))
    ]
