"""Cells to lines (RFC 4180): quoted where they must be, guarded where a spreadsheet would run them as a formula."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from contact_service.formats.csv import guard

# Blanks at the ends too: readers take those of a bare cell for nothing.
_BARE = re.compile(r'[^",;\t\r\n\s](?:[^",;\t\r\n]*[^",;\t\r\n\s])?')
# Half of a surrogate pair cannot be told in UTF-8, and no spreadsheet takes a NUL.
_UNTELLABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Writer(Protocol):
    """One program's CSV. Every card is measured, then the header is written, then every card once more."""

    def measure(self, card: dict[str, Any], residue: Mapping[str, Mapping[str, str]]) -> None:
        """Take note of the columns that a card needs."""
        ...

    def header(self) -> bytes:
        """The first line, with what stands before it."""
        ...

    def row(
        self,
        card: dict[str, Any],
        residue: Mapping[str, Mapping[str, str]],
        groups: Iterable[str] = (),
    ) -> bytes:
        """A card's line; b"" for a card that is no contact. `residue`: what imports kept beside it, by program and
        column; `groups`: names of the groups it is in, beside its own keywords.
        """
        ...


def line(cells: Iterable[str]) -> bytes:
    """One record."""
    return (",".join(map(_cell, cells)) + "\r\n").encode()


def _cell(text: str) -> str:
    if not text:
        return ""
    cell = guard.guarded(_UNTELLABLE.sub("", text) if not text.isprintable() else text)
    return cell if not cell or _BARE.fullmatch(cell) else '"' + cell.replace('"', '""') + '"'
