"""The keyring: one 0600 file, never minted over existing rows."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.vault import keyring
from contact_service.vault.keyring import Keyring, KeyringMissing, KeyringRefused, KeyringUnreadable

KEYS = st.dictionaries(
    st.integers(1, 2**32 - 1), st.binary(min_size=32, max_size=32), min_size=1, max_size=4
)


def _all(ring: Keyring) -> tuple[object, ...]:
    return (ring.keks, ring.kek, ring.peppers, ring.epoch, ring.feed, ring.fixed("decoy"))


@given(KEYS, KEYS, st.binary(min_size=32, max_size=32), st.randoms())
def test_a_saved_keyring_loads_as_it_was(tmp_path_factory, keks, peppers, root, random) -> None:
    path = tmp_path_factory.mktemp("ring") / "keys" / "keyring.json"
    ring = Keyring(keks, random.choice(sorted(keks)), peppers, random.choice(sorted(peppers)), root)
    keyring.save(ring, path)
    assert _all(keyring.load(path)) == _all(ring)


def test_the_file_and_its_folder_belong_to_the_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keyring.json"
    keyring.save(keyring.create(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]


def test_a_missing_keyring_is_never_minted_over_existing_rows(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    with pytest.raises(KeyringMissing, match="No keyring at") as refused:
        keyring.open_(path, fresh=False)
    assert "\n" not in str(refused.value)
    assert not path.exists()


def test_an_existing_keyring_is_kept_even_when_the_database_is_fresh(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    first = keyring.open_(path, fresh=True)
    assert _all(keyring.open_(path, fresh=True)) == _all(first)
    assert _all(keyring.open_(path, fresh=False)) == _all(first)


def test_processes_that_start_at_once_end_with_one_keyring(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keyring.json"
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(lambda _: keyring.open_(path, fresh=True), range(8)))
    assert len({ring.feed for ring in rings}) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_keyring_open_to_other_accounts_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keyring.json"
    keyring.save(keyring.create(), path)
    path.chmod(mode)
    with pytest.raises(KeyringUnreadable, match="chmod 600"):
        keyring.load(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        b'{"format":2,"kek":{"current":1,"keys":{}},"pepper":{"current":1,"keys":{}},"root":""}',
        b'{"format":1,"kek":{"current":1,"keys":{"1":"AAAA"}},"pepper":{"current":1,"keys":{}},"root":""}',
    ],
)
def test_a_damaged_keyring_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keyring.json"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(KeyringUnreadable) as refused:
        keyring.load(path)
    assert "\n" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_folder_in_place_of_the_keyring_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(KeyringUnreadable):
        keyring.load(tmp_path)


@pytest.mark.parametrize(
    ("kek", "epoch", "size"), [(2, 1, 32), (1, 2, 32), (1, 1, 31)], ids=["kek", "epoch", "size"]
)
def test_a_keyring_without_its_current_keys_is_refused(kek: int, epoch: int, size: int) -> None:
    with pytest.raises(KeyringRefused):
        Keyring({1: bytes(size)}, kek, {1: bytes(32)}, epoch, bytes(32))
    with pytest.raises(KeyringRefused):
        Keyring({0: bytes(32)}, 0, {1: bytes(32)}, 1, bytes(32))


def test_a_failed_write_leaves_the_former_keyring(tmp_path, monkeypatch) -> None:
    path = tmp_path / "keyring.json"
    first = keyring.open_(path, fresh=True)

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keyring.save(keyring.create(), path)
    assert _all(keyring.load(path)) == _all(first)
    assert [entry.name for entry in tmp_path.iterdir()] == ["keyring.json"]


def test_fixed_keys_differ_by_name_and_last() -> None:
    ring = keyring.create()
    names = ("feed", "idempotency", "decoy", "feed ")
    assert len({ring.fixed(name) for name in names} | {ring._root, ring.pepper}) == 6
    assert ring.fixed("feed") == ring.feed
    assert {len(ring.fixed(name)) for name in names} == {32}
