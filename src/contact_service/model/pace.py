"""How many calls a window of time may still have: a sliding window in slots, so that no window whatever has more.

The present slot and the SLOTS whole ones before it are counted together, which is a slot more than the window: a call
leaves the count late, never early. So all calls may come at once, and none of any `seconds` in a row has too many.
"""

import msgspec

SLOTS = 12


class Window(msgspec.Struct, frozen=True):
    """`slot`: number of the newest slot since 1970; `counts`: calls of SLOTS + 1 slots, the newest last."""

    slot: int
    counts: tuple[int, ...]


FRESH = Window(0, (0,) * (SLOTS + 1))


def take(window: Window, calls: int, seconds: float, now: float) -> Window | float:
    """The window with one call more at `now` (Unix seconds), or how many seconds to wait for a place (> 0).

    A clock that jumps back counts as one that stands still.
    """
    width = seconds / SLOTS
    slot = max(int(now // width), window.slot)
    counts = _shifted(window, slot)
    if sum(counts) < calls:
        return Window(slot, (*counts[:-1], counts[-1] + 1))
    left = sum(counts)
    for place, count in enumerate(counts):
        left -= count
        if left < calls:
            # The slot at this place leaves the count when the newest is so many further.
            return max((slot + place + 1) * width - now, width / 1000)
    return seconds


def _shifted(window: Window, slot: int) -> tuple[int, ...]:
    moved = min(slot - window.slot, SLOTS + 1)
    return window.counts[moved:] + (0,) * moved
