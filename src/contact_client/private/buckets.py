"""Where a digest is looked for: its bucket is its first `bits` bits, its tag the 32 that follow. Pure.

The service learns which buckets are asked for, so all of a sync are asked together, among others that mean nothing.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator

TAG_BYTES = 4
MOST_BITS = 20
"""More would make a bucket tell nearly the number: 2^20 do for two thousand million users."""
ROUND = 32
_WHOLE = 0.6


def bucket(digest: bytes, bits: int) -> int:
    """The bucket's number."""
    return int.from_bytes(digest[:8]) >> (64 - bits)


def tag(digest: bytes, bits: int) -> bytes:
    """What stands in the bucket for it."""
    return (int.from_bytes(digest[:8]) >> (32 - bits) & 0xFFFF_FFFF).to_bytes(TAG_BYTES)


def asked(own: set[int], bits: int, secret: bytes, epoch: int) -> list[int]:
    """The buckets to ask for, sorted: all of them when `own` are more than 60 %, else `own` and decoys up to the next
    multiple of 32. The same `own` give the same decoys: what stays over several syncs would be `own`.
    """
    every = 1 << bits
    if not own:
        return []
    rounded = -(-len(own) // ROUND) * ROUND
    if len(own) > _WHOLE * every or rounded >= every:
        return list(range(every))
    found = set(own)
    for decoy in _decoys(bits, secret, epoch):
        if len(found) == rounded:
            break
        found.add(decoy)
    return sorted(found)


def changed(tags: bytes, added: Iterable[bytes], removed: Iterable[bytes]) -> bytes:
    """A bucket after a delta. A tag that is in both stands: a false hit is found out when it is resolved."""
    held = {tags[at : at + TAG_BYTES] for at in range(0, len(tags), TAG_BYTES)}
    return packed((held - set(removed)) | set(added))


def packed(tags: Iterable[bytes]) -> bytes:
    """A bucket as it is kept: its tags, sorted, one after the other."""
    return b"".join(sorted(tags))


def holds(tags: bytes, one: bytes) -> bool:
    """Whether the tag stands in a packed bucket."""
    at = tags.find(one)
    while at >= 0 and at % TAG_BYTES:
        at = tags.find(one, at + 1)
    return at >= 0


def _decoys(bits: int, secret: bytes, epoch: int) -> Iterator[int]:
    """An endless sequence over the buckets that only the secret tells."""
    for number in itertools.count():
        text = b"%d %d" % (epoch, number)
        digest = hashlib.blake2b(
            text, digest_size=8, key=secret, person=b"cs-client-decoy"
        ).digest()
        yield int.from_bytes(digest) >> (64 - bits)
