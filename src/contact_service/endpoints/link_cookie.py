"""The cookie that binds a link to the browser it was begun in (RFC 6749 10.12): for the callback alone, ten minutes."""

from urllib.parse import urlsplit

from contact_service.actions import linking
from contact_service.actions.linking import Begun

CALLBACK = "/v1/accounts/callback"


def spelled(begun: Begun, base: str) -> str:
    """The value of Set-Cookie; `base` is what browsers call this service.

    Lax: it must come along when the provider sends the browser back, and with nothing but such a visit.
    """
    secure = "; Secure" if base.startswith("https:") else ""
    life = int(linking.LIFE.total_seconds())
    path = urlsplit(base).path + CALLBACK
    return f"{begun.cookie}={begun.browser}; Path={path}; Max-Age={life}; HttpOnly; SameSite=Lax{secure}"
