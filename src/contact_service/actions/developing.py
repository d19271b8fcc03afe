"""The darkroom's inside: a process of its own that decodes pictures of strangers and makes small plain JPEGs of them.

Decoders are the code most often broken by what they read, so they run confined: bounded memory and processor time, no
file to write, no root, and no key or address book in reach. Each picture comes on stdin as u32 length, bytes; the
answer on stdout is u16 width, u16 height, u32 length, bytes; all zero: it cannot be read. Run by `actions.imaging`.
"""

import copy
import resource
import struct
import sys
import warnings
from io import BytesIO
from typing import BinaryIO

from PIL import (
    GifImagePlugin,
    Image,
    ImageCms,
    ImageColor,
    ImageFile,
    ImageFilter,
    ImagePalette,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from contact_service.actions.confined import confine
from contact_service.formats.images import MOST_PIXELS, MOST_SIDE

ASKED = struct.Struct(">I")
ANSWERED = struct.Struct(">HHI")
MEMORY_BYTES = 768 * 1024 * 1024
"""Address space: 40 million pixels with alpha, once as they are and twice while they are scaled."""
CPU_S = 20
QUALITY = 85

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
# Pillow imports these when first needed; once we are nobody, their files may be out of reach.
_LOADED = (
    copy, GifImagePlugin, ImageColor, ImageFile, ImageFilter, ImagePalette, JpegImagePlugin, MpoImagePlugin,
    PngImagePlugin, TiffImagePlugin, WebPImagePlugin,
)  # fmt: skip
_SRGB = ImageCms.createProfile("sRGB")
_ORIENTATION = 0x0112
# Exif 2.32 4.6.4: how the picture must be turned to stand upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def develop(raw: bytes) -> Image.Image:
    """The picture upright in sRGB on white, at most 1,024 pixels a side, the first frame of a moving one, and nothing
    of what came with it. Raises whatever a decoder raises.
    """
    with Image.open(BytesIO(raw), formats=_FORMATS) as opened:
        turn, profile = _turn(opened), opened.info.get("icc_profile")
        scaled = _scalable(opened)
        scaled.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
        seen = _in_srgb(_on_white(scaled), profile)
    if turn is not None:
        seen = seen.transpose(turn)
    # Onto a fresh one: a copy would carry comments and profiles along.
    bare = Image.new("RGB", seen.size)
    bare.paste(seen)
    return bare


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  broken Exif, in any of the ways there are, costs its turn and not the picture
        return None


def _scalable(image: Image.Image) -> Image.Image:
    """In a mode in which neighbours can be mixed; a JPEG stays unread, so that it is decoded near its later size."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "I;16":
        return image.convert("I").point(lambda level: level / 256).convert("L")
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Phones save in wider colour spaces than a picture without a profile is shown in."""
    if isinstance(profile, bytes):
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            made = ImageCms.profileToProfile(image, own, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            made = None
        if made is not None:
            return made
    return image.convert("RGB")


def answer(raw: bytes) -> bytes:
    """The developed picture as it is answered."""
    try:
        image = develop(raw)
        out = BytesIO()
        image.save(out, "JPEG", quality=QUALITY, optimize=True)
    except Exception:  # noqa: BLE001  decoders raise anything at all; who asked is told the one thing there is to tell
        return ANSWERED.pack(0, 0, 0)
    return ANSWERED.pack(*image.size, out.tell()) + out.getvalue()


def _grant_time() -> None:
    """This picture's share of the processor: the limit counts all that the process used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """Develop one picture after the other, until `asked` ends."""
    while head := asked.read(ASKED.size):
        raw = asked.read(ASKED.unpack(head)[0])
        _grant_time()
        answered.write(answer(raw))
        answered.flush()


def main() -> None:
    """`python -m contact_service.actions.developing PARENT`."""
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    confine(int(sys.argv[1]), MEMORY_BYTES)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
