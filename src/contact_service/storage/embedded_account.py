"""The account PostgreSQL runs under: it refuses to run as root, and initdb needs a passwd entry.

Started by root we step down to `nobody` (or the account named by the operator, or the one the cluster belongs to);
started by anybody else PostgreSQL runs as the caller.
"""

import ctypes
import os
import pwd
import signal
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from contact_service.model.problem import DatabaseDown

_PR_SET_PDEATHSIG = 1


class Account(msgspec.Struct, frozen=True):
    """Who runs PostgreSQL. `stepped_down`: the caller is root and the account is another one."""

    name: str
    uid: int
    gid: int
    caller: str
    stepped_down: bool


def choose(wanted: str | None, cluster: Path) -> Account:
    """The account for `cluster` (need not exist yet). Raises DatabaseDown (503) with the one line that helps."""
    caller = _named(os.geteuid())
    if os.geteuid() != 0:
        if wanted not in (None, caller.pw_name):
            raise DatabaseDown(detail=f"Only root can run PostgreSQL as {wanted}.")
        _refuse_foreign(cluster, caller)
        return Account(
            caller.pw_name, caller.pw_uid, caller.pw_gid, caller.pw_name, stepped_down=False
        )
    chosen = _for_root(wanted, cluster)
    if chosen.pw_uid == 0:
        raise DatabaseDown(detail="PostgreSQL cannot run as root: name another account.")
    _refuse_foreign(cluster, chosen)
    return Account(chosen.pw_name, chosen.pw_uid, chosen.pw_gid, caller.pw_name, stepped_down=True)


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may pass through every folder above `path` and read `path` itself (modes only, no ACLs)."""
    if not account.stepped_down:
        return True
    path = path.resolve()
    return all(_allows(account, p, stat.S_IXOTH) for p in path.parents) and _allows(
        account, path, stat.S_IROTH
    )


def passes(account: Account, path: Path) -> bool:
    """Whether the account may pass through `path` and every folder above it."""
    path = path.resolve()
    return all(_allows(account, p, stat.S_IXOTH) for p in (path, *path.parents) if p.exists())


def own(account: Account, path: Path, mode: int = 0o700) -> None:
    """Make a folder of the account, or give it this mode. Its parents exist already and stay as they are."""
    path.mkdir(mode=mode, exist_ok=True)
    if account.stepped_down:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    path.chmod(mode)


def child(account: Account, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Arguments for subprocess: the account without supplementary groups, a bare environment, `/` as folder."""
    settings = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **(env or {})}
    arguments: dict[str, Any] = {"env": settings, "cwd": "/"}
    if account.stepped_down:
        arguments |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return arguments


def dies_with_us() -> Callable[[], None] | None:
    """What the child does last before exec: ask for SIGINT (a fast shutdown) when the calling *thread* ends.

    The order matters: setuid clears the request, so it comes after (subprocess calls preexec_fn last). Linux only.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
        if os.getppid() != parent:  # we died between fork and prctl: nobody would tell the child
            os._exit(1)

    return ask


def _named(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise DatabaseDown(
            detail=f"PostgreSQL needs a passwd entry for user id {uid}: add one, or give a database URL."
        ) from None


def _for_root(wanted: str | None, cluster: Path) -> pwd.struct_passwd:
    if wanted is None and cluster.exists() and cluster.stat().st_uid != 0:
        return _named(cluster.stat().st_uid)
    try:
        return pwd.getpwnam(wanted or "nobody")
    except KeyError:
        raise DatabaseDown(
            detail=f"There is no account {wanted or 'nobody'} to run PostgreSQL."
        ) from None


def _refuse_foreign(cluster: Path, account: pwd.struct_passwd) -> None:
    try:
        owner = cluster.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError:
        owner = -1
    if owner != account.pw_uid:
        raise DatabaseDown(
            detail=f"{cluster} belongs to another account than {account.pw_name}: "
            f"start as that one, or stop and chown -R it."
        )


def _allows(account: Account, path: Path, other: int) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & (other << 6))
    if found.st_gid == account.gid:
        return bool(found.st_mode & (other << 3))
    return bool(found.st_mode & other)
