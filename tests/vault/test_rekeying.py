"""Keys of epochs that come and go: saved first, by one process at a time, and learnt by the others."""

import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from contact_service.model.epoch import Kind
from contact_service.vault import keyring, matrix_pepper, rekeying
from contact_service.vault.keyring import KeyringUnreadable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


@pytest.mark.parametrize("kind", Kind)
def test_a_new_key_has_the_next_number_and_is_saved_before_it_is_used(
    path: Path, kind: Kind
) -> None:
    ring = keyring.open_(path, fresh=True)
    before = dict(ring.of(kind))
    assert rekeying.with_new(ring, kind) == 2
    assert ring.of(kind) == keyring.load(path).of(kind)
    assert ring.of(kind)[1] == before[1]
    assert len({ring.of(kind)[1], ring.of(kind)[2]}) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]
    rekeying.without(ring, kind, 1)
    rekeying.without(ring, kind, 1)
    assert list(ring.of(kind)) == list(keyring.load(path).of(kind)) == [2]
    assert rekeying.with_new(ring, kind) == 3


def test_what_another_process_made_is_learnt(path: Path) -> None:
    here = keyring.open_(path, fresh=True)
    there = keyring.load(path)
    assert not rekeying.learned(here)
    for kind in Kind:
        rekeying.with_new(there, kind)
    assert rekeying.learned(here)
    assert (here.epoch, here.oprf_epoch, here.matrix_epoch) == (2, 2, 2)
    rekeying.without(there, Kind.PEPPER, 1)
    assert rekeying.learned(here)
    assert {kind: here.of(kind) for kind in Kind} == {kind: there.of(kind) for kind in Kind}
    assert here.fixed("objection") == there.fixed("objection")


def test_a_file_that_is_away_damaged_or_anothers_changes_nothing(
    path: Path, tmp_path: Path
) -> None:
    ring = keyring.open_(path, fresh=True)
    before = dict(ring.peppers)
    other = keyring.open_(tmp_path / "other" / "keyring.json", fresh=True)
    assert other.source is not None
    shutil.copy2(other.source, path)
    assert not rekeying.learned(ring)
    with pytest.raises(KeyringUnreadable, match="not the one in use"):
        rekeying.with_new(ring, Kind.PEPPER)
    assert _same(keyring.load(path).peppers, other.peppers)
    path.write_bytes(b"{")
    assert not rekeying.learned(ring)
    path.unlink()
    assert not rekeying.learned(ring)
    assert ring.peppers == before


def _same(one: dict[int, bytes], other: dict[int, bytes]) -> bool:
    return one == other


def _make(path: Path) -> int:
    return rekeying.with_new(keyring.load(path), Kind.OPRF)


def test_processes_that_make_keys_at_once_lose_none(path: Path) -> None:
    keyring.open_(path, fresh=True)
    with ThreadPoolExecutor(
        6
    ) as threads:  # each opens the folder itself, so they lock each other out as processes do
        made = list(threads.map(_make, [path] * 6))
    assert sorted(made) == [2, 3, 4, 5, 6, 7]
    assert sorted(keyring.load(path).oprf) == [1, 2, 3, 4, 5, 6, 7]


def test_a_file_of_before_is_completed_once(path: Path) -> None:
    keyring.open_(path, fresh=True)
    old = msgspec.json.decode(path.read_bytes())
    del old["oprf"], old["matrix"]
    path.write_bytes(msgspec.json.encode(old))
    one, two = keyring.load(path), keyring.load(path)
    assert one.of(Kind.OPRF) == one.of(Kind.MATRIX) == {}
    for ring in (one, two):
        for kind in Kind:
            rekeying.complete(ring, kind)
    assert {kind: one.of(kind) for kind in Kind} == {kind: two.of(kind) for kind in Kind}
    assert [list(one.of(kind)) for kind in Kind] == [[1], [1], [1]]


def test_the_matrix_pepper_is_spelled_as_clients_send_it() -> None:
    assert matrix_pepper.spelled(b"\xfb" * 32) == "-_v7" * 10 + "-_s"
