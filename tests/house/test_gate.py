"""Law 3: only the gate makes a Disclosed. The import contract keeps probes to it; this keeps the type itself to it."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "contact_service"
GATE = SOURCE / "actions" / "disclosure.py"


def makers(folder: Path) -> list[Path]:
    """Files that use Disclosed as anything but an annotation: called, converted to, passed on or under another name."""
    return [path for path in sorted(folder.rglob("*.py")) if _makes(path)]


def _makes(path: Path) -> bool:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    spoken = [
        note
        for node in nodes
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if note is not None
    ]
    annotated = {id(inner) for note in spoken for inner in ast.walk(note)}
    return any(_is_disclosed(node) and id(node) not in annotated for node in nodes)


def _is_disclosed(node: ast.AST) -> bool:
    if isinstance(node, ast.alias):
        return node.name == "Disclosed" and node.asname is not None
    return "Disclosed" in (getattr(node, "id", ""), getattr(node, "attr", ""))


def test_only_the_gate_makes_what_may_be_shown() -> None:
    assert set(makers(SOURCE)) == {GATE}


def test_every_way_to_make_one_is_found(tmp_path: Path) -> None:
    ways = {
        "called.py": "def show(u): return match.Disclosed(u, None)\n",
        "converted.py": "def show(u): return msgspec.convert(u, Disclosed)\n",
        "renamed.py": "from contact_service.model.match import Disclosed as Shown\n",
        "kept.py": "make = match.Disclosed\n",
    }
    for name, text in ways.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "rendered.py").write_text(
        "from contact_service.model.match import Disclosed\ndef show(d: list[Disclosed]) -> Disclosed: ...\n"
    )
    assert [path.name for path in makers(tmp_path)] == sorted(ways)
