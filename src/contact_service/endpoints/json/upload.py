"""A device's address book over HTTP: JSON, NDJSON or vCard in, what became of it and who was found out."""

from collections.abc import Callable
from typing import Literal

import msgspec

from contact_service.actions import changes, upload
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer
from contact_service.actions.upload import Uploaded
from contact_service.actions.upload_records import Reject
from contact_service.endpoints import asking, limits, receiving, veil
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies
from contact_service.endpoints.routes import JSON, NDJSON, VCARD, Body, Query, Route
from contact_service.formats import upload as wire
from contact_service.formats.upload import KINDS, Batch, Source
from contact_service.model.card import Fields
from contact_service.model.ids import CardId, UserId
from contact_service.model.match import Profile
from contact_service.model.problem import ConsentRequired, InvalidParameter, Unprocessable

_LONGEST_DEVICE = 512


class UploadItem(msgspec.Struct, frozen=True, rename="camel"):
    """A record of the device: its card, or `removed`."""

    source_id: str
    card: Fields | None = None
    removed: bool = False


class Upload(msgspec.Struct, frozen=True):
    """At most 10,000 records. Absence deletes only in a `full` view, and only what this device had brought."""

    source: Source
    view: Literal["full", "partial"] = "partial"
    contacts: list[UploadItem] = []


class UploadMatch(msgspec.Struct, frozen=True, rename="camel"):
    """A record whose person is a user, as far as the owner may know."""

    source_id: str
    contact_id: CardId
    user_id: UserId
    profile: Profile


class UploadAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """What became of an upload; repeating it changes nothing. `deferred`: identifiers that wait for the budget."""

    created: int
    updated: int
    unchanged: int
    removed: int
    rejected: list[Reject]
    matches: list[UploadMatch]
    deferred: int
    sync_token: str


@veil.every(veil.UPLOAD_S)
async def post(caller: Caller) -> Answer:
    """POST /v1/contacts:upload -> {created, updated, unchanged, removed, rejected, matches, deferred, syncToken}."""
    batch = _read(caller)
    prepared = await upload.prepare(caller.house, caller.owner, caller.request_id, batch)

    async def story(ctx: Context) -> Answer:
        done = await upload.apply(ctx, prepared)
        after = msgspec.structs.replace(ctx.head, version=done.version)
        return bodies.answer(_told(done, changes.head_token(ctx.house, after)))

    return await caller.post(story)


def _read(caller: Caller) -> Batch:
    """The upload in its format. Raises Malformed 400, TooLarge 413, UnsupportedFormat 415, Unprocessable 422."""
    asked = asking.region(caller.query("region"))
    media = receiving.media(caller.headers)
    if media == VCARD:
        return wire.read_vcard(caller.body, _source(caller, asked), _view(caller.query("view")))
    read: Callable[[bytes], Batch] = wire.read_ndjson if media == NDJSON else wire.read_json
    batch = read(caller.body)
    if len(batch.source.device_id) > _LONGEST_DEVICE:
        raise Unprocessable(f"$.source.deviceId: at most {_LONGEST_DEVICE} characters")
    region = asked or asking.region(batch.source.region, "source.region")
    return msgspec.structs.replace(
        batch, source=msgspec.structs.replace(batch.source, region=region)
    )


def _source(caller: Caller, region: str | None) -> Source:
    kind = caller.query("kind") or "other"
    device = caller.query("deviceId") or ""
    if kind not in KINDS:
        raise InvalidParameter("kind", f"one of {', '.join(KINDS)}")
    if len(device) > _LONGEST_DEVICE:
        raise InvalidParameter("deviceId", f"at most {_LONGEST_DEVICE} characters")
    return msgspec.convert({"kind": kind, "deviceId": device, "region": region}, Source)


def _view(text: str | None) -> wire.View:
    if text == "full":
        return "full"
    if text in {None, "partial"}:
        return "partial"
    raise InvalidParameter("view", "full or partial")


def _told(done: Uploaded, token: str) -> UploadAnswer:
    return UploadAnswer(
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        removed=done.removed,
        rejected=done.rejected,
        matches=[
            UploadMatch(source, found.card, found.disclosed.user_id, found.disclosed.profile)
            for source, found in done.matches
        ],
        deferred=done.deferred,
        sync_token=token,
    )


ROUTES = (
    Route(
        "POST",
        "/v1/contacts:upload",
        post,
        "contacts.write",
        "uploads",
        "Upload a device's address book",
        {200: UploadAnswer},
        body=Body({JSON: Upload, NDJSON: NDJSON, VCARD: VCARD}, limits.UPLOAD_BODY),
        query=(
            Query("region", str, "Where national numbers are dialled (ISO 3166)."),
            Query("kind", Literal["ios", "android", "sim", "other"], "vCard: the device's kind."),
            Query("deviceId", str, "vCard: the device."),
            Query("view", Literal["full", "partial"], "vCard: whether this is the whole book."),
        ),
        problems=(ConsentRequired, InvalidParameter),
        lane="bulk",
    ),
)
