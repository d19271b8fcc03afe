"""How a setting's text becomes a value. A reader raises ValueError with the reason and never repeats the text."""

import ipaddress
import re
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec

Network = IPv4Network | IPv6Network


class Rate(msgspec.Struct, frozen=True):
    """A rate limit: `per_second` requests on end, `burst` at once."""

    per_second: float
    burst: int


class Kind(msgspec.Struct, frozen=True):
    """A reader, and in words what it accepts."""

    read: Callable[[str], object]
    accepted: str


def whole(least: int, most: int, unit: str = "") -> Kind:
    """A whole number within bounds, both included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise ValueError("not a whole number")
        if not least <= int(text) <= most:
            raise ValueError("out of range")
        return int(text)

    return Kind(read, f"{least} to {most} {unit}".rstrip())


def choice(*names: str) -> Kind:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError("not one of the accepted words")
        return text

    return Kind(read, ", ".join(names))


def switch() -> Kind:
    """`on` or `off`, as a bool."""

    def read(text: str) -> bool:
        if text not in ("on", "off"):
            raise ValueError("neither on nor off")
        return text == "on"

    return Kind(read, "on, off")


def time_of_day() -> Kind:
    """`HH:MM`, as a time."""

    def read(text: str) -> time:
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
            raise ValueError("not a time of day")
        return time.fromisoformat(text)

    return Kind(read, "HH:MM, 00:00 to 23:59")


def word(pattern: str, accepted: str) -> Kind:
    """Text of a fixed form."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("not of the accepted form")
        return text

    return Kind(read, accepted)


def folder_or_file() -> Kind:
    """A path, `~` expanded, not looked at: who uses it tells whether it is there."""

    def read(text: str) -> Path:
        if "\0" in text:
            raise ValueError("not a path")
        return Path(text).expanduser()

    return Kind(read, "a path")


def address_of(*schemes: str, accepted: str) -> Kind:
    """A URL of one of these schemes, as text."""

    def read(text: str) -> str:
        if _split(text).scheme not in schemes:
            raise ValueError("not a URL of an accepted scheme")
        return text

    return Kind(read, accepted)


def web_origin() -> Kind:
    """`https://host[:port][/path]` without a trailing slash, query or fragment."""

    def read(text: str) -> str:
        url = _split(text)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("not an http or https URL with a host")
        if url.query or url.fragment or url.username is not None:
            raise ValueError("has a query, a fragment or credentials")
        return text.rstrip("/")

    return Kind(read, "an http or https URL without query and fragment")


def fetched_url() -> Kind:
    """A URL that the service may fetch from: https, or plain http on loopback."""

    def read(text: str) -> str:
        if not may_be_fetched(text):
            raise ValueError("not an https URL")
        return text

    return Kind(read, "an https URL; http on 127.0.0.1, ::1 or localhost only")


def web_address() -> Kind:
    """An http or https URL of a page, as text."""

    def read(text: str) -> str:
        url = _split(text)
        if url.scheme not in ("http", "https") or not url.hostname or url.username is not None:
            raise ValueError("not an http or https URL with a host and without credentials")
        return text

    return Kind(read, "an http or https URL")


_SERVER_NAME = re.compile(r"(?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def server_name() -> Kind:
    """A Matrix server name (Matrix specification, Appendices): a host with or without a port."""

    def read(text: str) -> str:
        if not _SERVER_NAME.fullmatch(text):
            raise ValueError("not a server name")
        return text

    return Kind(read, "a Matrix server name, such as example.org")


def homeservers() -> Kind:
    """`server_name=https://base.url`, separated by commas, as a dict of base URLs without a trailing slash."""

    def read(text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in text.split(","):
            name, _, url = part.strip().partition("=")
            parts = _split(url)
            if not _SERVER_NAME.fullmatch(name) or name in found:
                raise ValueError("a server name that is none, or stands there twice")
            if not may_be_fetched(url) or parts.query or parts.fragment:
                raise ValueError("a base URL that is not https, or has a query or fragment")
            found[name] = url.rstrip("/")
        return found

    return Kind(
        read,
        "server_name=https://base.url, separated by commas; http on 127.0.0.1, ::1 or localhost only",
    )


def return_urls() -> Kind:
    """Addresses of an app, separated by commas: https, an app's own scheme (RFC 8252 7.1), or http on loopback."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in text.split(","))
        for url in found:
            parts = _split(url)
            if parts.fragment or parts.username is not None:
                raise ValueError("an address with a fragment or credentials")
            if parts.scheme in ("http", "https"):
                if not may_be_fetched(url):
                    raise ValueError("an http address that is not on loopback")
            elif "." not in parts.scheme:
                # A scheme of one's own has a domain's dots: javascript: and its kin never do.
                raise ValueError("a scheme that is no reversed domain name")
        return found

    return Kind(
        read,
        "https URLs, or of a scheme like com.example.app, separated by commas; http on loopback only",
    )


def networks() -> Kind:
    """Addresses and networks, separated by commas, as a tuple of networks."""

    def read(text: str) -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))
        except ValueError:
            raise ValueError("not a list of IP addresses and networks") from None

    return Kind(read, "IP addresses or networks, separated by commas, such as 10.0.0.0/8, ::1")


def rate() -> Kind:
    """`rate/burst`: requests a second on end, and at once."""

    def read(text: str) -> Rate:
        found = re.fullmatch(r"([0-9]{1,7}(?:\.[0-9]{1,6})?)/([0-9]{1,9})", text)
        if found is None:
            raise ValueError("not rate/burst")
        per_second, burst = float(Decimal(found[1])), int(found[2])
        if per_second <= 0 or burst < 1:
            raise ValueError("a rate or burst of zero would refuse everything")
        return Rate(per_second, burst)

    return Kind(read, "rate/burst, such as 50/500: 50 a second on end, 500 at once")


def may_be_fetched(url: str) -> bool:
    """Whether the service may ask this URL: https, or http on this very machine, without credentials in it."""
    try:
        parts = _split(url)
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    )


def _split(text: str) -> SplitResult:
    if not text.isprintable() or " " in text:
        raise ValueError("not a URL")
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises on a port that is none
    except ValueError:
        raise ValueError("not a URL") from None
    return parts
