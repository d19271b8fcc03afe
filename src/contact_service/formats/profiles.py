"""Setting a device up: links, and the profile for iPhone, iPad and Mac (Apple, com.apple.carddav.account).

No password is in the profile: Apple wants one in encrypted profiles only, and the device asks for it. Its identifiers
follow from the app password's id, so that a profile installed again takes the place of the former.
"""

import plistlib
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

import msgspec

MEDIA = "application/x-apple-aspen-config"
_PORTS = {"https": 443, "http": 80}
_PREFIX = "contact-service.carddav"


class Account(msgspec.Struct, frozen=True):
    """Where and as whom a device signs in: `login` is the app password's id, `origin` what devices call the service
    (`https://host[:port][/path]`), `principal` the path of the owner's principal.
    """

    login: UUID
    origin: str
    principal: str


def profile_url(origin: str, login: UUID, key: str) -> str:
    """The link to the profile; whoever follows it first gets it."""
    return f"{origin}/v1/app-passwords/{login}/profile.mobileconfig?key={quote(key)}"


def dav_url(origin: str) -> str:
    """Where any CardDAV client begins to look."""
    return f"{origin}/dav/"


def davx5_url(origin: str, login: UUID, password: str) -> str | None:
    """The link that opens DAVx5 with everything filled in (its manual, Integration); None without TLS, which it means
    by this scheme. It holds the password: show it where the password is shown, and nowhere else.
    """
    place = urlsplit(origin)
    if place.scheme != "https":
        return None
    return f"davx5://{login}:{quote(password)}@{place.netloc}{place.path}/dav/"


def profile(account: Account) -> bytes:
    """The profile as an XML property list, unsigned; the same bytes for the same account."""
    host = urlsplit(account.origin).hostname or ""
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"{_PREFIX}.{account.login}",
            "PayloadUUID": _uuid(account.login, "profile"),
            "PayloadDisplayName": f"Contacts on {host}",
            "PayloadDescription": "Syncs the contacts of this device. Enter the app password when asked.",
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [_carddav(account, host)],
        }
    )


def _carddav(account: Account, host: str) -> dict[str, object]:
    place = urlsplit(account.origin)
    return {
        "PayloadType": "com.apple.carddav.account",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{_PREFIX}.{account.login}.account",
        "PayloadUUID": _uuid(account.login, "account"),
        "PayloadDisplayName": "Contacts",
        "CardDAVAccountDescription": f"Contacts on {host}",
        "CardDAVHostName": host,
        "CardDAVPort": place.port or _PORTS[place.scheme],
        "CardDAVUseSSL": place.scheme == "https",
        "CardDAVPrincipalURL": place.path + account.principal,
        "CardDAVUsername": str(account.login),
    }


def _uuid(login: UUID, part: str) -> str:
    return str(uuid5(login, part)).upper()
