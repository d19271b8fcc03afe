"""Groups in one view: cards of kind group and keywords, edited by ordinary writes of cards."""

import random
from typing import Any

import msgspec
import pytest

from acting import Actor, card
from contact_service.actions import cards, edge, groups, trash, view
from contact_service.actions import history as histories
from contact_service.model.ids import CardId
from contact_service.model.problem import GroupExists, NotFound, StaleRevision, Unprocessable
from grouping import cid, made, told, version


async def test_a_group_card_names_who_is_here_and_who_is_not_yet(ann: Actor) -> None:
    one = await made(ann, "One", uid="5F9A1B60-0000-4000-8000-00000000000A")
    sent = card(
        kind="group",
        name={"full": "Choir"},
        members={"urn:uuid:5f9a1b60-0000-4000-8000-00000000000a": True, "urn:uuid:later": True},
    )
    group = str((await ann(cards.create, sent)).id)
    found = (await told(ann))[group]
    assert (found.name, found.source, found.members, found.unresolved) == (
        "Choir",
        "card",
        (one,),
        ("urn:uuid:later",),
    )
    late = await made(ann, "Late", uid="later")
    now = (await told(ann))[group]
    assert (now.members, now.unresolved) == ((one, late), ())
    assert now.etag != found.etag, "the representation is another, though the card is not"


async def test_keywords_are_groups_of_their_contacts(ann: Actor) -> None:
    one = await made(ann, "One", keywords={"Band": True, "Old": True})
    two = await made(ann, "Two", keywords={"Band": True})
    found = {g.name: g for g in (await told(ann)).values()}
    assert found["Band"].members == tuple(sorted((one, two)))
    assert found["Old"].members == (one,)
    assert {g.source for g in found.values()} == {"keyword"}
    assert "Band" not in found["Band"].id
    await ann(cards.patch, cid(two), {"keywords": None})
    again = {g.name: g for g in (await told(ann)).values()}
    assert again["Band"].id == found["Band"].id
    assert again["Band"].members == (one,)


async def test_a_new_card_group_is_a_contact_of_kind_group(ann: Actor) -> None:
    one = await made(ann, "One")
    group = await ann(groups.create, "Choir", [one, one], "card")
    assert (group.name, group.members, group.source) == ("Choir", (one,), "card")
    assert (await told(ann))[group.id] == group
    book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    shown = book.get(group.id)
    assert shown is not None
    assert msgspec.json.decode(shown.body)["kind"] == "group"


@pytest.mark.parametrize("source", ["card", "keyword"])
async def test_members_come_and_go_and_no_repeat_is_a_change(ann: Actor, source: Any) -> None:
    one, two = await made(ann, "One"), await made(ann, "Two")
    group = (await ann(groups.create, "Choir", [one], source)).id
    await ann(groups.add, group, cid(two))
    before = await version(ann)
    await ann(groups.add, group, cid(two))
    assert await version(ann) == before
    assert set((await told(ann))[group].members) == {one, two}
    await ann(groups.remove, group, cid(one))
    before = await version(ann)
    await ann(groups.remove, group, cid(one))
    assert await version(ann) == before
    assert (await told(ann))[group].members == (two,)
    with pytest.raises(NotFound):
        await ann(
            groups.add, group, CardId(msgspec.convert("0" * 8 + one[8:], CardId.__supertype__))
        )


@pytest.mark.parametrize("source", ["card", "keyword"])
async def test_a_group_that_goes_leaves_its_members(ann: Actor, source: Any) -> None:
    one, two = await made(ann, "One", keywords={"Kept": True}), await made(ann, "Two")
    group = (await ann(groups.create, "Choir", [one, two], source)).id
    await ann(groups.delete, group)
    assert group not in await told(ann)
    book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    assert {c.id for c in book.cards} == {one, two}
    assert [g.name for g in (await told(ann)).values()] == ["Kept"]


async def test_a_keyword_is_renamed_in_all_its_contacts_at_once(ann: Actor) -> None:
    held = [await made(ann, str(n), keywords={"A": True, "B": True, "C": True}) for n in range(5)]
    before = await version(ann)
    group = next(g for g in (await told(ann)).values() if g.name == "B")
    renamed = await ann(groups.change, group.id, name=" Bee ")
    assert await version(ann) == before + 5
    assert (await told(ann))[renamed.id] == renamed
    assert renamed.members == tuple(sorted(held))
    assert group.id not in await told(ann)
    book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    for shown in book.cards:
        assert list(msgspec.json.decode(shown.body)["keywords"]) == ["A", "Bee", "C"]
    with pytest.raises(GroupExists):
        await ann(groups.change, renamed.id, name="A")
    with pytest.raises(GroupExists):
        await ann(groups.create, "A", held, "keyword")


async def test_a_deleted_member_stays_named_and_comes_alive_with_its_restore(ann: Actor) -> None:
    one, two = await made(ann, "One"), await made(ann, "Two")
    group = (await ann(groups.create, "Choir", [one, two], "card")).id
    await ann(cards.delete, cid(one))
    found = (await told(ann))[group]
    assert (found.members, len(found.unresolved)) == ((two,), 1)
    three = await made(ann, "Three")
    await ann(groups.change, group, members=[three])
    await ann(histories.restore, cid(one), None)
    assert (await told(ann))[group].members == (one, three)


