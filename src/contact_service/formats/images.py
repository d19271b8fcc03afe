"""What a picture's first bytes tell: its media type and its size, before anything decodes it.

A header is small and plain; the body behind it may unfold to gigabytes. So the size is read here, in microseconds, and
what is too large never meets a decoder. PNG (RFC 2083 4.1.1), JPEG (ITU T.81 B.2.2), GIF 89a 18, WebP (RFC 9649 2).
"""

import msgspec

ACCEPTED = ("image/jpeg", "image/png", "image/gif", "image/webp")
"""The media types that are taken, kept and shown."""
MOST_PIXELS = 40_000_000
MOST_SIDE = 1_024
"""Longest side of a picture that was developed here, in pixels."""

_JPEG, _PNG, _WEBP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"WEBP"
_GIF = (b"GIF87a", b"GIF89a")
# Frames of all JPEG processes: SOF0 to SOF15 without DHT, JPG and DAC, which share the numbers.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_SEGMENTS = 2_000
"""Of a JPEG before its frame: a file of nothing but markers must not keep us reading."""


class Header(msgspec.Struct, frozen=True):
    """What the first bytes tell. Sides are pixels, 0 and 0 where the header is cut or broken."""

    media: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many there are once it is decoded."""
        return self.width * self.height


class Picture(msgspec.Struct, frozen=True, gc=False):
    """A picture fit to be shown: at most 1,024 pixels a side, without metadata."""

    media: str
    content: bytes
    width: int
    height: int


def media(raw: bytes) -> str | None:
    """The media type by the first bytes; None for what is not taken."""
    if raw.startswith(_JPEG):
        return "image/jpeg"
    if raw.startswith(_PNG):
        return "image/png"
    if raw.startswith(_GIF):
        return "image/gif"
    return "image/webp" if raw[:4] == b"RIFF" and raw[8:12] == _WEBP else None


def header(raw: bytes) -> Header | None:
    """Type and size; None for what is not taken. Linear in the headers, which a decoder would pass over too."""
    found = media(raw)
    if found is None:
        return None
    width, height = _SIZES[found](raw)
    return Header(found, width, height) if width and height else Header(found, 0, 0)


def _png(raw: bytes) -> tuple[int, int]:
    if len(raw) < 24 or raw[12:16] != b"IHDR":
        return 0, 0
    return int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")


def _gif(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[6:8], "little"), int.from_bytes(raw[8:10], "little")


def _jpeg(raw: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 9 > len(raw) or raw[at] != 0xFF:
            break
        marker = raw[at + 1]
        if marker in _FRAMES:
            return _number(raw, at + 7), _number(raw, at + 5)
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            at += 2 + max(2, _number(raw, at + 2))
    return 0, 0


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 2], "big")


def _webp(raw: bytes) -> tuple[int, int]:
    if len(raw) < 30:
        return 0, 0
    kind = raw[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(raw[24:27], "little"), 1 + int.from_bytes(raw[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(raw[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        sides = int.from_bytes(raw[26:30], "little")
        return sides & 0x3FFF, sides >> 16 & 0x3FFF
    return 0, 0


_SIZES = {"image/jpeg": _jpeg, "image/png": _png, "image/gif": _gif, "image/webp": _webp}
