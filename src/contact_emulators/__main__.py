"""`python -m contact_emulators`: every neighbour on one port of this machine, for the demo and for developers."""

import argparse
from pathlib import Path

import uvicorn

from contact_emulators import emulators


def main(arguments: list[str] | None = None) -> None:
    """Serves until it is stopped."""
    asked = _arguments(arguments)
    served = emulators.made(asked.schemas)
    emulators.filled(served, asked.contacts, asked.seed)
    for one in served:
        print(f"http://{asked.host}:{asked.port}/{one.name}")  # noqa: T201  a command's own output
    uvicorn.run(emulators.app(served), host=asked.host, port=asked.port, log_config=None, ws="none")


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m contact_emulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--schemas", type=Path, help="directory with the published schemas")
    parser.add_argument("--contacts", type=int, default=50, help="how many each book holds")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
