"""Kill -9 in the middle of an import of ten pages: it goes on behind the last page, and the book is the same."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from conftest import open_folder
from faults.running import Service, data_dir, until
from faults.test_worker import Own, Working
from import_world import book

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

PAGES, PAGE = 10, 500
CARDS = PAGES * PAGE
KILLED = [int(page) for page in (os.environ.get("CONTACT_TEST_KILLED") or "5").split(",")]
# Else the next one would wait for the end of the lease, and the queue for half a minute of silence.
LET_GO = (
    "UPDATE imports SET lease_until = now() - interval '1 s'",
    "UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 min' WHERE status = 'picked'",
    "SELECT 1",
)
REACHED = "SELECT coalesce(max(done), 0)::bigint FROM imports WHERE owner_id = '{owner}'"

DONE = "SELECT count(*) FROM imports WHERE owner_id = '{owner}' AND state = 'done'"


@pytest.fixture(scope="module")
def place():
    with open_folder() as folder, data_dir() as data:
        own = Own(folder / "own")
        Working(data, own.dsn).end(15)
        yield data, own
        own.server.stop()


def started(data: Path, own: Own) -> Service:
    return Service(data, "--database-url", own.dsn, CONTACT_JOBS_SWEEP_MS="50")


def killed_at(place, page: int, owner: str) -> None:
    data, own = place
    body = book(CARDS, note="so that it is no small file, which is done at once " * 3)
    service = started(data, own)
    service.consent(owner, "store")
    status, told = service.ask("POST", "/v1/imports/files", owner, body)
    assert status == 202, told
    until(lambda: own.ask(REACHED.format(owner=owner))[0] >= PAGE * page, "it does not go on")
    service.kill()
    (reached,) = own.ask(REACHED.format(owner=owner))
    assert reached < CARDS, "killed too late to show anything"
    own.ask(*LET_GO)
    service = started(data, own)
    path = f"/v1/imports/{told['id']}"
    until(lambda: own.ask(DONE.format(owner=owner)) == (1,), "not taken up", 60)
    _, done = service.ask("GET", path, owner)
    assert (done["progress"]["done"], done["created"], done["rejected"]) == (CARDS, CARDS, 0)
    assert names(service, owner) == Counter(f"P{n}" for n in range(CARDS))
    assert own.ask("SELECT count(*) FROM import_parts") == (0,)
    service.stop()


def names(service: Service, owner: str) -> Counter[str]:
    found: Counter[str] = Counter()
    cursor = ""
    while cursor is not None:
        path = "/v1/contacts?limit=1000" + (f"&cursor={cursor}" if cursor else "")
        _, page = service.ask("GET", path, owner)
        found.update(card["name"]["full"] for card in page["contacts"])
        cursor = page["next"]
    return found


@pytest.mark.parametrize("page", KILLED)
def test_a_kill_behind_a_page_costs_nothing(place, page):
    killed_at(place, page, f"k{page}")


@pytest.mark.soak
@pytest.mark.parametrize("page", range(1, PAGES))
def test_a_kill_behind_each_page_costs_nothing(place, page, rnd):
    killed_at(place, page, f"s{page}-{rnd.randrange(10**9)}")


@pytest.mark.soak
def test_kills_at_any_moment_cost_nothing(place, rnd):
    """Again and again, in pages and between them, until it has come to its end."""
    data, own = place
    owner = f"m{rnd.randrange(10**9)}"
    body = book(CARDS, note="so that it is no small file, which is done at once " * 3)
    service = started(data, own)
    service.consent(owner, "store")
    _, told = service.ask("POST", "/v1/imports/files", owner, body)
    for _ in range(12):
        time.sleep(rnd.uniform(0.1, 1.5))
        service.kill()
        own.ask(*LET_GO)
        service = started(data, own)
    path = f"/v1/imports/{told['id']}"
    until(lambda: own.ask(DONE.format(owner=owner)) == (1,), "not taken up", 120)
    _, done = service.ask("GET", path, owner)
    assert (done["progress"]["done"], done["created"]) == (CARDS, CARDS)
    assert names(service, owner) == Counter(f"P{n}" for n in range(CARDS))
    service.stop()
