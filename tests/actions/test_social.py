"""Friends and followers at rest: each person once, no name or id to be read, gone with what told of them."""

from typing import Any

import pytest

from acting import Actor
from contact_service.actions import social
from contact_service.actions.social import Count, Kept
from contact_service.model.imports import Edge

ACCOUNT, ARCHIVE = b"a" * 16, b"b" * 16
ADA = Edge("x", "follower", "Ada Secretname", "4711")
BO = Edge("x", "follower", "Bo", "4712")
FRIEND = Edge("facebook", "friend", "Cy")


async def keep(
    ann: Actor, *edges: Edge, run: int = 1, via: str = "api", source: bytes = ACCOUNT
) -> Kept:
    kept: Kept = await ann(social.keep, edges, run, via, source)
    return kept


async def names(ann: Actor, **only: str) -> list[tuple[str, str, str]]:
    found = await ann.read(social.page, social.FIRST, 100, **only)
    return sorted((one.provider, one.kind, one.name) for one in found)


async def test_a_repeat_renews_the_name_and_adds_nobody(ann: Actor) -> None:
    assert await keep(ann, ADA, FRIEND, ADA) == Kept(new=2)
    renamed = Edge("x", "follower", "Ada Lovelace", "4711")
    assert await keep(ann, renamed, BO, run=2) == Kept(new=1, known=1)
    assert await names(ann) == [
        ("facebook", "friend", "Cy"),
        ("x", "follower", "Ada Lovelace"),
        ("x", "follower", "Bo"),
    ]


async def test_what_rests_has_neither_name_nor_id(ann: Actor) -> None:
    await keep(ann, ADA)

    async def rows(ctx: Any) -> list[Any]:
        sql = "SELECT * FROM social_edges WHERE owner_id = $1"
        found: list[Any] = await ctx.tx.rows(sql, ctx.owner)
        return found

    (row,) = await ann.read(rows)
    at_rest = b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in row.values())
    assert b"Ada" not in at_rest
    assert b"4711" not in at_rest


async def test_two_owners_have_another_key_for_one_person(ann: Actor, bea: Actor) -> None:
    await keep(ann, ADA)
    await keep(bea, ADA)
    (hers,) = await ann.read(social.page, social.FIRST, 10)
    (his,) = await bea.read(social.page, social.FIRST, 10)
    assert hers.key[:2] == his.key[:2]
    assert hers.key[2] != his.key[2]


async def test_a_full_read_sweeps_its_own_source_alone(ann: Actor) -> None:
    await keep(ann, ADA, BO)
    await keep(ann, ADA, FRIEND, via="archive", source=ARCHIVE)
    await keep(ann, BO, run=2)
    assert await ann(social.sweep, 2, ACCOUNT) == 1
    assert await names(ann) == [
        ("facebook", "friend", "Cy"),
        ("x", "follower", "Ada Secretname"),
        ("x", "follower", "Bo"),
    ]


async def test_people_that_two_sources_tell_of_are_counted_once(ann: Actor) -> None:
    await keep(ann, ADA, BO, Edge("x", "following", "Ada", "4711"))
    await keep(ann, ADA, FRIEND, via="archive", source=ARCHIVE)
    assert await ann.read(social.counts) == [
        Count("facebook", "friend", 1),
        Count("x", "follower", 2, deferred=2),
        Count("x", "following", 1, deferred=1),
    ]
    assert await names(ann, provider="x", kind="following") == [("x", "following", "Ada")]
    assert await ann(social.drop, ACCOUNT) == 3
    assert await ann.read(social.counts) == [
        Count("facebook", "friend", 1),
        Count("x", "follower", 1, deferred=1),
    ]
    assert await ann(social.forget) == 2
    assert await ann.read(social.counts) == []


async def test_undo_takes_back_what_the_run_brought(ann: Actor) -> None:
    await keep(ann, ADA)
    await keep(ann, ADA, BO, run=2)
    assert await ann(social.undo, 2, ACCOUNT) == 1
    assert await names(ann) == [("x", "follower", "Ada Secretname")]


async def test_pages_are_one_walk_over_all(ann: Actor) -> None:
    await keep(ann, *(Edge("x", "follower", f"n{i}", str(i)) for i in range(25)))
    found, after = [], social.FIRST
    while page := await ann.read(social.page, after, 4):
        found += [one.name for one in page]
        after = page[-1].key
    assert sorted(found) == sorted(f"n{i}" for i in range(25))


async def test_those_beyond_the_bound_are_counted(ann: Actor, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(social, "MOST", 2)
    assert await keep(ann, ADA, BO, FRIEND) == Kept(new=2, beyond=1)
    assert await keep(ann, ADA, BO, FRIEND, run=2) == Kept(known=2, beyond=1)


async def test_a_name_may_be_half_a_character_or_nothing(ann: Actor) -> None:
    await keep(ann, Edge("x", "follower", "half \ud83d", "1"), Edge("x", "follower", "", "2"))
    assert await names(ann) == [("x", "follower", ""), ("x", "follower", "half ")]


async def test_an_id_and_a_name_that_are_alike_are_two_people(ann: Actor) -> None:
    kept = await keep(ann, Edge("x", "follower", "4711"), Edge("x", "follower", "Ada", "4711"))
    assert kept == Kept(new=2)


async def test_nothing_is_nothing_kept(ann: Actor) -> None:
    assert await keep(ann) == Kept()
