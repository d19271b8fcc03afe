"""Which database: one of the operator's own, the embedded one started here, or the one a running service has started.

Call from the main thread: the embedded server ends with the thread that started it (storage/embedded.py).
"""

import os
from dataclasses import dataclass
from urllib.parse import quote

from contact_service.model.problem import DatabaseDown
from contact_service.settings.environment import Settings
from contact_service.storage import embedded_cluster, embedded_place
from contact_service.storage.embedded import Embedded

_CONNECTIONS_EACH = 16
"""Of a process: 4 that read, 8 that write, and some to spare."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the database is. `direct` leads past any pooler; `server` is there when we started it ourselves;
    `borrowed`: it is that of a service which runs here, and ends with it.
    """

    dsn: str
    direct: str
    server: Embedded | None = None
    borrowed: bool = False

    def stop(self) -> None:
        """End the embedded server, if we started it. The pools are closed by now."""
        if self.server is not None:
            self.server.stop()


def start(settings: Settings) -> Database:
    """The database of a service: nobody else may run on the data directory. Raises DatabaseDown (503)."""
    if settings.database_url is not None:
        direct = settings.database_direct_url or settings.database_url
        return Database(settings.database_url, direct)
    connections = max(100, _CONNECTIONS_EACH * settings.workers + 20)
    server = Embedded.start(
        settings.data_dir,
        db_user=_account(settings),
        bin_dir=settings.postgres_bin,
        settings={"max_connections": str(connections)},
    )
    return Database(server.dsn, server.dsn, server)


def attach(settings: Settings) -> Database:
    """The database for a command: that of the service running here, else one started for the command alone.

    Raises DatabaseDown (503).
    """
    if settings.database_url is None and _taken(settings):
        dsn = _running(settings)
        return Database(dsn, dsn, borrowed=True)
    return start(settings)


def _account(settings: Settings) -> str | None:
    # Unset, root steps down to whom the cluster belongs already; anybody else runs PostgreSQL as they are.
    return settings.db_user if os.geteuid() == 0 and settings.db_user != "nobody" else None


def _taken(settings: Settings) -> bool:
    if not settings.data_dir.is_dir():
        return False
    try:
        os.close(embedded_place.lock(settings.data_dir.absolute()))
    except DatabaseDown:
        return True
    return False


def _running(settings: Settings) -> str:
    place, _ = embedded_place.settle(settings.data_dir.absolute(), _account(settings))
    name, user = embedded_cluster.DATABASE, embedded_cluster.USER
    return f"postgresql://{user}@/{name}?host={quote(str(place.sockets))}"
