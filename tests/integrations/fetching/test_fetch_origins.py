"""Whom the Fetch asks: the origins of the manifest and nobody else, and none but the API with the token."""

import pytest

from contact_service.integrations.connector import Manifest, ProviderChanged
from contact_service.integrations.fetching import origin
from emulating import serving
from fetch_ground import Provider


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://photos.example.evil.example/",
        "https://photos.example@evil.example/",
        "https://evil.example\\@photos.example/",
        "http://photos.example/",
        "https://photos.example:444/",
        "//photos.example/",
        "/v1/people",
        "file:///etc/passwd",
        "",
        "https://[::1/",
    ],
    ids=range(11),
)
async def test_no_other_origin_is_asked(way, ground, provider, url) -> None:
    with pytest.raises(ProviderChanged):
        await ground.fetching(provider.url, way)(url)
    assert ground.counted == []


async def test_the_token_goes_to_the_api_alone(provider, way, ground) -> None:
    photos = Provider()
    with serving(photos.app) as url:
        manifest = Manifest("google", (), (url,), ())
        await ground.fetching(provider.url, way, manifest)(f"{url}/photo")
    assert photos.tokens == [""]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("HTTPS://People.Googleapis.com/v1", "https://people.googleapis.com"),
        ("https://a.example:443/", "https://a.example"),
        ("https://a.example:8443/", "https://a.example:8443"),
        ("http://[::1]:80/x", "http://[::1]"),
        ("https://a.example:x/", ""),
        ("nothing", ""),
    ],
    ids=range(6),
)
def test_an_origin_is_scheme_host_and_port(url: str, found: str) -> None:
    assert origin(url) == found
