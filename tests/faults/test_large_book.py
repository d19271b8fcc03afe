"""50,000 contacts of one owner: first sync, delta, search and CardDAV listing inside the announced limits and bounded
memory (PostgreSQL aside).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.running import Service, data_dir, service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(240)]

CARDS, A_REQUEST = 50_000, 10_000
ABOVE_IDLE = 180_000_000
OWNER = "large"
RATES = {f"CONTACT_LIMIT_{name}": "100000/100000" for name in ("SYNC", "UPLOADS", "READS")}
PROPFIND = b'<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
SYNC = (
    '<d:sync-collection xmlns:d="DAV:"><d:sync-token>{}</d:sync-token>'
    "<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
)


def card(number: int) -> str:
    return (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:large-{number}\r\nFN:Person Number {number}\r\n"
        f"N:Number{number};Person;;;\r\nTEL;TYPE=CELL:+1415{number:07d}\r\n"
        f"EMAIL;TYPE=INTERNET:person{number}@example.org\r\nORG:Company {number % 500};Dept\r\n"
        f"ADR;TYPE=HOME:;;{number} Main Street;Springfield;IL;62701;USA\r\n"
        f"NOTE:A note that is of some length, about the person {number}\r\nEND:VCARD\r\n"
    )


def peak(running: Service) -> int:
    """The most memory the service ever had, in bytes; its PostgreSQL is another process."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    with data_dir() as data:
        with service(data, **RATES) as running:
            running.consent(OWNER, "store")
            for start in range(0, CARDS, A_REQUEST):
                body = "".join(map(card, range(start, start + A_REQUEST))).encode()
                path = f"/v1/contacts:upload?deviceId=d{start}"
                status, told = running.ask(
                    "POST", path, OWNER, body, **{"Content-Type": "text/vcard"}
                )
                assert (status, told["created"]) == (200, A_REQUEST), told
        yield data


def changes(running: Service, since: str) -> tuple[list[Any], str]:
    """All pages of the feed as NDJSON, as a device reads them; and the last token."""
    rows: list[Any] = []
    while True:
        path = "/v1/changes?limit=1000" + (f"&since={since}" if since else "")
        status, told = running.ask("GET", path, OWNER, Accept="application/x-ndjson")
        assert status == 200, told
        *lines, last = [json.loads(line) for line in told.splitlines()]
        rows += lines
        since = last["syncToken"]
        if not last["more"]:
            return rows, since


def test_every_way_to_read_50_000_contacts_stays_within_memory(
    filled: Path, record_property: Any
) -> None:
    with service(filled, **RATES) as running:
        assert running.ask("GET", "/v1/contacts?limit=1", "somebody-else")[0] == 200
        idle = peak(running)
        rows, token = changes(running, "")
        assert len({row["changed"]["id"] for row in rows}) == CARDS
        first = rows[0]["changed"]
        edit = {"name/full": "Changed"}
        assert running.ask("PATCH", f"/v1/contacts/{first['id']}", OWNER, edit)[0] == 200
        delta, _ = changes(running, token)
        assert [row["changed"]["name"]["full"] for row in delta] == ["Changed"]
        found = running.ask("POST", "/v1/search", OWNER, {"q": "person 4242"})[1]["results"]
        assert found
        book = f"/dav/addressbooks/{OWNER}/contacts/"
        status, listed = running.ask("PROPFIND", book, OWNER, PROPFIND, Depth="1")
        assert (status, listed.count(b"<D:getetag>")) == (207, CARDS)
        status, synced = running.ask("REPORT", book, OWNER, SYNC.format("").encode(), Depth="0")
        assert (status, synced.count(b"<D:getetag>")) == (207, CARDS)
        above = peak(running) - idle
        record_property("bytes_above_idle", above)
        assert above <= ABOVE_IDLE, f"{above / 1e6:.0f} MB above idle"


def test_a_book_that_is_full_says_so_and_keeps_what_it_has(filled: Path) -> None:
    with service(filled, **RATES) as running:
        status, told = running.ask("POST", "/v1/contacts", OWNER, {"name": {"full": "One more"}})
        assert (status, told["limit"]) == (422, CARDS)
        path = f"/dav/addressbooks/{OWNER}/contacts/more.vcf"
        status, _ = running.ask(
            "PUT", path, OWNER, card(CARDS + 1).encode(), **{"Content-Type": "text/vcard"}
        )
        assert status == 507
