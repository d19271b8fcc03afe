"""What a request carries: read whole or refused by place, within its limit, in a format that is known."""

import pytest

from asking import Api
from contact_service.endpoints import limits


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 400, "malformed"),
        (b" ", 400, "malformed"),
        (b'{"q":"a"', 400, "malformed"),
        (b"{'q':1}", 400, "malformed"),
        (b'{"q":"\xff"}', 400, "malformed"),
        (b'{"q":"a"}{}', 400, "malformed"),
        (b'{"q":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "malformed"),
        (b'{"q":"\x00"}', 400, "malformed"),
        (b'{"q":"\\u0000"}', 422, "unprocessable"),
        (b'{"q":"\\ud800"}', 422, "unprocessable"),
        (b'{"q":"\\udc00 and more"}', 422, "unprocessable"),
        (b'{"q":7}', 422, "unprocessable"),
        (b'{"q":"a","limit":0}', 422, "unprocessable"),
        (b'{"limit":1}', 422, "unprocessable"),
        (b"null", 422, "unprocessable"),
        (b"7", 422, "unprocessable"),
    ],
)
async def test_a_bad_body_is_told_by_place(ann: Api, body: bytes, status: int, slug: str) -> None:
    told = await ann.post("/v1/search", body=body)
    assert (told.status, told.slug) == (status, slug)
    assert any(word in told.json["detail"] for word in ("byte", "$", "empty", "UTF-8", "nested"))


async def test_an_escaped_backslash_before_u0000_is_text(ann: Api) -> None:
    assert (await ann.post("/v1/search", body=b'{"q":"\\\\u0000"}')).status == 200


async def test_a_body_over_the_limit_is_413_before_it_is_read(ann: Api) -> None:
    body = b'{"q":"' + b"x" * limits.JSON_BODY + b'"}'
    announced = await ann.post("/v1/search", body=body)
    assert (announced.status, announced.slug) == (413, "too-large")
    assert announced.json["limit"] == limits.JSON_BODY
    assert (await ann.post("/v1/search", content_length="9" * 5000)).slug == "too-large"
    assert (await ann.post("/v1/search", content_length="-1")).slug == "malformed"
    counted = await ann.post("/v1/search", body=[body[:600_000], body[600_000:]])
    assert counted.slug == "too-large"


async def test_a_body_in_parts_is_one_body(ann: Api) -> None:
    assert (await ann.post("/v1/search", body=[b'{"q"', b':"a"', b"}"])).status == 200


async def test_a_client_that_goes_away_is_no_mistake_of_ours(ann: Api) -> None:
    told = await ann.post("/v1/search", body=[b'{"q"'], cut=True)
    assert (told.status, told.slug) == (400, "malformed")


@pytest.mark.parametrize(
    "headers",
    [{"content_type": "text/plain"}, {"content_encoding": "gzip"}, {"content_type": "\xff"}],
)
async def test_another_format_is_415(ann: Api, headers: dict[str, str]) -> None:
    told = await ann.post("/v1/search", body=b"{}", **headers)
    assert (told.status, told.slug) == (415, "unsupported-format")


async def test_json_by_any_of_its_names_is_read(ann: Api) -> None:
    for name in (
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/merge-patch+json",
    ):
        assert (await ann.post("/v1/search", body=b'{"q":"a"}', content_type=name)).status == 200
