"""How a benchmark imports: an account linked as a person would, files sent, imports followed to their end."""

import http.client
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from contact_service.cli.bench.owners import Loaded
from contact_service.cli.bench.stage import NotMeasured, Stage

_HIDDEN = re.compile(r'name="(wish|scope)" value="([^"]*)"')
_LOOK_S = 0.05
_PATIENCE_S = 300.0
_PATH = "/v1/imports"


def linked(at: Stage, owner: str) -> str:
    """The id of a Google account that the owner has linked: consent, the provider's page, and back."""
    at.consent(owner, "import.google")
    begun = at.ask("POST", "/v1/accounts/google:authorize", owner, b"{}")
    back = urlsplit(_allowed(begun.json()["url"]))
    cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    at.ask("GET", f"{back.path}?{back.query}", owner, headers=cookie)
    accounts = at.ask("GET", "/v1/accounts", owner).json()["accounts"]
    if not accounts:
        raise NotMeasured("no account was linked")
    return str(accounts[0]["id"])


def _allowed(url: str) -> str:
    """Where the provider sends the browser after the person said yes."""
    there = urlsplit(url)
    where = f"{there.path}?{there.query}"
    page = _asked(there.netloc, "GET", where, "")[1]
    form = [("decision", "allow"), *_HIDDEN.findall(page)]
    return _asked(there.netloc, "POST", there.path, urlencode(form))[0]


def _asked(host: str, method: str, path: str, form: str) -> tuple[str, str]:
    """Where an answer leads, and its body."""
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        connection.request(method, path, form or None, headers)
        answer = connection.getresponse()
        return answer.getheader("location") or "", answer.read().decode()
    finally:
        connection.close()


def begun(at: Stage, owner: str, account: str) -> str:
    """An import of the account; its id."""
    body = msgspec.json.encode({"accountId": account})
    return str(at.ask("POST", _PATH, owner, body).json()["id"])


def sent(at: Stage, owner: str, file: bytes, query: str = "") -> dict[str, Any]:
    """A file's import, or its preview, once it has ended."""
    media = {"Content-Type": "application/octet-stream"}
    told: dict[str, Any] = at.ask("POST", f"{_PATH}/files{query}", owner, file, media).json()
    return ended(at, owner, told["id"]) if "id" in told else told


def ended(at: Stage, owner: str, run: str) -> dict[str, Any]:
    """The import once it has ended. Raises NotMeasured for one that failed or does not end."""
    until = time.monotonic() + _PATIENCE_S
    while (found := shown(at, owner, run))["state"] in {"queued", "running"}:
        if time.monotonic() > until:
            raise NotMeasured("an import does not end")
        time.sleep(_LOOK_S)
    if found["state"] != "done":
        raise NotMeasured(f"an import is {found['state']}: {found['report']['error']}")
    return found


def shown(at: Stage, owner: str, run: str) -> dict[str, Any]:
    """The import as it stands."""
    found: dict[str, Any] = at.ask("GET", f"{_PATH}/{run}", owner).json()
    return found


class Reads:
    """Reads of single contacts, one after the other at a pace, and how long each took."""

    def __init__(self, at: Stage, of: Loaded) -> None:
        self._at = at
        self._of = of
        self._over = threading.Event()
        self.took_ms: list[float] = []
        self.failures = 0

    def through(self) -> None:
        """Read until `_over`."""
        connection = http.client.HTTPConnection("127.0.0.1", self._at.port, timeout=60)
        headers = {"Authorization": f"Bearer {self._at.token(self._of.owner)}"}
        number = 0
        while not self._over.wait(0.01):
            card = self._of.cards[number % len(self._of.cards)]
            number += 1
            started = time.perf_counter()
            connection.request("GET", f"/v1/contacts/{card}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            self.took_ms.append((time.perf_counter() - started) * 1_000)
            self.failures += answer.status != 200
        connection.close()

    def stop(self) -> None:
        """The last one was read."""
        self._over.set()

    def share_ms(self, share: float) -> float:
        """So many of the reads took no longer."""
        took = sorted(self.took_ms)
        return took[min(len(took) - 1, int(share * len(took)))]


@contextmanager
def reading(at: Stage, of: Loaded) -> Iterator[Reads]:
    """Somebody reads contacts for as long as the block lasts. Raises NotMeasured when one of them is not answered."""
    reads = Reads(at, of)
    running = threading.Thread(target=reads.through)
    running.start()
    try:
        yield reads
    finally:
        reads.stop()
        running.join()
    if reads.failures or not reads.took_ms:
        raise NotMeasured("contacts were not read while something was imported")
