"""What a book is found by, kept in memory: after any write the same as read from its rows, and read from them no more."""

import random
from typing import Any

import pytest

from acting import person
from booking import Owner, numbers
from contact_service.actions import cards, holdings, view
from contact_service.actions.context import Context
from contact_service.actions.kept_identifiers import KeptIdentifiers
from contact_service.model import ids
from contact_service.model.ids import CardId
from contact_service.storage import cards as rows
from contact_service.storage import matches

Held = tuple[dict[CardId, tuple[str, ...]], dict[str, int], set[CardId]]


async def _held(ctx: Context) -> Held:
    state = await matches.state(ctx.tx)
    found = await holdings.read(ctx, state.dialled if state is not None else None)
    return {**found.by_card}, {**found.counts}, {*found.favourites}


async def _anew(owner: Owner) -> Held:
    kept = owner.house.identifiers.held(owner.owner)
    owner.house.identifiers.drop(owner.owner)
    found: Held = await owner.read(_held)
    if kept is not None:
        owner.house.identifiers.drop(owner.owner)
        owner.house.identifiers.keep(kept)
    return found


class _Writes:
    """Somebody's book under random hands."""

    def __init__(self, owner: Owner, rnd: random.Random) -> None:
        self.owner, self.rnd = owner, rnd
        self.pool = [*numbers(12), "(415) 555-0100", "030 901820"]

    def _card(self) -> bytes:
        held = self.rnd.sample(self.pool, self.rnd.choice((0, 1, 1, 2)))
        word = self.rnd.choice(("Starred", "favourite", "\\u0053tarred", "Work", ""))
        made = person("P", *held, **({"keywords": {"W": True}} if word else {}))
        return made.replace(b'"W"', f'"{word}"'.encode())

    async def once(self) -> None:
        known = [ids.card_id(card["id"]) for card in await self.owner.read(_shown)]
        match self.rnd.choice("create create patch words delete replace upload".split()):
            case "patch" if known:
                told = {"phones": {"x": {"number": self.rnd.choice(self.pool)}}}
                await self.owner(cards.patch, self.rnd.choice(known), told)
            case "words" if known:
                word = self.rnd.choice(("Starred", "Work"))
                await self.owner(cards.patch, self.rnd.choice(known), {"keywords": {word: True}})
            case "delete" if known:
                await self.owner(cards.delete, self.rnd.choice(known))
            case "replace" if known:
                await self.owner(cards.replace, self.rnd.choice(known), self._card())
            case "upload":
                some = [self._card() for _ in range(self.rnd.randint(0, 4))]
                await self.owner.upload(*some, region=self.rnd.choice(("US", "DE", None)))
            case _:
                await self.owner(cards.create, self._card())


async def _shown(ctx: Context) -> list[dict[str, Any]]:
    found = await view.here(ctx)
    return [{"id": card.id} for card in found.cards]


async def test_after_any_write_it_is_what_the_rows_say(ann: Owner, rnd: random.Random) -> None:
    writes = _Writes(ann, rnd)
    for _ in range(60):
        await writes.once()
        assert await ann.read(_held) == await _anew(ann)


async def test_what_was_just_written_is_not_read(
    ann: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann(cards.create, person("A", *numbers(1)))
    monkeypatch.delattr(rows, "feed")
    one, other = numbers(2)
    await ann(cards.create, person("B", one, keywords={"Starred": True}))
    await ann(cards.create, person("C", other))
    found, _, favourites = await ann.read(_held)
    assert (len(found), len(favourites)) == (3, 1)


async def test_a_write_that_is_taken_back_is_not_told(ann: Owner) -> None:
    await ann(cards.create, person("A", *numbers(1)))
    before = await ann.read(_held)

    async def broken(ctx: Context) -> None:
        await cards.create(ctx, person("B", *numbers(1)))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ann(broken)
    kept = ann.house.identifiers.held(ann.owner)
    assert isinstance(kept, KeptIdentifiers)
    assert kept.next is None
    assert await ann.read(_held) == before
    await ann(cards.create, person("C", *numbers(1)))
    assert await ann.read(_held) == await _anew(ann)
