"""The lossless line model (RFC 6350 3.2, 3.3): a card is its lines, and each keeps the bytes it came in.

Invariant: `b"".join(line.raw for line in parse(raw)) == raw`, for any bytes. Everything is linear in them.
"""

import re
from binascii import a2b_qp, b2a_qp
from collections.abc import Iterable

import msgspec

from contact_service.formats.vcard import text

_FOLD = re.compile(rb"\r*\n[ \t]")
_SOFT_BREAK = re.compile(rb"=[ \t]*\r*\n")
_LOGICAL = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_HEAD = re.compile(r'[^":]*(?:"[^"]*"[^":]*)*')
_HEAD_BYTES = re.compile(rb'[^":]*(?:"[^"]*"[^":]*)*')
_PARTS = re.compile(r'(?:[^";]|"[^"]*")+')
_VALUES = re.compile(r'(?:[^",]|"[^"]*")+')
_END = re.compile(rb"END[ \t]*:[ \t]*VCARD\s*\Z", re.IGNORECASE)
# Only these split a quoted value at commas: `TYPE="home,work"` is a list to all who write it (RFC 6350 5.6).
_LISTS = frozenset({"TYPE", "PID"})
_BARE_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT"})
_WIDTH = 75
_MOST_HEADS = 4_096
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127])
_CONTROLS_BUT_BREAKS = {code: None for code in _CONTROLS if code != 10}
_UNWRITABLE = {**_CONTROLS, 10: "\\n"}


class Head(msgspec.Struct, frozen=True, gc=False):
    """What stands before the value. `name` and the keys of `params` are in upper case; `text` is as received;
    `quoted`: the value is in quoted-printable.
    """

    text: str
    group: str
    name: str
    params: dict[str, tuple[str, ...]]
    quoted: bool = False


class Line(msgspec.Struct, frozen=True, gc=False):
    """One logical line: `value` is unfolded and still escaped, quoted-printable is undone; `raw` is all its bytes."""

    head: Head
    value: str
    raw: bytes


# Kept, never read. OPAQUE: blank or without a colon. DAMAGED: ASCII, but its quoted-printable is not in the charset it
# claims (Android cuts characters in two). UNDECODABLE: not UTF-8.
OPAQUE = Head("", "", "", {})
DAMAGED = Head("=", "", "", {})
UNDECODABLE = Head("\0", "", "", {})


_heads: dict[str, Head] = {}


def parse(raw: bytes) -> list[Line]:
    """The logical lines of one card, in order, BEGIN and END among them."""
    out: list[Line] = []
    for chunk in logical(raw):
        body = chunk.rstrip(b"\r\n")
        # The plain line, which is nearly every one, is read right here: a call a line is a tenth of a card's cost.
        if b"\n" not in body and b'"' not in body and b"\r" not in body:
            try:
                written, colon, value = body.decode().partition(":")
            except UnicodeDecodeError:
                out.append(Line(UNDECODABLE, "", chunk))
                continue
            found = _heads.get(written) or head(written)
            if colon and not found.quoted:
                out.append(Line(found, value, chunk))
                continue
        out.append(_line(chunk))
    return out


def logical(raw: bytes) -> list[bytes]:
    """The bytes of each logical line: folds stay in it, and soft breaks under QUOTED-PRINTABLE."""
    if b"\n " in raw or b"\n\t" in raw:
        chunks = _LOGICAL.findall(raw)[:-1]  # the last match is the empty one at the end
    elif raw.count(b"\r") == raw.count(b"\r\n"):
        chunks = raw.splitlines(keepends=True)
    else:
        chunks = [part + b"\n" for part in raw.split(b"\n")]
        chunks[-1] = chunks[-1][:-1]
        if not chunks[-1]:
            chunks.pop()
    if b"=\n" in raw or b"=\r" in raw:
        return _joined(chunks)
    return chunks


def unfold(chunk: bytes) -> bytes:
    """One logical line without folds and line end; on bytes, as a fold may cut a character (RFC 6350 3.2)."""
    chunk = chunk.rstrip(b"\r\n")
    if b"\n" in chunk:
        if is_quoted(chunk):
            chunk = _SOFT_BREAK.sub(b"", chunk)
        chunk = _FOLD.sub(b"", chunk)
    return chunk.replace(b"\r", b"") if b"\r" in chunk else chunk


def is_quoted(chunk: bytes) -> bool:
    """Whether the line's head says QUOTED-PRINTABLE, also bare as in vCard 2.1."""
    return b"PRINTABLE" in chunk[: head_end(chunk)].upper()


def head_end(chunk: bytes) -> int:
    """Where the colon between head and value stands, quoted ones passed over; 0 without one."""
    at = chunk.find(b":")
    if b'"' in chunk[: max(at, 0)]:
        match = _HEAD_BYTES.match(chunk)
        end = match.end() if match else len(chunk)
        at = end if end < len(chunk) and chunk[end] == 0x3A else at
    return max(at, 0)


def head(written: str) -> Head:
    """Group, name and parameters of what stands before the colon. Short heads repeat in every card: remembered."""
    found = _heads.get(written)
    if found is None:
        found = _parsed_head(written)
        if len(written) <= 48:
            if len(_heads) >= _MOST_HEADS:
                _heads.clear()
            _heads[written] = found
    return found


