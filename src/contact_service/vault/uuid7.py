"""UUIDv7 (RFC 9562 5.7): ids that sort by the time they were made, with 74 random bits."""

import os
from datetime import datetime
from uuid import UUID


def new(now: datetime) -> UUID:
    """A fresh id of that millisecond."""
    return many(now, 1)[0]


def many(now: datetime, n: int) -> list[UUID]:
    """`n` fresh ids of that millisecond, ascending: a counter follows the time (method 1, 6.2)."""
    millis = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    noise = os.urandom(8 * n)
    made = []
    for place in range(n):
        ms = (millis + (place >> 12)) << 80
        low = int.from_bytes(noise[8 * place : 8 * place + 8], "big") & 0x3FFF_FFFF_FFFF_FFFF
        made.append(UUID(int=ms | 0x7000 << 64 | (place & 0xFFF) << 64 | 1 << 63 | low))
    return made
