"""Look-ups that the service sees: what was asked together once is free, through the receipts that the store keeps."""

from hypothesis import given
from hypothesis import strategies as st

from client.finding import Town, tel, town, users
from contact_client import MemorySafe
from contact_client.private.looking import planned
from contact_client.private.notes import Receipt
from contact_service.actions.context import House
from contact_service.vault import keyring


async def test_the_same_set_is_free_also_on_a_new_phone(here: Town) -> None:
    people = await here.crowd(3)
    safe = MemorySafe()
    async with here.client(safe) as discovery:
        before = await discovery.lookup([*people, tel(), "x"])
        assert users(before.matches) == {one: user.owner for one, user in people.items()}
        assert (before.invalid, before.deferred, before.next_at) == ((4,), 0, None)
    restored = MemorySafe(safe.key)
    restored.values = dict(safe.values)
    async with here.client(restored) as discovery:
        assert (await discovery.lookup([*reversed(people)])).matches == before.matches[::-1]
    assert await here.left() == 1_996


async def test_what_is_new_is_charged_alone_and_what_is_gone_makes_nothing_dearer(
    here: Town,
) -> None:
    people = [tel() for _ in range(6)]
    async with here.client() as discovery:
        for have in (people[:3], people[:5], people[1:5], people[1:], people):
            await discovery.lookup(have)
    assert await here.left() == 1_994
    assert [len(body.get("receipts", ())) for body in here.asked("lookup")] == [0, 1, 2, 2, 3]


async def test_one_of_many_is_asked_alone(here: Town) -> None:
    people = [*await here.crowd(1), *(tel() for _ in range(5))]
    async with here.client() as discovery:
        await discovery.lookup(people)
        assert len((await discovery.lookup(people[:1])).matches) == 1
        assert here.asked("lookup")[-1]["identifiers"] == people[:1]
        await discovery.lookup(people)
    assert await here.left() == 1_993


async def test_more_than_fits_a_request_is_asked_in_several(here: Town) -> None:
    (first, bea), (last, cid) = (await here.crowd(2)).items()
    people = [first, *(tel() for _ in range(1_300)), last]
    async with here.client() as discovery:
        for _ in range(2):
            found = await discovery.lookup(people)
            assert users(found.matches) == {first: bea.owner, last: cid.owner}
    assert await here.left() == 2_000 - 1_302
    sizes = [len(body["identifiers"]) for body in here.asked("lookup")]
    assert sizes == [1_000, 302, 1_000, 302]


async def test_what_the_budget_does_not_cover_waits(house_of_buckets: House) -> None:
    here = await town(
        house_of_buckets, CONTACT_DISCOVERY_AT_ONCE="5", CONTACT_DISCOVERY_PER_DAY="1"
    )
    people = [*await here.crowd(8)]
    async with here.client() as discovery:
        await discovery.lookup(people[:2])
        for _ in range(2):
            found = await discovery.lookup(people)
            assert [*users(found.matches)] == people[:5]
            assert found.deferred == 3
            assert found.next_at is not None
    assert await here.left() == 0


async def test_receipts_that_are_not_taken_are_paid_once_more_and_replaced(here: Town) -> None:
    people, safe = [tel() for _ in range(4)], MemorySafe()
    async with here.client(safe) as discovery:
        await discovery.lookup(people)
    there = here.with_keys(fixed={"receipt": keyring.new_key()})
    async with there.client(safe) as discovery:
        for _ in range(2):
            await discovery.lookup([*people, "tel:+14155550123"])
    assert await here.left() == 2_000 - 4 - 5


async def test_receipts_that_are_not_taken_and_cannot_be_paid_wait(house_of_buckets: House) -> None:
    here = await town(
        house_of_buckets, CONTACT_DISCOVERY_AT_ONCE="5", CONTACT_DISCOVERY_PER_DAY="1"
    )
    people, safe = [*await here.crowd(4)], MemorySafe()
    async with here.client(safe) as discovery:
        await discovery.lookup(people)
    there = here.with_keys(fixed={"receipt": keyring.new_key()})
    async with there.client(safe) as discovery:
        found = await discovery.lookup(people)
    assert (len(found.matches), found.deferred) == (1, 3)


async def test_a_receipt_is_forgotten_with_any_of_its_people(here: Town) -> None:
    people = [tel() for _ in range(3)]
    async with here.client() as discovery:
        await discovery.lookup(people)
        await discovery.forget(people[:1])
        await discovery.lookup(people)
    assert await here.left() == 1_994


RECEIPTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True), max_size=4)


@given(st.lists(st.sampled_from("abcdefghij"), unique=True), RECEIPTS)
def test_each_identifier_is_asked_once_and_a_receipt_with_all_of_its_set(
    wanted: list[str], sets: list[list[str]]
) -> None:
    plan = planned(wanted, [Receipt(str(n), tuple(each), 0.0) for n, each in enumerate(sets)])
    asked = [one for receipt in plan.paid for one in receipt.identifiers]
    assert len(asked) == len(set(asked))
    assert sorted([*plan.new, *(set(asked) & set(wanted))]) == sorted(wanted)
    for receipt in plan.paid:
        assert 2 * len(set(receipt.identifiers) & set(wanted)) >= len(receipt.identifiers)


async def test_sets_that_overlap_are_not_asked_together(here: Town) -> None:
    people = [tel() for _ in range(5)]
    async with here.client() as discovery:
        for have in (people[:3], people[2:], people):
            await discovery.lookup(have)
    assert await here.left() == 2_000 - 3 - 3 - 2
    asked = here.asked("lookup")[-1]
    assert (sorted(asked["identifiers"]), len(asked["receipts"])) == (sorted(people), 1)
