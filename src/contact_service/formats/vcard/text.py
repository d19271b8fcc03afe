"""Text in vCard values: backslash escapes (RFC 6350 3.4, RFC 2426 4) and `^` escapes of parameters (RFC 6868).

All is linear: one pass, one regular expression without nesting.
"""

import re

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CUTS = {sep: re.compile(r"\\.|" + sep, re.DOTALL) for sep in ";,"}
_CARET = re.compile(r"\^([n^'])")
_CARETS = {"n": "\n", "^": "^", "'": '"'}
_TEXT = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_PARAMETER = str.maketrans({"^": "^^", "\n": "^n", '"': "^'", "\r": None})


def unescape(value: str) -> str:
    r"""`\n` and `\N` become a line break, any other escaped character itself (Apple escapes `:` too)."""
    if "\\" not in value:
        return value
    return _ESCAPED.sub(_plain, value)


def escape(value: str) -> str:
    r"""The escaped spelling; a CR LF is one `\n`."""
    return value.replace("\r\n", "\n").translate(_TEXT)


def cut(value: str, sep: str) -> list[str]:
    """The parts between unescaped `sep` (`;` or `,`), unescaped; trailing empty ones stay."""
    if "\\" not in value:
        return value.split(sep)
    return [unescape(part) for part in cut_raw(value, sep)]


def cut_raw(value: str, sep: str) -> list[str]:
    """The parts between unescaped `sep`, escapes kept."""
    if "\\" not in value:
        return value.split(sep)
    parts: list[str] = []
    start = 0
    for match in _CUTS[sep].finditer(value):
        if match[0] == sep:
            parts.append(value[start : match.start()])
            start = match.end()
    parts.append(value[start:])
    return parts


def parameter(value: str) -> str:
    """A parameter's value without quotes and `^` escapes (RFC 6868)."""
    if value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
        value = value[1:-1]
    return _CARET.sub(lambda m: _CARETS[m[1]], value) if "^" in value else value


def quoted(value: str) -> str:
    """A parameter's value as it is written: `^` escapes, quotes where `:;,` or a blank ask for them."""
    value = value.translate(_PARAMETER)
    return value if value.replace("-", "").isalnum() else f'"{value}"'


def _plain(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]
