"""docs/reference from the code's own tables: `python -m contact_service.cli.reference` writes it, `--check` compares.

A page that is stale fails `make check`, so the reference cannot say what the code does not do.
"""

import re
import sys
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path

import typer

from contact_service.cli import main
from contact_service.endpoints import limits, openapi, problems, table
from contact_service.settings.table import TABLE as SETTINGS
from contact_service.storage import placement
from contact_service.telemetry.metrics import TABLE as METRICS

FOLDER = Path("docs/reference")
_MADE = "Made from the code by `make docs`; `make check` fails when it is stale."


def _page(title: str, rows: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", _MADE, "", *rows]) + "\n"


def settings() -> str:
    """docs/reference/settings.md."""
    rows = [
        "Each may also be given as `<NAME>_FILE`, the path of a file that holds the value.",
        "A wrong, unknown or doubled value refuses the start in one line.",
        "",
        "| setting | default | unit | accepted | what it does |",
        "|---|---|---|---|---|",
    ]
    for each in SETTINGS:
        default = f"`{each.default}`" if each.default else "unset"
        accepted = each.kind.accepted.replace("|", "\\|")
        rows.append(f"| {each.variable} | {default} | {each.unit} | {accepted} | {each.doc} |")
    return _page("Settings", rows)


def bounds() -> str:
    """docs/reference/limits.md."""
    rows = ["| what | at most | status over it |", "|---|---|---|"]
    rows += [f"| {b.what} | {b.most:,.10g} {b.unit} | {b.refusal} |" for b in limits.TABLE]
    rows += [
        "",
        "## Rates",
        "",
        "Per owner and process: requests a second, and how many at once (429 beyond).",
    ]
    rows += ["", "| setting | default rate/burst |", "|---|---|"]
    rows += [f"| {s.variable} | {s.default} |" for s in SETTINGS if s.name.startswith("LIMIT_")]
    return _page("Limits", rows)


def metrics() -> str:
    """docs/reference/metrics.md."""
    rows = ["`GET /metrics`, Prometheus text. No label holds an id or an identifier.", ""]
    rows += ["| metric | kind | labels | what |", "|---|---|---|---|"]
    rows += [f"| {m.name} | {m.kind} | {', '.join(m.labels)} | {m.doc} |" for m in METRICS]
    return _page("Metrics", rows)


def commands() -> str:
    """docs/reference/commands.md."""
    rows = [
        "Exit codes: 0 done, 1 failed, 2 wrong use, 3 the owner's consent is missing, 130 interrupted."
    ]
    tree = main.build()
    for each in main.COMMANDS:
        found: object = tree
        for name in each.name.split():
            found = found.commands[name] if isinstance(found, typer.core.TyperGroup) else found
        rows += ["", f"## contacts {each.name}", "", each.doc, ""]
        for parameter in getattr(found, "params", []):
            text = getattr(parameter, "help", "") or ""
            names = ", ".join(f"`{n}`" for n in (*parameter.opts, *parameter.secondary_opts))
            if parameter.param_type_name == "argument":
                names = f"`{str(parameter.name).upper()}`"
            if names != "`--help`":
                rows.append(f"- {names}: {text}".rstrip(": "))
        rows.append(f"- exit codes: {', '.join(map(str, each.codes))}")
    return _page("Commands", rows)


def refusals() -> str:
    """docs/reference/problems.md."""
    rows = [
        "`application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail` and the members named here.",
        "`detail` never repeats an identifier or an id.",
    ]
    for kind in problems.every():
        about = (kind.__init__.__doc__ or "").strip().splitlines()
        where = [f"`{r.method} {r.path}`" for r in table.ROUTES if kind in openapi.refusals(r)]
        where += ["the CardDAV face, as a status and a `DAV:error`"] * problems.of_carddav(kind)
        rows += ["", f"## {kind.slug}", "", f"{kind.status}. {kind.title}."]
        rows += ["", *about] if about else []
        rows += ["", f"Answered by: {', '.join(where) if where else 'any route, or none yet'}."]
    return _page("Problems", rows)


_TABLE = re.compile(r"-- class: (\w+)\nCREATE TABLE ([\w.]+) \((.*?)\n\);", re.DOTALL)
_COLUMN = re.compile(r"^    (\w+)\s+(.*?),?\s*?(?:-- (.*))?$", re.MULTILINE)
_ADDED = re.compile(
    r"^ALTER TABLE ([\w.]+) ADD COLUMN (\w+) ([^;]*);\s*?(?:-- (.*))?$", re.MULTILINE
)


def schema() -> str:
    """docs/reference/schema.md."""
    folder = resources.files("contact_service.storage") / "migrations"
    text = "\n".join(f.read_text() for f in sorted(folder.iterdir(), key=lambda f: f.name))
    rows = ["Rules and reasons: [../explanation/schema.md](../explanation/schema.md)."]
    gone = re.findall(r"^DROP TABLE ([\w.]+);", text, re.MULTILINE)
    for kind, name, body in _TABLE.findall(text):
        if name in gone:
            continue
        rows += [
            "",
            f"## `{name}`",
            "",
            f"Class: {kind}.",
            "",
            "| column | type | what |",
            "|---|---|---|",
        ]
        rows += [
            f"| {column} | {sort.strip()} | {about} |"
            for column, sort, about in _COLUMN.findall(body)
            if column.islower()
        ]
        rows += [
            f"| {column} | {sort} | {about} |"
            for of, column, sort, about in _ADDED.findall(text)
            if of == name
        ]
    own = [name for name, where in placement.TABLES.items() if where == "local"]
    rows += [
        "",
        "## Kept by the migrator",
        "",
        *(f"- `{name}`: which migrations ran." for name in own),
    ]
    return _page("Schema", rows)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "limits.md": bounds,
    "metrics.md": metrics,
    "commands.md": commands,
    "problems.md": refusals,
    "schema.md": schema,
}
"""api.md has a test of its own, which knows the whole application's routes."""


def run(arguments: list[str]) -> int:
    """Write the pages, or with --check name those that are stale."""
    stale = []
    for name, make in PAGES.items():
        page, text = FOLDER / name, make()
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(str(page))
            if "--check" not in arguments:
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{'stale' if '--check' in arguments else 'written'}: {name}")  # noqa: T201 - its output
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
