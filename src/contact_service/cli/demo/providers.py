"""Emulated providers beside the demo: a program of their own, on this machine alone, and the settings that lead there.

The service imports nothing of them: it meets them over HTTP, as it meets the real ones.
"""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from contact_service.cli.exits import WrongUse
from contact_service.settings.providers import NAMES
from contact_service.settings.table import BY_NAME, PREFIX
from contact_service.storage import embedded_account

PROGRAM = "contact_emulators"
CONTACTS = 300
_PATIENCE_S = 60.0
_LOOK_S = 0.05
_HOST = "127.0.0.1"
_URLS = ("AUTHORIZE_URL", "TOKEN_URL", "REVOKE_URL", "API_URL")


@contextlib.contextmanager
def running(contacts: int = CONTACTS) -> Iterator[str]:
    """The address of the emulated providers while they run, with books of that size; meanwhile the environment leads to
    them.

    Raises WrongUse where they are not installed, or do not start.
    """
    if importlib.util.find_spec(PROGRAM) is None:
        raise WrongUse("--with-providers needs the emulators: install contact-service[emulators].")
    port = _free()
    line = [sys.executable, "-m", PROGRAM, "--port", str(port), "--contacts", str(contacts)]
    child = subprocess.Popen(  # noqa: S603 - our own command line, no shell
        line,
        stdout=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C in the terminal reaches the service alone, which ends it
        preexec_fn=embedded_account.dies_with_us(),  # noqa: PLW1509 - two system calls, no locks
    )
    base = f"http://{_HOST}:{port}"
    try:
        _await(child, port)
        with _environment(settings(base)):
            yield base
    finally:
        child.terminate()
        child.wait()


def settings(base: str) -> dict[str, str]:
    """The variables that lead to the emulated providers: the paths are those of the real ones, the host is `base`."""
    found = {}
    for name in NAMES:
        upper = name.upper()
        found[f"{PREFIX}{upper}_CLIENT_ID"] = "demo"
        found[f"{PREFIX}{upper}_CLIENT_SECRET"] = "demo"
        for url in _URLS:
            real = BY_NAME[f"{upper}_{url}"].default
            if real:
                found[f"{PREFIX}{upper}_{url}"] = f"{base}/{name}{urlsplit(real).path}"
    return found


def _free() -> int:
    with socket.create_server((_HOST, 0)) as bound:
        return int(bound.getsockname()[1])


def _await(child: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while child.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((_HOST, port), timeout=1):
            return
        time.sleep(_LOOK_S)
    raise WrongUse("The emulated providers did not start.")


@contextlib.contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    """With these variables, and without files that would name the same settings."""
    former = dict(os.environ)
    for name in more:
        os.environ.pop(f"{name}_FILE", None)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(former)
