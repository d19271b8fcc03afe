"""A linked account: where it stands, and what may be said of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from contact_service.model.consent import Purpose

PROVIDERS = ("google", "microsoft", "facebook", "x")
MOST = 20
"""Accounts an owner may link."""


class State(StrEnum):
    """`reauthorise`: the grant is gone, connect again; `unlinking`: it goes, with what it brought."""

    CONNECTED = "connected"
    REAUTHORISE = "reauthorise"
    UNLINKING = "unlinking"


class Account(msgspec.Struct, frozen=True):
    """A linked account as its owner sees it: never a token."""

    id: UUID
    provider: str
    state: State
    scopes: tuple[str, ...]
    options: dict[str, bool]
    connected_at: datetime
    next_due: datetime | None


def spelled(options: Mapping[str, bool]) -> str:
    """The owner's choices as one text: names of letters, `!` before those that are off.

    >>> spelled({"photos": False, "otherContacts": True})
    'otherContacts !photos'
    """
    return " ".join(name if on else f"!{name}" for name, on in sorted(options.items()))


def options(text: str) -> dict[str, bool]:
    """The choices of that text."""
    return {name.removeprefix("!"): name[0] != "!" for name in text.split()}


def purpose(provider: str) -> Purpose:
    """The consent under which the provider is read. ValueError for a provider that is none."""
    return Purpose(f"import.{provider}")
