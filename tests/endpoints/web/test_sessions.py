"""Sessions and codes: once, for a while, and not without bound."""

import pytest

from contact_service.endpoints.web import sessions
from contact_service.endpoints.web.sessions import CODE_LIFE_S, LIFE_S, Sessions
from contact_service.model.ids import OwnerId

ANN = OwnerId("ann")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Sessions:
    return Sessions(clock)


def test_a_code_opens_one_session(kept: Sessions) -> None:
    code = kept.issue_code(ANN)
    cookie = kept.exchange(code)
    assert cookie is not None
    assert kept.owner_of(cookie) == ANN
    assert kept.exchange(code) is None
    assert not kept.takes_codes


def test_a_code_expires(kept: Sessions, clock: Clock) -> None:
    code = kept.issue_code(ANN)
    clock.now += CODE_LIFE_S
    assert kept.exchange(code) is None


def test_a_session_ends_with_its_token_but_at_twelve_hours_at_the_latest(
    kept: Sessions, clock: Clock
) -> None:
    short = kept.open(ANN, until=clock.now + 60)
    long = kept.open(ANN, until=clock.now + 10 * LIFE_S)
    clock.now += 60
    assert kept.owner_of(short) is None
    assert kept.owner_of(long) == ANN
    clock.now += LIFE_S - 60
    assert kept.owner_of(long) is None


def test_a_closed_session_stays_closed(kept: Sessions) -> None:
    cookie = kept.open(ANN)
    kept.close(cookie)
    kept.close(cookie)
    assert kept.owner_of(cookie) is None


@pytest.mark.parametrize("wrong", ["", ".", "x.y", "ü.ü", "a" * 9000, "\udc80.x"])
def test_what_is_no_cookie_of_ours_opens_nothing(kept: Sessions, wrong: str) -> None:
    assert kept.find(wrong) is None
    kept.close(wrong)


def test_a_cookie_with_another_mac_opens_nothing(kept: Sessions) -> None:
    cookie = kept.open(ANN)
    assert kept.find(cookie[:-1] + ("0" if cookie[-1] != "0" else "1")) is None
    assert Sessions().find(cookie) is None


def test_sessions_and_codes_are_bounded_and_the_oldest_go(
    kept: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    monkeypatch.setattr(sessions, "MOST_CODES", 3)
    cookies = [kept.open(ANN) for _ in range(4)]
    assert [kept.owner_of(c) is not None for c in cookies] == [False, True, True, True]
    codes = [kept.issue_code(ANN) for _ in range(4)]
    assert [kept.exchange(c) is not None for c in codes] == [False, True, True, True]
