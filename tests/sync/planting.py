"""A mutant of the source, planted in a copy of the package, and the check that must fail on it, in a child."""

import asyncio
import importlib
import inspect
import os
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "src" / "contact_service"
SURVIVED, KILLED, BROKEN = 0, 1, 3


class Mutant(NamedTuple):
    """`old` stands once in the file of the package and becomes `new`. `check` must fail then: `module:function` of the
    tests' folders, in 100 seeds if it needs chance, or a pytest node below tests/, which starts slower.
    """

    name: str
    file: str
    old: str
    new: str
    check: str


def patched(mutant: Mutant) -> str:
    """The mutant's file with the patch in it. ValueError: it no longer applies."""
    source = (PACKAGE / mutant.file).read_text()
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: stands {source.count(mutant.old)} times in {mutant.file}")
    return source.replace(mutant.old, mutant.new)


def planted(mutant: Mutant, folder: Path) -> Path:
    """A copy of the package with the patch in it; the folder to import it from. ValueError: it no longer applies."""
    text = patched(mutant)
    # Links, with the compiled files beside them: only the patched file is read anew.
    shutil.copytree(PACKAGE, folder / PACKAGE.name, copy_function=os.symlink)
    file = folder / PACKAGE.name / mutant.file
    file.unlink()
    file.write_text(text)
    return folder


def outcome(check: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the check against the package in `folder`: returncode SURVIVED or KILLED; any other: it broke. `more` goes
    into its environment.
    """
    path = os.pathsep.join([str(folder), str(TESTS)])
    env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **more}
    command = [sys.executable, __file__, check, str(folder)]
    if "::" in check:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", f"{TESTS}/{check}"]
        command += ["-o", f"pythonpath={folder} {TESTS}"]
    return subprocess.run(
        command, check=False, env=env, cwd=TESTS.parent, capture_output=True, text=True
    )


def main(check: str, folder: str) -> int:
    """One check in this process."""
    package = importlib.import_module(PACKAGE.name)
    assert str(package.__file__).startswith(folder), package.__file__
    module, _, function = check.partition(":")
    run = getattr(importlib.import_module(module), function)
    try:
        found = run()
        if inspect.iscoroutine(found):
            asyncio.run(found)
    except (AssertionError, pytest.fail.Exception):
        return KILLED
    return SURVIVED


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))
    try:
        sys.exit(main(*sys.argv[1:]))
    except Exception as error:
        traceback.print_exc()
        raise SystemExit(BROKEN) from error
