"""Where a digest stands in private discovery: its bucket is its first `bits` bits, its tag the 32 bits that follow."""

DIGEST_BYTES = 16
TAG_BYTES = 4
_DIGEST_BITS = 8 * DIGEST_BYTES


def bucket(digest: bytes, bits: int) -> int:
    """The bucket's number, 0 to 2^bits - 1; with 0 bits there is one."""
    return int.from_bytes(digest) >> (_DIGEST_BITS - bits)


def tag(digest: bytes, bits: int) -> bytes:
    """What stands in the bucket for it, 4 bytes."""
    below = int.from_bytes(digest) >> (_DIGEST_BITS - bits - 8 * TAG_BYTES)
    return (below & 0xFFFF_FFFF).to_bytes(TAG_BYTES)


def bounds(number: int, bits: int) -> tuple[bytes, bytes]:
    """The first and the last digest of a bucket."""
    free = _DIGEST_BITS - bits
    first = number << free
    return first.to_bytes(DIGEST_BYTES), (first + (1 << free) - 1).to_bytes(DIGEST_BYTES)


def bits_for(entries: int) -> int:
    """Bits for an epoch cut over that many entries: 1,024 to 2,047 in a bucket, one bucket below 2,048."""
    return max(0, (entries // 1_024).bit_length() - 1)
