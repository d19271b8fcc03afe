"""The verbs of private discovery on the wire. Bytes travel as base64url without padding (RFC 4648 5)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from contact_client.private.blinding import DIGEST_BYTES, ELEMENT_BYTES
from contact_client.private.buckets import TAG_BYTES
from contact_client.problems import EpochMismatch, EpochRetired, Unreachable
from contact_client.values import Profile
from contact_client.wire import Ask, Reply, Wire

T = TypeVar("T")
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
MOST_BUCKETS = 1_024
"""Buckets a request may have."""
MOST_DIGESTS = 1_000
"""Digests a request may have."""
PROOF_BYTES = 64


class Epoch(msgspec.Struct, frozen=True, rename={"public_key": "publicKey", "from_": "from"}):
    """A key of the service, in force from `from_` on (None: since ever) until `until` (None: not known yet)."""

    epoch: Number
    public_key: str
    bits: int
    from_: datetime | None = None
    until: datetime | None = None

    def is_in_force(self, at: datetime) -> bool:
        """Whether the service evaluates with it at this moment."""
        return (self.from_ is None or self.from_ <= at) and (self.until is None or at < self.until)


class Params(msgspec.Struct, frozen=True, rename="camel"):
    """What the service announces, to everyone the same."""

    suite: str
    mode: str
    tag_bytes: int
    epochs: tuple[Epoch, ...]


class Part(msgspec.Struct, frozen=True):
    """A bucket as answered: `tags` are all of it, or it has `added` and `removed` ones since the state asked from."""

    id: int
    tags: bytes | None
    added: tuple[bytes, ...] = ()
    removed: tuple[bytes, ...] = ()


class EpochLost(Exception):
    """This epoch is not served: the parameters are to be read again. Told within this library only; `problem` is
    what the service said.
    """

    def __init__(self, epoch: int, problem: EpochMismatch | EpochRetired) -> None:
        super().__init__()
        self.epoch = epoch
        self.problem = problem


class _Evaluated(msgspec.Struct, frozen=True):
    elements: tuple[str, ...]
    proof: str


class _Bucket(msgspec.Struct, frozen=True):
    id: int
    full: bool = False
    tags: str | None = None
    added: str | None = None
    removed: str | None = None


class _Buckets(msgspec.Struct, frozen=True):
    seq: Number
    buckets: tuple[_Bucket, ...]


class _Resolved(msgspec.Struct, frozen=True, rename="camel"):
    digest: str
    user_id: str
    profile: Profile


class _Matches(msgspec.Struct, frozen=True):
    matches: tuple[_Resolved, ...]


_PARAMS = msgspec.json.Decoder(Params)
_EVALUATED = msgspec.json.Decoder(_Evaluated)
_BUCKETS = msgspec.json.Decoder(_Buckets)
_MATCHES = msgspec.json.Decoder(_Matches)


class Verbs:
    """Each raises Problem, Unreachable; those of an epoch also EpochLost."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def params(self) -> Params:
        """The epochs there are."""
        return (await self._wire.ask(Ask("GET", "/v1/discovery/params"))).read(_PARAMS)

    async def evaluate(self, epoch: int, body: bytes, key: str) -> tuple[list[bytes], bytes]:
        """The evaluated elements and their proof. The same `key` with the same body is charged once."""
        told = (await self._post("evaluate", epoch, body, key)).read(_EVALUATED)
        elements = [unpacked(one, ELEMENT_BYTES) for one in told.elements]
        return elements, unpacked(told.proof, PROOF_BYTES)

    async def buckets(self, epoch: int, asked: Mapping[int, int | None]) -> tuple[int, list[Part]]:
        """The state now, and the buckets since the states given, at most 1,024 of them."""
        wanted = [
            {"id": bucket} if seq is None else {"id": bucket, "since": seq}
            for bucket, seq in asked.items()
        ]
        body = msgspec.json.encode({"epoch": epoch, "buckets": wanted})
        told = (await self._post("buckets", epoch, body)).read(_BUCKETS)
        if sorted(one.id for one in told.buckets) != sorted(asked):
            raise _shape()
        return told.seq, [_part(one) for one in told.buckets]

    async def resolve(
        self, epoch: int, digests: Sequence[bytes]
    ) -> dict[bytes, tuple[str, Profile]]:
        """Who they are, of at most 1,000; who may not be told is not there."""
        body = msgspec.json.encode({"epoch": epoch, "digests": [packed(one) for one in digests]})
        told = (await self._post("resolve", epoch, body)).read(_MATCHES)
        return {
            unpacked(one.digest, DIGEST_BYTES): (one.user_id, one.profile) for one in told.matches
        }

    async def _post(self, verb: str, epoch: int, body: bytes, key: str | None = None) -> Reply:
        try:
            return await self._wire.post(f"/v1/discovery/{verb}", body, key=key)
        except (EpochMismatch, EpochRetired) as problem:
            raise EpochLost(epoch, problem) from None


def evaluation(epoch: int, elements: Sequence[bytes]) -> bytes:
    """The body that asks for an evaluation."""
    return msgspec.json.encode({"epoch": epoch, "elements": [packed(one) for one in elements]})


def packed(content: bytes) -> str:
    """As it travels."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unpacked(text: str, size: int | None = None) -> bytes:
    """What travelled. Raises Unreachable for another alphabet or another size."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _shape() from None
    if size is not None and len(content) != size:
        raise _shape()
    return content


def _part(one: _Bucket) -> Part:
    tags = None if one.tags is None else b"".join(sorted(_tags(one.tags)))
    return Part(one.id, tags, tuple(_tags(one.added or "")), tuple(_tags(one.removed or "")))


def _tags(text: str) -> list[bytes]:
    whole = unpacked(text)
    if len(whole) % TAG_BYTES:
        raise _shape()
    return [whole[at : at + TAG_BYTES] for at in range(0, len(whole), TAG_BYTES)]


def _shape() -> Unreachable:
    return Unreachable("the answer has another shape", sent=True)
