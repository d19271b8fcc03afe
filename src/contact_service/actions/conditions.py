"""Conditions of a write by its entity-tag, and what became of it (RFC 9110 13.1, RFC 6352 6.3.2.3)."""

from enum import Enum

import msgspec

from contact_service.model.owner import read_etag


class Fate(Enum):
    """What became of a write."""

    CREATED = "created"
    CHANGED = "changed"
    STALE = "stale"


class Stored(msgspec.Struct, frozen=True):
    """A PUT's outcome; `etag` is None when a GET would not give the bytes that were sent (RFC 6352 6.3.2.3)."""

    fate: Fate
    etag: str | None = None


class Conditions(msgspec.Struct, frozen=True):
    """If-Match and If-None-Match (RFC 9110 13.1), entity-tags with their quotes, `*` as it is."""

    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()

    def hold(self, current: str | None) -> bool:
        """Whether they hold for the entity-tag that stands; None: there is nothing."""
        place = read_etag(current) if current is not None else None
        return (not self.if_match or _names(self.if_match, place)) and not (
            self.if_none_match and _names(self.if_none_match, place)
        )


def _names(tags: tuple[str, ...], place: tuple[int, int] | None) -> bool:
    return place is not None and any(tag == "*" or read_etag(tag) == place for tag in tags)
