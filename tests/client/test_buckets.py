"""Where a digest is looked for, and what else is asked for with it."""

from hypothesis import given
from hypothesis import strategies as st

from contact_client.private import buckets
from contact_service.model import bucket

DIGESTS = st.binary(min_size=16, max_size=16)
BITS = st.integers(0, buckets.MOST_BITS)
SECRETS = st.binary(min_size=32, max_size=32)
TAGS = st.sets(st.sampled_from([bytes([0, 0, a, b]) for a in range(3) for b in range(3)]))


@given(DIGESTS, BITS)
def test_a_digest_stands_where_the_service_put_it(digest: bytes, bits: int) -> None:
    assert buckets.bucket(digest, bits) == bucket.bucket(digest, bits)
    assert buckets.tag(digest, bits) == bucket.tag(digest, bits)


@given(st.data(), st.integers(0, 12), SECRETS, st.integers(1, 3))
def test_own_buckets_are_asked_among_decoys_up_to_a_multiple_of_32(
    data: st.DataObject, bits: int, secret: bytes, epoch: int
) -> None:
    every = 1 << bits
    own = data.draw(st.sets(st.integers(0, every - 1), max_size=100))
    asked = buckets.asked(own, bits, secret, epoch)
    assert asked == sorted(set(asked))
    assert own <= set(asked) <= set(range(every))
    assert asked == buckets.asked(own, bits, secret, epoch)
    if not own or len(asked) == every:
        return
    assert len(asked) == -(-len(own) // 32) * 32
    assert len(own) <= 0.6 * every


@given(st.sets(st.integers(0, 4_095), min_size=1, max_size=70), st.integers(0, 4_095), SECRETS)
def test_one_bucket_more_drops_one_decoy_at_most(own: set[int], more: int, secret: bytes) -> None:
    before = set(buckets.asked(own, 12, secret, 1))
    after = set(buckets.asked(own | {more}, 12, secret, 1))
    grown = len(after) > len(before)
    assert len(before - after) <= (0 if grown else 1)


def test_decoys_come_of_the_secret_and_the_epoch_and_spread() -> None:
    asked = {
        (secret, epoch): buckets.asked({7}, 12, bytes([secret]) * 32, epoch)
        for secret in range(4)
        for epoch in (1, 2)
    }
    assert len({tuple(one) for one in asked.values()}) == 8
    drawn = {place for one in asked.values() for place in one}
    assert len(drawn) > 230
    assert max(drawn) > 3_500


@given(TAGS, TAGS, TAGS)
def test_a_delta_gives_what_the_service_holds(
    held: set[bytes], added: set[bytes], removed: set[bytes]
) -> None:
    found = buckets.changed(buckets.packed(held), added, removed)
    assert found == b"".join(sorted((held - removed) | added))


@given(TAGS, st.binary(min_size=4, max_size=4) | st.sampled_from([bytes([0, 1, 0, 0]), bytes(4)]))
def test_a_tag_is_held_at_its_place_alone(held: set[bytes], tag: bytes) -> None:
    assert buckets.holds(buckets.packed(held), tag) == (tag in held)
