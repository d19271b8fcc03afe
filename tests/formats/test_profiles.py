"""Profiles and links that set a device up."""

import plistlib
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pytest

from contact_service.formats import profiles
from contact_service.formats.profiles import Account

LOGIN = UUID("01890000-0000-7000-8000-000000000000")
OTHER = UUID("01890000-0000-7000-8000-000000000001")
PRINCIPAL = "/dav/principals/ann/"


@pytest.mark.parametrize(
    ("origin", "host", "port", "tls", "path"),
    [
        ("https://c.example", "c.example", 443, True, PRINCIPAL),
        ("https://c.example:8443/x", "c.example", 8443, True, "/x" + PRINCIPAL),
        ("http://127.0.0.1:8080", "127.0.0.1", 8080, False, PRINCIPAL),
        ("http://[::1]", "::1", 80, False, PRINCIPAL),
    ],
)
def test_the_account_is_where_the_origin_says(
    origin: str, host: str, port: int, tls: bool, path: str
) -> None:
    made = plistlib.loads(profiles.profile(Account(LOGIN, origin, PRINCIPAL)))
    (account,) = made["PayloadContent"]
    assert (account["CardDAVHostName"], account["CardDAVPort"]) == (host, port)
    assert (account["CardDAVUseSSL"], account["CardDAVPrincipalURL"]) == (tls, path)
    assert account["CardDAVUsername"] == str(LOGIN)


def test_a_profile_made_again_takes_the_place_of_the_former() -> None:
    def names(login: UUID) -> list[tuple[str, str]]:
        made = plistlib.loads(profiles.profile(Account(login, "https://c.example", PRINCIPAL)))
        parts = [made, *made["PayloadContent"]]
        return [(part["PayloadIdentifier"], part["PayloadUUID"]) for part in parts]

    assert names(LOGIN) == names(LOGIN)
    assert len({*names(LOGIN), *names(OTHER)}) == 4
    assert len({name for pair in names(LOGIN) for name in pair}) == 4


def test_the_link_of_davx5_holds_all_and_means_tls() -> None:
    link = profiles.davx5_url("https://c.example:8443/x", LOGIN, "ab-cd")
    assert link is not None
    place = urlsplit(link)
    assert (place.scheme, place.hostname, place.port) == ("davx5", "c.example", 8443)
    assert (place.username, unquote(place.password or "")) == (str(LOGIN), "ab-cd")
    assert place.path == "/x/dav/"
    assert profiles.davx5_url("http://c.example", LOGIN, "ab-cd") is None
