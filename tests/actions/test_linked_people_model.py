"""What asking about followers costs and shows, whatever came before, against plain sets."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import Actor, make_house
from contact_service.actions import disclosure, linked_people, sharing, social
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId
from contact_service.model.sharing import Audience, Sharing
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from following import (
    AT_ONCE,
    SMALL,
    SOURCE,
    deferred,
    follower,
    keep,
    known,
    left,
    register,
    shown,
    told,
)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.sets(st.integers(0, 7), min_size=1, max_size=4)),
        st.tuples(st.just("sweep"), st.sets(st.integers(0, 7), max_size=4)),
        st.tuples(st.just("link"), st.integers(0, 7)),
        st.tuples(st.just("hide"), st.booleans()),
        st.tuples(st.just("ask"), st.none()),
    ),
    max_size=12,
)


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
async def test_any_history_shows_and_costs_what_a_plain_set_says(db: Db, steps: Any) -> None:
    house = make_house(db, load(SMALL))
    stem, ids = f"hist-{known()}", [known() for _ in range(8)]
    ann, bea = (Actor(house, OwnerId(f"{name}-{stem}")) for name in ("ann", "bea"))
    await ann.consents(Purpose.MATCH, Purpose.IMPORT_X)
    await register(bea)
    edges, paid, linked, hidden, budget_left = set(), set(), set(), False, AT_ONCE
    for run, (what, told_) in enumerate(steps, 1):
        match what:
            case "keep" | "sweep":
                await keep(ann, *(follower(ids[n]) for n in told_), run=run)
                edges |= told_
                if what == "sweep":
                    await ann(social.sweep, run, SOURCE)
                    edges = set(told_)
                    paid &= edges
            case "link":
                linked.add(told_)
                await register(bea, *(f"account:x:{ids[n]}" for n in linked), shared=None)
            case "hide":
                hidden = told_
                audience = Audience.NOBODY if hidden else Audience.EVERYONE
                await bea(sharing.put, Sharing(account=audience))
            case "ask":
                here = await told(ann)
                new = edges - paid
                assert await left(ann) == budget_left - min(budget_left, len(new))
                if len(new) <= budget_left:
                    paid |= new
                    assert len(here) == (0 if hidden else len(paid & linked))
                else:
                    assert len(here) <= len(edges & linked)
                    return
                budget_left -= len(new)
    found = await ann.read(disclosure.find, [Identifier(f"account:x:{ids[n]}") for n in linked])
    assert len(found) == (0 if hidden else len(linked))


async def test_beyond_the_budget_people_wait_and_are_not_asked_about(db: Db, ann: Actor) -> None:
    viewer = Actor(make_house(db, load(SMALL)), ann.owner)
    await viewer.consents(Purpose.MATCH, Purpose.IMPORT_X)
    ids = [known() for _ in range(AT_ONCE + 3)]
    users = {of: Actor(viewer.house, OwnerId(f"{ann.owner}-{n}")) for n, of in enumerate(ids)}
    for of, user in users.items():
        await register(user, f"account:x:{of}")
    await keep(viewer, *map(follower, ids))
    assert await deferred(viewer) == len(ids)
    assert await shown(viewer) == [], "nothing is told before it is paid"
    assert len(await told(viewer)) == AT_ONCE
    assert (await deferred(viewer), await left(viewer)) == (3, 0)
    assert not await viewer.read(linked_people.due)
    await viewer(linked_people.charge)
    assert len(await told(viewer)) == AT_ONCE
