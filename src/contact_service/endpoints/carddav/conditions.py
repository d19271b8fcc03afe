"""The If header (RFC 4918 10.4): lists of entity-tags and state tokens, of which one must hold.

There are no locks, so the only state tokens that can hold are sync-tokens of books (RFC 6578 5).
"""

import re
from collections.abc import Awaitable, Callable, Iterator

from contact_service.model.owner import read_etag
from contact_service.model.problem import Malformed

_PART = re.compile(r"\s*(?:(?P<tag><[^<>]*>)?\s*\((?P<list>[^()]*)\))", re.ASCII)
_CONDITION = re.compile(
    r'\s*(?P<not>Not\s+)?(?:<(?P<token>[^<>]*)>|\[(?P<etag>(?:W/)?"[^"]*")\])', re.IGNORECASE
)
_LONGEST = 8_192

Standing = Callable[[str], Awaitable[tuple[str | None, str | None]]]
"""A resource by its URL ("": that of the request): (entity-tag, sync-token) as they stand, None for what it has not."""


async def hold(header: str, standing: Standing) -> bool:
    """Whether one list holds. Raises Malformed (400)."""
    if len(header) > _LONGEST:
        raise Malformed("The If header is too long.")
    for tag, conditions in _lists(header):
        etag, token = await standing(tag)
        if all(_holds(one, etag, token) for one in conditions):
            return True
    return False


def _lists(header: str) -> Iterator[tuple[str, list[re.Match[str]]]]:
    at, tag = 0, ""
    while at < len(header.rstrip()):
        found = _PART.match(header, at)
        if found is None:
            raise Malformed("The If header cannot be read.")
        at = found.end()
        if found["tag"] is not None:
            tag = found["tag"][1:-1]
        yield tag, list(_conditions(found["list"]))


def _conditions(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _CONDITION.match(text, at)
        if found is None:
            raise Malformed("The If header cannot be read.")
        at = found.end()
        yield found


def _holds(condition: re.Match[str], etag: str | None, token: str | None) -> bool:
    if condition["etag"] is not None:
        place = read_etag(etag) if etag is not None else None
        held = place is not None and read_etag(condition["etag"].removeprefix("W/")) == place
    else:
        held = token is not None and condition["token"] == token
    return held is (condition["not"] is None)
