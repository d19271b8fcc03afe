"""What tests of the database ground share: statements on owners, a Db of one's own settings, a cluster that is started."""

import contextlib
from pathlib import Path

from contact_service.storage.db import Db
from contact_service.storage.embedded import Embedded

MAKE = "INSERT INTO owners (owner_id, epoch, created_at) VALUES ($1::text, 1, now())"
BUMP = "UPDATE owners SET version = version + 1 WHERE owner_id = $1::text"
VERSION = "SELECT version FROM owners WHERE owner_id = $1::text"
PID = "SELECT pg_backend_pid()"


@contextlib.asynccontextmanager
async def opened(dsn, **settings):
    db = await Db.open(dsn, **settings)
    yield db
    await db.close()


async def bump(tx):
    await tx.run(BUMP, tx.owner)


def start(folder, **settings):
    """Without fsync, which a kill of processes cannot see and which takes most of a start after a crash."""
    return Embedded.start(folder, durable=False, settings={"fsync": "off"}, **settings)


def told(what, pid):
    """What the kernel says of a process."""
    return Path(f"/proc/{pid}/{what}").read_text()
