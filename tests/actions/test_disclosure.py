"""The gate over time: what hides holds from the next request, on stored pairs as well; what shows again shows at once."""

import itertools
from functools import partial

import pytest

from acting import KEYRING, Actor, person
from contact_service.actions import (
    block,
    cards,
    consent,
    directory,
    discover,
    match,
    sharing,
)
from contact_service.actions.context import Context
from contact_service.actions.directory import User
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.match import Disclosed
from contact_service.model.owner import State
from contact_service.model.problem import ConsentRequired, Restricted
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import objections, owners
from contact_service.vault import blind
from contact_service.vault.blind import Person

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
    return [hit.user_id for hit in await looked_up(actor, *asked)]


async def looked_up(actor: Actor, *asked: str) -> list[Disclosed]:
    read = discover.read([f"tel:{p}" for p in asked])
    return [hit for _, hit in await actor.read(discover.find, read)]


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
    assert (await looked_up(ann, phone))[0].profile.display_name is None
    await bea(sharing.put, Sharing(phone=Audience.EVERYONE, name=Audience.EVERYONE))
    (shown,) = await looked_up(ann, phone)
    assert (shown.profile.display_name, shown.profile.photo_url) == ("Bea B.", None)


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


async def test_a_block_outlives_contact_and_registration(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await ann(block.add, UserId(bea.owner))  # not registered, and in no book
    await register(ann, bea, phone)
    made = await ann(cards.create, person("Bea", phone))
    assert await found(ann, phone) == await held(ann) == []
    await ann(directory.remove, UserId(bea.owner))
    await ann(cards.delete, made.id)
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea again", phone))
    assert await found(ann, phone) == await held(ann) == []
    await ann(block.remove, UserId(bea.owner))
    assert await found(ann, phone) == await held(ann) == [bea.owner]


async def objects(actor: Actor, phone: str, *, lift: bool = False) -> None:
    """Whoever holds the phone objects to being found by it, or no longer does."""
    tag = blind.tag(KEYRING.fixed("objection"), f"tel:{phone}", Person.OBJECTION)

    async def change(ctx: Context) -> None:
        if lift:
            await objections.remove(ctx.tx, tag)
        else:
            await objections.add(ctx.tx, tag, ctx.now)

    await actor(change)


async def test_an_objection_hides_one_identifier_at_once(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone, other = number(), number()
    await register(ann, bea, phone, other)
    await ann(cards.create, person("Bea", phone))
    await objects(ann, phone)
    assert await found(ann, phone) == await held(ann) == []
    assert await found(ann, other) == [bea.owner]
    await objects(ann, phone, lift=True)
    assert await found(ann, phone) == await held(ann) == [bea.owner]


async def test_an_objection_outlives_registration_until_its_holder_sets_sharing(
    ann: Actor, bea: Actor
) -> None:
    await ann.consents(Purpose.MATCH)
    phone, chosen = number(), Sharing(phone=Audience.EVERYONE)
    await objects(ann, phone)
    await bea(sharing.put, chosen)
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    assert await found(ann, phone) == await held(ann) == []
    await bea(sharing.put, chosen)  # the same choice again: by now she is the verified holder
    assert await found(ann, phone) == [bea.owner]
    await ann(match.refresh)
    assert await held(ann) == [bea.owner]


async def test_who_hides_herself_by_a_kind_does_not_lift_an_objection_of_it(
    ann: Actor, bea: Actor
) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await objects(ann, phone)
    await bea(sharing.put, Sharing(phone=Audience.NOBODY, email=Audience.EVERYONE))
    tag = blind.tag(KEYRING.fixed("objection"), f"tel:{phone}", Person.OBJECTION)
    assert await ann.read(lambda ctx: objections.among(ctx.tx, [tag])) == {tag}


@pytest.mark.parametrize("state", [State.RESTRICTED, State.ERASING])
async def test_an_owner_who_is_not_active_is_nobody_at_once(
    ann: Actor, bea: Actor, state: State
) -> None:
    await ann.consents(Purpose.MATCH)
    await bea.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))

    async def becomes(now: State) -> None:
        await bea.house.db.writing(bea.owner, partial(owners.set_state, state=now))

    await becomes(state)
    assert await found(ann, phone) == await held(ann) == []
    await becomes(State.ACTIVE)
    assert await found(ann, phone) == await held(ann) == [bea.owner]


async def test_a_restricted_owner_finds_nobody(ann: Actor, bea: Actor) -> None:
    await ann.consents(Purpose.MATCH)
    phone = number()
    await register(ann, bea, phone)
    await ann(cards.create, person("Bea", phone))
    await ann.house.db.writing(ann.owner, partial(owners.set_state, state=State.RESTRICTED))
    for road in (found(ann, phone), held(ann)):
        with pytest.raises(Restricted):
            await road
