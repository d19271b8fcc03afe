"""Pictures for tests: made here, never files of the tree."""

import io
from base64 import b64encode
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def saved(image: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def plain(colour: tuple[int, int, int] = RED, form: str = "PNG", side: int = 16) -> bytes:
    """A square of one colour."""
    return saved(Image.new("RGB", (side, side), colour), form)


def halves(size: tuple[int, int] = (64, 32), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    return image.convert(mode)


def noisy(side: int) -> bytes:
    """A JPEG of noise, which no encoder makes small: some 0.7 bytes a pixel and more."""
    noise = Image.effect_noise((side, side), 90).convert("RGB")
    return saved(noise, "JPEG", quality=95)


def colour(raw: bytes) -> tuple[int, ...]:
    """The colour in the middle."""
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return tuple(round(level / 255) * 255 for level in found)


def data_uri(raw: bytes, media: str = "image/png") -> str:
    return f"data:{media};base64,{b64encode(raw).decode()}"


def photo(uri: str, **more: Any) -> dict[str, Any]:
    """`media` with that photo as p1."""
    return {"p1": {"@type": "Media", "kind": "photo", "uri": uri, **more}}
