"""All roads through the gate agree with an oracle, whatever stands between a viewer and a crowd of users."""

import itertools
import random
from functools import partial
from typing import Any, NamedTuple

import pytest

from acting import KEYRING, Actor, person
from contact_service.actions import block, cards, directory, disclosure, sharing
from contact_service.actions.context import Context
from contact_service.actions.directory import User
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier, Kind, kind
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.match import Disclosed
from contact_service.model.owner import State
from contact_service.model.problem import ConsentRequired, Restricted
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import objections, owners
from contact_service.vault import blind, matrix_pepper, oprf
from contact_service.vault.blind import Person

_numbers = itertools.count(1)
CROWD = 36
REASONS = ("suspended", "refused", "refuses", "objected", "state")


def shares(chosen: Sharing, asked: Identifier) -> Audience:
    match kind(asked):
        case Kind.PHONE:
            return chosen.phone
        case Kind.EMAIL:
            return chosen.email
        case _:
            return chosen.account


def hashed(asked: Identifier) -> bool:
    """Whether Matrix clients and private discovery may find somebody by it: no accounts."""
    return kind(asked) in {Kind.PHONE, Kind.EMAIL}


class Member(NamedTuple):
    """Somebody of the crowd, and all that may hide them."""

    actor: Actor
    held: tuple[Identifier, ...]
    chosen: Sharing
    active: bool
    knows: bool
    refused: bool
    refuses: bool
    objected: Identifier | None
    state: State

    def shown(self, asked: Identifier) -> bool:
        """What the design says, one reason after the other."""
        if not self.active or self.refused or self.refuses or self.state is not State.ACTIVE:
            return False
        audience = shares(self.chosen, asked)
        if audience is Audience.NOBODY or asked == self.objected:
            return False
        return audience is Audience.EVERYONE or self.knows

    def name(self) -> str | None:
        open_to = {Audience.EVERYONE} | ({Audience.CONTACTS} if self.knows else set())
        return self.actor.owner if self.chosen.name in open_to else None


def drawn(rnd: random.Random, actor: Actor, only: str) -> Member:
    """A member whom `only` that hides; or whom anything may hide (`only` empty)."""

    def hides(reason: str) -> bool:
        return reason == only or (not only and rnd.random() < 0.12)

    number = next(_numbers)
    account = rnd.choice(["facebook", "x"])
    held = (
        Identifier(f"tel:+1415556{number:04d}"),
        Identifier(f"mailto:{actor.owner}@example.com"),
        Identifier(f"account:{account}:41555{number:04d}"),
    )
    drawn_ = [rnd.choice(list(Audience)) for _ in range(5)]
    sharing_ = Sharing(*drawn_[:4], account=drawn_[4])
    return Member(
        actor,
        held,
        Sharing(*(Audience.EVERYONE,) * 4, account=Audience.EVERYONE) if only else sharing_,
        active=not hides("suspended"),
        knows=rnd.random() < 0.5,
        refused=hides("refused"),
        refuses=hides("refuses"),
        objected=rnd.choice(held) if hides("objected") else None,
        state=rnd.choice([State.RESTRICTED, State.ERASING]) if hides("state") else State.ACTIVE,
    )


async def enter(member: Member, viewer: Actor, mine: str) -> None:
    actor = member.actor
    user = User(
        UserId(actor.owner),
        member.held,
        display_name=actor.owner,
        state="active" if member.active else "suspended",
    )
    await viewer(directory.put, [user])
    await actor(sharing.put, member.chosen)
    if member.knows:
        await actor.consents(Purpose.MATCH)
        await actor(cards.create, person("Viewer", mine))
    if member.refused:
        await viewer(block.add, UserId(actor.owner))
    if member.refuses:
        await actor(block.add, UserId(viewer.owner))


async def hide(member: Member, viewer: Actor) -> None:
    """What comes later, while the directory's rows stand."""
    if member.objected is not None:
        tag = blind.tag(KEYRING.fixed("objection"), member.objected, Person.OBJECTION)

        async def keep(ctx: Context) -> None:
            await objections.add(ctx.tx, tag, ctx.now)

        await viewer(keep)
    if member.state is not State.ACTIVE:
        change = partial(owners.set_state, state=member.state)
        await viewer.house.db.writing(member.actor.owner, change)


async def by_identifier(ctx: Context, asked: list[Identifier]) -> dict[Identifier, Disclosed]:
    return await disclosure.find(ctx, asked)


async def by_stored_pair(ctx: Context, asked: list[Identifier]) -> dict[Identifier, Disclosed]:
    met = await disclosure.probe(ctx, asked)
    shown = await disclosure.disclose(ctx, met.values())
    return {i: shown[candidate] for i, candidate in met.items() if candidate in shown}


async def by_matrix(ctx: Context, asked: list[Identifier]) -> dict[Identifier, Disclosed]:
    pepper = matrix_pepper.spelled(KEYRING.matrix[KEYRING.matrix_epoch])
    tags = matrix_pepper.tags(KEYRING, matrix_pepper.digests(pepper, asked))
    found = await disclosure.find_matrix(ctx, KEYRING.matrix_epoch, tags)
    return {i: found[tag] for i, tag in zip(asked, tags, strict=True) if tag in found}


