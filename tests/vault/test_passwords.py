"""App passwords: Argon2id as OWASP asks for, and a memory of five minutes."""

from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher

from contact_service.model import app_password
from contact_service.model.ids import OwnerId
from contact_service.vault import passwords
from contact_service.vault.passwords import LIFE_S, Remembered

ANN = OwnerId("ann")
LOGIN = UUID("01890000-0000-7000-8000-000000000000")
OTHER = UUID("01890000-0000-7000-8000-000000000001")


def test_a_password_fits_its_own_hash_alone() -> None:
    one, other = passwords.new(), passwords.new()
    assert one != other
    assert app_password.read(one) == one
    kept = passwords.hashed(one)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verified(kept, one)
    assert not passwords.verified(kept, other)
    assert not passwords.verified(None, one)
    assert not passwords.verified("no hash", one)
    assert passwords.hashed(one) != kept


class Counting(PasswordHasher):
    """Argon2 that counts its runs."""

    runs = 0

    def hash(self, *args: Any, **kwargs: Any) -> str:
        Counting.runs += 1
        return super().hash(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> Any:
        Counting.runs += 1
        return super().verify(*args, **kwargs)


def test_an_absent_hash_takes_the_work_of_one_that_does_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = passwords._ARGON2
    counting = Counting(own.time_cost, own.memory_cost, own.parallelism)
    monkeypatch.setattr(passwords, "_ARGON2", counting)
    for kept in (own.hash("past"), None):
        before = Counting.runs
        assert not passwords.verified(kept, "pass")
        assert Counting.runs == before + 1


def test_what_verified_is_remembered_for_five_minutes_from_then_on() -> None:
    kept = Remembered()
    mark = kept.mark(LOGIN, "pass")
    assert kept.get(mark, 0.0) is None
    kept.put(mark, ANN, 100.0)
    assert kept.get(mark, 100.0 + LIFE_S - 0.1) == ANN
    assert kept.get(mark, 100.0 + LIFE_S) is None
    assert len(kept) == 0


def test_a_mark_is_of_one_password_of_one_login_in_one_process() -> None:
    kept = Remembered()
    marks = {
        kept.mark(LOGIN, "pass"),
        kept.mark(LOGIN, "past"),
        kept.mark(OTHER, "pass"),
        Remembered().mark(LOGIN, "pass"),
    }
    assert len(marks) == 4
    assert kept.mark(LOGIN, "pass") in marks
    assert not any(b"pass" in mark for mark in marks)


def test_beyond_its_bound_the_oldest_is_forgotten() -> None:
    kept = Remembered(most=2)
    for at, name in enumerate("abca"):
        kept.put(name.encode(), ANN, float(at))
    assert [kept.get(name.encode(), 4.0) for name in "abc"] == [ANN, None, ANN]
    kept.drop(b"a")
    kept.drop(b"a")
    assert kept.get(b"a", 4.0) is None
