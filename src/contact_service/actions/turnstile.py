"""The turnstile: what sign-ins by app password share in one process: Argon2, few at a time, and what verified."""

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

from contact_service.model.problem import Overloaded
from contact_service.vault import passwords
from contact_service.vault.passwords import Remembered

T = TypeVar("T")
AT_ONCE = 2
"""Looks at a time: each takes 19 MiB and a core for some 20 ms."""
PATIENCE_S = 0.1


class Turnstile:
    """One a process. `looks` counts the runs of Argon2."""

    def __init__(self) -> None:
        self.remembered = Remembered()
        self.looks = 0
        self._places = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """What is kept of a new password. Raises Overloaded (503)."""
        return await self._look(lambda: passwords.hashed(password))

    async def verified(self, kept: str | None, password: str) -> bool:
        """Whether the password fits what is kept; None takes the same work. Raises Overloaded (503)."""
        return await self._look(lambda: passwords.verified(kept, password))

    async def _look(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._places.acquire()
        except TimeoutError:
            # Spread out, so that those refused together do not come back together.
            raise Overloaded(random.randint(1, 3)) from None  # noqa: S311  jitter, no secret
        self.looks += 1
        running = asyncio.get_running_loop().run_in_executor(None, work)
        # Given back by the thread's end, not ours: a caller who is cut leaves a thread behind that still works.
        running.add_done_callback(lambda _: self._places.release())
        return await asyncio.shield(running)
