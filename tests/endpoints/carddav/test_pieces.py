"""Answers in pieces: a small one leaves whole and says how long it is, a large one in pieces, with the same bytes."""

from typing import Any

import pytest

from contact_service.endpoints.carddav import front
from contact_service.endpoints.carddav.told import streamed


async def said(*pieces: bytes) -> tuple[dict[bytes, bytes], list[bytes], int]:
    async def made() -> Any:
        for piece in pieces:
            yield piece

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    size = await front._reply(send, streamed(made()), [], head=False)
    return dict(sent[0]["headers"]), [one.get("body", b"") for one in sent[1:]], size


@pytest.mark.parametrize("pieces", [(), (b"a",), (b"a", b"bc", b""), (b"x" * 100,) * 600])
async def test_a_small_answer_is_one_write_with_its_length(pieces: tuple[bytes, ...]) -> None:
    headers, bodies, size = await said(*pieces)
    assert bodies == [b"".join(pieces)]
    assert headers[b"content-length"] == b"%d" % size == b"%d" % len(bodies[0])


@pytest.mark.parametrize("piece", [1_000, front._WRITE - 1, front._WRITE, front._WRITE + 1])
async def test_a_large_answer_is_sent_as_it_is_made(piece: int) -> None:
    pieces = [bytes([n]) * piece for n in range(1 + 3 * front._WRITE // piece)]
    headers, bodies, size = await said(*pieces)
    assert b"content-length" not in headers
    assert b"".join(bodies) == b"".join(pieces)
    assert size == sum(map(len, pieces))
    assert all(len(body) >= front._WRITE for body in bodies[:-2])
    assert len(bodies) > 2
