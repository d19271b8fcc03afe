"""Versions of registrations, by push and beside a pull; and our own directory as a Header Store."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acting import Actor
from contact_service.actions import directory, header_feed, restored
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.integrations.header_store import MOST, HeaderUser, Page
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.problem import NotFound, SyncTokenExpired
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage.db import Db
from neighbouring import named

_numbers = itertools.count(1)


def tel() -> Identifier:
    return Identifier(f"tel:+1646555{next(_numbers):04d}")


@pytest.fixture
def app(fresh_db: Db) -> Actor:
    return Actor(named(fresh_db), OwnerId("app"))


def user(name: str, version: int | None = None, **more: object) -> User:
    return User(UserId(name), (), version=version, display_name=f"{name} {version}", **more)  # type: ignore[arg-type]  # any of its members


async def shown(app: Actor, name: str) -> str | None:
    known, _ = await app.read(directory.get, UserId(name))
    return known.display_name


async def test_what_is_not_newer_is_ignored_and_said_to_be(app: Actor) -> None:
    assert await app(directory.put, [user("a", 5)]) == set()
    assert await app(directory.put, [user("a", 4), user("b", 1)]) == {"a"}
    assert await app(directory.put, [user("a", 5)]) == {"a"}
    assert await shown(app, "a") == "a 5"
    assert await app(directory.put, [user("a", 6)]) == set()
    assert await shown(app, "a") == "a 6"


async def test_the_newest_of_one_batch_counts_wherever_it_stands(app: Actor) -> None:
    assert await app(directory.put, [user("a", 7), user("a", 3)]) == set()
    assert await shown(app, "a") == "a 7"


async def test_what_has_no_version_always_counts_and_leaves_the_version(app: Actor) -> None:
    await app(directory.put, [user("a", 5)])
    await app(directory.put, [user("a")])
    assert await shown(app, "a") == "a None"
    assert await app(directory.put, [user("a", 5)]) == {"a"}
    await app(directory.put, [user("a", 6)])
    assert await shown(app, "a") == "a 6"


async def test_a_removal_as_of_a_version_keeps_out_what_was_said_before_it(app: Actor) -> None:
    await app(directory.put, [user("a", 5)])
    assert not await app(directory.remove_at, UserId("a"), 5)
    assert await app(directory.remove_at, UserId("a"), 6)
    assert await app(directory.put, [user("a", 6)]) == {"a"}
    with pytest.raises(NotFound):
        await shown(app, "a")
    assert await app(directory.put, [user("a", 7)]) == set()
    assert await app(directory.remove_at, UserId("never"), 3)
    assert await app(directory.put, [user("never", 2)]) == {"never"}


async def test_a_removal_without_a_version_forgets_it(app: Actor) -> None:
    await app(directory.put, [user("a", 5)])
    await app(directory.remove, UserId("a"))
    assert await app(directory.put, [user("a", 1)]) == set()


async def test_an_ignored_user_makes_no_key_and_claims_nothing(app: Actor) -> None:
    number = tel()
    await app(directory.put, [User(UserId("b"), (number,), discoverable=True)])
    await app(directory.remove_at, UserId("a"), 9)
    late = User(UserId("a"), (number,), version=8)
    assert await app(directory.put, [late]) == {"a"}
    held, _ = await app.read(directory.get, UserId("b"))
    assert held.identifiers == (number,)
    keys = "SELECT count(*) FROM vault.data_keys WHERE owner_id = 'a'"
    assert await app.house.db.ask(lambda con: con.fetchval(keys)) == 0


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 6), st.booleans()), max_size=12))
async def test_any_order_of_versioned_words_ends_alike(app_house, words) -> None:
    """The newest word on each counts, whenever it comes: a removal too."""
    app = Actor(app_house, OwnerId("app"))
    mark = f"{next(_numbers)}"
    newest: dict[str, tuple[int, bool]] = {}
    for n, version, stays in words:
        name = f"{mark}-{n}"
        if stays:
            await app(directory.put, [user(name, version)])
        else:
            await app(directory.remove_at, UserId(name), version)
        if version > newest.get(name, (0, False))[0]:
            newest[name] = version, stays
    for name, (version, stays) in newest.items():
        held = await app.read(directory.known, [UserId(name)])
        assert [each.known.display_name for each in held.values()] == [f"{name} {version}"] * stays


@pytest.fixture(scope="module")
def app_house(db: Db) -> House:
    return named(db)


async def everything(
    app: Actor, since: str | None = None
) -> tuple[dict[str, HeaderUser | None], str]:
    told: dict[str, HeaderUser | None] = {}
    while True:
        page: Page = await app.read(header_feed.changes, since)
        told |= {each.user_id: each for each in page.changed}
        told |= {each.user_id: None for each in page.removed}
        since = page.token
        if not page.more:
            return told, since


async def test_our_directory_tells_of_all_users_and_then_of_changes(app: Actor) -> None:
    number = tel()
    await app(
        directory.put, [User(UserId(f"u{n}"), (), discoverable=True) for n in range(MOST + 20)]
    )
    await app(
        directory.put, [User(UserId("u0"), (number,), "Ann", discoverable=False, suggestible=True)]
    )
    told, token = await everything(app)
    assert len(told) == MOST + 20
    ann = told["u0"]
    assert ann is not None
    assert (ann.identifiers, ann.profile.display_name, ann.discoverable, ann.suggestible) == (
        [number], "Ann", False, True,
    )  # fmt: skip
    assert await everything(app, token) == ({}, token)
    await app(directory.put, [user("u1", suggestible=False), User(UserId("new"), (number,))])
    await app(directory.remove, UserId("u2"))
    later, token = await everything(app, token)
    # The number went over from u0, which changed it too.
    assert set(later) == {"u0", "u1", "u2", "new"}
    assert later["u2"] is None
    assert later["u1"] is not None
    assert later["u1"].version > (told["u1"] or ann).version
    await app(directory.share, UserId("u3"), Sharing(Audience.EVERYONE, Audience.EVERYONE))
    assert set((await everything(app, token))[0]) == set()
    await app(directory.share, UserId("u3"), Sharing(Audience.NOBODY, Audience.NOBODY))
    assert set((await everything(app, token))[0]) == {"u3"}


async def test_the_same_told_again_is_no_change(app: Actor) -> None:
    await app(directory.put, [user("a", suggestible=True)])
    _, token = await everything(app)
    await app(directory.put, [user("a", suggestible=True)])
    assert (await everything(app, token))[0] == {}
    await app(directory.put, [user("a", suggestible=False)])
    assert set((await everything(app, token))[0]) == {"a"}


async def test_removals_are_told_for_30_days_and_older_tokens_are_refused(app: Actor) -> None:
    await app(directory.put, [user("a"), user("b")])
    _, token = await everything(app)
    await app(directory.remove, UserId("a"))
    now = datetime.now(UTC)
    assert await header_feed.forget(app.house, now + timedelta(days=29)) == 0
    assert (await everything(app, token))[0] == {"a": None}
    assert await header_feed.forget(app.house, now + timedelta(days=31)) == 1
    with pytest.raises(SyncTokenExpired):
        await everything(app, token)
    assert set((await everything(app))[0]) == {"b"}


async def test_a_reading_that_began_before_removals_were_forgotten_ends(app: Actor) -> None:
    """Its pages stand before them, and it began behind them: nothing of them is missed."""
    await app(directory.put, [user(f"u{n}") for n in range(MOST + 2)])
    await app(directory.put, [user("gone")])
    await app(directory.remove, UserId("gone"))
    first: Page = await app.read(header_feed.changes, None)
    await header_feed.forget(app.house, datetime.now(UTC) + timedelta(days=31))
    second: Page = await app.read(header_feed.changes, first.token)
    assert (first.more, second.more, len(second.changed)) == (True, False, 2)


async def test_after_a_restore_older_tokens_are_refused_and_versions_are_higher(app: Actor) -> None:
    await app(directory.put, [user("a")])
    told, token = await everything(app)
    async for _ in restored.renew(app.house):
        pass
    with pytest.raises(SyncTokenExpired):
        await everything(app, token)
    again, _ = await everything(app)
    before, after = told["a"], again["a"]
    assert before is not None
    assert after is not None
    assert after.version > before.version
