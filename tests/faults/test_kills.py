"""kill -9 in the middle of an upload of 5,000 cards: acknowledged is kept whole, unacknowledged is whole or nothing,
and sending it again makes no duplicate. 25 kills of the service, 15 of its PostgreSQL (50 + 50 in soak; T1 and T2 of
reliability.md).
"""

import http.client
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from faults.running import Service, data_dir, until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

CARDS = 5_000
NAMES = [f"n{i}" for i in range(CARDS)]
BODY = msgspec.json.encode(
    {
        "source": {"kind": "android", "deviceId": "d"},
        "view": "full",
        "contacts": [
            {
                "sourceId": name,
                "card": {"@type": "Card", "version": "1.0", "name": {"full": name}},
            }
            for name in NAMES
        ],
    }
)
# The supervisor gives up at the fifth crash in five minutes, as it should; so the service is started anew before.
CRASHES = 4


class Attempt(threading.Thread):
    """An upload on its way; `acknowledged` only once the whole answer has arrived."""

    def __init__(self, service: Service, owner: str) -> None:
        super().__init__()
        self._service, self._owner = service, owner
        self.acknowledged = False
        self.status = 0
        self.start()

    def run(self) -> None:
        try:
            self.status, _ = self._service.ask("POST", "/v1/contacts:upload", self._owner, BODY)
        except (OSError, http.client.HTTPException):
            return
        self.acknowledged = self.status == 200


def found(service: Service, owner: str) -> Counter[str]:
    """The owner's contacts by name, how often each is there."""
    names: Counter[str] = Counter()
    cursor = ""
    while True:
        path = "/v1/contacts?limit=1000" + (f"&cursor={cursor}" if cursor else "")
        status, page = service.ask("GET", path, owner)
        assert status == 200, page
        names.update(card["name"]["full"] for card in page["contacts"])
        cursor = page["next"]
        if not cursor:
            return names


def verdict(names: Counter[str], *, acknowledged: bool) -> str:
    """What is wrong with the book after a kill; "" when nothing is."""
    if any(n > 1 for n in names.values()):
        return "duplicate"
    if names and len(names) < CARDS:
        return "partial"
    return "lost" if acknowledged and not names else ""


@pytest.mark.parametrize(
    ("names", "acknowledged", "told"),
    [
        (NAMES, True, ""),
        ([], False, ""),
        (NAMES, False, ""),
        ([], True, "lost"),
        (NAMES[1:], True, "partial"),
        (NAMES[:500], False, "partial"),
        ([*NAMES, NAMES[0]], False, "duplicate"),
    ],
)
def test_the_verdict_sees_what_is_lost_partial_or_doubled(names, acknowledged, told):
    assert verdict(Counter(names), acknowledged=acknowledged) == told


def again(service: Service, owner: str) -> str:
    """Send the same upload until it is taken; then the book must be whole, whatever was kept before."""
    begun = time.monotonic()
    while True:
        status, told = service.ask("POST", "/v1/contacts:upload", owner, BODY)
        if status == 200:
            names = found(service, owner)
            return verdict(names, acknowledged=True) or ("" if len(names) == CARDS else "lost")
        assert status == 503, told
        assert time.monotonic() - begun < 15, "not answering 15 s after the database came back"
        time.sleep(0.02)


def seconds_of_one(service: Service) -> float:
    """How long an upload takes here, so that the kills fall into it on a fast machine and on a slow one."""
    service.consent("measured", "store")
    begun = time.monotonic()
    assert service.ask("POST", "/v1/contacts:upload", "measured", BODY)[0] == 200
    return time.monotonic() - begun


def moment(rnd: random.Random, upload_s: float) -> float:
    return rnd.uniform(0.02, 1.15) * upload_s


def kill_service(data: Path, rnd: random.Random, kills: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    service = Service(data)
    upload_s = seconds_of_one(service)
    for n in range(kills):
        owner = f"s{n}"
        service.consent(owner, "store")
        attempt = Attempt(service, owner)
        time.sleep(moment(rnd, upload_s))
        service.kill()
        attempt.join()
        service = Service(data)
        names = found(service, owner)
        outcomes[verdict(names, acknowledged=attempt.acknowledged)] += 1
        outcomes["acknowledged" if attempt.acknowledged else "cut"] += 1
        outcomes["kept" if names else "nothing"] += 1
        outcomes[again(service, owner)] += 1
    service.stop()
    return outcomes


def kill_database(data: Path, rnd: random.Random, kills: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    service = Service(data)
    upload_s = seconds_of_one(service)
    for n in range(kills):
        if n and n % CRASHES == 0:
            service.stop()
            service = Service(data)
        owner = f"d{n}"
        service.consent(owner, "store")
        attempt = Attempt(service, owner)
        time.sleep(moment(rnd, upload_s))
        killed = service.postmaster()
        os.kill(killed, signal.SIGKILL)
        attempt.join()
        until(lambda: ready(service, killed), "the database did not come back")  # noqa: B023 - asked at once
        names = found(service, owner)
        outcomes[verdict(names, acknowledged=attempt.acknowledged)] += 1
        outcomes["acknowledged" if attempt.acknowledged else "cut"] += 1
        outcomes["kept" if names else "nothing"] += 1
        outcomes[again(service, owner)] += 1
    assert service.process.poll() is None
    service.stop()
    return outcomes


def ready(service: Service, killed: int) -> bool:
    try:
        return service.postmaster() != killed and service.ask("GET", "/readyz")[0] == 200
    except (OSError, ValueError, http.client.HTTPException):
        return False


def judged(outcomes: Counter[str], kills: int, record_property) -> None:
    record_property("outcomes", dict(outcomes))
    sys.stdout.write(f"outcomes: {dict(outcomes)}\n")
    bad = {word: outcomes[word] for word in ("lost", "partial", "duplicate") if outcomes[word]}
    assert not bad, outcomes
    assert outcomes["acknowledged"] + outcomes["cut"] == kills
    # A test that only ever kills after the answer would show nothing.
    assert outcomes["cut"] >= kills // 4, outcomes


@pytest.mark.parametrize(("kill", "kills"), [(kill_service, 25), (kill_database, 15)])
def test_a_kill_in_the_middle_of_an_upload_loses_nothing_and_leaves_no_half(
    kill, kills, rnd, record_property
):
    with data_dir() as data:
        judged(kill(data, rnd, kills), kills, record_property)


@pytest.mark.soak
@pytest.mark.parametrize("kill", [kill_service, kill_database])
def test_fifty_kills_lose_nothing_either(kill, rnd, record_property):
    with data_dir() as data:
        judged(kill(data, rnd, 50), 50, record_property)
