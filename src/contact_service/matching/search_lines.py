"""Short texts of many entries joined into one array of letters, so that one pass looks into all of them."""

import numpy as np

from contact_service.matching.search_words import Ints

END = "\n"


class Texts:
    """The texts of entries on their way into Lines."""

    __slots__ = ("owners", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.owners: list[int] = []

    def take(self, owner: int, texts: tuple[str, ...]) -> None:
        """The texts of one entry."""
        for text in texts:
            self.texts.append(text)
            self.owners.append(owner)


class Lines:
    """Each text stands between two line ends; no text holds one. `ranks` has each entry's place by its number."""

    __slots__ = ("_letters", "_owners", "_starts")

    def __init__(self, found: Texts, ranks: Ints) -> None:
        texts = found.texts
        joined = END + "".join([text + END for text in texts])
        if joined.count(END) != len(texts) + 1:
            joined = END + "".join([text.replace(END, " ") + END for text in texts])
        lengths = np.fromiter(map(len, texts), np.int32, len(texts)) + 1
        self._starts = (np.cumsum(lengths) - lengths + 1).astype(np.int32)
        self._owners: Ints = ranks[np.array(found.owners, np.int32)]
        self._letters = _letters(joined)

    def starting(self, start: str) -> Ints:
        """Entries with a text that begins with `start`; an entry may come more than once."""
        return self._holding(END + start, 1)

    def ending(self, end: str) -> Ints:
        """Entries with a text that ends with `end`."""
        return self._holding(end + END, 0)

    def holding(self, part: str) -> Ints:
        """Entries with a text that has `part` anywhere."""
        return self._holding(part, 0)

    def _holding(self, part: str, shift: int) -> Ints:
        letters, wanted = self._letters, _letters(part).tolist()
        if letters.dtype == np.uint8 and max(wanted) > 0x7F:
            return self._owners[:0]
        # The first letter leaves a tenth of the places, each further one a tenth of those: no loop over hits.
        first = letters[: max(0, letters.size - len(wanted) + 1)]
        if len(wanted) > 1:
            places = np.flatnonzero(
                (first == wanted[0]) & (letters[1 : first.size + 1] == wanted[1])
            )
        else:
            places = np.flatnonzero(first == wanted[0])
        for offset, letter in enumerate(wanted[2:], start=2):
            places = places[letters[places + offset] == letter]
        return self._owners[np.searchsorted(self._starts, places + shift, "right") - 1]


def _letters(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8 | np.uint32]]:
    """One number a letter; a quarter of the room where all are ASCII."""
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
