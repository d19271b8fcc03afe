"""The authorities that connections outward are held against: read once, off the event loop, none of the environment's."""

import asyncio
import ssl
import threading

import pytest

from contact_service.integrations import trust


async def test_they_are_read_once_and_not_by_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust._read.cache_clear()
    by: list[int] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(self: ssl.SSLContext, *args: str, **kwargs: str) -> None:
        by.append(threading.get_ident())
        load(self, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    first = await trust.authorities()
    again = await asyncio.gather(trust.authorities(), trust.authorities())
    assert again == [first, first]
    assert len(by) == 1
    assert by[0] != threading.get_ident()


async def test_a_host_is_verified_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    trust._read.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    made = await trust.authorities()
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made.cert_store_stats()["x509_ca"] > 50
