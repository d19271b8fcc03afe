"""Whole runs over the emulated Microsoft and Facebook: linked, read, read again, expired, unlinked."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

import picturing
from acting import Actor
from contact_emulators.facebook import Facebook
from contact_emulators.microsoft import Microsoft
from contact_emulators.microsoft_mailbox import DEFAULT
from contact_service.actions import edge, running, runs, social, unlink, view
from contact_service.actions.social import Count
from contact_service.model.account import Account
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Kind, State
from contact_service.storage.db import Db
from providing import World, linked, world

PURPOSES = (Purpose.STORE, Purpose.IMPORT_MICROSOFT, Purpose.IMPORT_FACEBOOK)
Told = list[tuple[str, tuple[str, ...]]]


@pytest.fixture
async def there(fresh_db: Db) -> AsyncIterator[World]:
    async with world(fresh_db, Microsoft, Facebook) as made:
        yield made


@pytest.fixture
async def ann(there: World, owner: OwnerId) -> Actor:
    return await Actor(there.house, owner).consents(*PURPOSES)


async def run(ann: Actor, account: Account, kind: Kind) -> Any:
    """An import of the account, to its end."""
    begun = await ann(runs.begin_account, account.id, kind)
    await running.run(ann.house, ann.owner, "test", begun.id)
    ended = await ann.read(runs.get, begun.id)
    assert ended.state is State.DONE, ended
    return ended


async def told(ann: Actor) -> Told:
    """Names and keywords of the book."""
    snapshot = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    cards = [msgspec.json.decode(card.body) for card in snapshot.cards]
    return sorted((c["name"]["full"], tuple(sorted(c.get("keywords", ())))) for c in cards)


def truth(there: World) -> Told:
    box = there.microsoft.box
    return sorted(
        (
            kept.props["displayName"],
            tuple(sorted({*kept.props.get("categories", ()), *_folder(there, kept.folder)})),
        )
        for kept in box.contacts.values()
    )


def _folder(there: World, folder: str) -> list[str]:
    names = there.microsoft.box.folders
    return [names[folder]] if folder in names else []


async def test_a_mailbox_is_followed_through_moves_deletions_and_lost_links(
    there: World, ann: Actor
) -> None:
    there.microsoft.fill(60, seed=4)
    box = there.microsoft.box
    account = await linked(ann, "microsoft")
    first = await run(ann, account, Kind.MICROSOFT)
    assert await told(ann) == truth(there)
    assert first.counts.created == 60
    again = await run(ann, account, Kind.MICROSOFT)
    assert (again.counts.created, again.counts.updated, again.counts.removed) == (0, 0, 0)
    keys = list(box.contacts)
    box.remove(keys[0])
    box.move(keys[1], DEFAULT)
    box.move(keys[2], next(iter(box.folders)))
    box.edit(keys[3], displayName="Renamed", categories=["Chess"])
    await run(ann, account, Kind.MICROSOFT)
    assert await told(ann) == truth(there)
    for form in ("", "400 resyncRequired"):
        there.microsoft.expire(form)
        box.remove(next(iter(box.contacts)))
        renewed = await run(ann, account, Kind.MICROSOFT)
        assert (renewed.counts.created, renewed.counts.removed) == (0, 1)
        assert await told(ann) == truth(there)


async def test_unlinking_a_mailbox_takes_what_it_brought(there: World, ann: Actor) -> None:
    there.microsoft.fill(5, seed=4)
    account = await linked(ann, "microsoft")
    await run(ann, account, Kind.MICROSOFT)
    await ann(unlink.remove, account.id, keep=False)
    assert await told(ann) == []


async def test_friends_become_edges_and_go_with_the_consent(there: World, ann: Actor) -> None:
    facebook = there.emulators["facebook"]
    assert isinstance(facebook, Facebook)
    facebook.fill(30, seed=4)
    account = await linked(ann, "facebook")
    await run(ann, account, Kind.FACEBOOK)
    assert await ann.read(social.counts) == [Count("facebook", "friend", 30, deferred=30)]
    assert await told(ann) == []
    facebook.friends.popitem()
    await run(ann, account, Kind.FACEBOOK)
    names = {one.name for one in await ann.read(social.page, social.FIRST, 100)}
    assert names == set(facebook.friends.values())
    await ann(unlink.withdrawn, "facebook")
    assert await ann.read(social.counts) == []


async def test_pictures_come_in_where_the_owner_wants_them(there: World, ann: Actor) -> None:
    there.microsoft.box.add(displayName="Seen", photo=picturing.plain(form="JPEG"))
    there.microsoft.box.add(displayName="Unseen")
    account = await linked(ann, "microsoft", options={"photos": True})
    await run(ann, account, Kind.MICROSOFT)
    snapshot = await view.book(ann.house, await edge.head(ann.house, ann.owner))
    cards = {c["name"]["full"]: c for c in (msgspec.json.decode(s.body) for s in snapshot.cards)}
    (photo,) = cards["Seen"]["media"].values()
    assert photo["kind"] == "photo"
    assert "/photo?v=" in photo["uri"], "kept apart, as any picture is"
    assert "media" not in cards["Unseen"]
