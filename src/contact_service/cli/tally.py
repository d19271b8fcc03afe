"""What became of long work, counted batch by batch, and the bar that shows how far it is."""

import contextlib
import sys
from collections.abc import Callable, Iterator

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from contact_service.actions.upload import Uploaded

Moved = Callable[[int], None]
"""Told how much is done, in the unit of the whole."""


class Rejected(msgspec.Struct, frozen=True):
    """A record that could not be kept: its place from 0, its line from 1, and a reason that quotes nothing."""

    index: int
    line: int
    reason: str


class Tally:
    """The sums of an import."""

    def __init__(self) -> None:
        self.created = self.updated = self.unchanged = self.removed = self.matched = 0
        self.rejected: list[Rejected] = []

    def add(self, kept: Uploaded, rejected: list[Rejected]) -> None:
        """Count one transaction."""
        self.created += kept.created
        self.updated += kept.updated
        self.unchanged += kept.unchanged
        self.removed += kept.removed
        self.matched += len({found.card for _, found in kept.matches})
        self.rejected += rejected

    def shown(self) -> dict[str, object]:
        """As JSON members."""
        counts = ("created", "updated", "unchanged", "removed", "matched")
        rejected = [msgspec.to_builtins(each) for each in self.rejected]
        return {**{name: getattr(self, name) for name in counts}, "rejected": rejected}

    def line(self) -> str:
        """As one line."""
        counts = ("created", "updated", "unchanged", "removed")
        told = ", ".join(f"{name} {getattr(self, name)}" for name in counts)
        return f"{told}, rejected {len(self.rejected)}; {self.matched} are on the app"


@contextlib.contextmanager
def bar(whole: int | None, *, quiet: bool) -> Iterator[Moved]:
    """A progress bar on stderr, where somebody looks at it; `whole` None: the end is not known."""
    console = Console(stderr=True)
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=whole)
        yield lambda done: progress.update(task, completed=done)
