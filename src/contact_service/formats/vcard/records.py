"""A file of vCards cut into records: one bad record never costs its neighbours (imports.md). Linear in the bytes."""

import re

import msgspec

from contact_service.formats.vcard import bounds, charsets, lines
from contact_service.model.problem import UnsupportedFormat

ACCEPTED = ("text/vcard", "application/json", "application/x-ndjson")
_MARK = re.compile(
    rb"^(?:[ \t]*BEGIN|END)[ \t]*:[ \t]*VCARD[ \t\r]*$",
    re.IGNORECASE | re.MULTILINE,
)
_VERSION = re.compile(rb"^VERSION[^:\n]*:[ \t]*([^\s]*)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_CONTENT = re.compile(
    rb"^(?:[\w-]+\.)?(?:FN|N|EMAIL|TEL|ORG|NICKNAME)[;:]", re.IGNORECASE | re.MULTILINE
)
_VERSIONS = frozenset({b"2.1", b"3.0", b"4.0"})
_DEEPEST = 2


class Record(msgspec.Struct, frozen=True):
    """One card of a file. `index` from 0; `line` from 1, that of its BEGIN; `raw` is what `read` takes, in UTF-8, None
    for a reject; `reason` is a slug for a reject, else None: `truncated`, `nested-too-deep`, `unsupported-version`,
    `bad-encoding`, `line-too-long`, `too-many-properties`, `card-too-large`, `media-too-large`.
    """

    index: int
    line: int
    raw: bytes | None
    reason: str | None = None


def split(body: bytes) -> list[Record]:
    """The records of a file in order; text between cards is passed over. An empty file has none.

    The last record is `truncated` when the file was cut in it. Raises UnsupportedFormat
    (415) when no vCard begins in it.
    """
    plain = charsets.whole(body)
    if plain is None:
        return [Record(0, 1, None, "bad-encoding")]
    if b"\r" in plain and b"\n" not in plain:
        plain = plain.replace(b"\r", b"\r\n")  # classic Mac OS ended lines so
    if not plain.strip(b" \t\r\n\0"):
        return []
    cut = pieces(plain)
    if not cut:
        raise UnsupportedFormat(ACCEPTED)
    all_plain = is_plain(plain)
    charset = None if all_plain else charsets.guess(plain)
    records: list[Record] = []
    line, counted = 1, 0
    for start, end, reason in cut:
        line += plain.count(b"\n", counted, start)
        counted = start
        raw = plain[start:end]
        made, refused = (None, reason) if reason else judged(raw, charset, as_it_is=all_plain)
        records.append(Record(len(records), line, made, refused))
    return records


def judged(raw: bytes, charset: str | None, *, as_it_is: bool) -> tuple[bytes | None, str | None]:
    """(the card's bytes in UTF-8, None) or (None, the reason against it). `as_it_is`: `is_plain` was said of it."""
    refused = bounds.broken(raw) or _version(raw)
    if refused:
        return None, refused
    made = raw if as_it_is else charsets.to_utf8(raw, charset)
    return made, None if made is not None else "bad-encoding"


def pieces(body: bytes) -> list[tuple[int, int, str | None]]:
    """(start, end, reason) of each card: from BEGIN to the END that closes it, a nested AGENT within."""
    found: list[tuple[int, int, str | None]] = []
    depth, deepest, start = 0, 0, 0
    for match in _MARK.finditer(body):
        if match[0].lstrip()[:3].upper() == b"END":
            depth = max(0, depth - 1)
            if depth == 0 and deepest:
                end = match.end() + (body[match.end() : match.end() + 1] == b"\n")
                found.append((start, end, "nested-too-deep" if deepest > _DEEPEST else None))
                deepest = 0
            continue
        if depth and body[match.start() : match.start() + 1] in (b" ", b"\t"):
            continue  # a fold: text of the line before it
        if depth and _after_agent(body, start, match.start()):
            depth += 1
            deepest = max(deepest, depth)
            continue
        if depth:
            found.append((start, match.start(), "truncated"))
        depth, deepest, start = 1, 1, match.start() + len(match[0]) - len(match[0].lstrip())
    if depth:
        found.append((start, len(body), "truncated"))
    return found


def _after_agent(body: bytes, start: int, at: int) -> bool:
    last = body[max(start, at - 200) : at].rstrip().rpartition(b"\n")[2].upper()
    return last.rpartition(b".")[2].startswith(b"AGENT") and last.endswith(b":")


def _version(raw: bytes) -> str | None:
    found = _VERSION.search(raw)
    if found:
        return None if found[1] in _VERSIONS else "unsupported-version"
    # Without a version: read as 3.0 when every line is one and something is told of the person.
    whole = all(b":" in chunk or chunk.isspace() for chunk in lines.logical(raw))
    return None if whole and _CONTENT.search(raw) else "unsupported-version"


def is_plain(raw: bytes) -> bool:
    """Whether every line decodes as it stands: UTF-8, and no quoted-printable that may hold another charset."""
    return b"PRINTABLE" not in raw.upper() and (raw.isascii() or charsets.decodes(raw, "utf-8"))
