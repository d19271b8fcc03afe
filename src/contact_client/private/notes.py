"""What private discovery remembers, in a Safe: digests by identifier, pinned epochs, buckets, who was found, receipts.

A commit is one write of the safe, so what is remembered is always one moment: a bucket with its `seq`, a digest with
the charge that paid it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

import msgspec

from contact_client.private.safe import Safe, Seal, WrongKey
from contact_client.values import Profile

T = TypeVar("T")
_CHECK = b"check"


class Pin(msgspec.Struct, frozen=True):
    """An epoch as it was first announced."""

    public_key: bytes
    bits: int


class Mark(msgspec.Struct, frozen=True):
    """`pins` by epoch; `seqs`: by epoch and bucket, the state in which the bucket is held."""

    pins: dict[int, Pin] = {}
    seqs: dict[int, dict[int, int]] = {}


class Who(msgspec.Struct, frozen=True):
    """A user who was found, as last told."""

    user_id: str
    profile: Profile


class Receipt(msgspec.Struct, frozen=True):
    """A look-up that was paid: this set of canonical identifiers is free with `text` until `until` (seconds, Unix)."""

    text: str
    identifiers: tuple[str, ...]
    until: float


Digests = dict[int, bytes]
"""Of one identifier, by epoch."""

_MARK = msgspec.msgpack.Decoder(Mark)
_DIGESTS = msgspec.msgpack.Decoder(Digests)
_FOUND = msgspec.msgpack.Decoder(dict[str, Who])
_RECEIPTS = msgspec.msgpack.Decoder(list[Receipt])


class Notes:
    """One owner's. Every method raises WrongKey for a safe that was filled under another key."""

    def __init__(self, safe: Safe) -> None:
        self._safe = safe
        self._seal = Seal(safe.key)
        self.secret = self._seal.decoys
        self._mark = self._seal.name("mark")
        self._found = self._seal.name("found")
        self._receipts = self._seal.name("receipts")

    async def mark(self) -> Mark:
        """How far the device is; a new safe's is Mark(). To be asked first: here another key is found out."""
        check = (await self._safe.read([_CHECK])).get(_CHECK)
        if check is not None and check != self._check:
            raise WrongKey("the safe was filled under another key")
        return await self._one(self._mark, _MARK, Mark())

    async def digests(self, identifiers: Iterable[str]) -> dict[str, Digests]:
        """Of each identifier that has some."""
        names = {self._of(one): one for one in identifiers}
        kept = await self._safe.read(names)
        return {
            names[name]: _DIGESTS.decode(self._seal.open(name, value))
            for name, value in kept.items()
        }

    async def tags(self, epoch: int, buckets: Collection[int]) -> dict[int, bytes]:
        """The tags of each bucket that is held, packed."""
        names = {self._bucket(epoch, one): one for one in buckets}
        kept = await self._safe.read(names)
        return {names[name]: self._seal.open(name, value) for name, value in kept.items()}

    async def found(self) -> dict[str, Who]:
        """Who was found last, by canonical identifier."""
        return await self._one(self._found, _FOUND, {})

    async def receipts(self) -> list[Receipt]:
        """Of look-ups, oldest first."""
        return await self._one(self._receipts, _RECEIPTS, [])

    async def keep_mark(self, mark: Mark) -> None:
        """Another mark."""
        await self._write({self._mark: mark})

    async def keep_digests(self, digests: Mapping[str, Digests]) -> None:
        """By identifier; they replace what it had."""
        await self._write({self._of(one): them for one, them in digests.items()})

    async def keep_buckets(
        self, mark: Mark, epoch: int, tags: Mapping[int, bytes], gone: Collection[int] = ()
    ) -> None:
        """Buckets and, with them, the mark that tells their state."""
        values = {
            name: self._seal.shut(name, packed)
            for name, packed in ((self._bucket(epoch, one), tags[one]) for one in tags)
        }
        dropped = [self._bucket(epoch, one) for one in gone]
        await self._safe.write({**values, **self._shut({self._mark: mark})}, dropped)

    async def keep_found(self, found: Mapping[str, Who]) -> None:
        """Who is found now."""
        await self._write({self._found: found})

    async def keep_receipts(self, receipts: list[Receipt]) -> None:
        """All there are."""
        await self._write({self._receipts: receipts})

    async def forget(self, identifiers: Collection[str]) -> None:
        """Nothing of these is left."""
        found, receipts = await self.found(), await self.receipts()
        gone = set(identifiers)
        values = {
            self._found: {one: who for one, who in found.items() if one not in gone},
            self._receipts: [one for one in receipts if gone.isdisjoint(one.identifiers)],
        }
        await self._safe.write(self._shut(values), [self._of(one) for one in gone])

    async def forget_all(self) -> None:
        """Nothing of anyone is left. Pins stay: whoever has people forgotten does not therefore trust another key."""
        mark = await self.mark()
        await self._safe.clear(self._shut({self._mark: Mark(pins=mark.pins)}))

    async def _one(self, name: bytes, decoder: msgspec.msgpack.Decoder[T], otherwise: T) -> T:
        value = (await self._safe.read([name])).get(name)
        return otherwise if value is None else decoder.decode(self._seal.open(name, value))

    async def _write(self, values: Mapping[bytes, object]) -> None:
        await self._safe.write(self._shut(values))

    def _shut(self, values: Mapping[bytes, object]) -> dict[bytes, bytes]:
        shut = {
            name: self._seal.shut(name, msgspec.msgpack.encode(value))
            for name, value in values.items()
        }
        return {**shut, _CHECK: self._check}

    @property
    def _check(self) -> bytes:
        # In the clear: under another key all names would be new ones, and everything be paid again.
        return self._seal.name("check")

    def _of(self, identifier: str) -> bytes:
        return self._seal.name("digests", identifier)

    def _bucket(self, epoch: int, bucket: int) -> bytes:
        return self._seal.name("bucket", f"{epoch}/{bucket}")
