"""Retention against a made-up past: exactly what the periods say goes, and no device is told less than it was owed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from acting import Actor, make_house, person
from contact_service.actions import books, cards, changes, edge, history, retention, trash
from contact_service.actions import upload as uploading
from contact_service.formats import upload as wire
from contact_service.model.consent import Purpose
from contact_service.model.ids import CardId
from contact_service.model.owner import Head
from contact_service.model.problem import BaseExpired, NotFound, SyncTokenExpired
from contact_service.settings.environment import load
from contact_service.storage.retention import Counts

DAY = timedelta(days=1)
# Table, the moment that counts, the days it is held, and a row $1 is the owner of and $2 the moment of.
PAST = (
    (
        "revisions",
        "until",
        30,
        "(owner_id, card_id, version, rev, book_id, sealed, cause, at, until) VALUES ($1, '{id}', {n}, {n}, 'contacts', '', 'edited', $2, $2)",
    ),
    (
        "refused",
        "at",
        30,
        "(owner_id, card_id, id, sealed, at) VALUES ($1, '{id}', '{id}', '', $2)",
    ),
    (
        "idempotency_keys",
        "at",
        1,
        "(owner_id, key_mac, fingerprint, at) VALUES ($1, '{n}', '', $2)",
    ),
    (
        "name_tombstones",
        "at",
        180,
        "(owner_id, book_id, version, card_id, sealed, at) VALUES ($1, 'contacts', {n}, '{id}', '', $2)",
    ),
    (
        "keyword_groups",
        "at",
        180,
        "(owner_id, group_id, book_id, keyword_key, sealed, version, live, at) VALUES ($1, '{id}', 'contacts', '{n}', '', {n}, {n} % 3 = 0, $2)",
    ),
    (
        "app_passwords",
        "profile_until",
        0,
        "(owner_id, password_id, name, hash, device, access, keyword_groups, profile_key, created_at, profile_until) VALUES ($1, '{id}', '', '', 'ios', 'read', false, '{n}', $2, $2)",
    ),
)
AGED = (
    "UPDATE cards SET updated_at = updated_at - $2::interval, deleted_at = deleted_at - $2::interval",
    "UPDATE revisions SET at = at - $2::interval, until = until - $2::interval",
    "UPDATE refused SET at = at - $2::interval",
)


async def run(who: Actor, sql: str, *args: object) -> None:
    async with who.house.db.write(who.owner) as tx:
        await tx.run(sql, who.owner, *args)


async def column(who: Actor, sql: str) -> list[Any]:
    async with who.house.db.read(who.owner) as tx:
        return [row[0] for row in await tx.rows(sql, who.owner)]


async def age(who: Actor, days: float) -> None:
    """Let all that the owner has be that much older."""
    for sql in AGED:
        await run(who, f"{sql} WHERE owner_id = $1", timedelta(days=days))


async def tidy(who: Actor, **how: Any) -> Counts:
    return await retention.tidy(who.house, who.owner, datetime.now(UTC), **how)


async def pull(who: Actor, since: str | None, limit: int = 1000) -> changes.Page:
    return await changes.page(who.house, await head(who), since, limit)


async def head(who: Actor) -> Head:
    return await edge.head(who.house, who.owner)


async def dead(who: Actor, name: str, days: float) -> Any:
    """A contact deleted that many days ago."""
    made = await who(cards.create, person(name, "+14155550100"))
    await who(cards.delete, made.id)
    for table, moment in (("cards", "deleted_at"), ("revisions", "until")):
        sql = f"UPDATE {table} SET {moment} = {moment} - $2::interval WHERE owner_id = $1 AND card_id = $3"
        await run(who, sql, timedelta(days=days), made.id)
    return made.id


@pytest.mark.parametrize("at_once", [1, 7, 1_000])
async def test_of_a_made_up_past_exactly_what_is_within_its_time_stays(ann, rnd, at_once):
    await ann(cards.create, person("A"))
    now = datetime.now(UTC)
    stays = {}
    for table, _, days, row in PAST:
        # Nothing within a second of the limit but on both sides of it.
        ages = [rnd.uniform(0, 2 * days + 1) for _ in range(20)] + [days - 1e-5, days + 1e-5]
        for n, old in enumerate(ages, 1):
            sql = f"INSERT INTO {table} {row.format(id=UUID(int=n), n=n)}"
            await run(ann, sql, now - old * DAY)
        live = {n for n in range(1, 23) if table == "keyword_groups" and n % 3 == 0}
        stays[table] = sorted(
            now - old * DAY for n, old in enumerate(ages, 1) if old < days or n in live
        )
    told = await retention.tidy(ann.house, ann.owner, now, dry=True)
    done = await retention.tidy(ann.house, ann.owner, now, at_once=at_once)
    assert done == told
    assert done.total == sum(22 - len(kept) for kept in stays.values())
    for table, moment, _, _ in PAST:
        sql = (
            f"SELECT {moment} FROM {table} WHERE owner_id = $1 AND {moment} IS NOT NULL ORDER BY 1"
        )
        assert await column(ann, sql) == stays[table], table
    assert (await retention.tidy(ann.house, ann.owner, now)).total == 0


async def test_a_deleted_contact_can_be_restored_until_its_last_day_and_then_no_more(ann):
    young, old = await dead(ann, "Young", 29.9), await dead(ann, "Old", 30.1)
    assert await tidy(ann) == Counts(history=1, trash=1)
    assert [row.id for row in await ann.read(trash.page, None, 9)] == [young]
    await ann(history.restore, young, None)
    with pytest.raises(NotFound):
        await ann(history.restore, old, None)


async def test_what_is_left_of_a_contact_after_the_trash_says_only_where_it_was(ann):
    await dead(ann, "Old", 31)
    await tidy(ann)
    sql = "SELECT (sealed, head, device, uid_key, blobs)::text FROM cards WHERE owner_id = $1"
    assert await column(ann, sql) == ['(,,,"\\\\x",)']
    assert (await tidy(ann)).total == 0


async def test_devices_hear_of_a_bare_tombstone_and_a_uid_is_free_again(ann):
    token = (await pull(ann, None)).token
    old = await dead(ann, "Old", 31)
    await tidy(ann)
    fresh = await ann(cards.create, person("New", uid="x"))
    first, second = (await pull(ann, token)).rows
    assert (first, second.id) == (str(old), str(fresh.id))


async def test_a_purged_tombstone_expires_the_tokens_that_lack_it_and_no_other(ann):
    before = (await pull(ann, None)).token
    await dead(ann, "Old", 181)
    between = (await pull(ann, None)).token
    await ann(cards.create, person("B"))
    version = (await head(ann)).version
    assert (await tidy(ann)).tombstones == 1
    ann.house.snapshots.drop(ann.owner)
    with pytest.raises(SyncTokenExpired):
        await pull(ann, before)
    assert len((await pull(ann, between)).rows) == 1
    assert (await head(ann)).version == version
    (floor,) = await column(ann, "SELECT feed_floor FROM books WHERE owner_id = $1")
    assert floor == (await head(ann)).feed_floor == version - 1


async def test_a_snapshot_in_memory_that_has_the_tombstone_still_tells_it(ann):
    before = (await pull(ann, None)).token
    old = await dead(ann, "Old", 181)
    await pull(ann, None)
    await tidy(ann)
    assert (await pull(ann, before)).rows == [str(old)]


async def test_a_first_sync_pages_on_below_the_floor(ann):
    for name in "ABC":
        await ann(cards.create, person(name))
    await dead(ann, "Old", 181)
    await tidy(ann)
    ann.house.snapshots.drop(ann.owner)
    first = await pull(ann, None, 1)
    rest = await pull(ann, first.token, 9)
    assert len(first.rows + rest.rows) == 3


async def test_the_tombstones_of_a_book_that_is_no_more_expire_tokens_too(ann):
    before = (await pull(ann, None)).token
    made = await ann(books.make, "work", {})
    await run(ann, "UPDATE books SET version = 0 WHERE owner_id = $1")
    old = await dead(ann, "Old", 181)
    sql = "UPDATE cards SET book_id = $2 WHERE owner_id = $1 AND card_id = $3"
    await run(ann, sql, made.id, old)
    await ann(books.delete, made.id)
    await tidy(ann)
    ann.house.snapshots.drop(ann.owner)
    with pytest.raises(SyncTokenExpired):
        await pull(ann, before)


async def test_a_new_book_expires_no_token_of_the_whole_feed(ann):
    before = (await pull(ann, None)).token
    made = await ann(cards.create, person("A"))
    await ann(books.make, "work", {})
    ann.house.snapshots.drop(ann.owner)
    assert [row.id for row in (await pull(ann, before)).rows] == [str(made.id)]


async def test_a_base_is_held_for_its_time_and_refused_after_it(ann):
    made = await ann(cards.create, person("A"))
    await ann(cards.patch, made.id, {"name/full": "B"})
    await age(ann, 29)
    await tidy(ann)
    await ann(cards.patch, made.id, {"language": "de"}, base=made.etag)
    await age(ann, 2)
    await tidy(ann)
    with pytest.raises(BaseExpired):
        await ann(cards.patch, made.id, {"language": "fr"}, base=made.etag)


async def test_what_a_device_sent_last_stays_as_the_base_of_its_next_merge(ann):
    await ann.consents(Purpose.STORE)
    await upload(ann, {"p1": {"number": "+14155550100"}, "p2": {"number": "+14155550101"}})
    (shown,) = (await pull(ann, None)).rows
    card = CardId(UUID(shown.id))
    await ann(cards.patch, card, {"phones/p2": None})
    await age(ann, 40)
    table, _, _, row = PAST[2]
    await run(ann, f"INSERT INTO {table} {row.format(n=1)}", datetime.now(UTC) - 2 * DAY)
    assert await tidy(ann, dry=True) == await tidy(ann) == Counts(answers=1)
    await upload(ann, {"p1": {"number": "+14155550100"}, "p2": {"number": "+14155550101"}}, "N")
    (shown,) = (await pull(ann, None)).rows
    told = msgspec.json.decode(shown.body)
    # The owner took the second number away; a device that still has it does not bring it back.
    assert [phone["number"] for phone in told["phones"].values()] == ["+14155550100"]
    assert told["name"]["full"] == "N"
    await ann(cards.delete, card)
    await age(ann, 40)
    assert (await tidy(ann)).history == 3


async def upload(who: Actor, phones: dict[str, Any], name: str = "A") -> None:
    card = {"@type": "Card", "version": "1.0", "name": {"full": name}, "phones": phones}
    body = {
        "source": {"kind": "android", "deviceId": "d"},
        "view": "full",
        "contacts": [{"sourceId": "1", "card": card}],
    }
    batch = wire.read_json(msgspec.json.encode(body))
    prepared = await uploading.prepare(who.house, who.owner, "test", batch)
    await who(uploading.apply, prepared)


async def test_wiped_for_ever_leaves_a_tombstone_that_says_nothing(ann):
    token = (await pull(ann, None)).token
    old = await dead(ann, "Old", 1)
    await ann(trash.wipe, old)
    assert (await pull(ann, token)).rows == [str(old)]
    sql = "SELECT (head, device, uid_key)::text FROM cards WHERE owner_id = $1"
    assert await column(ann, sql) == ['(,,"\\\\x")']
    assert await column(ann, "SELECT rev FROM revisions WHERE owner_id = $1") == []


@pytest.mark.parametrize("state", ["restricted", "erasing"])
async def test_the_rows_of_an_owner_who_is_not_active_stay(ann, state):
    await dead(ann, "Old", 181)
    await run(ann, f"UPDATE owners SET state = '{state}' WHERE owner_id = $1")
    assert await tidy(ann, dry=True) == await tidy(ann) == Counts()


async def test_blobs_go_with_the_last_thing_that_points_to_them(ann):
    made = await ann(cards.create, person("A"))
    for n in (b"card", b"past", b"none"):
        sql = "INSERT INTO blobs (owner_id, blob, media, size, sealed, at) VALUES ($1, $2, '', 1, '', now() - interval '1 s')"
        await run(ann, sql, n)
    await run(ann, "UPDATE cards SET blobs = $2 WHERE owner_id = $1", [b"past"])
    await ann(cards.patch, made.id, {"name/full": "B"})
    await run(ann, "UPDATE cards SET blobs = $2 WHERE owner_id = $1", [b"card"])
    held = "SELECT blob FROM blobs WHERE owner_id = $1 ORDER BY 1"
    assert await tidy(ann, dry=True) == await tidy(ann) == Counts(blobs=1)
    assert await column(ann, held) == [b"card", b"past"]
    await age(ann, 31)
    assert await tidy(ann, dry=True) == await tidy(ann) == Counts(history=1, blobs=1)
    assert await column(ann, held) == [b"card"]


async def test_the_periods_are_the_operators(db, ann):
    longer = {"CONTACT_RETENTION_HISTORY_DAYS": "60", "CONTACT_RETENTION_TOMBSTONES_DAYS": "365"}
    ann.house = make_house(db, load(longer))
    await dead(ann, "A", 59)
    await dead(ann, "B", 61)
    await dead(ann, "C", 366)
    assert await tidy(ann) == Counts(history=2, trash=1, tombstones=1)
