"""Pictures that clients send inside of a card's JSON: kept apart before the card is compared with what stands."""

from typing import Any

import msgspec

from contact_service.actions import photos
from contact_service.actions.context import Context, House
from contact_service.model.card import Card

_DEEPEST = ("media", "*", "uri")


async def take(ctx: Context, json: bytes) -> bytes:
    """A card's JSON as a client sent it, its inline pictures kept as blobs. Raises InvalidCard (422)."""
    return (await photos.absorbed(ctx, Card(json))).json


async def take_changes(ctx: Context, changes: dict[str, Any]) -> dict[str, Any]:
    """The paths of a patch (RFC 8620 5.3), inline pictures kept as blobs. Raises InvalidCard (422)."""
    return {path: await _taken(ctx, path, value) for path, value in changes.items()}


async def prepare_changes(house: House, changes: dict[str, Any]) -> None:
    """`prepare` for the paths of a patch."""
    told = [_as_card(path, value) for path, value in changes.items()]
    await photos.prepare(house, [Card(json) for json in told if json is not None])


async def _taken(ctx: Context, path: str, value: Any) -> Any:
    card = _as_card(path, value)
    if card is None:
        return value
    taken = await take(ctx, card)
    if taken is card:
        return value
    made = msgspec.json.decode(taken)
    for part in _parts(path):
        made = made[part]
    return made


def _as_card(path: str, value: Any) -> bytes | None:
    """The change of a patch as the card that says only that; None where it tells no URI of `media`."""
    parts = _parts(path)
    if parts[0] != "media" or len(parts) > len(_DEEPEST) or value is None:
        return None
    for part in reversed(parts):
        value = {part: value}
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        return None  # the patch will be refused for it


def _parts(path: str) -> list[str]:
    return path.removeprefix("/").split("/")
