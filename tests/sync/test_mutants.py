"""T4m of reliability.md: each mutant of the sync code is killed by the check it is listed with. `make test` tries some of
them, drawn anew each time; `make soak ONLY=mutants` all.
"""

import random
from pathlib import Path

import pytest

import conftest
from sync import planting
from sync.mutants import MUTANTS
from sync.planting import KILLED, SURVIVED, Mutant

SOME = 5
FEWEST = 60


def tried(mutant: Mutant, folder: Path, template: str) -> None:
    ended = planting.outcome(
        mutant.check, planting.planted(mutant, folder), **{conftest.TEMPLATE: template}
    )
    assert ended.returncode == KILLED, f"{mutant.name}\n{ended.stdout}{ended.stderr}"


def test_some_mutants_are_killed_by_their_checks(
    postgres: str, tmp_path: Path, rnd: random.Random
) -> None:
    for at, mutant in enumerate(rnd.sample(MUTANTS, SOME)):
        tried(mutant, tmp_path / str(at), postgres)


@pytest.mark.soak
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed_by_its_check(mutant: Mutant, tmp_path: Path, postgres: str) -> None:
    tried(mutant, tmp_path, postgres)


@pytest.mark.soak
@pytest.mark.parametrize("check", sorted({mutant.check for mutant in MUTANTS}))
def test_a_check_of_mutants_holds_where_nothing_is_broken(
    check: str, tmp_path: Path, postgres: str
) -> None:
    comment = Mutant("none", "model/merge.py", "T = TypeVar", "# Unharmed.\nT = TypeVar", check)
    ended = planting.outcome(
        check, planting.planted(comment, tmp_path), **{conftest.TEMPLATE: postgres}
    )
    assert ended.returncode == SURVIVED, ended.stdout + ended.stderr


def test_every_patch_still_applies() -> None:
    for mutant in MUTANTS:
        assert planting.patched(mutant) != (planting.PACKAGE / mutant.file).read_text()


def test_a_patch_that_no_longer_applies_is_told(tmp_path: Path) -> None:
    gone = Mutant("gone", "model/merge.py", "no such line", "", "")
    with pytest.raises(ValueError, match="stands 0 times"):
        planting.planted(gone, tmp_path)


def test_every_mutant_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= FEWEST
