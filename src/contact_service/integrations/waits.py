"""How long a provider wants to be left alone: Retry-After in both forms, its own reset header, else backoff."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LEAST_S, MOST_S = 1.0, 60.0
_LONGEST_S = 86_400.0
_RESETS = ("x-rate-limit-reset", "x-ratelimit-reset")


def told(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that the answer asks for, at most a day; None: it does not say (RFC 9110 10.2.3: a number or a date).

    A date is taken by the answer's own `Date` where it has one: the provider's clock and ours may differ.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_S)
    at = _date(text)
    if at is not None:
        return _until(at, _date(headers.get("date", "")) or now)
    for name in _RESETS:
        epoch = headers.get(name, "").strip()
        if epoch.isascii() and epoch.isdigit() and len(epoch) <= 11:
            return _until(datetime.fromtimestamp(int(epoch), UTC), now)
    return None


def backoff(tries: int, chance: Callable[[], float]) -> float:
    """Full jitter after so many tries (from 1): between 1 s and a bound that doubles up to 60 s."""
    bound = min(MOST_S, LEAST_S * 2.0 ** min(tries, 10))
    return LEAST_S + (bound - LEAST_S) * chance()


def _until(at: datetime, now: datetime) -> float:
    return min(max((at - now).total_seconds(), 0.0), _LONGEST_S)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
