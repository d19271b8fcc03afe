"""`contacts bench`: measure, print, write docs/benchmarks.md; --quick says whether something got much slower."""

import contextlib
import platform
import subprocess
from collections.abc import Callable
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from contact_service.cli import exits, options
from contact_service.cli.bench import (
    dav,
    discovery,
    discovery_private,
    discovery_rotation,
    enumeration,
    growth,
    imports,
    machine,
    micro,
    owners,
    peers,
    reads,
    report,
    searching,
    stage,
    uploads,
)
from contact_service.cli.bench.owners import Loaded
from contact_service.cli.bench.peers import Generator
from contact_service.cli.bench.report import Results
from contact_service.cli.bench.rows import FULL, QUICK, Figure, Row, Scale
from contact_service.cli.bench.stage import NotMeasured, Stage
from contact_service.cli.exits import WrongUse

COMMITTED = Path("docs/benchmarks.md")
_LONG = ("growth", "dav", "discovery", "enumeration", "imports")
PARTS = (
    "micro",
    "search",
    "upload",
    "contact",
    "bare",
    "growth",
    "dav",
    "discovery",
    "enumeration",
    "imports",
)


def bench(
    *,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Under a minute; exits 1 when a ratio is 25 % worse than written."
        ),
    ] = False,
    as_json: options.Json = False,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the page of results.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="NAME", help=f"A part ({', '.join(PARTS)}); may be repeated."
        ),
    ] = None,
    entries: Annotated[
        int | None,
        typer.Option(
            "--entries", metavar="N", min=20_000, help="So many in the directory, also rotated."
        ),
    ] = None,
) -> int:
    """Measure the service beside its peers, in a temporary folder."""
    parts = _parts(only, quick=quick)
    if not machine.measurable():
        raise WrongUse("Benchmarks need Linux: CPU time comes from /proc, programs are pinned.")
    committed = report.read(COMMITTED)
    try:
        results = _measured(parts, _scaled(QUICK if quick else FULL, entries))
    except NotMeasured as error:
        exits.say(str(error))
        return exits.FAILED
    if as_json:
        typer.echo(report.encode(results))
    else:
        _print(results)
    if write is not None:
        write.write_text(report.page(report.merged(report.read(write), results)))
    return _judged(committed, results.rows) if quick else exits.DONE


def _scaled(scale: Scale, entries: int | None) -> Scale:
    if entries is None:
        return scale
    # A user has 1.8 identifiers; more than a million are not rotated in a run that is waited for.
    rotated = min(entries, 1_000_000) * 5 // 9
    return msgspec.structs.replace(scale, entries=(entries,), rotated=rotated)


def _parts(only: list[str] | None, *, quick: bool) -> tuple[str, ...]:
    unknown = [name for name in only or () if name not in PARTS]
    if unknown:
        raise WrongUse(f"There is no part {unknown[0]}. Known: {', '.join(PARTS)}.")
    usual = tuple(part for part in PARTS if not (quick and part in _LONG))
    return tuple(part for part in PARTS if part in only) if only else usual


def _judged(committed: Results | None, rows: list[Row]) -> int:
    if committed is None:
        exits.say(f"{COMMITTED} holds no results to compare with.")
        return exits.DONE
    worse = report.worse(committed, rows)
    if worse:
        exits.say(f"More than 25 % worse than {COMMITTED} says: {', '.join(worse)}.")
    return exits.FAILED if worse else exits.DONE


class _Run:
    """A run of some parts: what several of them need is started once, when the first needs it."""

    def __init__(self, scale: Scale, closing: contextlib.ExitStack) -> None:
        self.scale = scale
        self._closing = closing

    @cached_property
    def _load(self) -> Generator:
        return self._closing.enter_context(peers.generator())

    @cached_property
    def _small(self) -> tuple[Stage, list[Loaded]]:
        at = self._closing.enter_context(stage.opened())
        return at, owners.load(at, self.scale.owners, self.scale.cards, "bench-")

    def upload(self) -> list[Row]:
        """Rows 1 to 3; in a service of their own: the directory would be idle weight for the reads."""
        with stage.opened() as at:
            filled_s = uploads.fill_directory(at, self.scale.users)
            typer.echo(f"directory of {self.scale.users}: {filled_s:.1f} s", err=True)
            return uploads.measure(at, self.scale, count(1))

    def contact(self) -> list[Row]:
        """A single contact beside pgbench."""
        at, loaded = self._small
        return [reads.contact(at, self._load, loaded, self.scale)]

    def bare(self) -> list[Row]:
        """List, delta, 304 beside the bare server."""
        at, loaded = self._small
        return reads.against_bare(at, self._load, loaded, self.scale)

    def growth(self) -> list[Row]:
        """The reads among a crowd."""
        at, loaded = self._small
        return growth.measure(at, loaded, self._load, self.scale)

    def dav(self) -> list[Row]:
        """CardDAV beside other servers."""
        return dav.measure(self.scale.again)

    def discovery(self) -> list[Row]:
        """Look-ups, private evaluations, a re-match with nothing new; then a rotation."""
        with stage.opened() as at:
            asking = owners.load(at, self.scale.owners, self.scale.cards, "bench-")
            found = discovery_private.measure(at, asking, self.scale)
            found.append(discovery_rotation.unmoved(at, self._load, self.scale))
            found += discovery.measure(at, self.scale, partial(typer.echo, err=True))
        return found + discovery_rotation.rotation(self.scale)

    def enumeration(self) -> list[Row]:
        """What a scanner learns."""
        return enumeration.measure(partial(typer.echo, err=True))

    def imports(self) -> list[Row]:
        """A large account and large files."""
        return imports.measure(self.scale, partial(typer.echo, err=True))

    def search(self) -> list[Row]:
        """Search in memory."""
        return searching.measure(self.scale)


def _measured(parts: tuple[str, ...], scale: Scale) -> Results:
    rows: list[Row] = []
    figures: list[Figure] = []
    with contextlib.ExitStack() as closing:
        run = _Run(scale, closing)
        kinds: dict[str, Callable[[], list[Row]]] = {
            "search": run.search,
            "upload": run.upload,
            "contact": run.contact,
            "bare": run.bare,
            "growth": run.growth,
            "dav": run.dav,
            "discovery": run.discovery,
            "enumeration": run.enumeration,
            "imports": run.imports,
        }
        for part in parts:
            typer.echo(f"{part} …", err=True)
            if part == "micro":
                figures = micro.measure()
            else:
                rows += kinds[part]()
    return Results([_signed(row) for row in rows], figures, stage.RAISED)


def _signed(row: Row) -> Row:
    return msgspec.structs.replace(
        row,
        cpu=machine.cpu_model(),
        python=platform.python_version(),
        postgres=stage.run([str(stage.programs() / "postgres"), "--version"]).split()[-1],
        commit=_commit(),
    )


def _commit() -> str:
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],  # noqa: S607  the user's own git
            capture_output=True,
            check=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


def _print(results: Results) -> None:
    for row in results.rows:
        typer.echo(report.line(row))
    for figure in results.micro:
        typer.echo(f"{figure.us:9.2f} us  {figure.name}")