def split_value(line: str) -> tuple[str, str] | None:
    """(head, value) at the first colon outside quotes; None without a colon."""
    written, colon, value = line.partition(":")
    if '"' in written:
        match = _HEAD.match(line)
        end = match.end() if match else len(line)
        if end < len(line) and line[end] == ":":
            return line[:end], line[end + 1 :]
    return (written, value) if colon else None


def make(written_head: str, value: str) -> Line:
    """A new line, folded at 75 octets between characters (RFC 6350 3.2), with CR LF."""
    value = value.translate(_UNWRITABLE)
    written_head = written_head.translate(_CONTROLS)
    return Line(head(written_head), value, fold(f"{written_head}:{value}"))


def make_quoted(written_head: str, value: str) -> Line:
    """A new vCard 2.1 line in quoted-printable: the head must say so, and the charset UTF-8."""
    value = value.translate(_CONTROLS_BUT_BREAKS)
    written_head = written_head.translate(_CONTROLS)
    encoded = b2a_qp(value.replace("\n", "\r\n").encode(), istext=False)
    # A colon is encoded too: a soft break could else put END:VCARD at the start of a line.
    encoded = encoded.replace(b":", b"=3A").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return Line(head(written_head), value, written_head.encode() + b":" + encoded + b"\r\n")


def fold(line: str) -> bytes:
    """`line` as bytes with CR LF, no physical line over 75 octets, no character cut."""
    data = line.encode()
    if len(data) <= _WIDTH:
        return data + b"\r\n"
    out: list[bytes] = []
    start, width = 0, _WIDTH
    while len(data) - start > width:
        end = start + width
        while data[end] & 0xC0 == 0x80:
            end -= 1
        out.append(data[start:end])
        start, width = end, _WIDTH - 1  # the blank of the fold counts
    out.append(data[start:])
    return b"\r\n ".join(out) + b"\r\n"


def mended(raw: bytes) -> bytes:
    """The same lines, folded between characters where a fold cut one: for carriers that take nothing but UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return b"".join(map(_mended, logical(raw)))
    return raw


def _mended(chunk: bytes) -> bytes:
    try:
        chunk.decode()
    except UnicodeDecodeError:
        return fold(unfold(chunk).decode(errors="replace"))
    return chunk


def serialise(lines: Iterable[Line]) -> bytes:
    """The bytes of the lines, each as it came or as it was made."""
    return b"".join([line.raw for line in lines])


def _line(chunk: bytes) -> Line:
    body = unfold(chunk)
    try:
        split = split_value(body.decode())
    except UnicodeDecodeError:
        return Line(UNDECODABLE, "", chunk)
    if split is None:
        return Line(OPAQUE, "", chunk)
    found = head(split[0])
    if not found.quoted:
        return Line(found, split[1], chunk)
    try:
        return Line(found, _unquoted(split[1], found), chunk)
    except (UnicodeError, LookupError):
        return Line(DAMAGED, "", chunk)


def _unquoted(value: str, found: Head) -> str:
    data = a2b_qp(value.encode())
    charset = found.params.get("CHARSET", ("utf-8",))[0]
    # Quoted-printable can smuggle in what is cut from the bytes: control characters, NUL among them.
    return data.decode(charset).replace("\r\n", "\n").translate(_CONTROLS)


def _joined(chunks: list[bytes]) -> list[bytes]:
    """Put soft-broken lines together. An END is never swallowed: a cropped value must not cost the card."""
    out: list[bytes] = []
    pending: list[bytes] = []
    for chunk in chunks:
        if pending and _END.match(chunk):
            out.append(b"".join(pending))
            pending = []
        broken = chunk.rstrip().endswith(b"=")
        if pending or (broken and is_quoted(chunk)):
            pending.append(chunk)
            if not broken:
                out.append(b"".join(pending))
                pending = []
        else:
            out.append(chunk)
    if pending:
        out.append(b"".join(pending))
    return out


def _parsed_head(written: str) -> Head:
    parts = _PARTS.findall(written) if '"' in written else written.split(";")
    first, *rest = parts or ("",)  # a lone quote is no part of anything
    group, dot, name = first.strip().rpartition(".")
    params: dict[str, tuple[str, ...]] = {}
    for part in rest:
        key, sep, value = part.partition("=")
        key = key.strip().upper()
        if not sep:
            if not key:
                continue
            value, key = key, "ENCODING" if key in _BARE_ENCODINGS else "TYPE"
        params[key] = (*params.get(key, ()), *_values(key, value))
    quoted = params.get("ENCODING", ("",))[0].upper() == "QUOTED-PRINTABLE"
    return Head(written, group if dot else "", name.upper(), params, quoted)


def _values(key: str, value: str) -> list[str]:
    if key in _LISTS:
        # `TYPE=HOME,TYPE=VOICE` is a mistake several programs share.
        parts = [part.strip() for part in value.replace('"', "").split(",")]
        return [part[5:] if part[:5].upper() == "TYPE=" else part for part in parts if part]
    if "," in value and '"' in value:
        return [text.parameter(part) for part in _VALUES.findall(value)]
    return [text.parameter(value.strip())]
