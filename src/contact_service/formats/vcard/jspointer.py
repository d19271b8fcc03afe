r"""The pointer of a JSPROP line (RFC 9555 3.3.1, RFC 6901) in a parameter, which cannot hold control characters.

Ours: those, and the backslash, are spelled `\u0008`; other readers see a key they do not know.
"""

import re

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_SPELLED = re.compile(r"\\u([0-9a-f]{4})")


def join(parts: tuple[str, ...]) -> str:
    """The pointer through `parts`, without the leading slash, as RFC 9555 writes it."""
    path = "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", path)


def cut(path: str) -> list[str]:
    """The parts of a pointer, with or without the leading slash."""
    path = _SPELLED.sub(lambda match: chr(int(match[1], 16)), path.removeprefix("/"))
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
