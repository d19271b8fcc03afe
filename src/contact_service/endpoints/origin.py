"""What clients call this service, the base of links that leave it, on screens, in profiles and QR codes; and from where
they call it.
"""

import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from starlette.types import Scope

from contact_service.actions.context import House
from contact_service.model.problem import Malformed

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def of(house: House, scope: Scope) -> str:
    """`https://host[:port][/path]`: CONTACT_PUBLIC_URL, else as this request was addressed. Raises Malformed (400)."""
    if house.settings.public_url is not None:
        return house.settings.public_url
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1") or _server(scope)
    if not _HOST.fullmatch(host):
        raise Malformed("The Host header is no name of this service.")
    return f"{scope['scheme']}://{host}"


def address(scope: Any) -> IPv4Address | IPv6Address | None:
    """The client's address; behind a proxy that CONTACT_TRUSTED_PROXIES names, the one it tells (wiring/serving.py).

    None where there is none, as on a Unix socket.
    """
    try:
        found = ipaddress.ip_address(scope["client"][0])
    except (KeyError, TypeError, ValueError):
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


UNKNOWN = "unknown"
"""The network of all clients without an address: they share one fence."""


def network(scope: Any) -> str:
    """The network that the client is counted in: `192.0.2.0/24`, `2001:db8::/48`, or UNKNOWN."""
    found = address(scope)
    if found is None:
        return UNKNOWN
    kept = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{kept}", strict=False))


def _server(scope: Scope) -> str:
    """Where the request arrived, for the clients of HTTP/1.0 that send no Host."""
    name, port = scope.get("server") or ("", None)
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{port}" if port is not None else host
