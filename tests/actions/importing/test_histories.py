"""Imports, edits, deletions, undoing and unlinking by three sources, mixed at random, against who says what.

Must hold 4 of imports.md: unlinking or undoing gives the book before, plus the edits made since.
"""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from acting import Actor, make_house, person
from actions.importing.provenance import Ledger, Person, Said
from actions.importing.sourcing import ALL, Feed, book, gone, said, says, told
from contact_service.actions import cards, edge
from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Kind
from contact_service.storage.db import Db

NUMBERS = [f"+1415555010{n}" for n in range(3)]
SAID = st.tuples(st.sampled_from("ab"), st.frozensets(st.sampled_from(NUMBERS), max_size=3))
SOURCES = st.sampled_from([Kind.GOOGLE, Kind.MICROSOFT, Kind.FILE])
PEOPLE = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("run"), SOURCES, st.dictionaries(PEOPLE, SAID, max_size=3), st.just(0)),
    st.tuples(st.just("run"), SOURCES, st.dictionaries(PEOPLE, SAID, max_size=2), PEOPLE),
    st.tuples(st.just("run"), SOURCES, st.just({}), st.sets(PEOPLE, min_size=1)),
    st.tuples(
        st.just("edit"), st.integers(0, 9), st.sampled_from(["add", "drop"]), st.integers(0, 2)
    ),
    st.tuples(st.just("edit"), st.integers(0, 9), st.just("rename"), st.integers(0, 2)),
    st.tuples(st.just("delete"), st.integers(0, 9), st.none(), st.none()),
    st.tuples(st.just("create"), PEOPLE, st.sampled_from(NUMBERS), st.none()),
    st.tuples(st.just("undo"), st.integers(0, 9), st.none(), st.none()),
    st.tuples(st.just("unlink"), SOURCES, st.booleans(), st.none()),
)


class History:
    """One history: what is done to the book is done to the ledger."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.ledger = Ledger()
        self.feeds = {
            kind: Feed(actor, kind, "" if kind is Kind.FILE else "a1")
            for kind in (Kind.GOOGLE, Kind.MICROSOFT, Kind.FILE)
        }
        self.runs: dict[int, tuple[Feed, Any]] = {}
        self.names = 0

    async def step(self, kind: str, one: Any, two: Any, three: Any) -> None:
        match kind:
            case "run":
                await self.run(one, two, three if isinstance(three, set) else set())
            case "edit":
                await self.edit(one, two, NUMBERS[three])
            case "delete":
                await self.delete(one)
            case "create":
                await self.create(one, two)
            case "undo":
                await self.undo(one)
            case "unlink":
                await self.feeds[one].unlink(2, keep=two)
                self.ledger.unlink(one.value, keep=two)
                self.runs = {n: run for n, run in self.runs.items() if n in self.ledger.runs}

    async def run(self, kind: Kind, upserts: dict[int, Any], removed: set[int]) -> None:
        feed = self.feeds[kind]
        run = await feed.run(full=False)
        changes = [
            told(f"u{uid}", said(f"{uid}{name}", *sorted(numbers), uid=f"u{uid}"), at)
            for at, (uid, (name, numbers)) in enumerate(upserts.items())
        ]
        await feed.page(run, 1, *changes, *(gone(f"u{uid}") for uid in removed))
        self.runs[run.number] = feed, run
        self.ledger.run(
            run.number,
            kind.value,
            {uid: Said(f"{uid}{name}", numbers) for uid, (name, numbers) in upserts.items()},
            removed,
        )

    async def undo(self, which: int) -> None:
        if self.runs:
            number = sorted(self.runs)[which % len(self.runs)]
            feed, run = self.runs.pop(number)
            await feed.undo(run, 2)
            self.ledger.undo(number)

    async def edit(self, which: int, how: str, number: str) -> None:
        found = await self.pick(which)
        if found is None:
            return
        card, known = found
        if how == "rename":
            self.names += 1
            name = f"mine{self.names}"
            await self.patch(card, {"name": {"full": name}})
            self.ledger.rename(known, name)
        elif how == "add" and number not in known.shown()[1]:
            await self.patch(card, {f"phones/x{number[-1]}": {"number": number}})
            self.ledger.add(known, number)
        elif how == "drop" and number in known.shown()[1]:
            keys = [k for k, phone in card["phones"].items() if phone["number"] == number]
            await self.patch(card, {f"phones/{key}": None for key in keys})
            self.ledger.drop(known, number)

    async def patch(self, card: dict[str, Any], changes: dict[str, Any]) -> None:
        if "phones" not in card and any(path.startswith("phones/") for path in changes):
            changes = {"phones": {path.partition("/")[2]: v for path, v in changes.items()}}
        await self.actor(cards.patch, ids.card_id(card["id"]), changes)

    async def delete(self, which: int) -> None:
        found = await self.pick(which)
        if found is not None:
            card, known = found
            await self.actor(cards.delete, ids.card_id(card["id"]))
            self.ledger.live.remove(known)

    async def create(self, uid: int, number: str) -> None:
        if self.ledger.of(uid) is None:
            self.names += 1
            name = f"made{self.names}"
            await self.actor(cards.create, person(name, number, uid=f"u{uid}"))
            self.ledger.create(uid, name, number)

    async def pick(self, which: int) -> tuple[dict[str, Any], Person] | None:
        found = await book(self.actor)
        if not found:
            return None
        card = found[which % len(found)]
        known = self.ledger.of(int(card["uid"][1:]))
        assert known is not None
        return card, known

    async def check(self) -> None:
        found = [(name, tuple(numbers)) for name, numbers in await says(self.actor)]
        assert found == self.ledger.shown()


async def live_through(db: Db, steps: Sequence[Any]) -> None:
    owner = OwnerId(f"o-{uuid4().hex}")
    note(f"{steps}")
    history = History(await Actor(make_house(db), owner).consents(*ALL))
    for step in steps:
        await history.step(*step)
        await history.check()
    head = await edge.head(history.actor.house, owner)
    assert head.live_cards == len(history.ledger.live)


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=4, max_size=14))
async def test_any_history_gives_the_book_that_is_left_of_it(db: Db, steps: list[Any]) -> None:
    await live_through(db, steps)


@pytest.mark.soak
@settings(
    deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=15, max_size=30))
async def test_a_thousand_long_histories(db: Db, steps: list[Any]) -> None:
    await live_through(db, steps)
