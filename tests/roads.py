"""The roads a contact travels, at whose end all it keeps (tests/kept.py) must arrive.

A road takes a contact from a device into the service and through one story; `arrived` tells how it stands there.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from asking import Api
from contact_service.actions import edge, photos
from contact_service.actions.context import Context, House
from contact_service.formats import vcard
from contact_service.model.ids import CardId, OwnerId
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards
from kept import Kept


class Start(NamedTuple):
    """A contact on a device: as JSON, or as vCard lines (without BEGIN, VERSION, END)."""

    json: dict[str, Any]
    lines: tuple[bytes, ...] = ()

    @property
    def record(self) -> bytes:
        """The whole vCard."""
        front = (b"BEGIN:VCARD", b"VERSION:3.0", b"N:Person;Some;;;", b"FN:Some Person")
        back = (b"EMAIL:some@example.org", b"UID:some-person", b"END:VCARD", b"")
        return b"\r\n".join((*front, *self.lines, *back))


def app(*kept: Kept) -> Start:
    """A contact that an app made, which keeps these."""
    card: dict[str, Any] = {
        "@type": "Card",
        "version": "1.0",
        "uid": "some-person",
        "name": {"full": "Some Person"},
        "emails": {"e": {"address": "some@example.org"}},
    }
    for one in kept:
        card.update(one.json)
    return Start(card)


def phone(*kept: Kept) -> Start:
    """A contact that a device sends as vCard, which keeps these."""
    return Start({}, tuple(line for one in kept for line in one.lines))


class Arrived(NamedTuple):
    """How a contact stands: as the API tells it, and its vCard."""

    json: dict[str, Any]
    record: bytes


Road = Callable[[Api, Start], Awaitable[str]]
"""Brings the contact in and through its story; returns its id."""
OTHER = {"emails": {"e": {"address": "other@example.org"}}}


async def into(api: Api, start: Start) -> str:
    """The contact in the book, by the shortest road of its form; returns its id."""
    if start.lines:
        return await upload_vcard(api, start)
    return await create(api, start)


async def create(api: Api, start: Start) -> str:
    """POST of the whole contact."""
    told = await api.post("/v1/contacts", start.json)
    assert told.status in {200, 201}, told
    return str(told.json["id"])


async def upload_vcard(api: Api, start: Start) -> str:
    """A device's upload of a file."""
    await api.consents("store")
    told = await api.post("/v1/contacts:upload", body=start.record, content_type="text/vcard")
    assert told.json["rejected"] == [], told
    return await only(api)


async def only(api: Api) -> str:
    """The id of the one contact there is."""
    (card,) = (await api.get("/v1/contacts")).json["contacts"]
    return str(card["id"])


async def replace(api: Api, start: Start) -> str:
    """PUT over a contact that had none of it."""
    card = await create(api, app())
    told = await api.put(f"/v1/contacts/{card}", start.json)
    assert told.status == 200, told
    return card


async def patch(api: Api, start: Start) -> str:
    """PATCH of each member into a contact that had none of it."""
    card = await create(api, app())
    changes = {name: value for name, value in start.json.items() if name not in app().json}
    told = await api.patch(f"/v1/contacts/{card}", changes)
    assert told.status == 200, told
    return card


async def upload_json(api: Api, start: Start) -> str:
    """A device's upload, sent again with another address."""
    await api.consents("store")
    for card in (start.json, {**start.json, **OTHER}):
        told = await api.upload({"sourceId": "1", "card": card})
        assert told.json["rejected"] == [], told
    return await only(api)


async def batch(api: Api, start: Start) -> str:
    """Created and patched by two batches."""
    sent = {"operations": [{"op": "create", "clientId": "c", "card": start.json}]}
    (made,) = (await api.post("/v1/contacts:batch", sent)).json["results"]
    await _batched(api, {"op": "patch", "id": made["id"], "base": made["etag"], "patch": OTHER})
    return str(made["id"])


async def _batched(api: Api, operation: dict[str, Any]) -> None:
    told = await api.post("/v1/contacts:batch", {"operations": [{"clientId": "c", **operation}]})
    assert [result["status"] for result in told.json["results"]] == [200], told


async def edit_beside(api: Api, start: Start) -> str:
    """An edit of another part."""
    card = await into(api, start)
    told = await api.patch(f"/v1/contacts/{card}", OTHER)
    assert told.status == 200, told
    return card


async def merge(api: Api, start: Start) -> str:
    """Two edits of other parts on the same revision, merged."""
    card = await into(api, start)
    base = (await api.get(f"/v1/contacts/{card}")).json["etag"]
    for changes in (OTHER, {"nicknames": {"n": {"name": "Sam"}}}):
        told = await api.patch(f"/v1/contacts/{card}", {"base": base, "patch": changes})
        assert told.status == 200, told
        assert "conflicts" not in told.json
    return card


async def restore(api: Api, start: Start) -> str:
    """All of it taken away, and the earlier revision restored."""
    card = await into(api, start)
    first = (await api.get(f"/v1/contacts/{card}/history")).json["revisions"][0]["revision"]
    told = await api.put(f"/v1/contacts/{card}", app().json)
    assert told.status == 200, told
    told = await api.post(f"/v1/contacts/{card}:restore", {"revision": first})
    assert told.status == 200, told
    return card


async def trash(api: Api, start: Start) -> str:
    """Deleted and taken out of the trash."""
    card = await into(api, start)
    await api.delete(f"/v1/contacts/{card}")
    told = await api.post(f"/v1/contacts/{card}:restore", {})
    assert told.status == 200, told
    return card


async def rewind(api: Api, start: Start) -> str:
    """All of it taken away, and the whole book put back to the moment before."""
    card = await into(api, start)
    at = datetime.now(UTC)
    await api.put(f"/v1/contacts/{card}", app().json)
    told = await api.post("/v1/contacts:restore", {"at": at.isoformat()})
    assert told.json["restored"] == 1, told
    return card


async def group(api: Api, start: Start) -> str:
    """Put into a keyword's group and taken out again."""
    card = await into(api, start)
    sent = {"name": "Passing", "source": "keyword", "members": [card]}
    made = (await api.post("/v1/groups", sent)).json
    told = await api.delete(f"/v1/groups/{made['id']}/members/{card}")
    assert told.status == 204, told
    return card


OF_BOTH: tuple[Road, ...] = (into, edit_beside, merge, restore, trash, rewind, group)
"""Roads for a contact of either form."""
OF_APPS: tuple[Road, ...] = (create, replace, patch, upload_json, batch)
"""Roads on which the contact is JSON from the beginning."""


async def arrived(house: House, api: Api, card: str) -> Arrived:
    """How the contact stands at the end of a road."""
    told = await api.get(f"/v1/contacts/{card}")
    assert told.status == 200, told
    record = await edge.read(house, OwnerId(api.owner), "test", _record, card)
    return Arrived(told.json, record)


async def _record(ctx: Context, card: str) -> bytes:
    row = await cards.get(ctx.tx, msgspec.convert(card, CardId.__supertype__))
    assert row is not None
    content = sealed_cards.open_(ctx.key, row.card, row.rev, row.sealed or b"")
    found = photos.wholes(ctx.tx, ctx.key, [vcard.write(content)])
    return b"".join([part async for part in found])
