"""The marker that stands in a line for a binary value kept apart (a blob), and the value put back in its place.

Spelled `SIGN`, then form, blob, media type, layout between bars. It begins with a control character, and those are cut
out of everything that is received: nobody else can write one.

Form `b`: the blob is the decoded value, base64 with padding; `u`: without; `r`: the blob is the text of the value, with
its folds, as it is no base64 that could be made again. Layout: how the base64 lay in its lines, as runs `62-0d0a20*3`
of length, the bytes between in hex, times; "": folded at 75 octets with CR LF (RFC 6350 3.2).
"""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Mapping
from itertools import groupby

import msgspec

from contact_service.formats.vcard import lines
from contact_service.formats.vcard.lines import Line

SIGN = "\x1a"
URN = "urn:x-cs:blob:"
"""What the URI of a blob begins with in the JSON at rest; its id follows in hex."""

_MARKER = re.compile(r"\x1a([bur])\|([0-9a-f]+)\|([^|\r\n]*)\|([0-9a-f.*-]*)")
_MARKER_BYTES = re.compile(_MARKER.pattern.encode())
_PIECES = re.compile(rb"([A-Za-z0-9+/=]*)([\r\n \t]*)")
_MEDIA = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
_URN = re.compile(re.escape(URN) + r"((?:[0-9a-f]{2}){8,32})")
_WIDTH = 75
_LONGEST_LAYOUT = 240


class Marker(msgspec.Struct, frozen=True, gc=False):
    """One marker. `form`: b, u or r; `layout`: see above."""

    blob: bytes
    media: str
    form: str = "b"
    layout: str = ""

    def __str__(self) -> str:
        return f"{SIGN}{self.form}|{self.blob.hex()}|{self.media}|{self.layout}"

    @property
    def is_binary(self) -> bool:
        """Whether the blob is the decoded value."""
        return self.form != "r"

    @property
    def uri(self) -> str:
        """The blob's URI in the JSON at rest."""
        return URN + self.blob.hex()


def of(value: str) -> Marker | None:
    """The marker in a line's value; None when the value stands there itself."""
    found = _MARKER.search(value) if SIGN in value else None
    return Marker(bytes.fromhex(found[2]), found[3], found[1], found[4]) if found else None


def blob(uri: str) -> bytes | None:
    """The blob a URI of the JSON at rest names; None when it names none."""
    found = _URN.fullmatch(uri)
    return bytes.fromhex(found[1]) if found else None


def blobs(raw: bytes) -> list[bytes]:
    """The blobs the markers of a card's lines stand for, in order."""
    return [bytes.fromhex(found[2].decode()) for found in _MARKER_BYTES.finditer(raw)]


def media_type(said: str) -> str:
    """A media type fit for a marker, in lower case; `application/octet-stream` for what is none."""
    return said.lower() if _MEDIA.fullmatch(said) else "application/octet-stream"


def marked(line: Line, marker: Marker) -> Line:
    """The line with the marker at the end of its value, unfolded: it is never sent so."""
    value = line.value + str(marker)
    return Line(line.head, value, f"{line.head.text}:{value}\r\n".encode())


def measured(value: bytes) -> tuple[bytes, str, str] | None:
    """(decoded, form, layout) of a base64 value with its folds; None when they would not give the same bytes back."""
    pieces = [(len(piece[0]), piece[1]) for piece in _PIECES.findall(value)]
    plain = b"".join(value.split())
    if sum(size + len(between) for size, between in pieces) != len(value):
        return None
    form = "b" if len(plain) % 4 == 0 else "u"
    try:
        content = a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except Error:
        return None
    layout = _spelled([piece for piece in pieces if any(piece)])
    if len(layout) > _LONGEST_LAYOUT or _base64(content, form) != plain:
        return None
    return content, form, layout


def restored(raw: bytes, contents: Mapping[bytes, bytes]) -> bytes:
    """The lines with every value back in its place. One whose blob is not there goes, and its line with it: a picture
    that is lost must not cost the card.
    """
    if SIGN.encode() not in raw:
        return raw
    return b"".join([_whole(chunk, contents) for chunk in lines.logical(raw)])


def _whole(chunk: bytes, contents: Mapping[bytes, bytes]) -> bytes:
    found = _MARKER_BYTES.search(chunk)
    if found is None:
        return chunk
    content = contents.get(bytes.fromhex(found[2].decode()))
    if content is None:
        return b""
    before = chunk[: found.start()]
    form, layout = found[1].decode(), found[4].decode()
    value = content if form == "r" else _laid_out(before, _base64(content, form), layout)
    return before + value + chunk[found.end() :]


def _base64(content: bytes, form: str) -> bytes:
    encoded = b64encode(content)
    return encoded.rstrip(b"=") if form == "u" else encoded


def _spelled(pieces: list[tuple[int, bytes]]) -> str:
    runs: list[str] = []
    for (size, between), same in groupby(pieces):
        times = sum(1 for _ in same)
        run = f"{size}-{between.hex()}" if between else str(size)
        runs.append(f"{run}*{times}" if times > 1 else run)
    return ".".join(runs)


def _laid_out(before: bytes, encoded: bytes, layout: str) -> bytes:
    pieces = _runs(layout)
    if not pieces:
        first = max(0, _WIDTH - (len(before) - before.rfind(b"\n") - 1))
        pieces = [(first, b"\r\n ")] if len(encoded) > first else []
        pieces += [(_WIDTH - 1, b"\r\n ")] * (max(0, len(encoded) - first - 1) // (_WIDTH - 1))
    out: list[bytes] = []
    at = 0
    for size, between in pieces:
        out += (encoded[at : at + size], between)
        at += size
    out.append(encoded[at:])
    return b"".join(out)


def _runs(layout: str) -> list[tuple[int, bytes]]:
    pieces: list[tuple[int, bytes]] = []
    for run in layout.split(".") if layout else ():
        said, _, times = run.partition("*")
        size, _, between = said.partition("-")
        pieces += [(int(size), bytes.fromhex(between))] * int(times or 1)
    return pieces
