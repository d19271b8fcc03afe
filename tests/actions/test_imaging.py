"""The darkroom's door and children: what is refused before a child sees it, and children that die or are ended."""

import asyncio
import os
import resource
import signal
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from contact_service.actions import developing, imaging
from contact_service.actions.imaging import Darkroom
from contact_service.model.problem import InvalidPhoto, Problem, TooLarge, UnsupportedFormat
from picturing import halves, saved


def flood(width: int, height: int) -> bytes:
    """A PNG whose few bytes unfold to width x height."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def children() -> set[int]:
    """Processes of ours that develop pictures."""
    mine = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if b"contact_service.actions.developing\0%d\0" % os.getpid() in line:
            mine.add(int(place.name))
    return mine


async def none_left() -> None:
    """Waits for the end of those that were ended in passing; a hang is a failure."""
    while children():  # noqa: ASYNC110  another process ends, nobody tells us
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", UnsupportedFormat),
        (b"\0\0\0\x18ftypheic" + bytes(60), UnsupportedFormat),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedFormat),
        (b"\xff\xd8\xff", InvalidPhoto),
        (flood(50_000, 50_000), TooLarge),
        (flood(6_325, 6_325), TooLarge),
        (b"\xff\xd8\xff\xe0\0\2" + b"\xff" * 20_000_000, InvalidPhoto),
    ],
)
async def test_what_the_header_tells_is_refused_without_a_child(
    room: Darkroom, raw: bytes, kind: type[Problem]
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    with pytest.raises(kind):
        await room.develop(raw)
    assert not children()
    # T12 of the reliability note: refused under 250 ms of the processor.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 0.25


async def test_what_only_a_decoder_finds_is_refused_and_the_child_goes_on(room: Darkroom) -> None:
    whole = saved(halves((640, 480)), "JPEG")
    gif = bytearray(saved(halves(mode="P"), "GIF"))
    at = gif.index(b",\0\0\0\0")
    gif[at + 5 : at + 9] = b"\xff\xff\xff\xff"  # a frame far larger than the canvas
    for broken in (whole[:2_000], bytes(gif), flood(6_000, 6_000), whole[:30] + os.urandom(3_000)):
        with pytest.raises(InvalidPhoto):
            await room.develop(broken)
    before = children()
    assert len(before) == 1
    await room.develop(whole)
    assert children() == before


async def test_a_child_that_was_killed_is_replaced(room: Darkroom) -> None:
    await room.develop(saved(halves()))
    (child,) = children()
    os.kill(child, signal.SIGKILL)
    await room.develop(saved(halves((65, 32))))
    assert children()
    assert child not in children()


async def test_a_picture_that_kills_two_children_is_refused(
    room: Darkroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imaging, "_MODULE", "contact_service.no_such_module")
    with pytest.raises(InvalidPhoto):
        await room.develop(saved(halves()))
    await none_left()


async def test_a_child_that_takes_too_long_is_ended() -> None:
    room = Darkroom(patience_s=0)
    with pytest.raises(InvalidPhoto):
        await room.develop(saved(halves()))
    assert not room._running
    await none_left()


async def test_who_goes_away_ends_the_child_that_worked_for_them(room: Darkroom) -> None:
    asked = asyncio.ensure_future(room.develop(saved(halves((3000, 3000)))))
    while not children():  # noqa: ASYNC110  another process begins, nobody tells us
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not room._running
    await none_left()
    await room.develop(saved(halves()))


async def test_no_more_children_than_places_and_each_picture_gets_its_own(room: Darkroom) -> None:
    raws = [saved(Image.new("RGB", (16 + n, 16), (n * 20, 0, 0))) for n in range(8)]
    made = await asyncio.gather(*map(room.develop, raws))
    assert [picture.width for picture in made] == [16 + n for n in range(8)]
    assert 1 <= len(children()) <= imaging.AT_ONCE


async def test_what_was_developed_is_remembered_until_the_room_rests(room: Darkroom) -> None:
    raw = saved(halves())
    made = await room.develop(raw)
    (child,) = children()
    assert await room.develop(raw) is made
    room._retire()
    assert not children()
    again = await room.develop(raw)
    assert again == made
    assert again is not made
    assert child not in children()


async def test_memory_of_what_was_developed_is_bounded(
    room: Darkroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [saved(Image.new("RGB", (16 + n, 16))) for n in range(6)]
    size = len((await room.develop(raws[0])).content)
    monkeypatch.setattr(imaging, "REMEMBERED_BYTES", 3 * size)
    for raw in raws:
        await room.develop(raw)
    assert 0 < len(room._made) <= 3
    assert room._made_bytes == sum(len(made.content) for made in room._made.values()) <= 3 * size


async def test_closing_leaves_nothing_running(room: Darkroom) -> None:
    await room.develop(saved(halves()))
    assert children()
    room.close()
    assert not children()


async def test_a_child_is_confined(room: Darkroom) -> None:
    await room.develop(saved(halves()))
    (child,) = children()
    place = Path(f"/proc/{child}")
    limits = (place / "limits").read_text()
    assert f"Max address space         {developing.MEMORY_BYTES}" in limits
    assert "Max file size             0 " in limits
    uid = next(line for line in (place / "status").read_text().splitlines() if "Uid:" in line)
    assert "0" not in uid.split()
    names = {pair.partition(b"=")[0] for pair in (place / "environ").read_bytes().split(b"\0")}
    assert names <= {b"", b"PATH", b"LC_ALL", b"PYTHONPATH"}
