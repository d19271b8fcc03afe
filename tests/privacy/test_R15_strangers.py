"""R15: of people who are not registered nothing rests, and no hash of theirs: neither plain, nor keyed, nor unkeyed.

An owner asks for them by every road: uploads, single cards, look-up, Matrix, private discovery, search. Then a
dump of all tables, the database's raw files and the log at debug level are searched for each of them, and for every tag
that the service's own keys make of them. A few people are registered: what is stored of those is found the same way.
"""

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import private_client
from contact_service.cli.bench.enumeration_world import Numbers
from contact_service.model.identifier import Identifier
from contact_service.vault import blind, keyring, matrix_pepper, oprf
from contact_service.vault.blind import Person
from contact_service.vault.keyring import Keyring
from faults.running import Service, data_dir
from privacy import scanning
from privacy.test_sentinels_at_rest import ask, dumped, files

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

OCTETS = {"Content-Type": "application/octet-stream"}
RAISED = {
    "CONTACT_DISCOVERY_AT_ONCE": "1000000",
    "CONTACT_DISCOVERY_MOST": "1000000",
    "CONTACT_DISCOVERY_NETWORK_PER_DAY": "0",
    "CONTACT_LIMIT_DISCOVERY": "100000/100000",
    "CONTACT_LIMIT_WRITES": "100000/100000",
    "CONTACT_LIMIT_UPLOADS": "100000/100000",
    "CONTACT_LIMIT_SEARCH": "100000/100000",
    "CONTACT_REMATCH_INTERVAL_S": "0",
    "CONTACT_LOG_LEVEL": "debug",
}
KNOWN = [Identifier(f"tel:+1312{number}") for number in (2_000_101, 2_000_202, 2_000_303)]


