"""What the code's own tables hold stands in docs/reference, what the docs name is there: an omission fails the build."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
import typer

from contact_service.cli import main
from contact_service.endpoints import auth, limits, problems, table
from contact_service.settings.table import TABLE as SETTINGS
from contact_service.storage import placement
from contact_service.telemetry.metrics import TABLE as METRICS
from house import tree

DOCS = tree.ROOT / "docs"
REFERENCE = DOCS / "reference"
MAKEFILE = tree.ROOT / "Makefile"
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_PAGE = re.compile(r"\bdocs/[\w/-]+\.md\b")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# The tests' own switches, not the service's.
OF_TESTS = {"CONTACT_TEST_SEED", "CONTACT_TEST_REWRITE"}


def lacking(page: Path, names: Iterable[str]) -> list[str]:
    """Names that the page does not have as a whole word (a phrase counts as one); all of them where there is no page."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return [f"{tree.told(page)} lacks {name}" for name in names if not _stands(name, text)]


def _stands(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w/-])", text) is not None


def options(command: typer.core.TyperGroup) -> Iterator[str]:
    """`name --option` of every command, also of those in a group."""
    for name, each in command.commands.items():
        if isinstance(each, typer.core.TyperGroup):
            yield from options(each)
        else:
            for parameter in each.params:
                yield from (f"{name} {text}" for text in parameter.opts if text.startswith("--"))


def _row(bound: limits.Bound) -> str:
    # With its figures: most of these names are words of every page.
    return f"| {bound.what} | {bound.most:,.10g} {bound.unit} | {bound.refusal} |"


def _options_of(name: str) -> list[str]:
    asked = name.rpartition(" ")[2]
    found = (each.split(" ") for each in options(main.build()))
    return [option for command, option in found if command == asked and option != "--help"]


TABLES: Mapping[str, tuple[str, Callable[[], list[str]]]] = {
    "settings": ("settings.md", lambda: [s.variable for s in SETTINGS]),
    "limits": ("limits.md", lambda: [_row(bound) for bound in limits.TABLE]),
    "rates": (
        "limits.md",
        lambda: [s.variable for s in SETTINGS if s.name.startswith("LIMIT_")],
    ),
    "metrics": ("metrics.md", lambda: [measure.name for measure in METRICS]),
    "commands": ("commands.md", lambda: [f"contacts {c.name}" for c in main.COMMANDS]),
    "options": (
        "commands.md",
        lambda: sorted({o for c in main.COMMANDS for o in _options_of(c.name)}),
    ),
    "tables": ("schema.md", lambda: [f"`{name}`" for name in placement.TABLES]),
    "routes": ("api.md", lambda: [f"{r.method} {r.path}" for r in table.ROUTES]),
    "parameters": (
        "api.md",
        lambda: sorted({f"?{q.name}=" for r in table.ROUTES for q in r.query}),
    ),
    "scopes": ("api.md", lambda: [f"`{scope}`" for scope in auth.SCOPES]),
    "problems": ("problems.md", lambda: [kind.slug for kind in problems.every()]),
}


@pytest.mark.parametrize("kind", TABLES)
def test_the_reference_has_all(kind: str) -> None:
    page, names = TABLES[kind]
    assert names(), "the code's own table is empty"
    missing = lacking(REFERENCE / page, names())
    assert missing == [], "\n".join(missing)


@pytest.mark.parametrize("kind", TABLES)
def test_a_planted_omission_is_caught_of(kind: str, tmp_path: Path) -> None:
    names = TABLES[kind][1]()
    page = tmp_path / "page.md"
    page.write_text("\n".join(names[:-1]), encoding="utf-8")
    assert lacking(page, names) == [f"page.md lacks {names[-1]}"]


def test_a_page_that_is_not_there_lacks_everything(tmp_path: Path) -> None:
    assert len(lacking(tmp_path / "none.md", ["one", "two"])) == 2


def unknown(text: str) -> list[str]:
    """Settings and metrics that a page names and the code does not have."""
    settings = {s.variable for s in SETTINGS} | {f"{s.variable}_FILE" for s in SETTINGS} | OF_TESTS
    metrics = {m.name for m in METRICS}
    metrics |= {f"{m.name}_{part}" for m in METRICS for part in ("bucket", "sum", "count")}
    # `CONTACT_LIMIT_…` and `contacts_…` are patterns, no names.
    named = set(re.findall(r"\bCONTACT_[A-Z0-9_]*[A-Z0-9]\b(?!_)", text)) - settings
    counted = (
        set(re.findall(r"\bcontacts_[a-z_]*(?:total|seconds|bytes|entries)\b", text)) - metrics
    )
    return sorted(named | counted)


