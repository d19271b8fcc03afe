"""Open DataKeys: bounded, five minutes at most, gone when dropped; against a plain dict as oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.vault.open_keys import OpenKeys
from contact_service.vault.sealing import DataKey

STEPS = st.tuples(
    st.sampled_from(["put", "get", "drop", "sweep"]),
    st.sampled_from("abcd"),
    st.integers(1, 2),
    st.floats(0, 200),
)


@given(st.lists(STEPS, max_size=40))
def test_a_key_is_served_within_its_time_and_never_after_a_drop(steps) -> None:
    held = OpenKeys(most=3)
    oracle: dict[tuple[str, int], tuple[DataKey, float]] = {}
    now = 0.0
    for verb, owner, gen, later in steps:
        now += later
        if verb == "put":
            key = DataKey(owner, gen, bytes(32))
            held.put(key, now)
            oracle[owner, gen] = (key, now + 300)
        elif verb == "drop":
            held.drop(owner)
            oracle = {at: kept for at, kept in oracle.items() if at[0] != owner}
        elif verb == "sweep":
            held.sweep(now)
            assert all(now < kept[1] for keys in held._by_owner.values() for kept in keys.values())
        found = held.get(owner, gen, now)
        kept = oracle.get((owner, gen))
        assert found is None or (kept is not None and found is kept[0] and now < kept[1])
        assert len(held._by_owner) <= 3
        if verb == "put":
            assert found is oracle[owner, gen][0]


def test_the_owner_used_longest_ago_goes_first() -> None:
    held = OpenKeys(most=2)
    for owner in "ab":
        held.put(DataKey(owner, 1, bytes(32)), 0)
    held.get("a", 1, 1)
    held.put(DataKey("c", 1, bytes(32)), 2)
    assert [owner for owner in "abc" if held.get(owner, 1, 3)] == ["a", "c"]


def test_use_does_not_prolong_a_key() -> None:
    held = OpenKeys()
    held.put(DataKey("a", 1, bytes(32)), 0)
    assert held.get("a", 1, 299.9) is not None
    assert held.get("a", 1, 300) is None
    assert len(held) == 0


def test_a_sweep_forgets_what_is_due() -> None:
    held = OpenKeys()
    held.put(DataKey("a", 1, bytes(32)), 0)
    held.put(DataKey("a", 2, bytes(32)), 100)
    assert held.sweep(350) == 1
    assert held.get("a", 2, 350) is not None
    assert held.sweep(400) == 1


@pytest.mark.parametrize(("most", "lifetime_s"), [(0, 300), (1, 301), (1, 0)])
def test_no_bound_may_be_loosened(most: int, lifetime_s: float) -> None:
    with pytest.raises(ValueError, match="at most 300 s"):
        OpenKeys(most, lifetime_s)
