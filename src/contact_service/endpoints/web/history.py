"""A contact's history as it is told to people: what changed, when and on what; looked at before it is restored."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_service.actions import app_passwords, history
from contact_service.actions.history import Entry
from contact_service.actions.snapshot import Shown
from contact_service.endpoints.web import forms, pages, roster, sheet, shelf, shown
from contact_service.endpoints.web.sheet import Line
from contact_service.endpoints.web.visitor import Visitor
from contact_service.formats import jscontact, membership
from contact_service.model import ids
from contact_service.model.problem import InvalidParameter

TOLD = 100
"""Revisions a page tells."""
_KINDS = {
    "created": "Created",
    "edited": "Changed",
    "merged": "Merged from two devices",
    "uploaded": "Uploaded",
    "imported": "Imported",
    "deleted": "Deleted",
    "restored": "Restored",
    "moved": "Moved to another book",
    history.REFUSED: "Not written: it came too late",
}
_DEVICES = {
    "api": "an app",
    "web": "this web app",
    "ios": "an iPhone’s contacts",
    "android": "an Android phone’s contacts",
    "sim": "a SIM card",
    "other": "a file",
    "dav": "a synced device",
}
_MEMBERS = {
    "name": "name",
    "nicknames": "nickname",
    "phones": "phone numbers",
    "emails": "e-mail addresses",
    "addresses": "addresses",
    "organizations": "company",
    "titles": "title",
    "onlineServices": "online accounts",
    "links": "links",
    "anniversaries": "dates",
    "notes": "note",
    "keywords": "groups",
    "members": "members",
    "media": "photo",
    "speakToAs": "pronouns",
}
_SILENT = frozenset({"@type", "version", "uid", "updated", "created", "prodId"})


class Told(msgspec.Struct, frozen=True):
    """A revision in words. `sealed` has nothing to look at: the contact was deleted by it."""

    entry: Entry
    kind: str
    device: str
    changed: str
    current: bool
    sealed: bool


class Compared(msgspec.Struct, frozen=True):
    """A line of a revision beside the contact as it is: `mark` is "+" for one that would come, "-" for one that would
    go, "" for one that both have.
    """

    mark: str
    line: Line


async def page(visitor: Visitor, request: Request) -> Response:
    """GET /app/contacts/{id}/history: the contact's revisions, newest first; a part of them from `before` on."""
    card = ids.card_id(request.path_params["id"])
    head = await visitor.head()
    book, rows = await visitor.book(head)
    now = book.get(str(card))
    found = await visitor.read(history.page, card, _before(request), TOLD)
    devices = _DEVICES | {str(one.id): one.name for one in await visitor.read(app_passwords.listed)}
    told = [_told(entry, now, devices) for entry in found]
    numbered = [entry.revision for entry in found if entry.kind != history.REFUSED]
    everyone = shelf.of(rows, {}, {})
    return await pages.whole(
        visitor,
        head,
        everyone,
        everyone.section(0),
        pane="history",
        card=str(card),
        person=roster.of_card(now) if now is not None else None,
        told=told,
        older=numbered[-1] if len(numbered) == TOLD else "",
    )


async def revision(visitor: Visitor, request: Request) -> Response:
    """GET /app/contacts/{id}/history/{revision}: what it says, beside what the contact says now."""
    card, wanted = ids.card_id(request.path_params["id"]), request.path_params["revision"]
    head = await visitor.head()
    book, rows = await visitor.book(head)
    content = await visitor.read(history.look, card, wanted)
    now = book.get(str(card))
    body = jscontact.render(content.json, str(card), "")
    then = Shown(str(card), 0, datetime.now(UTC), body)
    everyone = shelf.of(rows, {}, {})
    return await pages.whole(
        visitor,
        head,
        everyone,
        everyone.section(0),
        pane="revision",
        revision=wanted,
        then=roster.of_card(then),
        compared=compare(then, now),
    )


async def restore(visitor: Visitor, request: Request) -> Response:
    """POST /app/contacts/{id}/restore: it says what `revision` said; on to its page."""
    wanted = (await forms.read(request)).get("revision", "")
    card = ids.card_id(request.path_params["id"])
    await visitor.write(history.restore, card, wanted)
    return RedirectResponse(f"/app/contacts/{card}", 303)


def compare(then: Shown, now: Shown | None) -> list[Compared]:
    """What both say as lines: those of `then` in their order, what only `now` says behind them."""
    one, other = _lines(then), _lines(now) if now is not None else []
    kept = [Compared("" if line in other else "+", line) for line in one]
    return kept + [Compared("-", line) for line in other if line not in one]


def _lines(card: Shown) -> list[Line]:
    opened = sheet.of_card(card, pages.today())
    name = Line("note", "Name", [opened.row.name])
    titles = [Line("tag", "Title", [text]) for text in opened.titles]
    nicks = [Line("tag", "Nickname", [text]) for text in opened.nicknames]
    # Without what is told of the day it is looked at ("in 12 days").
    rest = [Line(line.icon, line.label, line.text) for line in opened.lines]
    words = [Line("users", "Group", [shown.plain(w)]) for w in membership.keywords(card.body)]
    return [name, *titles, *nicks, *rest, *words]


def _told(entry: Entry, now: Shown | None, devices: Mapping[str, str]) -> Told:
    return Told(
        entry,
        _KINDS.get(entry.kind, "Changed"),
        _device(entry.device or "", devices),
        _changed(entry),
        current=now is not None and entry.revision == str(now.version),
        sealed=entry.kind == "deleted",
    )


def _device(device: str, devices: Mapping[str, str]) -> str:
    """The device in words: by its app password's name, while that stands; else in the client's own words."""
    if device in devices:
        return devices[device]
    try:
        UUID(device)
    except ValueError:
        return device
    return _DEVICES["dav"]


def _changed(entry: Entry) -> str:
    if entry.kind == "deleted" or "uid" in entry.changed:
        return ""  # it says all or nothing: that it came or went is enough
    named = [_MEMBERS.get(member, "other details") for member in entry.changed]
    words = [
        word for member, word in zip(entry.changed, named, strict=True) if member not in _SILENT
    ]
    return ", ".join(dict.fromkeys(words))


def _before(request: Request) -> int | None:
    text = request.query_params.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidParameter("before", "a whole number")
    return int(text)
