"""Who of an owner's friends and followers is here: by the provider's id, through the gate, one unit a person, paid first."""

import itertools
from functools import partial
from typing import Any

import pytest

from acting import KEYRING, Actor, person
from contact_service.actions import (
    block,
    cards,
    consent,
    directory,
    linked_people,
    sharing,
    social,
)
from contact_service.actions.context import Context
from contact_service.actions.directory import User
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.imports import Edge
from contact_service.model.owner import State
from contact_service.model.problem import ConsentRequired, Restricted
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import objections, owners
from contact_service.vault import blind
from contact_service.vault.blind import Person
from following import (
    ARCHIVE,
    EVERYONE,
    SOURCE,
    deferred,
    follower,
    keep,
    known,
    left,
    register,
    told,
)

_names = itertools.count()


@pytest.fixture
async def viewer(ann: Actor) -> Actor:
    return await ann.consents(Purpose.MATCH, Purpose.IMPORT_X, Purpose.IMPORT_FACEBOOK)


@pytest.mark.parametrize("provider", ["x", "facebook"])
async def test_a_follower_who_linked_the_account_is_shown(
    viewer: Actor, bea: Actor, provider: str
) -> None:
    of = known()
    await register(bea, f"account:{provider}:{of}")
    await keep(viewer, follower(of, provider=provider), follower(known(), provider=provider))
    assert await told(viewer) == [bea.owner]
    assert await told(viewer, provider) == [bea.owner]
    assert await told(viewer, "facebook" if provider == "x" else "x") == []


async def test_a_name_or_anothers_id_shows_nobody(viewer: Actor, bea: Actor) -> None:
    of = known()
    await register(bea, f"account:x:{of}")
    edges = [
        follower(of, provider="facebook"),
        Edge("x", "follower", "Bea"),
        follower("bea", "Bea"),
    ]
    await keep(viewer, *edges)
    assert await told(viewer) == []
    assert await left(viewer) == viewer.house.settings.discovery_at_once - 1, "one has an id"


@pytest.mark.parametrize("discoverable", [True, False, None])
async def test_nobody_is_shown_until_she_shares_her_accounts(
    viewer: Actor, bea: Actor, discoverable: bool | None
) -> None:
    of = known()
    await register(bea, f"account:x:{of}", shared=None, discoverable=discoverable)
    await keep(viewer, follower(of))
    assert await told(viewer) == []
    await bea(sharing.put, Sharing(Audience.EVERYONE, Audience.EVERYONE))
    assert await told(viewer) == []
    await bea(sharing.put, EVERYONE)
    assert await told(viewer) == [bea.owner]
    await register(bea, f"account:x:{of}", shared=None, discoverable=False)
    assert await told(viewer) == [bea.owner], "her own word beats the app's"


async def test_contacts_means_her_own_matches_hold_the_viewer(viewer: Actor, bea: Actor) -> None:
    of, mine = known(), f"+1415557{next(_names) + 7000:04d}"
    await register(bea, f"account:x:{of}", shared=Sharing(account=Audience.CONTACTS))
    await register(viewer, f"tel:{mine}", shared=None)
    await keep(viewer, follower(of))
    assert await told(viewer) == []
    await bea.consents(Purpose.MATCH)
    await bea(cards.create, person("Ann", mine))
    assert await told(viewer) == [bea.owner]


async def _objected(ann: Actor, account: str, *, stands: bool) -> None:
    tag = blind.tag(KEYRING.fixed("objection"), account, Person.OBJECTION)

    async def change(ctx: Context) -> None:
        if stands:
            await objections.add(ctx.tx, tag, ctx.now)
        else:
            await objections.remove(ctx.tx, tag)

    await ann(change)


async def _reason(name: str, ann: Actor, bea: Actor, account: str, *, stands: bool) -> None:
    """What hides bea, or no longer does."""
    change = block.add if stands else block.remove
    match name:
        case "refused":
            await ann(change, UserId(bea.owner))
        case "refuses":
            await bea(change, UserId(ann.owner))
        case "objected":
            await _objected(ann, account, stands=stands)
        case "suspended":
            state = "suspended" if stands else "active"
            user = User(UserId(bea.owner), (Identifier(account),), state=state)
            await ann(directory.put, [user])
        case "moved":
            await register(ann if stands else bea, account, shared=None)
        case _:
            state = State(name) if stands else State.ACTIVE
            await bea.house.db.writing(bea.owner, partial(owners.set_state, state=state))


