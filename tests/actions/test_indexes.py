"""Every index in every epoch holds what follows from the registrations, whatever was registered, moved, shared, removed."""

import itertools
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import Actor
from contact_service.actions import directory, sharing
from contact_service.actions.directory import User
from contact_service.model import bucket
from contact_service.model.epoch import Kind
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.owner import State
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import objections, owners
from contact_service.storage.db import Db
from listing_directory import Plain, entry_ids, objection, own_house, two_epochs

BOTH = {kind: [1, 2] for kind in Kind}
BITS = 3
_runs = itertools.count()

ACCOUNTS = (6, 7)
"""Which of the identifiers are accounts elsewhere."""
WHO = st.integers(0, 3)
WHAT = st.lists(st.integers(0, 7), max_size=3, unique=True)
STEPS = st.one_of(
    st.tuples(
        st.just("put"),
        st.lists(
            st.tuples(
                WHO,
                WHAT,
                st.sampled_from([True, False, None]),
                st.sampled_from(["active"] * 3 + ["suspended"]),
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda one: one[0],
        ),
    ),
    st.tuples(
        st.just("share"),
        st.tuples(WHO, *[st.sampled_from(Audience)] * 3),
    ),
    st.tuples(st.just("object"), st.integers(0, 7)),
    st.tuples(st.just("lift"), st.integers(0, 7)),
    st.tuples(st.just("remove"), WHO),
)


class Run:
    """Steps told to the service and to the model, with names that no other run has."""

    def __init__(self, actor: Actor) -> None:
        self.run = uuid4().hex[:8]
        self.number = next(_runs)
        self.actor = actor
        self.model = Plain()
        self.ids: dict[Any, int] = {}
        self.used: set[int] = set()

    def user(self, n: int) -> UserId:
        return UserId(f"{self.run}-{n}")

    def identifier(self, n: int) -> Identifier:
        phone = f"tel:+1212{self.number:04d}{n:03d}"
        if n in ACCOUNTS:
            return Identifier(f"account:x:{int(self.run, 16) + 1}{n}")
        return Identifier(phone if n % 2 else f"mailto:{self.run}{n}@example.org")

    async def tell(self, name: str, told: Any) -> None:
        await getattr(self, name)(told)

    async def put(self, told: Any) -> None:
        users = [
            User(self.user(n), tuple(map(self.identifier, what)), None, None, shown, state=state)
            for n, what, shown, state in told
        ]
        await self.actor(directory.put, users)
        self.model.put(users)

    async def share(self, told: Any) -> None:
        phone, email, *account = told[1:]
        chosen = Sharing(phone, email, account=account[0] if account else Audience.NOBODY)
        user = self.user(told[0])
        await Actor(self.actor.house, OwnerId(user))(sharing.put, chosen)
        self.model.share(user, chosen)

    async def object(self, n: int) -> None:
        await self._objection(n, stands=True)

    async def lift(self, n: int) -> None:
        await self._objection(n, stands=False)

    async def _objection(self, n: int, *, stands: bool) -> None:
        i = self.identifier(n)
        tag = objection(self.actor.house.keyring, i)
        holder = next((u for u, p in self.model.people.items() if i in p.identifiers), None)

        async def story(ctx: Any) -> None:
            if stands:
                await objections.add(ctx.tx, tag, ctx.now)
            else:
                await objections.remove(ctx.tx, tag)
            if holder is not None:
                await directory.relist(ctx, holder)

        await self.actor(story)
        (self.model.objected.add if stands else self.model.objected.discard)(i)

    async def remove(self, n: int) -> None:
        if self.user(n) in self.model.people:
            await self.actor(directory.remove, self.user(n))
            del self.model.people[self.user(n)]

    async def check(self, before: dict[Any, Audience]) -> None:
        """Rows as the model says; an entry id stays with its binding and is never used again."""
        ids = await entry_ids(self.actor.house, self.model, BOTH)
        for binding, entry in ids.items():
            if binding in before:
                assert entry == self.ids[binding]
            else:
                assert entry not in self.used
        self.used |= set(ids.values())
        self.ids = ids


async def number(db: Db) -> int:
    return await db.ask(lambda con: con.fetchval("SELECT seq FROM directory_clock"))


async def seqs(db: Db) -> dict[tuple[int, int], int]:
    found = await db.ask(
        lambda con: con.fetch("SELECT entry_id, epoch, seq FROM directory_entries")
    )
    return {(entry, epoch): seq for entry, epoch, seq in found}


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, max_size=10))
async def test_all_indexes_hold_what_follows_from_the_registrations(
    fresh_db: Db, steps: Any
) -> None:
    house = own_house(fresh_db)
    await _clear(fresh_db)
    await two_epochs(house, BITS)
    run = Run(Actor(house, OwnerId("app")))
    for name, told in steps:
        before, numbered, at = run.model.listed(), await seqs(fresh_db), await number(fresh_db)
        await run.tell(name, told)
        await run.check(before)
        await _numbered(fresh_db, run, before, numbered, at)
        if name != "remove" and run.model.listed() == before:
            assert await number(fresh_db) == at
    await _log_tells_the_buckets(fresh_db)


