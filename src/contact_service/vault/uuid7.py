"""UUIDv7 (RFC 9562 5.7): ids that sort by the time they were made, with 74 random bits."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def new(now: datetime) -> UUID:
    """A fresh id of that millisecond."""
    return many(now, 1)[0]


def many(now: datetime, n: int) -> list[UUID]:
    """`n` fresh ids of that moment, ascending: 12 bits tell the time within the millisecond, then count (method 3)."""
    micros = (now - _EPOCH) // _MICROSECOND
    first = (micros // 1000 << 12) + micros % 1000 * 4096 // 1000
    noise = os.urandom(8 * n)
    made = []
    for place in range(n):
        millis, fraction = divmod(first + place, 4096)
        low = int.from_bytes(noise[8 * place : 8 * place + 8], "big") & 0x3FFF_FFFF_FFFF_FFFF
        made.append(UUID(int=millis << 80 | 0x7000 << 64 | fraction << 64 | 1 << 63 | low))
    return made
