"""A veil over what time tells: the rows behind somebody hidden are read, those behind nobody are not there to be read.

The gate runs the same statements either way, and what is left, some 20 us of 1 ms, shows in enough pairs of requests.
Under a random wait it would take more of them than the rates allow.
"""

import asyncio
import secrets

MOST_S = 0.016


async def drawn() -> None:
    """Wait for a random time up to `MOST_S`; outside any transaction, so that it costs nobody anything."""
    await asyncio.sleep(secrets.randbelow(1_000_000) * MOST_S / 1_000_000)
