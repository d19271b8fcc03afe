"""The cluster on disk: made once, checked at each start, and the command that serves it.

Connections come through the Unix socket only; who is at its other end is told by the kernel (`peer`), mapped by name.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from contact_service.model.problem import DatabaseDown
from contact_service.storage import embedded_account
from contact_service.storage.embedded_account import Account
from contact_service.storage.embedded_memory import shared_buffers
from contact_service.storage.embedded_place import Place

USER = DATABASE = "contacts"
_BUILTIN_SINCE = 17  # the collation provider that needs neither ICU nor the system's locales

# What the product promises rests on the first three; the log rules keep values of rows out of the log (law 9).
_ALWAYS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_error_verbosity": "terse",
    "log_min_messages": "log",  # above ERROR: a refused statement's message may quote a value
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "unix_socket_permissions": "0700",
}


def make(place: Place, account: Account, bin_dir: Path, *, durable: bool = True) -> None:
    """Make the cluster unless it is there, else check its version. Raises DatabaseDown (503).

    It appears under its name only when whole: a crash in the middle leaves `postgres.new`, which the next start drops.
    """
    if (place.cluster / "PG_VERSION").is_file():
        _refuse_other_major(place.cluster, bin_dir, account)
        return
    fresh = place.cluster.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    embedded_account.own(account, fresh)
    quick = [] if durable else ["--no-sync"]
    flags = [
        "--username",
        USER,
        "--encoding=UTF8",
        "--data-checksums",
        "--auth=peer",
        "--no-instructions",
    ]
    _run(
        [bin_dir / "initdb", "-D", fresh, *flags, *_locale(_major(bin_dir, account)), *quick],
        account,
    )
    single: list[Path | str] = [
        bin_dir / "postgres",
        "--single",
        "-D",
        fresh,
        *([] if durable else ["-F"]),
        "template1",
    ]
    _run(single, account, f"CREATE DATABASE {DATABASE}\n")
    fresh.rename(place.cluster)


def command(place: Place, account: Account, bin_dir: Path, extra: Mapping[str, str]) -> list[str]:
    """The postmaster's command line; writes the two files of access rules, which name the caller, anew."""
    hba, ident = place.home / "pg_hba.conf", place.home / "pg_ident.conf"
    _write(hba, f"local all {USER} peer map=cs\nlocal replication {USER} peer map=cs\n")
    names = sorted({"root", account.name, account.caller})
    _write(ident, "".join(f'cs "{name}" {USER}\n' for name in names))
    settings = {**_ALWAYS, "unix_socket_directories": f'"{place.sockets}"', "hba_file": str(hba)}
    settings |= {"ident_file": str(ident), "shared_buffers": shared_buffers(), **extra}
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [str(bin_dir / "postgres"), "-D", str(place.cluster), *options]


def last_lines(log: Path, count: int = 20) -> str:
    """The end of the server's log, for the line that tells why it would not start."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)  # the account reads them; there is no secret in them


def _locale(major: int) -> list[str]:
    if major >= _BUILTIN_SINCE:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C"]


def _major(bin_dir: Path, account: Account) -> int:
    told = _run([bin_dir / "postgres", "--version"], account)
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    if not found:
        raise DatabaseDown(detail=f"{bin_dir / 'postgres'} does not tell its version.")
    return int(found[1])


def _refuse_other_major(cluster: Path, bin_dir: Path, account: Account) -> None:
    made_by, ours = int((cluster / "PG_VERSION").read_text()), _major(bin_dir, account)
    if made_by != ours:
        raise DatabaseDown(
            detail=f"{cluster} was made by PostgreSQL {made_by}, the programs are {ours}: "
            f"upgrade it with pg_upgrade, or give the bin folder of a PostgreSQL {made_by}."
        )


def _run(line: Sequence[Path | str], account: Account, typed: str = "") -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own command line, no shell
        [str(part) for part in line],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        **embedded_account.child(account),
    )
    if done.returncode:
        told = "\n".join(done.stderr.splitlines()[-20:])
        raise DatabaseDown(detail=f"{Path(line[0]).name} failed ({done.returncode}):\n{told}")
    return done.stdout
