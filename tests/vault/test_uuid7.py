"""UUIDv7: the version's form, ascending, in the order of time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contact_service.vault import uuid7

START = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2_000_000_000_000_000).map(lambda n: START + timedelta(microseconds=n))


@given(MOMENTS, st.integers(1, 50))
def test_ids_of_one_moment_ascend_and_carry_its_millisecond(now: datetime, n: int) -> None:
    made = uuid7.many(now, n)
    assert made == sorted(set(made))
    assert {(i.version, i.variant) for i in made} == {(7, "specified in RFC 4122")}
    assert abs((made[0].int >> 80) - int(now.timestamp() * 1000)) <= 1


@given(MOMENTS)
def test_a_later_microsecond_sorts_later(now: datetime) -> None:
    assert uuid7.new(now) < uuid7.new(now + timedelta(microseconds=1))


def test_ten_thousand_of_one_moment_are_distinct_and_ascend() -> None:
    made = uuid7.many(datetime.now(UTC), 10_000)
    assert made == sorted(set(made))
