"""The collations of text-match (RFC 4790, RFC 5051): each folds a text, and folded texts are compared as they are."""

import unicodedata
from collections.abc import Callable

OCTET = "i;octet"
ASCII = "i;ascii-casemap"
UNICODE = "i;unicode-casemap"
DEFAULT = UNICODE
"""What a text-match without a collation means (RFC 6352 10.5.4)."""

_ASCII_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MOST = 16_384


class _Titlecase(dict[int, str]):
    """Each character as RFC 5051 2 has it, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        # The simple mapping of UnicodeData.txt is meant: where Python gives several characters, there is none.
        title = char.title()
        found = unicodedata.normalize("NFKD", title if len(title) == 1 else char)
        # Whoever sends every character there is must not be remembered for it.
        if len(self) >= _MOST:
            self.clear()
        self[code] = found
        return found


_titlecase = _Titlecase()


def octet(text: str) -> str:
    """i;octet (RFC 4790 9.3): nothing is folded."""
    return text


def ascii_casemap(text: str) -> str:
    """i;ascii-casemap (RFC 4790 9.2): the letters a to z in upper case."""
    return text.upper() if text.isascii() else text.translate(_ASCII_UPPER)


def unicode_casemap(text: str) -> str:
    """i;unicode-casemap (RFC 5051 2): each character by itself in title case, then decomposed, compatibly too.

    So `ß` is no `SS`, the ligature `ﬁ` is `fi` in small letters, and marks are not put in order.
    """
    return text.upper() if text.isascii() else text.translate(_titlecase)


FOLDS: dict[str, Callable[[str], str]] = {
    ASCII: ascii_casemap,
    OCTET: octet,
    UNICODE: unicode_casemap,
}
"""All that are supported, by identifier (C:supported-collation-set)."""
