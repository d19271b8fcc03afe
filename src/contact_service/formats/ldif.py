"""LDIF (RFC 2849) as text: entries cut apart and their values decoded. What an entry becomes: ldif_cards.py.

More is read than the RFC allows: entries without a blank line between them, lines that are none, any line end.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator

import msgspec

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")
_DN = re.compile(r"dn[ \t]*:", re.IGNORECASE)
_FOLD = re.compile(r"(?:\r\n|\n|\r) ")
_ATTRIBUTE = re.compile(r"([A-Za-z0-9][\w.;-]*)[ \t]*:([:<]?)[ \t]*(.*)", re.DOTALL)
_MOST_HELD = 1 << 25
_NO_ENTRY = frozenset({"version", "search", "result", "charset"})
START = re.compile(
    r"\A(?:[ \t]*[\r\n]+|#[^\r\n]*[\r\n]+|version:[^\r\n]*[\r\n]+)*dn[ \t]*:", re.IGNORECASE
)
"""How an LDIF begins: comments and a version may stand before the first entry."""


class Entry(msgspec.Struct, frozen=True):
    """One entry. `values` by attribute in lower case with its options, in their order: text, or bytes where base64 is
    not UTF-8; `urls`: values that stand elsewhere (RFC 2849, `:<`), never fetched; `odd`: lines that are none.
    """

    dn: str
    change: str
    values: dict[str, list[str | bytes]]
    urls: dict[str, list[str]]
    odd: list[str]


def blocks(pieces: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(line, text) of each entry, line ends as they came; without comments alone and the version of the file."""
    held: list[str] = []
    start, has_dn, size = 1, False, 0
    for number, line in enumerate(_lines(pieces), 1):
        begins = has_dn and _DN.match(line) is not None
        if (begins or not line.strip("\r\n")) and held:
            yield from _told(start, held)
            held, has_dn, size = [], False, 0
        if not line.strip("\r\n"):
            continue
        if not held:
            start = number
        size += len(line)
        if size < _MOST_HELD:
            held.append(line)
        has_dn = has_dn or _DN.match(line) is not None
    yield from _told(start, held)


def parse(text: str) -> Entry:
    """The entry of a block. Raises ValueError for base64 that is none."""
    entry = Entry("", "add", {}, {}, [])
    dn, change = "", "add"
    for line in _FOLD.sub("", text).replace("\r", "\n").split("\n"):
        if not line or line.startswith("#"):
            continue
        match = _ATTRIBUTE.fullmatch(line)
        if match is None:
            entry.odd.append(line)
            continue
        name, mark, said = match[1].lower(), match[2], match[3]
        value = _decoded(said) if mark == ":" else said
        if name == "dn":
            dn = dn or (value if isinstance(value, str) else "")
        elif name == "changetype":
            change = said.strip().lower()
        elif mark == "<":
            entry.urls.setdefault(name, []).append(said)
        elif name not in {"control", "version"}:
            entry.values.setdefault(name.removesuffix(";binary"), []).append(value)
    return msgspec.structs.replace(entry, dn=dn, change=change)


def _decoded(said: str) -> str | bytes:
    value = b64decode(re.sub(r"\s", "", said), validate=True)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _told(start: int, held: list[str]) -> Iterator[tuple[int, str]]:
    names = {line.partition(":")[0].strip().lower() for line in held if line[0] not in "# "}
    if names - _NO_ENTRY:
        yield start, "".join(held)


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Physical lines with their ends; one that never ends is cut."""
    held = ""
    for piece in pieces:
        held += piece
        whole = held.removesuffix("\r")  # its line feed may be in the next piece
        # Only up to the last end: a search for one in a long line would begin anew at each of its characters.
        end = max(whole.rfind("\n"), whole.rfind("\r")) + 1
        for match in _LINE.finditer(whole, 0, end):
            yield match[0]
        held = held[end:]
        if len(held) > _MOST_HELD:
            yield held
            held = ""
    if held:
        yield held
