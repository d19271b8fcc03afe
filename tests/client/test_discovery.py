"""Private discovery against the service: exactly the people who may be found are, and what was paid once is free."""

import base64
import itertools
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asking import fresh
from client.faulty import Naps, planned
from client.finding import Town, tel, town, users
from contact_client import FileSafe, MemorySafe, Problem, Unreachable
from contact_client.private import comparing
from contact_client.private.notes import Notes
from contact_client.problems import ConsentRequired
from contact_service.actions.context import House
from contact_service.model.ids import OwnerId


async def registered(here: Town) -> tuple[list[str], dict[str, str]]:
    """Identifiers of people in every standing, and the users among them whom everyone may find."""
    open_, shut, lost = await here.crowd(4), [tel() for _ in range(3)], [tel() for _ in range(4)]
    both = await here.person(phone := tel(), mail := f"mailto:{fresh('bea')}@example.org")
    await both.put("/v1/privacy/sharing", {"phone": "nobody"})
    await here.person(shut[0], discoverable=False)
    await here.person(shut[1], discoverable=None)
    await here.person(shut[2], state="suspended")
    found = {one: user.owner for one, user in open_.items()} | {mail: both.owner}
    return [*found, phone, *shut, *lost], found


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
async def test_those_who_share_with_everyone_are_found_and_nobody_else(
    here: Town, data: st.DataObject
) -> None:
    if not hasattr(here, "standing"):
        here.standing = await registered(here)  # type: ignore[attr-defined]  # once for all books
    everyone, open_ = here.standing  # type: ignore[attr-defined]  # as above
    book = data.draw(st.lists(st.sampled_from(everyone), unique=True))
    viewer = here.ann.other(fresh("viewer"))
    await viewer.consents("match")
    async with here.client(api=viewer) as discovery:
        found = await discovery.sync([*book, "tel:12", "x"])
    assert users(found.matches) == {one: open_[one] for one in book if one in open_}
    assert [one.identifier for one in found.matches] == [one for one in book if one in open_]
    assert found.invalid == (len(book), len(book) + 1)
    assert found.deferred == 0


async def test_any_spelling_finds_and_is_told_as_it_was_asked(here: Town) -> None:
    bea = await here.person("mailto:bea@example.org")
    async with here.client() as discovery:
        texts = ["MAILTO:Bea@Example.org", "mailto:bea@example.org"]
        found = await discovery.sync([*texts, *texts])
    assert [(one.identifier, one.user_id) for one in found.matches] == [
        (text, bea.owner) for text in texts
    ]
    assert await here.left() == 1_999


async def test_a_second_sync_costs_nothing_and_finds_who_came(here: Town) -> None:
    ids = [tel() for _ in range(5)]
    async with here.client() as discovery:
        assert (await discovery.sync(ids)).matches == ()
        assert await here.left() == 1_995
        cid = await here.person(ids[2])
        assert users((await discovery.sync(ids)).matches) == {ids[2]: cid.owner}
        await cid.put("/v1/privacy/sharing", {"phone": "nobody"})
        assert (await discovery.sync(ids)).matches == ()
    assert await here.left() == 1_995
    assert len(here.asked("evaluate")) == 1


async def test_a_store_from_a_backup_costs_nothing(here: Town, tmp_path: Path) -> None:
    people = await here.crowd(3)
    async with FileSafe(tmp_path / "old") as safe, here.client(safe) as discovery:
        before = await discovery.sync(people)
    for name in ("old", "old.key"):
        shutil.copy(tmp_path / name, tmp_path / name.replace("old", "new"))
    async with FileSafe(tmp_path / "new") as safe, here.client(safe) as discovery:
        assert await discovery.known(people) == before
        assert await discovery.sync(people) == before
    assert len(before.matches) == 3
    assert await here.left() == 1_997


async def test_a_later_sync_loads_only_what_changed(here: Town) -> None:
    ids = [tel() for _ in range(3)]
    async with here.client() as discovery:
        await discovery.sync(ids)
        await discovery.sync(ids)
    first, second = here.asked("buckets")
    assert [set(one) for one in first["buckets"]] == [{"id"}] * 32
    assert [set(one) for one in second["buckets"]] == [{"id", "since"}] * 32
    assert [one["id"] for one in first["buckets"]] == [one["id"] for one in second["buckets"]]


