"""Law 3: only the gate makes a Disclosed. The import contract keeps probes to it; this keeps the constructor to it."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "contact_service"
GATE = SOURCE / "actions" / "disclosure.py"


def makers(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        == "Disclosed"
    ]


def test_only_the_gate_makes_what_may_be_shown() -> None:
    assert set(makers(SOURCE)) == {GATE}


def test_a_planted_maker_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "shortcut.py"
    planted.write_text("def show(u): return match.Disclosed(u, None)\n")
    assert makers(tmp_path) == [planted]
