"""Text as it is shown: without characters that reorder or break a line, and as initials in a coloured round.

Nothing here is written back: the card keeps what it was sent.
"""

import re
import unicodedata
import zlib

# Bidi marks, embeddings, overrides and isolates (Unicode UAX 9), and control characters: a name must not be able to
# turn the text around it. Joiners stay, Persian and emoji need them.
_UNRULY = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_ONE_LETTER = re.compile(
    "[\u0590-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)
_THAI_LEADING = "\u0e40\u0e41\u0e42\u0e43\u0e44"
TONES = 6


def plain(text: str) -> str:
    """`text` for one line: unruly characters are spaces, spaces are one."""
    return " ".join(_UNRULY.sub(" ", text).split())


def lines(text: str) -> list[str]:
    """`text` as its lines, each plain; empty lines at both ends are cut."""
    found = [plain(line) for line in re.split("\r\n|[\r\n\u2028\u2029]", text)]
    while found and not found[-1]:
        found.pop()
    while found and not found[0]:
        found.pop(0)
    return found


def initials(name: str) -> str:
    """One or two letters for a round: of the first and last word, or of the first where a script joins its letters or
    packs a syllable into one; "" where there is no letter.
    """
    words = [word for word in (_begun(word) for word in name.split()) if word]
    if not words:
        return ""
    if len(words) == 1 or _ONE_LETTER.match(words[0]):
        return words[0]
    return words[0] + words[-1]


def _begun(word: str) -> str:
    """The first letter of the word with the marks that belong to it, in capitals."""
    start = next((at for at, sign in enumerate(word) if sign.isalpha()), None)
    if start is None:
        return ""
    end = start + (2 if word[start] in _THAI_LEADING else 1)
    while end < len(word) and unicodedata.category(word[end])[0] == "M":
        end += 1
    letter = word[start:end]
    upper = letter.upper()
    return upper if len(upper) == len(letter) else letter


def tone(card: str) -> int:
    """Which of the six colours a card's round has; the same for ever."""
    return zlib.crc32(card.encode()) % TONES
