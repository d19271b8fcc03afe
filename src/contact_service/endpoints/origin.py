"""What clients call this service: the base of links that leave it, on screens, in profiles and QR codes."""

import re

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


def _server(scope: Scope) -> str:
    """Where the request arrived, for the clients of HTTP/1.0 that send no Host."""
    name, port = scope.get("server") or ("", None)
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{port}" if port is not None else host
