"""The gate: what is refused by anyone is never disclosed, and every road asks it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acting import Actor, person
from contact_service.actions import (
    block,
    cards,
    consent,
    directory,
    disclosure,
    discover,
    match,
    sharing,
)
from contact_service.actions.directory import User
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier, Kind
from contact_service.model.ids import UserId
from contact_service.model.match import Candidate, Standing
from contact_service.model.problem import ConsentRequired
from contact_service.model.sharing import Audience, Sharing

BITS = list(itertools.product(Kind, Audience, Audience, *[(False, True)] * 5))


@pytest.mark.parametrize(
    ("kind", "phone", "email", "active", "me", "knows", "mine", "theirs"), BITS
)
def test_the_truth_table_of_the_gate(
    kind: Kind,
    phone: Audience,
    email: Audience,
    active: bool,
    me: bool,
    knows: bool,
    mine: bool,
    theirs: bool,
) -> None:
    standing = Standing(
        sharing=Sharing(phone=phone, email=email),
        active=active,
        is_viewer=me,
        knows=knows,
        viewer_blocks=mine,
        target_blocks=theirs,
    )
    audience = phone if kind is Kind.PHONE else email
    found_by_it = audience is Audience.EVERYONE or (audience is Audience.CONTACTS and knows)
    expected = active and not me and not mine and not theirs and found_by_it
    assert disclosure.decide(Candidate(UserId("u"), kind, 1), standing) == expected


@given(st.builds(Standing, viewer_blocks=st.booleans(), target_blocks=st.booleans()))
def test_whoever_refuses_is_never_disclosed(standing: Standing) -> None:
    if standing.viewer_blocks or standing.target_blocks or not standing.active:
        assert not disclosure.decide(Candidate(UserId("u"), Kind.PHONE, 1), standing)


_numbers = itertools.count(100)


def number() -> str:
    return f"+1415555{next(_numbers):04d}"


async def register(
    actor: Actor, user: Actor, *phones: str, discoverable: bool | None = True
) -> None:
    await actor(
        directory.put,
        [
            User(
                UserId(user.owner),
                tuple(Identifier(f"tel:{p}") for p in phones),
                display_name="Bea B.",
                photo_url="https://example.org/bea.jpg",
                discoverable=discoverable,
            )
        ],
    )


async def found(actor: Actor, *asked: str) -> list[str]:
    looked = await actor.read(discover.lookup, [f"tel:{p}" for p in asked])
    return [hit.user_id for _, hit in looked.found]


async def held(actor: Actor) -> list[str]:
    return [f.disclosed.user_id for f in await actor.read(match.stored)]


async def test_a_registered_contact_is_found_on_every_road(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    assert await found(ann, phone) == [bea.owner]
    assert await held(ann) == [bea.owner]


@pytest.mark.parametrize("who", ["viewer", "target"])
async def test_a_block_hides_both_ways_and_unblocking_shows_again(
    ann: Actor, bea: Actor, who: str
) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    blocker, blocked = (ann, bea) if who == "viewer" else (bea, ann)
    await blocker(block.add, UserId(blocked.owner))
    assert await found(ann, phone) == await held(ann) == []
    await blocker(block.remove, UserId(blocked.owner))
    assert await found(ann, phone) == await held(ann) == [bea.owner]


async def test_contacts_means_the_targets_own_matches_hold_the_viewer(
    ann: Actor, bea: Actor
) -> None:
    await ann.consents(Purpose.MATCH)
    await bea.consents(Purpose.MATCH)
    hers, mine = number(), number()
    await register(ann, bea, hers, discoverable=None)
    await register(ann, ann, mine)
    assert await found(ann, hers) == []
    await bea(cards.create, person("Ann", mine))
    assert await found(ann, hers) == [bea.owner]


async def test_the_users_own_choice_beats_a_later_registration(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await bea(sharing.put, Sharing(phone=Audience.NOBODY))
    assert await found(ann, phone) == []
    await register(ann, bea, phone, discoverable=True)
    assert await found(ann, phone) == []
    await bea(sharing.put, Sharing(phone=Audience.EVERYONE))
    assert await found(ann, phone) == [bea.owner]


async def test_a_profile_is_cut_to_what_is_shared(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    looked = await ann.read(discover.lookup, [f"tel:{phone}"])
    assert looked.found[0][1].profile.display_name is None
    await bea(sharing.put, Sharing(phone=Audience.EVERYONE, name=Audience.EVERYONE))
    looked = await ann.read(discover.lookup, [f"tel:{phone}"])
    assert looked.found[0][1].profile.display_name == "Bea B."
    assert looked.found[0][1].profile.photo_url is None


async def test_without_consent_no_road_is_open(ann: Actor) -> None:
    with pytest.raises(ConsentRequired):
        await found(ann, number())
    with pytest.raises(ConsentRequired):
        await held(ann)


async def test_withdrawing_match_forgets_every_pair(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    await ann(consent.withdraw, Purpose.MATCH)
    await ann.consents(Purpose.MATCH)
    assert await held(ann) == []
    await ann(match.refresh)
    assert await held(ann) == [bea.owner]


async def test_an_identifier_has_one_user(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone, other = number(), Actor(ann.house, type(ann.owner)(f"{ann.owner}-x"))
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    await register(ann, other, phone)
    assert await found(ann, phone) == [other.owner]
    assert await held(ann) == []
    await ann(match.refresh)
    assert await held(ann) == [other.owner]


async def test_one_is_never_ones_own_match(ann: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, ann, phone)
    await ann(cards.create, person("Me", phone))
    assert await found(ann, phone) == await held(ann) == []


async def test_an_edit_that_drops_the_number_drops_the_match(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    made = await ann(cards.create, person("Bea", phone))
    await ann(cards.patch, made.id, {"phones": None})
    assert await held(ann) == []


async def test_whoever_registers_later_is_found_by_pull(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await ann(cards.create, person("Bea", phone))
    await register(ann, bea, phone)
    assert await held(ann) == []
    assert await ann.read(match.due)
    await ann(match.refresh)
    assert await held(ann) == [bea.owner]
    assert not await ann.read(match.due)


async def test_a_deregistered_user_is_nobody_at_once(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    await ann(directory.remove, UserId(bea.owner))
    assert await found(ann, phone) == await held(ann) == []