async def test_one_more_contact_moves_at_most_one_decoy(here: Town) -> None:
    ids = [tel() for _ in range(8)]
    async with here.client() as discovery:
        for count in range(1, len(ids) + 1):
            await discovery.sync(ids[:count])
    asked = [{one["id"] for one in body["buckets"]} for body in here.asked("buckets")]
    assert [len(one) for one in asked] == [32] * 8
    assert all(len(before - after) <= 1 for before, after in itertools.pairwise(asked))


async def test_buckets_that_are_asked_for_no_more_go_and_come_back_whole(here: Town) -> None:
    ((phone, bea),) = (await here.crowd(1)).items()
    safe = MemorySafe()
    async with here.client(safe) as discovery:
        for book in ([phone], [tel()], [phone]):
            found = await discovery.sync(book)
            seqs = (await Notes(safe).mark()).seqs[1]
            assert seqs.keys() == {one["id"] for one in here.asked("buckets")[-1]["buckets"]}
            assert (await Notes(safe).tags(1, range(256))).keys() == seqs.keys()
    assert users(found.matches) == {phone: bea.owner}


async def test_many_contacts_load_every_bucket(here: Town) -> None:
    people = await here.crowd(2)
    async with here.client() as discovery:
        found = await discovery.sync([*people, *(tel() for _ in range(300))])
    assert len(found.matches) == 2
    assert [one["id"] for one in here.asked("buckets")[0]["buckets"]] == [*range(256)]


@pytest.mark.parametrize("blocker", ["she", "he"])
async def test_a_block_makes_a_match_vanish_at_the_next_sync(here: Town, blocker: str) -> None:
    ((phone, bea),) = (await here.crowd(1)).items()
    async with here.client() as discovery:
        assert len((await discovery.sync([phone])).matches) == 1
        one, other = (bea, here.ann) if blocker == "she" else (here.ann, bea)
        assert (await one.put(f"/v1/blocks/{other.owner}")).status == 204
        assert (await discovery.sync([phone])).matches == ()
        assert (await discovery.known([phone])).matches == ()
        await one.delete(f"/v1/blocks/{other.owner}")
        assert len((await discovery.sync([phone])).matches) == 1


@pytest.mark.parametrize("fault", ["drop answer", "502", "503", "500"])
async def test_an_evaluation_whose_answer_was_lost_is_repeated_free(here: Town, fault: str) -> None:
    people = await here.crowd(3)
    retry = Naps().policy(attempts=2)
    async with here.client(retry=retry) as discovery:
        here.net.plan = planned(None, fault, fault)
        with pytest.raises((Unreachable, Problem)):
            await discovery.sync(people)
        assert await here.left() == 1_997
        here.net.plan = planned()
        assert len((await discovery.sync(people)).matches) == 3
    assert await here.left() == 1_997
    sent = here.net.bodies("/v1/discovery/evaluate")
    assert len(sent) == (2 if fault == "500" else 3)
    assert len(set(sent)) == 1


@pytest.mark.parametrize("fault", ["drop request", "drop answer", "twice", "late", "cut", "503"])
async def test_no_fault_of_the_network_is_paid_or_believed(here: Town, fault: str) -> None:
    people = await here.crowd(2)
    async with here.client() as discovery:
        for at in range(4):
            here.net.plan = planned(*[None] * at, fault)
            found = await _despite(discovery, [*people, tel()])
            assert len(found.matches) == 2
    assert await here.left() == 2_000 - 2 - 4


async def _despite(discovery: Any, identifiers: list[str]) -> Any:
    try:
        return await discovery.sync(identifiers)
    except Unreachable:  # an answer that was cut is no answer; the app comes again
        return await discovery.sync(identifiers)


async def test_what_the_budget_does_not_cover_waits_and_is_finished_later(
    house_of_buckets: House,
) -> None:
    here = await town(
        house_of_buckets, CONTACT_DISCOVERY_AT_ONCE="5", CONTACT_DISCOVERY_PER_DAY="4"
    )
    people = [*await here.crowd(8)]
    async with here.client(batch=2) as discovery:
        found = await discovery.sync(people)
        assert [*users(found.matches)] == people[:5]
        assert found.deferred == 3
        assert found.next_at is not None
        await _a_day_passes(here)
        found = await discovery.sync(people)
    assert [*users(found.matches)] == people
    assert (found.deferred, found.next_at) == (0, None)


