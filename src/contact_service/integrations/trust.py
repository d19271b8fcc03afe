"""Whom a connection outward is held against: certifi's authorities, read once a process and in a thread.

Reading them takes some 35 ms, during which nobody else would be served; each client would read its own.
"""

import asyncio
import ssl
from functools import cache

import httpx2


async def authorities() -> ssl.SSLContext:
    """What TLS is verified by; nothing of the environment is used."""
    return await asyncio.to_thread(_read)


@cache
def _read() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
