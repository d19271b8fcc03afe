"""What an action is given: the owner's open transaction, head and key, the time, and the house's shared parts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from contact_service.actions.evaluators import Evaluators
from contact_service.actions.imaging import Darkroom
from contact_service.actions.kept_buckets import KeptBuckets
from contact_service.actions.kept_epochs import KeptEpochs
from contact_service.actions.kept_faces import Faces
from contact_service.actions.kept_identifiers import KeptIdentifiers
from contact_service.actions.kept_known import Known
from contact_service.actions.kept_pulse import Pulse
from contact_service.actions.kept_said import Said
from contact_service.actions.kept_tally import Tally
from contact_service.actions.listing import Listing
from contact_service.actions.snapshot import Snapshot
from contact_service.actions.snapshots import Snapshots
from contact_service.actions.turnstile import Turnstile
from contact_service.integrations.neighbours import Neighbours
from contact_service.integrations.outward import Outward
from contact_service.model.ids import OwnerId
from contact_service.model.owner import Head
from contact_service.settings.environment import Settings
from contact_service.storage import audit
from contact_service.storage.db import Db, Tx
from contact_service.telemetry.metrics import Metrics
from contact_service.vault import uuid7
from contact_service.vault.keyring import Keyring
from contact_service.vault.open_keys import OpenKeys
from contact_service.vault.profile_signing import ProfileSigner
from contact_service.vault.sealing import DataKey
from contact_service.vault.tokens import Signer

P = ParamSpec("P")
T = TypeVar("T")
CLOCK = "clock"
"""The network of jobs that ask in an owner's name: the fences do not know where she is."""


@dataclass(frozen=True, slots=True)
class House:
    """The parts all actions share; made by `wiring`, one a process."""

    db: Db
    keyring: Keyring
    open_keys: OpenKeys
    signer: Signer
    snapshots: Snapshots[Snapshot]
    listings: Snapshots[Listing]
    faces: Faces
    said: Snapshots[Said]
    identifiers: Snapshots[KeptIdentifiers]
    settings: Settings
    metrics: Metrics
    policy_text: bytes = b""
    """The privacy policy that consents refer to, when the operator gave its text."""
    darkroom: Darkroom = field(default_factory=Darkroom)
    evaluators: Evaluators = field(default_factory=Evaluators)
    buckets: KeptBuckets = field(default_factory=KeptBuckets)
    turnstile: Turnstile = field(default_factory=Turnstile)
    epochs: KeptEpochs = field(default_factory=KeptEpochs)
    tally: Tally = field(default_factory=Tally)
    pulse: Pulse = field(default_factory=Pulse)
    known: Snapshots[Known] = field(default_factory=lambda: Snapshots(48_000_000))
    outward: Outward = field(default_factory=Outward)
    neighbours: Neighbours = field(default_factory=Neighbours)
    profile_signer: ProfileSigner | None = None
    """None: device profiles leave unsigned."""


@dataclass(frozen=True, slots=True)
class Context:
    """One call of an action: one transaction of one owner. `head` is locked in a write, as seen by the transaction in a
    read; `now` was read once, at the edge (UTC); `device`: who acts, in the client's words, for the history; `network`:
    where the client is, for the fences; None: the operator acts on this machine.
    """

    house: House
    tx: Tx
    head: Head
    key: DataKey
    now: datetime
    request_id: str
    device: str = "api"
    network: str | None = None

    @property
    def owner(self) -> OwnerId:
        """Whose transaction this is."""
        return self.head.owner

    def new_id(self) -> UUID:
        """A fresh UUIDv7: ordered by this call's time (RFC 9562 5.7)."""
        return uuid7.new(self.now)

    async def note(
        self,
        action: str,
        *,
        object_kind: str | None = None,
        object_id: str | None = None,
        n: int | None = None,
    ) -> None:
        """Write an audit entry of this act. Ids only."""
        entry = audit.Entry(
            owner=self.owner,
            id=self.new_id(),
            at=self.now,
            actor=self.owner,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            n=n,
            request_id=self.request_id,
        )
        await audit.append(self.tx, entry)


def by(
    device: str, story: Callable[Concatenate[Context, P], Awaitable[T]]
) -> Callable[Concatenate[Context, P], Awaitable[T]]:
    """The story as told by that device: the history will name it."""

    async def told(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await story(replace(ctx, device=device), *args, **kwargs)

    return told


def within(
    network: str, story: Callable[Concatenate[Context, P], Awaitable[T]]
) -> Callable[Concatenate[Context, P], Awaitable[T]]:
    """The story as asked for from that network: the fences will count it."""

    async def told(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await story(replace(ctx, network=network), *args, **kwargs)

    return told
