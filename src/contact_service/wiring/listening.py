"""The listening socket: bound before anything slow starts, so that a taken port is told at once."""

import errno
import socket


class CannotListen(Exception):
    """The address cannot be listened on; one line for the operator."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on that address; port 0 takes a free one. Raises CannotListen."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, number)
    except OSError:
        raise CannotListen(f"{host} is no address of this machine.") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise CannotListen(_reason(error, host, port)) from None
    bound.settimeout(0)
    return bound


def url(bound: socket.socket, host: str) -> str:
    """`http://host:port` of the socket, as a browser takes it."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{bound.getsockname()[1]}"


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use: stop what listens there, or choose another --port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights this account lacks: choose one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine."
    return f"Cannot listen on {host} port {port} ({error.strerror})."