def strangers(count: int) -> list[Identifier]:
    """Half of them numbers, half addresses."""
    mails = [Identifier(f"mailto:zq{n:07d}stranger@zq.example") for n in range(count // 2)]
    return [*Numbers(646).take(count - len(mails)), *mails]


def member(one: Identifier) -> dict[str, object]:
    scheme, _, rest = one.partition(":")
    return (
        {"phones": {"p": {"number": rest}}}
        if scheme == "tel"
        else {"emails": {"e": {"address": rest}}}
    )


def card(one: Identifier) -> dict[str, object]:
    return {"@type": "Card", "version": "1.0", "name": {"full": "N"}, **member(one)}


def told(answer: tuple[int, object]) -> object:
    status, content = answer
    assert status in (200, 201), answer
    return content


def ask_all(service: Service, ring: Keyring, everybody: list[Identifier]) -> None:
    """By every road, as one owner."""
    for start in range(0, len(everybody), 1000):
        part = everybody[start : start + 1000]
        upload(service, part, start)
        told(service.ask("POST", "/v1/discovery/lookup", "ann", {"identifiers": part}))
        by_matrix(service, ring, part)
        blinded(service, ring, part)
    for one in everybody[:: max(1, len(everybody) // 40)]:
        told(service.ask("POST", "/v1/contacts", "ann", card(one)))
        rest = one.partition(":")[2]
        told(service.ask("POST", "/v1/search", "ann", {"q": rest}))
        told(service.ask("GET", f"/v1/search?q={quote(rest)}", "ann"))
    told(service.ask("GET", "/v1/matches", "ann"))


def upload(service: Service, part: list[Identifier], start: int) -> None:
    contacts = [{"sourceId": f"{start + n}", "card": card(one)} for n, one in enumerate(part)]
    body = {"source": {"kind": "ios", "deviceId": "d"}, "view": "partial", "contacts": contacts}
    told(service.ask("POST", "/v1/contacts:upload", "ann", body))


def by_matrix(service: Service, ring: Keyring, part: list[Identifier]) -> None:
    pepper = matrix_pepper.spelled(ring.matrix[1])
    spelled = [private_client.text(each) for each in matrix_pepper.digests(pepper, part)]
    body = {"addresses": spelled, "algorithm": "sha256", "pepper": pepper}
    told(service.ask("POST", "/_matrix/identity/v2/lookup", "ann", body))


def blinded(service: Service, ring: Keyring, part: list[Identifier]) -> None:
    elements = b"".join(private_client.Blinding(part).elements)
    told(service.ask("POST", "/v1/discovery/evaluate?epoch=1", "ann", elements, **OCTETS))
    digests = oprf.keys(ring)[1].digests([one.encode() for one in part])
    body = {"epoch": 1, "digests": [private_client.text(each) for each in digests]}
    told(service.ask("POST", "/v1/discovery/resolve", "ann", body))
    buckets = {"epoch": 1, "buckets": [{"id": 0}]}
    told(service.ask("POST", "/v1/discovery/buckets", "ann", buckets))


def marks(ring: Keyring, everybody: list[Identifier]) -> Iterator[tuple[Identifier, bytes]]:
    """(whose, what) may not be there: the identifier, its tags by all keys of the service, hashes without a key."""
    pepper = matrix_pepper.spelled(ring.matrix[1])
    fixed = {"objection": Person.OBJECTION, "carry": Person.CARRY, "retry": Person.RETRY}
    columns = [
        blind.tags(ring.peppers[1], everybody),
        matrix_pepper.digests(pepper, everybody),
        matrix_pepper.tags(ring, matrix_pepper.digests(pepper, everybody)),
        oprf.keys(ring)[1].digests([one.encode() for one in everybody]),
        *(blind.tags(ring.fixed(name), everybody, person) for name, person in fixed.items()),
        blind.tags(ring.fixed("holder"), everybody, Person.HOLDER),
    ]
    for place, one in enumerate(everybody):
        bare = one.partition(":")[2]
        yield one, bare.lstrip("+").encode()
        for column in columns:
            yield one, column[place]
        for name in ("md5", "sha1", "sha256", "sha512"):
            for text in (one, bare, bare.lstrip("+")):
                yield one, hashlib.new(name, text.encode()).digest()[:16]


def found(
    held: dict[str, bytes], ring: Keyring, everybody: list[Identifier]
) -> dict[str, set[str]]:
    """Whose marks stand in each place, in any spelling."""
    owners = {
        spelled: one for one, mark in marks(ring, everybody) for spelled in scanning.spellings(mark)
    }
    return {
        place: {owners[each] for each in scanning.standing(hay, owners)}
        for place, hay in held.items()
    }


def held_after(data: Path, everybody: list[Identifier]) -> tuple[dict[str, bytes], Keyring]:
    """Everything a thief may hold, after everybody was asked for; and the keys, which he has not."""
    service = Service(data, **RAISED)
    try:
        ring = keyring.load(data / "keys" / "keyring.json")
        service.consent("ann", "store", "match")
        user = {"identifiers": KNOWN, "profile": {"displayName": "K"}, "discoverable": True}
        told(service.ask("PUT", "/v1/directory/users/u-known", "app", user))
        ask_all(service, ring, everybody)
        sockets = data / "socket"
        dsn = f"postgresql://contacts@/contacts?host={quote(str(sockets))}"
        asyncio.run(ask(dsn, "CHECKPOINT"))
        held = {"dump": dumped(sockets), "files": files(data)}
    finally:
        service.stop()
    return {**held, "log": "".join(service.lines).encode() + service.errors().encode()}, ring


def hold(count: int) -> None:
    with data_dir() as data:
        held, ring = held_after(data, strangers(count))
    assert len(held["files"]) > 1_000_000
    assert held["log"]
    nobody: dict[str, set[str]] = {"dump": set(), "files": set(), "log": set()}
    assert found(held, ring, strangers(count)) == nobody
    known = found(held, ring, KNOWN)
    assert known["dump"] == known["files"] == set(KNOWN)


def test_nothing_rests_of_300_strangers():
    hold(300)


@pytest.mark.soak
def test_nothing_rests_of_10_000_strangers():
    hold(10_000)


def test_the_search_finds_each_spelling_at_any_place():
    needle = bytes(range(200, 216))
    for before in range(9):
        for text in (needle, needle.hex().encode(), base64.b64encode(b"x" * before + needle)):
            hay = b"." * before + text + b"." * 9
            assert scanning.standing(hay, scanning.spellings(needle)), (before, text)
    assert not scanning.standing(b"." * 99, scanning.spellings(needle))
