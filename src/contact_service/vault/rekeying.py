"""Keys of the directory's epochs come and go while the service runs; the file is changed by one process at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from contact_service.model.epoch import Kind
from contact_service.vault import keyring
from contact_service.vault.keyring import Keyring, KeyringRefused, KeyringUnreadable


def learned(ring: Keyring) -> bool:
    """Read the ring's file again and hold what it holds: keys that were made or destroyed since. Whether that changed
    anything; a file that cannot be read, or is another installation's, changes nothing.
    """
    if ring.source is None:
        return False
    try:
        found = keyring.load(ring.source)
    except KeyringRefused:
        return False
    keys = {kind: found.of(kind) for kind in Kind}
    if not ring.same_as(found) or keys == {kind: ring.of(kind) for kind in Kind}:
        return False
    ring.hold(keys)
    return True


def with_new(ring: Keyring, kind: Kind) -> int:
    """Make a random key of that kind under the next epoch's number, which is returned; saved first, then held.

    Raises OSError, KeyringRefused; then nothing has changed.
    """
    with _changing(ring) as keys:
        number = max(keys[kind], default=0) + 1
        keys[kind][number] = keyring.new_key()
    return number


def complete(ring: Keyring, kind: Kind) -> None:
    """As `with_new`, where there is no key of that kind yet: of several processes one makes it."""
    if ring.of(kind):
        return
    with _changing(ring) as keys:
        if not keys[kind]:
            keys[kind][1] = keyring.new_key()


def without(ring: Keyring, kind: Kind, epoch: int) -> None:
    """Destroy the key of that epoch, in the file and in memory; nothing happens where there is none.

    Raises OSError, KeyringRefused.
    """
    with _changing(ring) as keys:
        keys[kind].pop(epoch, None)


@contextlib.contextmanager
def _changing(ring: Keyring) -> Iterator[dict[Kind, dict[int, bytes]]]:
    """The keys of the epochs as the file has them now, to be changed by one process at a time."""
    if ring.source is None:
        held = {kind: dict(ring.of(kind)) for kind in Kind}
        yield held
        ring.hold(held)
        return
    with _alone(ring.source.parent):
        found = keyring.load(ring.source)
        if not ring.same_as(found):
            raise KeyringUnreadable(f"The keyring at {ring.source} is not the one in use.")
        keys = {kind: found.of(kind) for kind in Kind}
        yield keys
        found.hold(keys)
        keyring.save(found, ring.source)
        ring.hold(keys)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes that would change the keyring in it."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
