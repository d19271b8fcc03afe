"""All emulated neighbours, each under its own name: /google, /microsoft, …"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from contact_emulators.emulator import Emulator
from contact_emulators.facebook import Facebook
from contact_emulators.google import Google
from contact_emulators.header_store import HeaderStore
from contact_emulators.kickbox import Kickbox
from contact_emulators.microsoft import Microsoft
from contact_emulators.people_matcher import PeopleMatcher
from contact_emulators.twilio import Twilio
from contact_emulators.x import X

KINDS: tuple[type[Emulator], ...] = (
    Google,
    Microsoft,
    Facebook,
    X,
    Twilio,
    Kickbox,
    HeaderStore,
    PeopleMatcher,
)
"""One line each; the name is the path it is served under."""


def made(schemas: Path | None = None) -> list[Emulator]:
    """One of each, empty. `schemas`: the directory with what the providers publish."""
    return [kind(schemas) for kind in KINDS]


def app(emulators: Iterable[Emulator]) -> Starlette:
    """All of them on one port."""
    return Starlette(routes=[Mount(f"/{one.name}", app=one.app) for one in emulators])


def filled(emulators: Sequence[Emulator], contacts: int, seed: int) -> None:
    """Gives each a book of that size."""
    for emulator in emulators:
        emulator.fill(contacts, seed)
