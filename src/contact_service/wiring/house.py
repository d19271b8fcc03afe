"""A House from settings: database checked and migrated, keys open, caches and numbers in place."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from contact_service.actions.context import House
from contact_service.actions.kept_buckets import KeptBuckets
from contact_service.actions.kept_faces import Faces
from contact_service.actions.snapshots import Snapshots
from contact_service.integrations.neighbours import Neighbours
from contact_service.model.problem import DatabaseDown
from contact_service.settings.environment import BadSetting, Settings
from contact_service.storage import durable, migrate
from contact_service.storage.db import Db
from contact_service.vault import profile_signing
from contact_service.vault.open_keys import OpenKeys
from contact_service.vault.profile_signing import ProfileKeyUnreadable, ProfileSigner
from contact_service.vault.tokens import Signer
from contact_service.wiring import database, gauges, keys
from contact_service.wiring.database import Database

_PATIENCE_S = 5.0


async def open_(settings: Settings, where: Database) -> House:
    """The House on that database. Close its `db` when done.

    Raises DatabaseDown (503: unreachable, or a server that may lose acknowledged writes), KeyringRefused, BadSetting.
    """
    policy, signer = _policy(settings), _profile_signer(settings)
    db = await Db.open(where.dsn, prepared=settings.database_prepared)
    try:
        await db.ask(durable.refuse_unsafe)
        # The keyring before the first row: what came between a first row and its key would be lost.
        ring = await keys.open_keyring(settings, db)
        await migrate.migrate(where.direct)
    except BaseException:
        await db.close()
        raise
    house = House(
        db=db,
        keyring=ring,
        open_keys=OpenKeys(),
        signer=Signer(ring.feed),
        snapshots=Snapshots(settings.cache_bytes),
        listings=Snapshots(settings.cache_bytes // 4),
        faces=Faces(settings.cache_bytes // 8),
        said=Snapshots(settings.cache_bytes // 8),
        identifiers=Snapshots(settings.cache_bytes // 8),
        buckets=KeptBuckets(settings.cache_bytes // 8),
        settings=settings,
        metrics=gauges.Gauges(),
        neighbours=Neighbours(settings.neighbours),
        policy_text=policy,
        profile_signer=signer,
    )
    gauges.watch(house)
    return house


@contextlib.asynccontextmanager
async def attached(settings: Settings) -> AsyncIterator[House]:
    """A House for the duration of a command, on the running service's database or on one started for it."""
    where = database.attach(settings)
    try:
        house = await patiently(settings, where)
        try:
            yield house
        finally:
            await house.outward.close()
            await house.neighbours.aclose()
            house.darkroom.close()
            house.evaluators.close()
            await house.db.close()
    finally:
        where.stop()


async def patiently(settings: Settings, where: Database) -> House:
    """As `open_`; the service whose database it is may be starting at this moment, so it gets some seconds."""
    until = time.monotonic() + (_PATIENCE_S if where.borrowed else 0)
    while True:
        try:
            return await open_(settings, where)
        except DatabaseDown:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(0.1)


def _policy(settings: Settings) -> bytes:
    if settings.policy_text_file is None:
        return b""
    try:
        return settings.policy_text_file.read_bytes()
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        raise BadSetting("CONTACT_POLICY_TEXT_FILE", reason) from None


def _profile_signer(settings: Settings) -> ProfileSigner | None:
    certificates, key = settings.profile_cert_file, settings.profile_key_file
    if certificates is None or key is None:
        return None
    try:
        return profile_signing.open_(certificates, key)
    except ProfileKeyUnreadable as error:
        raise BadSetting("CONTACT_PROFILE_CERT_FILE", str(error)) from None
