"""What a thief of the database, its files or the logs reads: none of the personal values that went in (R22, R26).

Unmistakable values go in through every door, one per personal field. They are looked for in a pg_dump, in the raw files
after a CHECKPOINT (heap and WAL), and in the logs at debug level: plain, in hex, and in base64 at its 3 alignments.
With sealing and hashing switched off all of them are found: so the search is not blind.
"""

import asyncio
import base64
import json
import re
import subprocess
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from contact_service.storage import embedded_place
from faults.running import Service, data_dir, until
from privacy import doors, doors_of_sync

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(180)]

AT_REST = doors.AT_REST | doors_of_sync.AT_REST
VALUES = AT_REST | doors.PASSING | doors_of_sync.PASSING
TABLES = [
    b"public.cards",
    b"public.revisions",
    b"public.refused",
    b"public.blobs",
    b"public.books",
    b"public.name_tombstones",
    b"public.keyword_groups",
    b"public.app_passwords",
    b"public.source_records",
    b"pgqueuer.pgqueuer_log",
]
DONE = "SELECT count(*) FROM pgqueuer.pgqueuer_log WHERE status = 'successful'"
UNSEALED = """
from contact_service.vault import blind, sealing
class Open:
    def __init__(self, key): pass
    def encrypt(self, nonce, plain, aad): return plain + bytes(16)
    def decrypt(self, nonce, sealed, aad): return sealed[:-16]
sealing.AESGCM = Open
sealing.DataKey.mac = lambda self, text: text[-16:].rjust(16, b'.')
blind.tags = lambda key, found, person=None: [each.encode()[-16:].rjust(16, b'.') for each in found]
from contact_service.cli.main import run
run()
"""


def spellings(value: str) -> list[bytes]:
    """The value plain, in hex, and the part of its base64 that does not depend on what stands around it."""
    raw = value.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw)
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        found.append(text[first:last])
    return found


def found_in(place: bytes, values: dict[str, str]) -> set[str]:
    return {
        name for name, value in values.items() if any(each in place for each in spellings(value))
    }


@pytest.mark.parametrize("before", range(3))
def test_the_search_finds_a_value_at_any_alignment(before):
    text = base64.b64encode(b"x" * before + b"zx-uid-8c41d7" + b"yyyy")
    assert found_in(text, {"uid": "zx-uid-8c41d7"}) == {"uid"}
    assert found_in(text, {"uid": "zx-uid-9c41d7"}) == set()


def test_every_value_is_long_enough_and_stands_for_itself():
    values = VALUES.values()
    assert all(len(value.encode()) >= 8 for value in values)
    assert not [(a, b) for a in values for b in values if a != b and a in b]


async def ask(dsn: str, sql: str) -> int | None:
    con = await asyncpg.connect(dsn)
    try:
        found: int | None = await con.fetchval(sql)
    finally:
        await con.close()
    return found


def dumped(sockets: Path) -> bytes:
    line = [
        str(embedded_place.wheel() / "pg_dump"),
        "-h",
        str(sockets),
        "-U",
        "contacts",
        "contacts",
    ]
    return subprocess.run(line, capture_output=True, check=True).stdout


def files(data: Path) -> bytes:
    """All that lies in the data directory but the keys; the zeros at the end of a WAL file are left out."""
    kept = [p for p in data.rglob("*") if p.is_file() and p.relative_to(data).parts[0] != "keys"]
    # Databases that nobody writes to: those made with the cluster.
    kept = [p for p in kept if not re.search(r"/base/[14]/", str(p))]
    return b"\n".join(p.read_bytes().rstrip(b"\0") for p in kept)


def loaded(data: Path, **program: tuple[str, ...]) -> dict[str, bytes]:
    """Everything a thief may hold, after all values have gone in."""
    service = Service(data, **program, CONTACT_LOG_LEVEL="debug", CONTACT_REMATCH_INTERVAL_S="0")
    try:
        doors.go_in(service)
        doors_of_sync.go_in(service)
        sockets = data / "socket"
        dsn = f"postgresql://contacts@/contacts?host={quote(str(sockets))}"
        until(lambda: asyncio.run(ask(dsn, DONE)), "the errand did not go through the queue")
        asyncio.run(ask(dsn, "CHECKPOINT"))
        held = {"dump": dumped(sockets), "files": files(data)}
    finally:
        service.stop()
    return {**held, "log": json.dumps(service.lines).encode() + service.errors().encode()}


def test_no_value_is_found_in_dump_files_or_logs():
    with data_dir() as data:
        held = loaded(data)
    assert len(held["files"]) > 1_000_000
    for table in TABLES:
        # At least one row: what is empty hides nothing.
        assert re.search(rb"\nCOPY %s \(.*\) FROM stdin;\n(?!\\\.)" % table, held["dump"]), table
    assert {place: found_in(content, VALUES) for place, content in held.items()} == {
        "dump": set(), "files": set(), "log": set()
    }  # fmt: skip


def test_without_sealing_and_hashing_every_value_at_rest_is_found():
    with data_dir() as data:
        held = loaded(data, program=("-c", UNSEALED))
    assert found_in(held["dump"], AT_REST) == set(AT_REST)
    assert found_in(held["files"], AT_REST) == set(AT_REST)
