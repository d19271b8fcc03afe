"""What lies in the tree belongs to everybody: no path of one machine, no index host; tests mirror the rooms."""

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

from house import tree

# With a letter in brackets, so that this file does not find itself.
FOREIGN = {
    "a path of one machine": re.compile(
        r"(?<![\w.>}*])/(?:wo[r]k|ro[o]t|ho[m]e/\w+|Us[e]rs/\w+)/\w",
    ),
    "an index host": re.compile(
        r"--(?:extra-)?inde[x]-url[ =]|--find-link[s][ =]|https?://[^\s\"')]+/simpl[e]\b|pythonhosted\.or[g]"
        r"|\b(?:pypi|npmj[s]|debia[n])\.(?:or[g]|co[m])\b"
    ),
}
_ALWAYS = [".git"]
# Rooms of tests that mirror no room of the source, and what they are about.
ASIDE = {
    "house",
    "privacy",
    "faults",
    "client",
    "clients",
    "nodes",
    "sync",
    "contracts",
    "emulators",
    "oracles",
    "imports",
}


def files(root: Path) -> Iterator[Path]:
    """Every file but the ignored ones: what a clone has, or will have."""
    ignored = [line.strip().rstrip("/") for line in (root / ".gitignore").read_text().splitlines()]
    patterns = [*_ALWAYS, *(line.lstrip("/") for line in ignored if line and line[0] != "#")]
    for folder, inside, names in os.walk(root):
        inside[:] = sorted(name for name in inside if not _matches(name, patterns))
        yield from (Path(folder) / name for name in sorted(names) if not _matches(name, patterns))


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def foreign(root: Path) -> list[str]:
    """`path:line: what` for each breach in the text files below the root."""
    told = []
    for path in files(root):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            told += [
                f"{path.relative_to(root)}:{number}: {what}"
                for what, pattern in FOREIGN.items()
                if pattern.search(line)
            ]
    return told


def homeless(tests: Path, source: Path) -> list[str]:
    """Folders of tests that mirror no room."""
    rooms = {path.parent.name for path in source.glob("*/__init__.py")}
    found = {path.parent.relative_to(tests).parts[0] for path in tests.glob("*/**/test_*.py")}
    return sorted(found - rooms - ASIDE)


def test_the_tree_names_no_machine_and_no_index() -> None:
    assert foreign(tree.ROOT) == []


def test_planted_foreign_words_are_caught(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("var/\n*.log\n")
    (tmp_path / "var").mkdir()
    lines = [
        "fine",
        "see /ho" + "me/ann/x",
        "--index" + "-url x",
        ".".join(("https://py" + "pi", "or" + "g")),
    ]
    for name in ("var/a.txt", "b.log", "c.md"):
        (tmp_path / name).write_text("\n".join(lines))
    (tmp_path / "d.bin").write_bytes(b"\xff\xfe/wo" + b"rk/x")
    assert foreign(tmp_path) == [
        "c.md:2: a path of one machine",
        "c.md:3: an index host",
        "c.md:4: an index host",
    ]


def test_every_package_of_the_lock_has_its_hash() -> None:
    for lock in ("runtime.txt", "dev.txt"):
        text = (tree.ROOT / "requirements" / lock).read_text(encoding="utf-8")
        pinned = re.findall(r"^([\w.\[\]-]+)==\S+(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        assert len(pinned) > 10
        assert [name for name, rest in pinned if "--hash=sha256:" not in rest] == []


def test_tests_mirror_the_rooms() -> None:
    assert homeless(tree.TESTS, tree.SOURCE) == []


def test_a_planted_folder_without_a_room_is_caught(tmp_path: Path) -> None:
    for name in ("tests/vault/test_a.py", "tests/attic/test_b.py", "src/vault/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert homeless(tmp_path / "tests", tmp_path / "src") == ["attic"]
