"""What a process knows of the directory's key epochs, for some seconds; see `epochs.py`."""

import time

from contact_service.model.epoch import Epochs

FRESH_S = 5.0
"""How long a process may go by what it read: far less than an epoch stays readable after its end is announced."""


class KeptEpochs:
    """The epochs as they were read last."""

    __slots__ = ("_held", "_until")

    def __init__(self) -> None:
        self._held: Epochs | None = None
        self._until = 0.0

    def fresh(self) -> Epochs | None:
        """What is known, while it is not older than FRESH_S."""
        return self._held if time.monotonic() < self._until else None

    def hold(self, found: Epochs) -> Epochs:
        """Know this from now on."""
        self._held, self._until = found, time.monotonic() + FRESH_S
        return found

    def forget(self) -> None:
        """Read anew next time: an epoch has just changed."""
        self._until = 0.0
