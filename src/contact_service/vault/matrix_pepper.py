"""How Matrix clients hash: SHA-256 over "address medium pepper" (matrix-spec content/identity-service-api.md, lookup).

The pepper is told to every client, so the digest hides nothing from who can guess numbers; what is stored is a keyed
tag over it (`blind.Person.MATRIX`, `keyring.fixed("matrix-index")`).
"""

import base64
import hashlib
from collections.abc import Iterable

from contact_service.model.identifier import Identifier
from contact_service.vault import blind
from contact_service.vault.keyring import Keyring


def spelled(key: bytes) -> str:
    """An epoch's pepper (`keyring.matrix[epoch]`) as `hash_details` tells it: unpadded url-safe base64."""
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def address(identifier: Identifier) -> str:
    """How a Matrix client writes it, with its medium: `14155550123 msisdn`, `ann@example.org email`."""
    scheme, _, rest = identifier.partition(":")
    return f"{rest.removeprefix('+')} msisdn" if scheme == "tel" else f"{rest} email"


def digests(pepper: str, identifiers: Iterable[Identifier]) -> list[bytes]:
    """The 32 bytes that a client sends for each, in their order, under a pepper as it is spelled."""
    return hashed(pepper, map(address, identifiers))


def hashed(pepper: str, written: Iterable[str]) -> list[bytes]:
    """As `digests`, of addresses with their medium as a Matrix client writes them."""
    end = f" {pepper}".encode()
    return [hashlib.sha256(each.encode() + end).digest() for each in written]


def tags(ring: Keyring, found: Iterable[bytes]) -> list[bytes]:
    """By which tags these digests stand in the index, in their order: 16 bytes each."""
    return blind.of_bytes(ring.fixed("matrix-index"), found, blind.Person.MATRIX)
