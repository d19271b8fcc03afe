"""What a viewer is shown of buckets: a client that follows by deltas holds what a look at the whole would show, and is
told nothing of those who hide from her all the while.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import Actor, make_house
from bucket_world import BITS, DIGESTS, EPOCH, EVERY, NOW, World, packed, split
from contact_service.actions import buckets, kept_buckets, private_retention, restored
from contact_service.actions.kept_buckets import KeptBuckets, Shared
from contact_service.model.bucket import bounds, bucket, tag
from contact_service.model.consent import Purpose
from contact_service.model.discovery_problem import EpochMismatch, EpochRetired
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidParameter
from contact_service.storage import registrations
from contact_service.storage.db import Db, Tx
from contact_service.vault import keyring


@pytest.fixture
async def worlds(fresh_db: Db) -> Any:
    ring = keyring.create()
    house = replace(make_house(fresh_db), keyring=ring)
    made = 1

    async def live(tx: Tx) -> None:
        await tx.run(EPOCH, 1, "live", 0)

    await fresh_db.sharing(live)

    async def world() -> World:
        nonlocal made
        made += 1
        number = made

        async def story(tx: Tx) -> int:
            await tx.run(EPOCH, number, "retiring", BITS)
            return await registrations.take(tx, 0)

        ring.oprf[number] = bytes(32)
        house.epochs.forget()
        seq = await fresh_db.sharing(story)
        viewer = Actor(house, OwnerId(f"viewer-{number}"))
        return World(house, await viewer.consents(Purpose.MATCH), number, seq=seq)

    return world


USERS = ["u1", "u2", "u3"]
STEP = st.one_of(
    st.tuples(st.just("bind"), st.sampled_from(DIGESTS), st.sampled_from(USERS)),
    st.tuples(st.just("bind"), st.sampled_from(DIGESTS), st.sampled_from(USERS)),
    st.tuples(st.just("drop"), st.sampled_from(DIGESTS), st.none()),
    st.tuples(st.just("block"), st.sampled_from([True, False]), st.sampled_from(USERS)),
    st.tuples(st.just("look"), st.sets(st.sampled_from(EVERY), min_size=1), st.none()),
    st.tuples(st.just("look"), st.sets(st.sampled_from(EVERY), min_size=1), st.none()),
    st.tuples(st.just("forget"), st.none(), st.none()),
)


class Device:
    """What a client holds of each bucket."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.held: dict[int, tuple[int, set[bytes]]] = {}

    async def sync(self, numbers: set[int]) -> None:
        asked = {n: self.held[n][0] if n in self.held else None for n in sorted(numbers)}
        seq, seen = await self.world.look(asked)
        assert seq == self.world.seq
        for one in seen:
            since, tags = self.held.get(one.id, (0, set()))
            if one.tags is None:
                added, removed = split(one.added), split(one.removed)
                assert [added, removed] == [sorted(set(added)), sorted(set(removed))]
                assert not set(added) & set(removed)
                assert {*added, *removed} <= self.world.may_tell(one.id, since)
                tags = (tags - set(removed)) | set(added)
            else:
                assert one.id not in self.held, "what is held is brought on by what changed"
                tags = set(split(one.tags))
                assert packed(tags) == one.tags
            self.held[one.id] = (seq, tags)
            assert tags == self.world.visible(one.id)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=25))
async def test_who_follows_by_deltas_holds_what_the_whole_would_show(worlds, steps):
    world = await worlds()
    device = Device(world)
    for kind, what, user in steps:
        if kind == "bind":
            await world.bind(what, user)
        elif kind == "drop":
            await world.drop(what)
        elif kind == "block":
            await world.block(user, blocked=what)
        elif kind == "look":
            await device.sync(what)
        else:
            world.house.buckets._kept.clear()
    await device.sync(set(EVERY))
    _, whole = await world.look(dict.fromkeys(EVERY))
    assert [one.tags for one in whole] == [packed(world.visible(n)) for n in EVERY]


async def test_a_block_is_told_like_a_leaving_and_its_end_like_a_coming(worlds):
    world = await worlds()
    one, other = DIGESTS[0], DIGESTS[2]
    await world.bind(one, "u1")
    await world.bind(other, "u2")
    since, _ = await world.look({0: None})
    await world.block("u1", blocked=True)
    await world.drop(other)
    after, (told,) = await world.look({0: since})
    assert (told.added, told.removed) == (b"", packed({tag(one, BITS), tag(other, BITS)}))
    # All she does behind the block is not told.
    await world.drop(one)
    await world.bind(one, "u1")
    await world.bind(DIGESTS[1], "u1")
    later, (told,) = await world.look({0: after})
    assert (told.added, told.removed) == (b"", b"")
    await world.block("u1", blocked=False)
    last, (told,) = await world.look({0: later})
    assert (told.added, told.removed) == (tag(one, BITS), b"")
    await world.drop(one)
    await world.drop(DIGESTS[1])
    _, (told,) = await world.look({0: last})
    assert (told.added, told.removed) == (b"", tag(one, BITS))


async def test_of_two_entries_with_one_tag_the_hidden_one_takes_it_not_along(worlds):
    world = await worlds()
    await world.bind(DIGESTS[0], "u1")
    await world.bind(DIGESTS[1], "u2")
    assert tag(DIGESTS[0], BITS) == tag(DIGESTS[1], BITS)
    await world.block("u1", blocked=True)
    for _ in range(2):  # read, then held
        _, (seen,) = await world.look({0: None})
        assert seen.tags == tag(DIGESTS[0], BITS)
    await world.block("u2", blocked=True)
    assert (await world.look({0: None}))[1][0].tags == b""