async def by_digest(ctx: Context, asked: list[Identifier]) -> dict[Identifier, Disclosed]:
    epoch = KEYRING.oprf_epoch
    digests = oprf.keys(KEYRING)[epoch].digests([i.encode() for i in asked])
    found = await disclosure.find_private(ctx, epoch, digests)
    return {i: found[d] for i, d in zip(asked, digests, strict=True) if d in found}


async def test_every_road_shows_whom_the_design_shows(ann: Actor, rnd: random.Random) -> None:
    mine = f"+1415557{next(_numbers):04d}"
    await ann.consents(Purpose.MATCH)
    me = User(UserId(ann.owner), (Identifier(f"tel:{mine}"),), discoverable=True)
    await ann(directory.put, [me])
    crowd = [
        drawn(rnd, Actor(ann.house, OwnerId(f"{ann.owner}-{n:02d}")), only)
        for n, only in enumerate((*REASONS, *[""] * CROWD))
    ]
    for member in crowd:
        await enter(member, ann, mine)
    for member in crowd:
        await hide(member, ann)
    nobodys = [Identifier(f"tel:+1415558{n:04d}") for n in range(5)]
    asked = [*(i for member in crowd for i in member.held), *nobodys, me.identifiers[0]]
    rnd.shuffle(asked)
    of = {i: member for member in crowd for i in member.held}
    expected = {i: of[i] for i in asked if i in of and of[i].shown(i)}
    assert 5 < len(expected) < len(asked) - 5
    assert any(not hashed(i) for i in expected)
    for road in (by_identifier, by_stored_pair, by_matrix):
        wanted = [i for i in expected if road is not by_matrix or hashed(i)]
        found = await ann.read(road, asked)
        assert road is by_stored_pair or list(found) == wanted, "in the order asked"
        # Matrix asks for ids.
        names = {i: None if road is by_matrix else expected[i].name() for i in wanted}
        assert told(found) == {i: (expected[i].actor.owner, names[i]) for i in wanted}
    # Private discovery knows whom everyone may find, and nobody else.
    wide = {i: m for i, m in expected.items() if everyone(m, i) and hashed(i)}
    found = await ann.read(by_digest, asked)
    assert told(found) == {i: (m.actor.owner, m.name()) for i, m in wide.items()}


def everyone(member: Member, asked: Identifier) -> bool:
    shared = member.chosen
    return shares(shared, asked) is Audience.EVERYONE


def told(found: dict[Identifier, Disclosed]) -> dict[Identifier, tuple[str, str | None]]:
    return {i: (hit.user_id, hit.profile.display_name) for i, hit in found.items()}


async def test_a_digest_that_is_not_bound_any_more_is_found_by_nothing(
    ann: Actor, bea: Actor
) -> None:
    """A row of the private index that outlived its binding, as a torn restore would leave it."""
    await ann.consents(Purpose.MATCH)
    held = [Identifier(f"tel:+1415559{next(_numbers):04d}") for _ in range(2)]
    await ann(directory.put, [User(UserId(bea.owner), tuple(held), discoverable=True)])
    assert set(told(await ann.read(by_digest, held))) == set(held)
    gone = blind.tag(KEYRING.peppers[KEYRING.epoch], held[0])
    sql = "DELETE FROM directory_entries WHERE tag = $1::bytea"
    await ann.house.db.ask(lambda con: con.execute(sql, gone))
    assert set(told(await ann.read(by_digest, held))) == {held[1]}


async def test_new_entries_come_with_the_tags_they_are_known_by(ann: Actor, bea: Actor) -> None:
    before = await ann.read(disclosure.clock)
    held = tuple(Identifier(f"tel:+1415559{next(_numbers):04d}") for _ in range(3))
    await ann(directory.put, [User(UserId(bea.owner), held, discoverable=True)])

    async def come(ctx: Context, most: int) -> Any:
        entries = await disclosure.new_entries(ctx, before, most)
        of_mine = [e for e in entries or () if e[1].user == bea.owner]
        return entries if entries is None else dict(of_mine), await disclosure.tags(ctx, held)

    found, tags = await ann.read(come, 1_000)
    assert set(found) == set(tags)
    assert {candidate.user for candidate in found.values()} == {bea.owner}
    assert (await ann.read(come, 2))[0] is None, "more than were wanted"


async def test_whoever_may_not_ask_is_refused_before_anything_is_read(ann: Actor) -> None:
    async def ask(ctx: Context) -> None:
        disclosure.require_viewer(ctx)

    with pytest.raises(ConsentRequired):
        await ann.read(ask)
    await ann.consents(Purpose.MATCH)
    await ann.read(ask)
    await ann.house.db.writing(ann.owner, partial(owners.set_state, state=State.RESTRICTED))
    with pytest.raises(Restricted):
        await ann.read(ask)
