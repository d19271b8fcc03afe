"""What can be made to go wrong, and when: set by a test in process, or by `/_admin/knobs` in the demo."""

import threading
from enum import StrEnum

import msgspec


class Fault(StrEnum):
    """Each emulator brings about those that make sense for it. What `value` of a Knob means stands behind each."""

    TOO_MANY = "too-many"  # 429; value: Retry-After as it is sent, seconds or a date; "" for none
    UNAUTHORISED = "unauthorised"  # 401, as for a token that is dead
    FORBIDDEN = "forbidden"  # 403; value: the provider's reason, "" for a scope that is lacking
    AWAY = "away"  # 5xx; value: the status, 503 by default
    SLOW_BODY = "slow-body"  # value: seconds that the body takes, 1 by default
    TRUNCATED = "truncated"  # the JSON ends in the middle, at the end of a whole answer
    CUT = "cut"  # the connection closes in the middle; at a token endpoint: the lost refresh answer
    EXPIRED_CURSOR = (
        "expired-cursor"  # in the provider's own form; value: which, "" for the usual one
    )
    REPLAYED_ITEM = "replayed-item"  # the last item stands in the answer twice
    REPLAYED_PAGE = "replayed-page"  # the page comes once more under the next token
    MISSING_PAGE = "missing-page"  # the next token leaves a page out
    SHORT_PAGE = "short-page"  # half of the items that were asked for; nothing is lost
    EMPTY_PAGE = "empty-page"  # no items, and a token under which they come
    ENDLESS = "endless-token"  # the next token is the one that was sent
    RENAMED_ID = "renamed-id"  # the first item has another id from now on
    UNKNOWN_FIELD = "unknown-field"  # in the first item; value: the field's name
    WRONG_TYPE = "wrong-type"  # in the first item; value: the field, "" for its first one
    WRONG_SHAPE = "wrong-shape"  # the list of items is no list
    FOREIGN_LINK = "foreign-link"  # the next link leads elsewhere; value: where


BREAKS_SCHEMA = frozenset({Fault.UNKNOWN_FIELD, Fault.WRONG_TYPE, Fault.WRONG_SHAPE})
"""What makes an answer another one than the provider documents, on purpose."""


class Knob(msgspec.Struct, rename="camel"):
    """`fault` from the `nth` request of `operation` ("" for any) after the knob was set, on `times` requests (0: on
    all that follow).
    """

    fault: Fault
    operation: str = ""
    nth: int = 1
    times: int = 1
    value: str = ""

    def acts(self, seen: int) -> bool:
        """Whether it acts upon the request that is the `seen`th since, from 1."""
        return seen >= self.nth and (self.times == 0 or seen < self.nth + self.times)


class Knobs:
    """The knobs of one emulator. Set from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[tuple[Knob, list[int]]] = []

    def set(
        self, fault: Fault, operation: str = "", *, nth: int = 1, times: int = 1, value: str = ""
    ) -> None:
        """One more knob."""
        self.add(Knob(fault, operation, nth, times, value))

    def add(self, knob: Knob) -> None:
        """One more knob."""
        with self._lock:
            self._set.append((knob, [0]))

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._set.clear()

    def listed(self) -> list[Knob]:
        """What is set."""
        with self._lock:
            return [knob for knob, _ in self._set]

    def turned(self, operation: str) -> list[Knob]:
        """Those that act upon the request of `operation` that has just come; it is counted."""
        acting = []
        with self._lock:
            for knob, seen in self._set:
                if knob.operation in {"", operation}:
                    seen[0] += 1
                    if knob.acts(seen[0]):
                        acting.append(knob)
        return acting
