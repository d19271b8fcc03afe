"""App passwords: made, listed, revoked; signing in with one; the link to a profile."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from acting import Actor, make_house, person
from contact_service.actions import app_passwords, cards, sign_in
from contact_service.actions.app_passwords import Made, Secret, Wish
from contact_service.actions.context import House
from contact_service.model import app_password
from contact_service.model.app_password import Access, Device
from contact_service.model.problem import NotFound, TooManyAppPasswords
from contact_service.storage import audit
from contact_service.storage.db import Db
from contact_service.vault import passwords
from grouping import projected

TODAY = date(2026, 5, 4)
NOBODY = UUID("01890000-0000-7000-8000-000000000000")


async def made(actor: Actor, wish: Wish | None = None) -> Made:
    secret = await app_passwords.draw(actor.house)
    found: Made = await actor(app_passwords.create, wish or Wish("Phone"), secret)
    return found


async def let_in(house: House, one: Made, now: float = 0.0) -> Any:
    """The road of a request: remembered, else verified."""
    found = await sign_in.remembered(house, one.id, one.password, now)
    return found or await sign_in.verify(house, one.id, one.password, now, TODAY)


async def test_what_was_asked_for_is_listed_and_signs_in(ann: Actor) -> None:
    wish = Wish("Anns Telefon 📱", Device.IOS, Access.READ, keyword_groups=True)
    one = await made(ann, wish)
    (shown,) = await ann.read(app_passwords.listed)
    assert (shown.id, shown.name, shown.used_on) == (one.id, wish.name, None)
    assert (shown.device, shown.access, shown.keyword_groups) == (Device.IOS, Access.READ, True)
    row = await let_in(ann.house, one)
    assert (row.owner, row.id, row.device, row.access) == (
        ann.owner,
        one.id,
        Device.IOS,
        Access.READ,
    )
    assert row.keyword_groups


async def test_a_password_opens_its_own_login_alone(ann: Actor, bea: Actor) -> None:
    one, other = await made(ann), await made(bea)
    crossed = Made(one.id, other.password, "")
    assert await let_in(ann.house, crossed) is None
    assert await let_in(ann.house, Made(NOBODY, one.password, "")) is None
    assert (await let_in(ann.house, one)).owner == ann.owner
    assert await let_in(ann.house, crossed) is None


async def test_an_id_nobody_has_takes_the_work_of_a_wrong_password(
    ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, db = await made(ann), ann.house.db
    asked: list[str] = []
    fetch = db._fetch

    async def watched(sql: str, *args: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(db, "_fetch", watched)
    work = []
    for login in (one.id, NOBODY):
        asked.clear()
        before = ann.house.turnstile.looks
        assert await sign_in.verify(ann.house, login, passwords.new(), 0.0, TODAY) is None
        work.append((ann.house.turnstile.looks - before, list(asked)))
    assert work[0] == work[1]
    assert (work[0][0], len(work[0][1])) == (1, 2)


async def test_what_verified_is_let_in_without_argon2_for_five_minutes(ann: Actor) -> None:
    one = await made(ann)
    looks = ann.house.turnstile.looks
    for now, more in ((0.0, 1), (299.0, 1), (301.0, 2)):
        assert await let_in(ann.house, one, now) is not None
        assert ann.house.turnstile.looks == looks + more


async def test_a_revoked_password_is_out_at_once_in_every_process(ann: Actor, db: Db) -> None:
    one, other = await made(ann), await made(ann)
    elsewhere = make_house(db)
    for house in (ann.house, elsewhere):
        assert await let_in(house, one) is not None
        assert await let_in(house, other) is not None
    await ann(app_passwords.revoke, one.id)
    for house in (ann.house, elsewhere):
        assert await let_in(house, one) is None
        assert await let_in(house, other) is not None
    assert [shown.id for shown in await ann.read(app_passwords.listed)] == [other.id]


async def test_only_the_owner_revokes(ann: Actor, bea: Actor) -> None:
    one = await made(ann)
    for id_ in (one.id, NOBODY):
        with pytest.raises(NotFound):
            await bea(app_passwords.revoke, id_)
    assert await let_in(ann.house, one) is not None
    await ann(app_passwords.revoke, one.id)
    with pytest.raises(NotFound):
        await ann(app_passwords.revoke, one.id)


async def test_the_day_of_use_is_noted_once_a_day(ann: Actor) -> None:
    one = await made(ann)
    for day, seen in ((TODAY, TODAY), (TODAY - timedelta(1), TODAY), (date(2026, 5, 6),) * 2):
        await sign_in.verify(ann.house, one.id, one.password, 0.0, day)
        (shown,) = await ann.read(app_passwords.listed)
        assert shown.used_on == seen
    await sign_in.verify(ann.house, one.id, passwords.new(), 0.0, date(2026, 5, 7))
    (shown,) = await ann.read(app_passwords.listed)
    assert shown.used_on == date(2026, 5, 6)


async def test_an_owner_has_fifty_at_most(ann: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app_password.MOST == 50
    monkeypatch.setattr(app_passwords, "MOST", 2)
    secret = Secret("x", "hash")
    one = await ann(app_passwords.create, Wish("1"), secret)
    await ann(app_passwords.create, Wish("2"), secret)
    with pytest.raises(TooManyAppPasswords):
        await ann(app_passwords.create, Wish("3"), secret)
    await ann(app_passwords.revoke, one.id)
    await ann(app_passwords.create, Wish("3"), secret)


async def test_keywords_are_followed_while_a_device_is_shown_them(ann: Actor) -> None:
    await ann(cards.create, person("Cas", keywords={"Choir": True}))

    async def words() -> tuple[bool, list[str]]:
        async def story(ctx: Any) -> tuple[bool, list[str]]:
            rows = await projected(ctx)
            return ctx.head.keyword_groups, [row.keyword for row in rows if row.live]

        found: tuple[bool, list[str]] = await ann.read(story)
        return found

    await made(ann)
    assert await words() == (False, [])
    first = await made(ann, Wish("Mac", keyword_groups=True))
    assert await words() == (True, ["Choir"])
    second = await made(ann, Wish("iPad", keyword_groups=True))
    await ann(app_passwords.revoke, first.id)
    assert (await words())[0]
    await ann(app_passwords.revoke, second.id)
    assert not (await words())[0]


async def test_a_link_is_followed_once_within_ten_minutes(ann: Actor, bea: Actor) -> None:
    one, other = await made(ann), await made(ann)
    assert await app_passwords.owner_of(ann.house, one.id, one.key) == ann.owner
    for login, key in ((one.id, other.key), (NOBODY, one.key), (one.id, ""), (one.id, one.key[1:])):
        with pytest.raises(NotFound):
            await app_passwords.owner_of(ann.house, login, key)
    with pytest.raises(NotFound):
        await ann(app_passwords.follow_link, one.id, other.key)
    with pytest.raises(NotFound):
        await bea(app_passwords.follow_link, one.id, one.key)
    with pytest.raises(NotFound):
        await ann(_late, one, timedelta(minutes=10))
    await ann(_late, one, timedelta(minutes=9))
    with pytest.raises(NotFound):
        await ann(app_passwords.follow_link, one.id, one.key)


async def _late(ctx: Any, one: Made, by: timedelta) -> None:
    await app_passwords.follow_link(replace(ctx, now=ctx.now + by), one.id, one.key)


async def test_of_two_who_follow_a_link_one_arrives(ann: Actor) -> None:
    one = await made(ann)
    told = await asyncio.gather(
        *(ann(app_passwords.follow_link, one.id, one.key) for _ in range(4)), return_exceptions=True
    )
    assert [type(each) for each in told].count(NotFound) == 3
    assert None in told


async def test_each_act_is_audited_by_the_id_alone(ann: Actor) -> None:
    one = await made(ann)
    await ann(app_passwords.follow_link, one.id, one.key)
    await ann(app_passwords.revoke, one.id)

    async def story(ctx: Any) -> tuple[list[str], list[str]]:
        objects = await ctx.tx.rows("SELECT object_id FROM audit WHERE owner_id = $1", ctx.owner)
        return await audit.kinds(ctx.tx), [row[0] for row in objects]

    kinds, objects = await ann.read(story)
    assert kinds == [
        "app-password.created",
        "app-password.profile-fetched",
        "app-password.revoked",
    ]
    assert set(objects) == {str(one.id)}


async def test_nothing_at_rest_holds_password_name_or_link(ann: Actor) -> None:
    one = await made(ann, Wish("zx-device-name"))

    async def story(ctx: Any) -> str:
        rows = await ctx.tx.rows(
            "SELECT a::text FROM app_passwords a WHERE owner_id = $1", ctx.owner
        )
        return "\n".join(row[0] for row in rows)

    held = await ann.read(story)
    assert str(one.id) in held
    for secret in (one.password, one.key, "zx-device-name"):
        assert secret not in held
        assert secret.encode().hex() not in held
