"""Buckets and tags by bit arithmetic, against digests written out as bits."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_service.model import bucket

DIGESTS = st.binary(min_size=16, max_size=16)
BITS = st.integers(0, 20)


@given(DIGESTS, BITS)
@example(b"\xff" * 16, 0)
@example(b"\xff" * 16, 13)
def test_a_bucket_is_the_leading_bits_and_a_tag_the_next_32(digest, bits):
    written = f"{int.from_bytes(digest):0128b}"
    assert bucket.bucket(digest, bits) == int(written[:bits] or "0", 2)
    assert bucket.tag(digest, bits) == int(written[bits : bits + 32], 2).to_bytes(4)


@given(DIGESTS, BITS)
def test_a_digest_lies_within_the_bounds_of_its_bucket_alone(digest, bits):
    number = bucket.bucket(digest, bits)
    low, high = bucket.bounds(number, bits)
    assert low <= digest <= high
    assert (bucket.bucket(low, bits), bucket.bucket(high, bits)) == (number, number)
    for other in {max(0, number - 1), min(2**bits - 1, number + 1)} - {number}:
        first, last = bucket.bounds(other, bits)
        assert not first <= digest <= last


def test_buckets_join_without_a_gap():
    bounds = [bucket.bounds(number, 5) for number in range(32)]
    assert bounds[0][0] == bytes(16)
    assert bounds[-1][1] == b"\xff" * 16
    for (_, last), (first, _) in pairwise(bounds):
        assert int.from_bytes(last) + 1 == int.from_bytes(first)


@pytest.mark.parametrize(
    ("entries", "bits"),
    [(0, 0), (2_047, 0), (2_048, 1), (4_095, 1), (4_096, 2), (1_000_000, 9), (10_000_000, 13)],
)
def test_an_epoch_is_cut_into_buckets_of_a_thousand_or_two(entries, bits):
    assert bucket.bits_for(entries) == bits
