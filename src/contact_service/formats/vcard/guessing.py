"""Which of several code pages a few names are in, where statistics cannot say: how little of a word would be odd.

charset-normalizer tells languages apart by a page of text; an address book often has three words that are not ASCII.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

_WORD = re.compile(r"\w+")
_ENOUGH = 4_096
_COMMON = frozenset("’‘“”„«»–—…°€§№ºª¿¡·")
# Both ends of the first level of characters, those in daily use: (lead, trail) of JIS X 0208, GB 2312, Big5, KS X 1001.
_DAILY = {
    "cp932": ((0x81, 0x40), (0x98, 0x72)),
    "gb18030": ((0xB0, 0xA1), (0xD7, 0xFE)),
    "big5": ((0xA4, 0x40), (0xC6, 0x7E)),
    "euc_kr": ((0xB0, 0xA1), (0xC8, 0xFE)),
}
_SCRIPTS = re.compile(
    "(?P<latin>[A-Za-z\u00aa\u00ba\u00c0-\u024f])|(?P<greek>[\u0370-\u03ff])|(?P<cyrillic>[\u0400-\u052f])"
    "|(?P<hebrew>[\u0590-\u05ff])|(?P<arabic>[\u0600-\u06ff])|(?P<wide>[\u2e80-\uffef])"
)
# Letters beside A to Z that stand together in one language: German, French, Spanish, Portuguese, Italian and Dutch, the
# Nordic ones, Icelandic, Polish, Czech and Slovak, Hungarian, Romanian, South Slavic, Turkish, Latvian, Lithuanian.
_ALPHABETS = tuple(
    map(
        frozenset,
        (
            "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúñüªº", "ãáâàçéêíóôõúü", "àèéìíîòóùúëïöü", "æøåäöéü", "áðéíóúýþæö",
            "ąćęłńóśźż", "áäčďéěíĺľňóôŕřšťúůýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "çğıöşüâîû", "āčēģīķļņšūžō",
            "ąčęėįšųūž", "äõöüšž",
        ),
    )
)  # fmt: skip
# Points and vowel signs, which names in Hebrew and Arabic go without.
_POINTS = re.compile("[\u0591-\u05cf\u05f0-\u05f4\u064b-\u0652]")


def best(sample: bytes, charsets: Iterable[str]) -> str | None:
    """The one in which the fewest characters are odd; of equals the first. None when none decodes the sample."""
    found: tuple[float, str] | None = None
    for charset in charsets:
        try:
            text = sample.decode(charset)
        except UnicodeError:
            continue
        odd = _odd(text, charset)
        if found is None or odd < found[0]:
            found = odd, charset
    return found[1] if found else None


def _odd(text: str, charset: str) -> float:
    """How much of a text that is not ASCII is odd, as a share of its bytes."""
    text = text[:_ENOUGH]
    size = sum(1 for char in text if not char.isascii())
    signs = sum(_sign(char) for char in text if not char.isascii())
    words = sum(_word(word) for word in _WORD.findall(text) if not word.isascii())
    rare = _rare(text, charset) if charset in _DAILY else 0
    return (signs + words + rare + _foreign(text)) / max(1, size)


def _sign(char: str) -> float:
    """What is no letter and no mark of print is rare in names; a control character is in no text."""
    if char in _COMMON:
        return 0.1
    kind = unicodedata.category(char)
    if kind.startswith("C"):
        return 5
    return 0 if kind[0] in "LM" and not _POINTS.match(char) else 1


def _word(word: str) -> float:
    """Letters of two scripts in one word, hardly any without an accent, capitals within it, none at its start."""
    scripts = {match.lastgroup for match in _SCRIPTS.finditer(word)}
    if len(scripts) > 1:
        return 3
    accents = sum(1 for char in word if not char.isascii())
    if scripts == {"latin"} and 2 * accents > max(2, len(word)):
        return 2  # no language has so many
    swapped = sum(1 for a, b in pairwise(word) if a.islower() and b.isupper())
    if scripts == {"latin"}:
        return swapped
    two_capitals = len(word) > 2 and word[:2].isupper()
    return swapped + (0.5 if two_capitals or word[0].islower() else 0)


def _foreign(text: str) -> int:
    """Letters with accents that stand beside those of the language that has the most of them."""
    accented = [char.lower() for char in text if "\u00aa" <= char <= "\u024f" and char.isalpha()]
    return min(sum(1 for char in accented if char not in known) for known in _ALPHABETS)


def _rare(text: str, charset: str) -> float:
    low, high = _DAILY[charset]
    count = 0
    for char in text:
        pair = tuple(char.encode(charset)) if not char.isascii() else ()
        # Half-width katakana, four bytes: nobody writes a name so.
        count += bool(pair) and not (len(pair) == 2 and low <= pair <= high)
    return count
