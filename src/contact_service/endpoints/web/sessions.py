"""Sessions of the web app: who a browser's cookie stands for, and the one-time codes that `--demo` prints.

In memory of one process, bounded and expiring; a restart signs everybody out. A cookie is a random id and its MAC, so
that a made-up one is refused before anything is looked up.
"""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from contact_service.model.ids import OwnerId

LIFE_S = 12 * 3600.0
CODE_LIFE_S = 3600.0
MOST = 10_000
"""Sessions kept; the one opened longest ago goes first."""
MOST_CODES = 100
PAGES = frozenset({"contacts.read", "contacts.write", "discovery", "imports", "privacy"})
"""What the pages need: the list, its edits, who is on the app, accounts at providers, and the devices."""


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser: whose book it sees, with which scopes, until when (Unix seconds)."""

    owner: OwnerId
    scopes: frozenset[str]
    until: float


class Sessions:
    """The open sessions and unused codes of this process."""

    __slots__ = ("_clock", "_codes", "_key", "_open")

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells Unix seconds."""
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._codes: OrderedDict[str, tuple[OwnerId, float]] = OrderedDict()

    @property
    def takes_codes(self) -> bool:
        """Whether a code waits to be exchanged: the sign-in page looks for one in its address only then."""
        return bool(self._codes)

    def issue_code(self, owner: OwnerId) -> str:
        """A code for the address' fragment; it opens one session of `owner` within an hour."""
        code = secrets.token_urlsafe(24)
        self._codes[_digest(code)] = (owner, self._clock() + CODE_LIFE_S)
        while len(self._codes) > MOST_CODES:
            self._codes.popitem(last=False)
        return code

    def exchange(self, code: str) -> str | None:
        """The cookie of a new session for the code, which is used up; None for a code that is not or no more good."""
        # Looked up by digest: the time a look-up takes tells nothing of how a code begins.
        owner, until = self._codes.pop(_digest(code), (None, 0.0))
        return self.open(owner) if owner is not None and self._clock() < until else None

    def open(
        self, owner: OwnerId, scopes: frozenset[str] = PAGES, until: float | None = None
    ) -> str:
        """The cookie of a new session; it ends after 12 hours, or at `until` (Unix seconds) where that is sooner."""
        now = self._clock()
        end = now + LIFE_S if until is None else min(until, now + LIFE_S)
        name = secrets.token_urlsafe(24)
        self._open[name] = Session(owner, scopes, end)
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        return f"{name}.{self._mac(name)}"

    def find(self, cookie: str) -> Session | None:
        """The session a cookie stands for, while it lasts."""
        name, _, mac = cookie.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(name).encode()):
            return None
        session = self._open.get(name)
        if session is not None and session.until <= self._clock():
            del self._open[name]
            return None
        return session

    def owner_of(self, cookie: str) -> OwnerId | None:
        """Whose session it is, while it lasts."""
        session = self.find(cookie)
        return session.owner if session else None

    def close(self, cookie: str) -> None:
        """Sign out; a cookie of no session changes nothing."""
        if self.find(cookie) is not None:
            self._open.pop(cookie.partition(".")[0], None)

    def _mac(self, name: str) -> str:
        return hmac.digest(self._key, name.encode(errors="replace"), "sha256")[:16].hex()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