async def test_a_bucket_is_read_once_until_it_changes(worlds, monkeypatch):
    world = await worlds()
    read: list[int] = []
    before = buckets.rows.buckets

    async def counted(tx: Tx, epoch: int, limits: list[tuple[bytes, bytes]]) -> list[bytes]:
        read.extend(bucket(low, BITS) for low, _ in limits)
        return await before(tx, epoch, limits)

    monkeypatch.setattr(buckets.rows, "buckets", counted)
    await world.bind(DIGESTS[0], "u1")
    await world.look(dict.fromkeys(EVERY))
    assert read == list(EVERY)
    await world.bind(DIGESTS[-1], "u1")
    await world.look(dict.fromkeys(EVERY))
    await world.look(dict.fromkeys(EVERY))
    assert read == [*EVERY, 3]


async def test_an_older_snapshot_is_not_shown_a_newer_bucket(worlds):
    world = await worlds()
    await world.bind(DIGESTS[0], "u1")
    world.house.buckets.keep(world.epoch, 0, Shared(world.seq + 5, b"none", {}))
    _, (seen,) = await world.look({0: None})
    assert seen.tags == tag(DIGESTS[0], BITS)
    kept = world.house.buckets.get(world.epoch, 0)
    assert kept is not None
    assert kept.tags == b"none", "the newer one stays held"


@pytest.mark.parametrize("since", [-1, 0, 10**9])
async def test_who_holds_what_the_log_cannot_bring_on_is_given_the_whole(worlds, since):
    world = await worlds()
    await world.bind(DIGESTS[0], "u1")
    held = world.seq
    await world.bind(DIGESTS[2], "u1")
    assert await private_retention.tidy(world.house, NOW + timedelta(days=29)) == 0
    gone = await private_retention.tidy(world.house, NOW + timedelta(days=31), at_once=1)
    assert gone >= 2
    _, (told,) = await world.look({0: since})
    assert told.tags == packed(world.visible(0))
    _, (told,) = await world.look({0: held})
    assert told.tags is not None
    # From then on it is held again.
    now, _ = await world.look({0: None})
    await world.drop(DIGESTS[2])
    _, (told,) = await world.look({0: now})
    assert (told.tags, told.removed) == (None, tag(DIGESTS[2], BITS))


async def test_what_was_held_longer_than_the_log_is_read_anew(worlds):
    world = await worlds()
    await world.bind(DIGESTS[0], "u1")
    await world.look({0: None})
    await world.drop(DIGESTS[0])
    await private_retention.tidy(world.house, NOW + timedelta(days=31))
    assert (await world.look({0: None}))[1][0].tags == b""


async def test_after_a_restore_what_was_held_before_is_not_built_upon(worlds):
    world = await worlds()
    await world.bind(DIGESTS[0], "u1")
    held, _ = await world.look({0: None})
    async for _ in restored.renew(world.house):
        pass
    for lost in (held, held + 1_000):
        _, (told,) = await world.look({0: lost})
        assert told.tags == tag(DIGESTS[0], BITS)
    await world.bind(DIGESTS[2], "u2")
    assert (await world.look({0: held + 1}))[1][0].tags == packed(world.visible(0))


async def test_other_epochs_are_refused_with_the_live_ones_number(worlds):
    world = await worlds()
    for epoch, refusal in ((0, EpochMismatch), (99, EpochMismatch), (-5, EpochMismatch)):
        with pytest.raises(refusal) as told:
            await world.viewer.read(buckets.read, epoch, {0: None})
        assert told.value.members == {"epoch": 1}

    async def moved(tx: Tx) -> None:
        await tx.run("UPDATE directory_epochs SET state = 'gone' WHERE epoch = 1")
        await tx.run(
            "UPDATE directory_epochs SET state = 'live' WHERE epoch = $1::bigint", world.epoch
        )

    await world.house.db.sharing(moved)
    world.house.epochs.forget()
    with pytest.raises(EpochRetired) as told:
        await world.viewer.read(buckets.read, 1, {0: None})
    assert told.value.members == {"epoch": world.epoch}


@pytest.mark.parametrize("number", [-1, 1 << BITS, 2**70])
async def test_there_are_so_many_buckets_and_no_more(worlds, number):
    world = await worlds()
    with pytest.raises(InvalidParameter):
        await world.look({0: None, number: None})


def test_what_is_kept_is_bounded_in_bytes():
    kept = KeptBuckets(10_000)
    for number in range(100):
        kept.keep(1, number, Shared(1, bytes(400)))
    assert 0 < kept.held_bytes <= 10_000
    kept.keep(1, 7, Shared(1, bytes(20_000)))
    assert kept.get(1, 7) is None, "one that is larger than all is not held"


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=30), st.integers(0, 20))
def test_a_bucket_is_packed_from_the_heads_of_its_digests(digests, bits):
    made = kept_buckets.shared(1, bits, b"".join(one[:8] for one in digests))
    expected = [tag(one, bits) for one in digests]
    assert split(made.tags) == sorted(set(expected))
    assert all(made.several.get(one, 1) == expected.count(one) for one in expected)
    assert all(made.shows(one, {}) for one in expected)
    assert not made.shows(b"\x01\x02\x03\x04", {}) or b"\x01\x02\x03\x04" in expected


def test_the_buckets_of_the_tests_share_tags_as_they_are_meant_to():
    low, high = bounds(2, BITS)
    inside = [one for one in DIGESTS if low <= one <= high]
    assert len(inside) == 4
    assert len({tag(one, BITS) for one in inside}) == 2
