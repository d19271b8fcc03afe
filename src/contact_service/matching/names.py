"""Names as they are compared: folding, words, spellings; and as they are shown and sorted (RFC 9553 2.2.1).

Folding is for comparison only and never written back. Marks are stripped where they decorate (Latin, Greek, Hebrew,
Arabic), never in Indic scripts, where they are vowels.
"""

import re
import unicodedata
from collections.abc import Iterator

from anyascii import anyascii

from contact_service.matching import name_parts
from contact_service.model.card import Fields, Name

# Default-ignorables (joiners, bidi controls, variation selectors, fillers) and skin tones.
_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_LATIN_GREEK = "a-z0-9\u00df-\u02af\u0370-\u03ff\u1d00-\u1dbf\u1e00-\u1fff"
# U+0435 U+0308 is Cyrillic yo: written as ye in most books. No other Cyrillic mark goes: short i is its own letter.
_MARKS = re.compile(rf"([{_LATIN_GREEK}])[\u0300-\u036f]+|(\u0435)\u0308")
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_ALIKE = str.maketrans("ıٱىیةک", "iاييهك")
_APOSTROPHES = str.maketrans("", "", "'’ʼ‘ʹʻ")
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_CLUSTERS = re.compile(rf"[{_EMOJI}]+|[^\s{_EMOJI}]+")
_ASCII_WORDS = re.compile("[a-z0-9]+")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"}
_UMLAUT = re.compile("[äöüåøæ]")
_SYLLABLES = re.compile("[A-Z]?[a-z0-9']+")
_HAN_HANGUL = re.compile("[\u3400-\u9fff\uac00-\ud7a3]+\\Z")
_SPACES = re.compile(r"\s+")


class _Separators(dict[int, int | str]):
    """Punctuation, separators, controls and symbols but emoji part words; letters, digits and marks make them."""

    def __missing__(self, code: int) -> int | str:
        category = unicodedata.category(chr(code))
        emoji = category == "So" and (0x2190 <= code <= 0x2BFF or 0x1F000 <= code <= 0x1FAFF)
        self[code] = found = code if category[0] in "LMN" or emoji else " "
        return found


_SEPARATORS = _Separators()


def fold(text: str) -> str:
    """`text` for comparison: compatibility forms, case, decorating marks, invisible characters. Idempotent."""
    if text.isascii():
        return text.lower()
    for _ in range(4):
        # Folding a folded text can still compose once more; two rounds nearly always settle it.
        folded = _fold_once(text)
        if folded == text:
            break
        text = folded
    return text


def tokens(text: str) -> tuple[str, ...]:
    """The folded words of `text` in order: O'Brien is one, Jean-Luc two, an emoji cluster one."""
    if text.isascii():
        return tuple(_ASCII_WORDS.findall(text.lower().replace("'", "")))
    plain = fold(text).translate(_APOSTROPHES).translate(_SEPARATORS)
    return tuple(_CLUSTERS.findall(plain))


def words(text: str) -> tuple[tuple[str, ...], ...]:
    """Each word of `text` in all spellings it may be looked for by, its own folded one first."""
    if text.isascii():
        return tuple([(word,) for word in tokens(text)])
    return tuple(
        spellings(word) if word == out else (*spellings(word), out)
        for word, out in _written_out(text)
    )


def lookups(text: str) -> tuple[tuple[str, ...], ...]:
    """Each word of a query in the spellings it may stand in a card: as typed, in Latin letters, umlauts written out."""
    if text.isascii():
        return tuple([(word,) for word in tokens(text)])
    found = []
    for word, out in _written_out(text):
        forms = dict.fromkeys((word, _latin(word), out))
        forms.pop("", None)
        found.append(tuple(forms))
    return tuple(found)


def spellings(word: str) -> tuple[str, ...]:
    """A folded word in its own script and in Latin letters; Han and Hangul also by given name and by initials."""
    if word.isascii():
        return (word,)
    found = dict.fromkeys((word, _latin(word)))
    if 1 < len(word) <= 8 and _HAN_HANGUL.match(word):
        parts = [part.lower() for part in _SYLLABLES.findall(anyascii(word))]
        for start in range(1, len(word)):
            found[word[start:]] = None
        for start in range(1, len(parts)):
            found["".join(parts[start:])] = None
        found["".join(part[0] for part in parts)] = None
        found["".join(map(_initial, word))] = None
    found.pop("", None)
    return tuple(found) or (word,)


def full_name(fields: Fields) -> str:
    """What a card is shown as: the name as received, else its parts, organisation, nickname, e-mail, phone, or ""."""
    candidates = (
        fields.name and written(fields.name),
        *(org.name for org in (fields.organizations or {}).values()),
        *(nick.name for nick in (fields.nicknames or {}).values()),
        *(email.address for email in (fields.emails or {}).values()),
        *(phone.number for phone in (fields.phones or {}).values()),
    )
    return next((text.strip() for text in candidates if text and text.strip()), "")


def written(name: Name) -> str:
    """`full` as received, else the components in their order, with their separators where there are any."""
    if name.full and name.full.strip():
        return name.full
    text, gap = "", ""
    for part in name.components:
        if part.kind == "separator":
            gap = part.value
        elif part.value:
            text += (gap if text else "") + part.value
            gap = " "
    return text


def sort_key(fields: Fields) -> str:
    """Surname before given name, folded and in Latin letters; unnamed cards sort behind all others."""
    name = fields.name
    surname = given = ""
    if name is not None:
        surname, given = _sorted_as(name)
        if not surname and not given:
            parts = name_parts.split(written(name))
            surname, given = parts.surname, parts.given
    text = f"{surname} {given}".strip() or full_name(fields)
    key = " ".join(tokens(text)) or fold(text)
    if not key.isascii():
        key = " ".join(tokens(anyascii(key))) or key
    return key if key and key[0].isalpha() else "\uffff" + key


def _sorted_as(name: Name) -> tuple[str, str]:
    sort_as = name.sort_as or {}
    found = []
    for kind in ("surname", "given"):
        own = " ".join(part.value for part in name.components if part.kind == kind)
        found.append(sort_as.get(kind) or own)
    return found[0], found[1]


def _fold_once(text: str) -> str:
    text = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = _POINTS.sub("", unicodedata.normalize("NFKD", text))
    text = _MARKS.sub(lambda match: match[1] or match[2], text)
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).translate(_ALIKE)).casefold()


def _latin(word: str) -> str:
    return word if word.isascii() else "".join(_ASCII_WORDS.findall(anyascii(word).lower()))


def _written_out(text: str) -> Iterator[tuple[str, str]]:
    """The words of `text`, folded, each beside the form that writes umlauts out (mueller for Mueller's u with dots)."""
    plain = tokens(text)
    lowered = unicodedata.normalize("NFC", text).lower()
    marked = _UMLAUT.sub(lambda match: _UMLAUTS[match[0]], lowered)
    out = tokens(marked) if marked != lowered else plain
    return zip(plain, out if len(out) == len(plain) else plain, strict=True)


def _initial(letter: str) -> str:
    code = ord(letter) - 0xAC00
    return chr(0x1100 + code // 588) if 0 <= code < 11172 else letter
