"""A client of private discovery for tests: the library blinds, verifies and finalises, HTTP does the rest."""

import base64
from collections.abc import Sequence
from typing import Any

from voprf import ristretto

from asking import Api, Reply


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text_: str) -> bytes:
    return base64.urlsafe_b64decode(text_ + "=" * (-len(text_) % 4))


def cut(packed: bytes, size: int) -> list[bytes]:
    return [packed[at : at + size] for at in range(0, len(packed), size)]


class Blinding:
    """Identifiers under fresh blinds."""

    def __init__(self, identifiers: Sequence[str]) -> None:
        made = [ristretto.Client.blind(one.encode()) for one in identifiers]
        self._clients = [client for client, _ in made]
        self.elements = [element.serialize() for _, element in made]

    def digests(self, evaluated: list[bytes], proof: bytes, public: bytes) -> list[bytes]:
        """Verified and finalised; a proof that does not hold is the library's panic."""
        whole = ristretto.VerifiableBatchOutput.deserialize(proof + b"".join(evaluated))
        key = ristretto.PublicKey.deserialize(public)
        return [one[:16] for one in ristretto.Client.finalize_batch(self._clients, whole, key)]


async def params(who: Api) -> Any:
    told = await who.get("/v1/discovery/params")
    assert told.status == 200, told
    return told.json


async def evaluate(who: Api, epoch: int, elements: Sequence[bytes], **headers: str) -> Reply:
    sent = {"epoch": epoch, "elements": [text(one) for one in elements]}
    return await who.post("/v1/discovery/evaluate", sent, **headers)


async def digests(who: Api, *identifiers: str) -> tuple[int, list[bytes]]:
    """The live epoch and the digests of these identifiers: all of the client's way to them."""
    (live, *_) = (await params(who))["epochs"]
    blinding = Blinding(identifiers)
    told = await evaluate(who, live["epoch"], blinding.elements)
    assert told.status == 200, told
    elements = [raw(one) for one in told.json["elements"]]
    made = blinding.digests(elements, raw(told.json["proof"]), raw(live["publicKey"]))
    return live["epoch"], made


async def bucket(who: Api, epoch: int, number: int = 0, since: int | None = None) -> Any:
    """(seq, the bucket as told)."""
    asked = {"id": number} if since is None else {"id": number, "since": since}
    told = await who.post("/v1/discovery/buckets", {"epoch": epoch, "buckets": [asked]})
    assert told.status == 200, told
    (found,) = told.json["buckets"]
    assert found["id"] == number
    return told.json["seq"], found


async def tags(who: Api, epoch: int, number: int = 0) -> list[bytes]:
    """All tags of a bucket."""
    return cut(raw((await bucket(who, epoch, number))[1]["tags"]), 4)


async def resolve(who: Api, epoch: int, asked: Sequence[bytes]) -> dict[bytes, str]:
    """Digest -> user."""
    sent = {"epoch": epoch, "digests": [text(one) for one in asked]}
    told = await who.post("/v1/discovery/resolve", sent)
    assert told.status == 200, told
    return {raw(one["digest"]): one["userId"] for one in told.json["matches"]}
