"""The web app's own files, read once: named by content in the pages, so a browser may keep them for ever."""

import hashlib
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


class Asset(msgspec.Struct, frozen=True):
    """A static file; `tag` is of its content."""

    body: bytes
    media_type: str
    tag: str


def _read() -> dict[str, Asset]:
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            tag = hashlib.sha256(body).hexdigest()[:12]
            found[path.name] = Asset(body, _TYPES[path.suffix], tag)
    return found


ASSETS = _read()


def url(name: str) -> str:
    """The address of a static file in a page. Raises KeyError for one that is not there."""
    return f"/app/static/{name}?v={ASSETS[name].tag}"


async def serve(request: Request) -> Response:
    """GET /app/static/{name}: the file; for a year where it was asked for by its content."""
    asset = ASSETS.get(request.path_params["name"])
    if asset is None:
        return Response("There is nothing here.\n", 404, media_type="text/plain")
    exact = request.query_params.get("v") == asset.tag
    kept = "public, max-age=31536000, immutable" if exact else "no-cache"
    headers = {"Cache-Control": kept, "ETag": f'"{asset.tag}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)