def pages() -> list[Path]:
    return [tree.ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def test_no_page_names_a_setting_or_metric_that_is_not_there() -> None:
    told = {tree.told(page): unknown(page.read_text(encoding="utf-8")) for page in pages()}
    assert {page: names for page, names in told.items() if names} == {}


def test_a_planted_stale_name_is_caught() -> None:
    text = "CONTACT_PORT, CONTACT_LIMIT_<NAME>, CONTACT_PORTT, CONTACT_LIMITS_URL_FILE, contacts_things_total"
    assert unknown(text) == ["CONTACT_PORTT", "contacts_things_total"]


def dead_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return [
        f"{tree.told(page)} -> {link}"
        for link in _LINK.findall(text)
        if not (page.parent / link).exists()
    ]


def test_every_link_of_the_docs_leads_somewhere() -> None:
    assert [link for page in pages() for link in dead_links(page)] == []


def test_a_planted_dead_link_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](page.md#top) [b](https://example.org) [c](gone.md)", encoding="utf-8")
    assert dead_links(page) == ["page.md -> gone.md"]


def unwritten(texts: Mapping[str, str]) -> list[str]:
    """Pages of docs/ that a file speaks of and that are not written."""
    return sorted(
        f"{name}: {page}"
        for name, text in texts.items()
        for page in set(_PAGE.findall(text))
        if not (tree.ROOT / page).exists()
    )


def test_every_page_the_code_speaks_of_is_written() -> None:
    spoken = {
        tree.told(file.path): file.text for file in (*tree.OURS, *tree.OF_CLIENT, *tree.OF_TESTS)
    }
    spoken |= {
        name: (tree.ROOT / name).read_text(encoding="utf-8")
        for name in ("Makefile", "pyproject.toml", ".squawk.toml", ".importlinter")
    }
    del spoken[tree.told(Path(__file__))]
    missing = unwritten(spoken)
    assert missing == [], "\n".join(missing)


def test_a_planted_unwritten_page_is_caught() -> None:
    assert unwritten({"a.py": "see docs/none.md"}) == ["a.py: docs/none.md"]


def uncalled(text: str) -> list[str]:
    """Targets of make and commands that stand as code in a page and are not there."""
    heads = re.findall(r"^([a-z][a-z -]*):", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    targets = {target for head in heads for target in head.split()}
    commands = {command.name.partition(" ")[0] for command in main.COMMANDS}
    made = set(re.findall(r"(?:^ {4,}|`)make ([a-z-]+)", text, re.MULTILINE)) - targets
    called = set(re.findall(r"(?:^ {4,}|`)contacts ([a-z-]+)", text, re.MULTILINE)) - commands
    return sorted({f"make {name}" for name in made} | {f"contacts {name}" for name in called})


def test_every_command_of_the_docs_is_there() -> None:
    told = {tree.told(page): uncalled(page.read_text(encoding="utf-8")) for page in pages()}
    assert {page: names for page, names in told.items() if names} == {}


def test_a_planted_command_that_is_not_there_is_caught() -> None:
    text = (
        "    make run\n    make tea\nsee `contacts serve`, `contacts sing`; contacts like these\n"
    )
    assert uncalled(text) == ["contacts sing", "make tea"]


def words_before_code(text: str) -> int:
    """Words a reader meets before the first indented line."""
    return len(re.split(r"^ {4}\S", text, maxsplit=1, flags=re.MULTILINE)[0].split())


def test_the_readme_shows_code_within_60_words() -> None:
    assert words_before_code((tree.ROOT / "README.md").read_text(encoding="utf-8")) <= 60


def test_words_after_the_first_code_do_not_count() -> None:
    assert words_before_code("# A b\n\nc d\n\n    make run\n\ne\n") == 5


def lawless(folder: Path) -> list[str]:
    """Decision records that are out of number or name no machine that holds them."""
    told = []
    for expected, page in enumerate(sorted(folder.glob("*.md")), start=1):
        if not re.fullmatch(rf"{expected:04d}-[a-z0-9-]+\.md", page.name):
            told.append(f"{page.name}: not number {expected:04d}")
        named = re.findall(r"(?:tests/[\w/]+\.py|\.importlinter)", page.read_text(encoding="utf-8"))
        if not any((tree.ROOT / name).exists() for name in named):
            told.append(f"{page.name}: names no test or contract that holds it")
    return told


def test_every_decision_is_numbered_and_names_what_holds_it() -> None:
    folder = DOCS / "decisions"
    assert list(folder.glob("*.md")), "no decision is written down"
    assert lawless(folder) == []


def test_a_planted_lawless_decision_is_caught(tmp_path: Path) -> None:
    (tmp_path / "0001-one.md").write_text("Held by tests/house/test_docs.py.")
    (tmp_path / "0003-two.md").write_text("Held by tests/house/test_dox.py.")
    assert len(lawless(tmp_path)) == 2


def test_the_map_names_every_room() -> None:
    rooms = sorted(path.parent.name for path in tree.SOURCE.glob("*/__init__.py"))
    assert lacking(DOCS / "architecture.md", rooms) == []