async def test_a_deleted_member_that_is_taken_out_stays_out(ann: Actor) -> None:
    one = await made(ann, "One")
    group = (await ann(groups.create, "Choir", [one], "card")).id
    await ann(cards.delete, cid(one))
    await ann(groups.remove, group, cid(one))
    await ann(histories.restore, cid(one), None)
    assert (await told(ann))[group].members == ()
    await ann(cards.delete, cid(one))
    await ann(trash.wipe, cid(one))
    await ann(groups.remove, group, cid(one))
    with pytest.raises(NotFound):
        await ann(groups.remove, group, cid("0" * 8 + one[8:]))


async def test_groups_may_hold_each_other(ann: Actor) -> None:
    one = (await ann(groups.create, "One", [], "card")).id
    two = (await ann(groups.create, "Two", [one], "card")).id
    await ann(groups.add, one, cid(two))
    await ann(groups.add, one, cid(one))
    found = await told(ann)
    assert (set(found[one].members), found[two].members) == ({one, two}, (one,))


async def test_a_stale_tag_is_refused_and_the_contacts_own_tag_fits(ann: Actor) -> None:
    one = await made(ann, "One")
    for source in ("card", "keyword"):
        group = await ann(groups.create, f"By {source}", [one], source)
        with pytest.raises(StaleRevision) as refused:
            await ann(groups.change, group.id, name="X", tags=['"?"'])
        assert refused.value.members["current"] == group
        with pytest.raises(StaleRevision):
            await ann(groups.delete, group.id, ['"00000000.1"'])
        fitting = ['"?"', group.etag]
        again = await ann(groups.change, group.id, name=f"{source} again", tags=fitting)
        with pytest.raises(StaleRevision):
            await ann(groups.change, again.id, name="X", tags=[group.etag])
    head = await edge.head(ann.house, ann.owner)
    book = await view.book(ann.house, head)
    group_card = next(c for c in book.cards if b'"group"' in c.body)
    tag = msgspec.json.decode(group_card.body)["etag"]
    assert (await ann(groups.change, group_card.id, name="By hand", tags=[tag])).name == "By hand"


async def test_what_can_be_no_group_is_refused(ann: Actor) -> None:
    one = await made(ann, "One")
    gone = await made(ann, "Gone")
    await ann(cards.delete, cid(gone))
    before = await version(ann)
    for name, members, source in (
        ("  ", [one], "card"),
        ("a\tb", [one], "keyword"),
        ("K", [], "keyword"),
        ("K", [one, gone], "card"),
        ("K", ["nobody"], "keyword"),
    ):
        with pytest.raises(Unprocessable):
            await ann(groups.create, name, members, source)
    with pytest.raises(NotFound):
        await ann(groups.change, one, name="A contact is no group")
    with pytest.raises(NotFound):
        await ann(groups.delete, gone)
    assert await version(ann) == before


class Sets:
    """Groups as plain sets, beside the groups that the same edits make."""

    def __init__(self, actor: Actor, rnd: random.Random, people: list[str]) -> None:
        self.actor, self.rnd, self.people = actor, rnd, people
        self.model: dict[str, set[str]] = {}
        self.step = 0

    async def go_on(self) -> None:
        self.step += 1
        kinds = ["create", "add", "remove", "set", "rename", "delete"] if self.model else ["create"]
        group = self.rnd.choice(list(self.model)) if self.model else ""
        some = self.rnd.sample(self.people, self.rnd.randint(1, 4))
        await getattr(self, self.rnd.choice(kinds))(group, some)

    async def create(self, _: str, some: list[str]) -> None:
        source = self.rnd.choice(["card", "keyword"])
        made = await self.actor(groups.create, f"G{self.step}", some, source)
        self.model[made.id] = set(some)

    async def add(self, group: str, some: list[str]) -> None:
        await self.actor(groups.add, group, cid(some[0]))
        self.model[group].add(some[0])

    async def remove(self, group: str, some: list[str]) -> None:
        if self.model[group] != {some[0]}:  # a keyword that nobody has is no group
            await self.actor(groups.remove, group, cid(some[0]))
            self.model[group].discard(some[0])

    async def set(self, group: str, some: list[str]) -> None:
        await self.actor(groups.change, group, members=some)
        self.model[group] = set(some)

    async def rename(self, group: str, _: list[str]) -> None:
        members = self.model.pop(group)
        self.model[(await self.actor(groups.change, group, name=f"G{self.step}")).id] = members

    async def delete(self, group: str, _: list[str]) -> None:
        await self.actor(groups.delete, group)
        self.model.pop(group)


@pytest.mark.parametrize("seed", range(5))
async def test_any_run_of_edits_leaves_what_sets_would(ann: Actor, seed: int) -> None:
    people = [await made(ann, str(n)) for n in range(6)]
    run = Sets(ann, random.Random(seed), people)
    for _ in range(25):
        await run.go_on()
        assert {g.id: set(g.members) for g in (await told(ann)).values()} == run.model
    book = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    assert {c.id for c in book.cards if b'"kind":"group"' not in c.body} == set(people)