async def test_nobody_waits_for_the_budget_inside_a_sync(house_of_buckets: House) -> None:
    """Twenty seconds until there is one more: short enough for a wait before a repeat."""
    figures = {"CONTACT_DISCOVERY_AT_ONCE": "5", "CONTACT_DISCOVERY_PER_DAY": "4320"}
    here, naps = await town(house_of_buckets, **figures), Naps()
    async with here.client(retry=naps.policy()) as discovery:
        await discovery.sync([tel() for _ in range(6)])
    assert naps.slept == []


async def _a_day_passes(here: Town) -> None:
    owner = OwnerId(here.ann.owner)
    sql = "UPDATE budgets SET updated_at = updated_at - $2::interval, started_at = started_at - $2::interval"
    async with here.house.db.write(owner) as tx:
        await tx.run(f"{sql} WHERE owner_id = $1::text", owner, timedelta(days=1))


async def test_an_evaluation_may_be_padded(here: Town) -> None:
    people = await here.crowd(3)
    async with here.client(pads=True) as discovery:
        assert len((await discovery.sync(people)).matches) == 3
    assert [len(body["elements"]) for body in here.asked("evaluate")] == [64]
    assert await here.left() == 1_936


async def test_hits_are_resolved_in_parts(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_DIGESTS", 2)
    people = await here.crowd(5)
    async with here.client() as discovery:
        assert len((await discovery.sync(people)).matches) == 5
    assert [len(body["digests"]) for body in here.asked("resolve")] == [2, 2, 1]


async def test_without_consent_nothing_is_found_or_paid(here: Town) -> None:
    stranger = here.ann.other(fresh("stranger"))
    async with here.client(api=stranger) as discovery:
        with pytest.raises(ConsentRequired):
            await discovery.sync([tel()])
        assert (await discovery.budget()).left == 2_000


async def test_what_is_forgotten_is_asked_and_paid_again(here: Town) -> None:
    people = [*await here.crowd(3)]
    safe = MemorySafe()
    async with here.client(safe) as discovery:
        await discovery.sync(people)
        await discovery.forget(people[:1])
        assert [*users((await discovery.known(people)).matches)] == people[1:]
        await discovery.sync(people)
        assert await here.left() == 1_996
        await discovery.forget()
        assert (await discovery.known(people)).matches == ()
        assert len(safe.values) == 2
        await discovery.sync(people)
    assert await here.left() == 1_993


async def test_what_is_forgotten_while_it_is_on_its_way_does_not_come_back(here: Town) -> None:
    gone, other = tel(), tel()
    async with here.client(retry=Naps().policy(attempts=1)) as discovery:
        here.net.plan = planned(None, "drop answer")
        with pytest.raises(Unreachable):
            await discovery.sync([gone])
        await discovery.forget([gone])
        await discovery.sync([other])
        await discovery.sync([gone, other])
    assert await here.left() == 1_997


async def test_padding_stays_within_the_budget(house_of_buckets: House) -> None:
    here = await town(house_of_buckets, CONTACT_DISCOVERY_AT_ONCE="100")
    people = [*await here.crowd(2), *(tel() for _ in range(90))]
    async with here.client(pads=True) as discovery:
        found = await discovery.sync(people)
    assert (len(found.matches), found.deferred) == (2, 92 - 64)
    assert await here.left() == 36


async def test_the_store_and_the_wire_hold_no_identifier(here: Town, tmp_path: Path) -> None:
    people = [*await here.crowd(2), f"mailto:{fresh('zed')}@example.org"]
    async with FileSafe(tmp_path / "s", bytes(32)) as safe, here.client(safe) as discovery:
        found = await discovery.sync(people)
        paid = await discovery.lookup(people)
        assert len(found.matches) == len(paid.matches) == 2
        sent = b"".join(one.content + str(one.url).encode() for one in here.net.sent[:-1])
        kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
        kept += b"".join([*(await _values(safe))])
    digests = [base64.urlsafe_b64decode(one + "==") for one in here.asked("resolve")[0]["digests"]]
    secrets = [one.partition(":")[2].encode() for one in people]
    assert len(kept) > 1_000
    for secret in [*secrets, *(one[2:] for one in secrets)]:
        assert secret not in kept
        assert secret not in sent
    for secret in [*digests, *(one.user_id.encode() for one in found.matches)]:
        assert secret not in kept


async def _values(safe: FileSafe) -> list[bytes]:
    return [name + value for name, value in await safe.rows("SELECT name, value FROM kept")]
