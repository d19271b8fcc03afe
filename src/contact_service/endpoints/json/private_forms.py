"""Private discovery on the wire. Bytes are base64url without padding (RFC 4648 5), spelled in the one way there is.

Tags of a bucket are one string: 4 bytes each, ascending, one after the other.
"""

import base64
import binascii
from datetime import datetime

import msgspec

from contact_service.actions.budget import Left
from contact_service.model.ids import UserId
from contact_service.model.match import Profile

_STANDARD = str.maketrans("-_", "+/")


class ServedEpoch(msgspec.Struct, frozen=True, rename={"public_key": "publicKey", "from_": "from"}):
    """A key epoch, in force `from` (null: since ever) `until`; `bits` leading bits of a digest name its bucket."""

    epoch: int
    public_key: str
    bits: int
    from_: datetime | None
    until: datetime | None


class Params(msgspec.Struct, frozen=True, rename="camel"):
    """The same for everybody; the live epoch first. Pin each epoch's key."""

    suite: str
    mode: str
    max_batch: int
    tag_bytes: int
    epochs: list[ServedEpoch]
    directory_seq: int


class Evaluate(msgspec.Struct, frozen=True):
    """At most 1,000 blinded elements of 32 bytes. Each costs one unit of the budget."""

    epoch: int
    elements: list[str]


class Evaluated(msgspec.Struct, frozen=True):
    """The elements in their order, and one proof (64 bytes) that all were made with the epoch's key."""

    elements: list[str]
    proof: str
    budget: Left


class BucketAsked(msgspec.Struct, frozen=True):
    """A bucket by its number; `since`: the `seq` at which it is held already."""

    id: int
    since: int | None = None


class BucketsAsked(msgspec.Struct, frozen=True):
    """At most 1,024 buckets, each once."""

    epoch: int
    buckets: list[BucketAsked]


class BucketShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """All `tags` when `full`; else what came and went after `since`: what is held, less `removed`, and `added`."""

    id: int
    full: bool = False
    tags: str | None = None
    added: str | None = None
    removed: str | None = None


class BucketsShown(msgspec.Struct, frozen=True):
    """Buckets in the order asked; `seq` is the `since` of the next time."""

    seq: int
    buckets: list[BucketShown]


class Resolve(msgspec.Struct, frozen=True):
    """At most 1,000 digests: the first 16 bytes of an output."""

    epoch: int
    digests: list[str]


class Resolved(msgspec.Struct, frozen=True, rename="camel"):
    """A digest, as asked, and the user it is."""

    digest: str
    user_id: UserId
    profile: Profile


class ResolvedAll(msgspec.Struct, frozen=True):
    """Hits only, in request order."""

    matches: list[Resolved]


def text(content: bytes) -> str:
    """Bytes as they travel."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def octets(sent: str, size: int) -> bytes | None:
    """The bytes that were sent, of this size; None for anything else."""
    try:
        found = binascii.a2b_base64(sent.translate(_STANDARD) + "=" * (-len(sent) % 4))
    except ValueError:
        return None
    return found if len(found) == size and text(found) == sent else None
