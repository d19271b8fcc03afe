"""The vendors' own SDKs as second readers: each runs in .venv-oracles (make oracles), by a script in tests/oracles."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

PYTHON = Path(__file__).parents[1] / ".venv-oracles" / "bin" / "python"
SCRIPTS = Path(__file__).parent / "oracles"
LONGEST_S = 120.0

Ask = Callable[..., Awaitable[Any]]


def asking() -> Ask:
    """`await ask("google_sdk.py", *arguments)`: what the script prints, as JSON. Skips where no SDK is installed."""
    if not PYTHON.exists():
        pytest.skip("the vendors' SDKs are not here: make oracles installs them (400 MB)")
    return _ask


async def _ask(script: str, *arguments: str) -> Any:
    running = await asyncio.create_subprocess_exec(
        str(PYTHON),
        str(SCRIPTS / script),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(running.communicate(), LONGEST_S)
    assert running.returncode == 0, err.decode()[-2_000:]
    return json.loads(out)
