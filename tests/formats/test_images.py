"""Type and size of a picture from its first bytes, against Pillow and against what was made to mislead."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from contact_service.formats import images
from contact_service.formats.images import Header
from picturing import saved

EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
MADE: list[tuple[str, str, dict[str, Any]]] = [
    ("JPEG", "RGB", {}),
    ("JPEG", "L", {"progressive": True}),
    ("JPEG", "CMYK", {"exif": EXIF, "comment": b"x" * 70}),
    ("PNG", "RGBA", {}),
    ("PNG", "1", {}),
    ("GIF", "P", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGB", {"lossless": True}),
    ("WEBP", "RGBA", {"exif": EXIF}),
]


def made(form: str, mode: str, size: tuple[int, int], **more: Any) -> bytes:
    return saved(Image.new(mode, size), form, **more)


@pytest.mark.parametrize(("form", "mode", "more"), MADE)
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3, 2000)])
def test_type_and_size_are_those_that_were_written(
    form: str, mode: str, more: dict[str, Any], size: tuple[int, int]
) -> None:
    raw = made(form, mode, size, **more)
    assert images.header(raw) == Header(f"image/{form.lower()}", *size)
    assert f"image/{form.lower()}" in images.ACCEPTED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"BM" + bytes(60),
        b"\0\0\0\x18ftypheic" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\0" + bytes(60),
        b"RIFF\0\0\0\0WAVE" + bytes(60),
        b"%PDF-1.7",
    ],
)
def test_what_is_not_taken_has_no_header(raw: bytes) -> None:
    assert images.media(raw) is None
    assert images.header(raw) is None


@pytest.mark.parametrize(("form", "mode", "more"), MADE)
def test_a_cut_header_has_no_size(form: str, mode: str, more: dict[str, Any]) -> None:
    raw = made(form, mode, (640, 480), **more)
    whole = images.header(raw)
    for cut in range(12, 30):
        found = images.header(raw[:cut])
        assert found is not None
        assert found == whole or found.pixels == 0


def test_fill_bytes_before_a_marker_are_passed_over() -> None:
    raw = made("JPEG", "RGB", (31, 7))
    assert images.header(raw[:2] + b"\xff" * 50 + raw[2:]) == Header("image/jpeg", 31, 7)


@pytest.mark.parametrize("rest", [b"\xff", b"\xff\x01", b"\xff\xe1\0\2", b"\xff\xe1\0\0"])
def test_a_jpeg_of_nothing_but_markers_is_given_up_soon(rest: bytes) -> None:
    class Counted(bytes):
        looks = 0

        def __getitem__(self, at: Any) -> Any:
            Counted.looks += 1
            return super().__getitem__(at)

    raw = Counted(b"\xff\xd8\xff\xe0\0\2" + rest * 1_000_000)
    assert images.header(raw) == Header("image/jpeg", 0, 0)
    assert Counted.looks < 10_000


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF1234WEBP"]),
    st.binary(),
)
def test_any_bytes_behind_a_signature_have_a_header(begun: bytes, rest: bytes) -> None:
    found = images.header(begun + rest)
    assert found is not None
    assert found.width >= 0
    assert bool(found.width) == bool(found.height)
