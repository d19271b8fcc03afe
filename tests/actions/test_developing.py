"""What comes out of the darkroom: a small plain JPEG, upright, on white, with nothing of what came with it."""

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from contact_service.actions.imaging import Darkroom
from picturing import BLUE, GREEN, RED, WHITE, halves, saved


def near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 24 for one, other in zip(found, wanted, strict=True))


async def developed(room: Darkroom, raw: bytes) -> Image.Image:
    picture = await room.develop(raw)
    assert picture.media == "image/jpeg"
    image = Image.open(io.BytesIO(picture.content))
    assert (image.format, image.mode, image.size) == (
        "JPEG", "RGB", (picture.width, picture.height),
    )  # fmt: skip
    return image


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("GIF", "P"),
        ("WEBP", "RGB"),
    ],
)
async def test_every_form_that_is_taken_becomes_a_plain_jpeg(
    room: Darkroom, form: str, mode: str
) -> None:
    image = await developed(room, saved(halves(mode=mode), form))
    assert near(image.getpixel((8, 16)), RED)
    assert near(image.getpixel((56, 16)), BLUE)


async def test_a_large_picture_has_1024_pixels_on_its_longer_side(room: Darkroom) -> None:
    assert (await developed(room, saved(halves((3000, 1500))))).size == (1024, 512)
    assert (await developed(room, saved(halves((400, 4000), "L"), "JPEG"))).size == (102, 1024)
    assert (await developed(room, saved(halves((64, 32))))).size == (64, 32)


async def test_a_clear_background_becomes_white(room: Darkroom) -> None:
    image = halves(mode="RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert near((await developed(room, saved(image))).getpixel((8, 16)), WHITE)
    palette = halves(mode="P")
    seen = await developed(room, saved(palette, transparency=palette.getpixel((0, 0))))
    assert near(seen.getpixel((8, 16)), WHITE)
    assert near(seen.getpixel((56, 16)), BLUE)


async def test_a_picture_of_sixteen_bits_keeps_its_greys(room: Darkroom) -> None:
    image = Image.new("I;16", (32, 32), 0x8000)
    assert near((await developed(room, saved(image))).getpixel((9, 9)), (128, 128, 128))


@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, (4, 4)), (2, (60, 4)), (3, (60, 28)), (4, (4, 28)),
     (5, (4, 4)), (6, (28, 4)), (7, (28, 60)), (8, (4, 60))],
)  # fmt: skip
async def test_it_stands_upright_whatever_the_camera_said(
    room: Darkroom, orientation: int, red: tuple[int, int]
) -> None:
    image = Image.new("RGB", (64, 32), BLUE)
    image.paste(RED, (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = await developed(room, saved(image, "JPEG", exif=exif))
    assert seen.size == ((64, 32) if orientation < 5 else (32, 64))
    assert near(seen.getpixel(red), RED)


async def test_broken_exif_costs_the_turn_and_not_the_picture(room: Darkroom) -> None:
    raw = saved(halves(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert (await developed(room, raw)).size == (64, 32)


async def test_nothing_that_came_with_it_stays(room: Darkroom) -> None:
    exif = Image.Exif()
    exif[0x010E] = "sentinel-exif"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = {"exif": exif, "comment": b"sentinel-comment"}
    for more in (told, {**told, "icc_profile": profile}):
        raw = saved(halves(), "JPEG", **more) + b"sentinel-after-the-end"
        assert raw.count(b"sentinel") == 3
        picture = await room.develop(raw)
        assert b"sentinel" not in picture.content
    assert (
        not {"exif", "comment", "icc_profile"} & Image.open(io.BytesIO(picture.content)).info.keys()
    )


async def test_another_colour_space_is_brought_into_the_plain_one(room: Darkroom) -> None:
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turned = plain.replace(b"rXYZ", b"____").replace(b"gXYZ", b"rXYZ").replace(b"____", b"gXYZ")
    seen = await developed(room, saved(halves(), icc_profile=turned))
    assert near(seen.getpixel((8, 16)), GREEN)
    for odd in (plain, b"no profile" * 9, turned[:200]):
        seen = await developed(room, saved(halves(), icc_profile=odd))
        assert near(seen.getpixel((8, 16)), RED)


async def test_of_a_moving_picture_the_first_frame_is_kept(room: Darkroom) -> None:
    frames = [Image.new("RGB", (16, 16), BLUE)]
    for form in ("GIF", "WEBP"):
        first = Image.new("RGB", (16, 16), RED)
        raw = saved(first, form, save_all=True, append_images=frames)
        assert near((await developed(room, raw)).getpixel((8, 8)), RED)


async def test_of_a_picture_with_a_preview_the_picture_is_kept(room: Darkroom) -> None:
    """What many phones write (CIPA DC-007)."""
    raw = saved(halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8), WHITE)])
    assert (await developed(room, raw)).size == (64, 32)


async def test_the_same_picture_gives_the_same_bytes_in_any_darkroom(room: Darkroom) -> None:
    raw = saved(halves((2000, 1000)), "JPEG")
    other = Darkroom()
    assert await room.develop(raw) == await other.develop(raw)
    other.close()
