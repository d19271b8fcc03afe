"""What a command reads: a file, or stdin when it is named `-`."""

import sys
from pathlib import Path
from typing import BinaryIO

from contact_service.cli.exits import WrongUse


def opened(file: str) -> tuple[BinaryIO, int | None]:
    """The bytes, and how many there are (None: stdin does not say). Raises WrongUse for what cannot be read."""
    if file == "-":
        return sys.stdin.buffer, None
    path = Path(file)
    try:
        return path.open("rb"), path.stat().st_size
    except OSError as error:
        raise WrongUse(f"{file}: {(error.strerror or 'cannot be read').lower()}.") from None
