"""Many needles in much hay: where do any of a hundred thousand byte strings stand in a database's files?"""

import base64
from collections.abc import Iterable

import numpy as np

_FRONT = 8


def spellings(needle: bytes) -> set[bytes]:
    """The bytes as they are, in hex, and what is the same of their base64 wherever they begin."""
    found = {needle, needle.hex().encode(), needle.hex().upper().encode()}
    for before in range(3):
        text = base64.b64encode(bytes(before) + needle)
        found.add(text[-(-before * 8 // 6) : (before + len(needle)) * 8 // 6])
    found |= {each.translate(bytes.maketrans(b"+/", b"-_")) for each in found - {needle}}
    return found


def standing(hay: bytes, needles: Iterable[bytes]) -> set[bytes]:
    """Those of the needles, each of 8 bytes or more, that stand somewhere in the hay."""
    by_front: dict[int, list[bytes]] = {}
    for needle in needles:
        by_front.setdefault(int.from_bytes(needle[:_FRONT], "little"), []).append(needle)
    fronts = np.sort(np.fromiter(by_front, dtype=np.uint64, count=len(by_front)))
    found = set()
    for shift in range(_FRONT):
        words = np.frombuffer(hay, "<u8", (len(hay) - shift) // _FRONT, shift)
        at = np.searchsorted(fronts, words)
        for place in np.flatnonzero(fronts[np.minimum(at, len(fronts) - 1)] == words):
            start = int(place) * _FRONT + shift
            found |= {n for n in by_front[int(words[place])] if hay[start : start + len(n)] == n}
    return found
