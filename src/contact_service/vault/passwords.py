"""App passwords: drawn at random, kept as Argon2id (RFC 9106), remembered for minutes once they have verified.

Argon2 is slow on purpose: 19 MiB and some 20 ms a look, the figures OWASP gives. So what verified is found again by a
keyed hash, whose key lives and ends with this process.
"""

import hmac
import os
from collections import OrderedDict
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from contact_service.model import app_password
from contact_service.model.ids import OwnerId

LIFE_S = 300.0
_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new() -> str:
    """A fresh password, in the spelling of `app_password.spell`."""
    return app_password.spell(os.urandom(app_password.SECRET_BYTES))


def nonce() -> bytes:
    """16 random bytes, for a link that only one was given."""
    return os.urandom(16)


def hashed(password: str) -> str:
    """What is kept of it. Blocks for some 20 ms, outside the interpreter's lock."""
    return _ARGON2.hash(password)


def verified(kept: str | None, password: str) -> bool:
    """Whether this is the password that `kept` was made of. None, of an id that nobody has, takes the same work."""
    if kept is None:
        _ARGON2.hash(password)
        return False
    try:
        return _ARGON2.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


class Remembered:
    """Whose the passwords are that verified in the last five minutes. The clock is an argument: monotonic seconds.

    Whether a password still stands is not known here: a revoked one does not, and its row tells.
    """

    __slots__ = ("_kept", "_key", "_most")

    def __init__(self, most: int = 10_000) -> None:
        """Beyond `most` the one remembered longest goes."""
        self._key = os.urandom(32)
        self._most = most
        self._kept: OrderedDict[bytes, tuple[OwnerId, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def mark(self, login: UUID, password: str) -> bytes:
        """What the pair is remembered by; noise to who has not this process's key."""
        return hmac.digest(self._key, login.bytes + password.encode(), "sha256")

    def get(self, mark: bytes, now: float) -> OwnerId | None:
        """Whose password it is; None when it must be verified anew."""
        found = self._kept.get(mark)
        if found is None:
            return None
        owner, until = found
        if now < until:
            return owner
        del self._kept[mark]
        return None

    def put(self, mark: bytes, owner: OwnerId, now: float) -> None:
        """It has verified at `now`; using it does not make it last longer."""
        self._kept.pop(mark, None)
        self._kept[mark] = (owner, now + LIFE_S)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, mark: bytes) -> None:
        """Forget it: its row is gone."""
        self._kept.pop(mark, None)
