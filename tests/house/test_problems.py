"""Law 10: every refusal is in the tree that is drawn, in the reference under a heading, in use, and seen off a route."""

import ast
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from contact_service import model
from contact_service.endpoints import problems
from contact_service.model import problem
from contact_service.model.problem import Problem
from house import tree
from house.tree import Source

PAGE = tree.ROOT / "docs" / "reference" / "problems.md"
TREES = [
    import_module(f"{model.__name__}.{found.name}")
    for found in pkgutil.iter_modules(model.__path__)
    if found.name.endswith("problem")
]
MODULES = {each.__name__ for each in TREES}
EVERY = list(problems.every())
# Drawn and documented, but answered by nobody yet. No more than three, each with its reason.
IDLE = {"consent-outdated": "an officer can mark no policy as material yet"}


def headless(text: str, slugs: Iterable[str]) -> list[str]:
    """Slugs without a heading of their own."""
    heads = re.findall(r"^#+ +`?([a-z0-9-]+)`?", text, re.MULTILINE)
    return [slug for slug in slugs if slug not in heads]


def drawn(text: str) -> dict[str, int]:
    """Name -> status in the tree of the module's docstring; those in parentheses have their parent's."""
    found: dict[str, int] = {}
    for name, status, rest in re.findall(r"[├└ ]*\b([A-Z]\w+) (\d{3})((?: ?\([^)]*\))?)", text):
        found[name] = int(status)
        found |= dict.fromkeys(re.findall(r"\b[A-Z]\w+", rest), int(status))
    return found


def raised(files: Iterable[Source]) -> set[str]:
    """Names of classes of the tree that are made or raised: other modules have a Conflict and a Gone too."""
    return {
        name
        for file in files
        for node in ast.walk(file.tree)
        for name in _made(node)
        if name in _imported(file)
    }


def _made(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield ast.unparse(node.func)
    elif isinstance(node, ast.Raise) and node.exc is not None:
        yield ast.unparse(node.exc)


@cache
def _imported(file: Source) -> frozenset[str]:
    return frozenset(
        name.name
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ImportFrom) and node.module in MODULES
        for name in node.names
    )


def unseen(slugs: Iterable[str], folder: Path) -> list[str]:
    """Slugs that no test of the folder names, alone or at the end of a Problem's type."""
    text = "\n".join(file.text for file in tree.sources(folder))
    return [slug for slug in slugs if not re.search(rf'["/]{slug}"', text)]


def used() -> list[type[Problem]]:
    """Problems that are answered: made somewhere in the source."""
    made = raised(tree.OURS)
    return [kind for kind in EVERY if kind.__name__ in made]


def test_every_problem_has_a_heading_in_the_reference() -> None:
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert headless(text, [kind.slug for kind in EVERY]) == []


def test_a_planted_problem_without_a_heading_is_caught() -> None:
    assert headless("## `a-b` 400\n\nc is told\n", ["a-b", "c"]) == ["c"]


def test_the_tree_is_drawn_as_it_is() -> None:
    told: dict[str, int] = {}
    for each in TREES:
        told |= drawn(each.__doc__ or "")
    assert told | {"Problem": 400} == {k.__name__: k.status for k in EVERY}


def test_a_planted_leaf_is_read_off_the_drawing() -> None:
    assert drawn(" ├ NotFound 404 ├ Gone 410 (OwnerErased{a, b})\n └ Odd 418") == {
        "NotFound": 404,
        "Gone": 410,
        "OwnerErased": 410,
        "Odd": 418,
    }


def test_slugs_and_titles_are_each_problems_own() -> None:
    assert len({kind.slug for kind in EVERY}) == len(EVERY)
    assert len({kind.title for kind in EVERY}) == len(EVERY)
    assert [kind for kind in EVERY if kind.__name__.endswith(("Error", "Exception"))] == []
    assert [kind for kind in EVERY if not (kind.__doc__ or "").strip()] == []


def test_no_problem_is_idle() -> None:
    parents = {kind for kind in EVERY if kind.__subclasses__()}
    idle = {kind.slug for kind in EVERY if kind not in parents} - {kind.slug for kind in used()}
    assert idle == set(IDLE)
    assert len(IDLE) <= 3


def test_a_planted_refusal_is_seen_as_made() -> None:
    text = "def f():\n    raise Gone\ndef g():\n    return NotFound()\ndef h():\n    return Conflict()\n"
    head = f"from {problem.__name__} import Gone, NotFound\nfrom a.merge import Conflict\n"
    assert raised([tree.planted(head + text)]) == {"Gone", "NotFound"}


def test_every_problem_that_is_answered_is_read_off_a_route() -> None:
    assert unseen((kind.slug for kind in used()), tree.TESTS / "endpoints") == []


def test_a_planted_unseen_problem_is_caught(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text('assert told.slug == "gone"\n')
    assert unseen(["gone", "not-found"], tmp_path) == ["not-found"]
