"""What a form of these pages sent (application/x-www-form-urlencoded), bounded before it is read."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from contact_service.model.problem import Malformed, TooLarge

MAX_BYTES = 16_384
"""A token is the longest thing any form here holds."""


async def read(request: Request) -> dict[str, str]:
    """The fields; the last of equal names counts. Raises TooLarge (413), Malformed (400)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(MAX_BYTES, "bytes a form")
    try:
        return dict(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
        )
    except ValueError:
        raise Malformed("The form cannot be read.") from None