@pytest.mark.parametrize(
    "name", ["refused", "refuses", "objected", "suspended", "moved", "restricted", "erasing"]
)
async def test_what_hides_anybody_hides_here_from_the_next_request(
    viewer: Actor, bea: Actor, name: str
) -> None:
    account = f"account:x:{known()}"
    await register(bea, account)
    await keep(viewer, follower(account.rpartition(":")[2]))
    assert await told(viewer) == [bea.owner]
    await _reason(name, viewer, bea, account, stands=True)
    assert await told(viewer) == []
    await _reason(name, viewer, bea, account, stands=False)
    assert await told(viewer) == [bea.owner]


async def test_without_the_consents_nothing_is_charged_or_told(ann: Actor, bea: Actor) -> None:
    of = known()
    await register(bea, f"account:x:{of}")
    await keep(ann, follower(of))
    full = await left(ann)
    await ann.consents(Purpose.IMPORT_X)
    with pytest.raises(ConsentRequired, match="match"):
        await told(ann)
    await ann.consents(Purpose.MATCH)
    await ann(consent.withdraw, Purpose.IMPORT_X)
    await keep(ann, follower(of), source=ARCHIVE)
    await ann(linked_people.charge)
    assert await told(ann) == []
    with pytest.raises(ConsentRequired, match=r"import\.x"):
        await told(ann, "x")
    assert (await left(ann), await deferred(ann)) == (full, 1)
    await ann.consents(Purpose.IMPORT_X)
    assert await told(ann) == [bea.owner]
    assert (await left(ann), await deferred(ann)) == (full - 1, 0)


async def test_a_restricted_owner_finds_nobody(viewer: Actor) -> None:
    await keep(viewer, follower(known()))
    restrict = partial(owners.set_state, state=State.RESTRICTED)
    await viewer.house.db.writing(viewer.owner, restrict)
    with pytest.raises(Restricted):
        await told(viewer)


async def test_paid_is_what_the_edges_hold(viewer: Actor) -> None:
    full, one, two = await left(viewer), known(), known()
    await keep(viewer, follower(one), Edge("x", "following", "", one), follower(two))
    await told(viewer)
    assert await left(viewer) == full - 2, "one a person, whatever the kinds"
    await keep(viewer, follower(one, "renamed"), run=2)
    await keep(viewer, follower(one), source=ARCHIVE)
    await told(viewer)
    assert await left(viewer) == full - 2, "another source of the same person is not new"
    await viewer(social.drop, SOURCE)
    await told(viewer)
    assert (await left(viewer), await deferred(viewer)) == (full - 2, 0)
    await keep(viewer, follower(two), run=3)
    await told(viewer)
    assert await left(viewer) == full - 3, "gone and added again is new"


async def test_a_withdrawn_match_forgets_what_was_asked(viewer: Actor) -> None:
    await keep(viewer, follower(known()))
    await told(viewer)
    assert await deferred(viewer) == 0
    await viewer(consent.withdraw, Purpose.MATCH)
    assert await deferred(viewer) == 1


async def test_batches_are_one_walk_over_all(
    viewer: Actor, bea: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked_people, "BATCH", 2)
    ids = [known() for _ in range(7)]
    await register(bea, *(f"account:x:{of}" for of in ids))
    await keep(viewer, *map(follower, ids), Edge("x", "following", "", ids[0]))
    assert await told(viewer) == [bea.owner] * 8
    assert await told(viewer, "x", "following") == [bea.owner]


async def test_what_rests_of_an_edge_tells_no_id(viewer: Actor) -> None:
    of = known()
    await keep(viewer, follower(of), follower(f"0{of}"))
    await told(viewer)

    async def rows(ctx: Context) -> list[Any]:
        sql = "SELECT * FROM social_edges WHERE owner_id = $1"
        found: list[Any] = await ctx.tx.rows(sql, ctx.owner)
        return found

    found = await viewer.read(rows)
    at_rest = b"|".join(
        v if isinstance(v, bytes) else str(v).encode() for row in found for v in row.values()
    )
    assert of.encode() not in at_rest
    assert sorted(row["sealed_id"] is None for row in found) == [False, True], "what is no id"


@pytest.mark.parametrize("index", ["matrix", "private"])
async def test_no_account_is_in_an_index_of_hashes(bea: Actor, index: str) -> None:
    of = known()
    user, held = UserId(bea.owner), (f"tel:+1{of[:10]}", f"account:x:{of}")
    await bea(sharing.put, Sharing(*[Audience.EVERYONE] * 4, account=Audience.EVERYONE))
    await bea(directory.put, [User(user, tuple(map(Identifier, held)))])

    async def kinds(table: str) -> list[str]:
        sql = f"SELECT kind FROM directory_{table} WHERE user_id = $1 ORDER BY kind"
        return [row["kind"] for row in await bea.house.db.ask(lambda con: con.fetch(sql, user))]

    assert await kinds(index) == ["phone"]
    assert await kinds("entries") == ["account:x", "phone"]