async def _numbered(db: Db, run: Run, before: Any, was: Any, at: int) -> None:
    """A number is given where a miss can become a hit, in all epochs alike, and nowhere else."""
    after, now = run.model.listed(), await seqs(db)
    for binding, who in after.items():
        keys = [(run.ids[binding], epoch) for epoch in (1, 2)]
        assert len({now[key] for key in keys}) == 1
        wider = before.get(binding) is Audience.CONTACTS and who is Audience.EVERYONE
        if binding in before and not wider:
            assert [now[key] for key in keys] == [was[key] for key in keys]
        else:
            assert at < now[keys[0]] <= await number(db)


async def _log_tells_the_buckets(db: Db) -> None:
    """Who applies the log in its order ends with the digests that are there."""
    told: dict[tuple[int, bytes], str | None] = {}
    sql = "SELECT epoch, digest, user_id, added, bucket FROM directory_private_log ORDER BY seq"
    for epoch, digest, user, added, at in await db.ask(lambda con: con.fetch(sql)):
        told[epoch, digest] = user if added else None
        assert at == bucket.bucket(digest, BITS)
    stands = await db.ask(
        lambda con: con.fetch("SELECT epoch, digest, user_id FROM directory_private")
    )
    assert {key: user for key, user in told.items() if user} == {(e, d): u for e, d, u in stands}


async def _clear(db: Db) -> None:
    # Each example has a keyring of its own: nothing of the one before may be met.
    names = ("entries", "matrix", "private", "private_log", "users", "epochs", "holders")
    tables = ", ".join(f"directory_{name}" for name in names)
    await db.ask(
        lambda con: con.execute(
            f"TRUNCATE {tables}, vault.data_keys, owners, objections, sharing CASCADE"
        )
    )


async def test_the_same_registration_again_changes_nothing(fresh_db: Db) -> None:
    run = Run(Actor(own_house(fresh_db), OwnerId("app")))
    told = [(0, [0, 1], True, "active"), (1, [2], None, "active"), (2, [3], False, "active")]
    await run.put(told)
    state = "SELECT array_agg(u.* ORDER BY user_id)::text, (SELECT seq FROM directory_clock) FROM directory_users u"
    before = await fresh_db.ask(lambda con: con.fetch(state))
    await run.put(told)
    assert await fresh_db.ask(lambda con: con.fetch(state)) == before


async def test_an_unlisted_holder_loses_what_another_registers(fresh_db: Db) -> None:
    """Nobody finds her by it, so no index knows whose it is; and yet she must not take it back by sharing it."""
    run = Run(Actor(own_house(fresh_db), OwnerId("app")))
    await run.put([(0, [0], False, "active")])
    await run.put([(1, [0], False, "active")])
    await run.share((0, Audience.EVERYONE, Audience.EVERYONE))
    assert await entry_ids(run.actor.house, run.model, {kind: [1] for kind in Kind}) == {}
    assert (await run.actor.read(directory.get, run.user(0)))[0].identifiers == ()


@pytest.mark.parametrize("state", [State.RESTRICTED, State.ERASING])
async def test_an_owner_who_is_not_active_is_in_no_index(fresh_db: Db, state: State) -> None:
    run = Run(Actor(own_house(fresh_db), OwnerId("app")))
    await run.share((0, Audience.EVERYONE, Audience.EVERYONE))
    await fresh_db.writing(OwnerId(run.user(0)), lambda tx: owners.set_state(tx, state))
    await run.put([(0, [0, 1], True, "active")])
    run.model.people[run.user(0)].state = "suspended"
    assert await entry_ids(run.actor.house, run.model, {kind: [1] for kind in Kind}) == {}
    await fresh_db.writing(OwnerId(run.user(0)), lambda tx: owners.set_state(tx, State.ACTIVE))
    await run.actor(directory.relist, run.user(0))
    run.model.people[run.user(0)].state = "active"
    assert len(await entry_ids(run.actor.house, run.model, {kind: [1] for kind in Kind})) == 2
