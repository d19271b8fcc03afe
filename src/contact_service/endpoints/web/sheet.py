"""A contact's page as values to render: what it says, grouped and labelled, links only where they are harmless."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from contact_service.actions.snapshot import Shown
from contact_service.endpoints.web import days, roster, shown
from contact_service.endpoints.web.roster import Row
from contact_service.formats import jscontact
from contact_service.model.card import Address, Component, Fields

_DIALLED = re.compile(r"[0-9+(][0-9 ()./-]{2,40}")
_CONTEXTS = {"private": "Home", "work": "Work", "billing": "Billing", "delivery": "Delivery"}
_FEATURES = {"mobile": "Mobile", "fax": "Fax", "pager": "Pager", "textphone": "Textphone"}
_STREET = {"room", "apartment", "floor", "building", "number", "name", "block", "direction"}


class Line(msgspec.Struct, frozen=True):
    """One thing said: `icon` names a symbol of the sprite, `href` is "" where there is nothing to follow."""

    icon: str
    label: str
    text: list[str]
    href: str = ""
    aside: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """A contact opened. `titles` are what stands under the name; `call` and `write` the first number and address;
    `photo` where its picture is, "" without one; `editable`: who looks may change it.
    """

    row: Row
    titles: list[str]
    nicknames: list[str]
    lines: list[Line]
    changed_at: datetime
    photo: str = ""
    editable: bool = False

    @property
    def call(self) -> str:
        """What the call button follows, "" for none."""
        return next((line.href for line in self.lines if line.href.startswith("tel:")), "")

    @property
    def write(self) -> str:
        """What the mail button follows, "" for none."""
        return next((line.href for line in self.lines if line.href.startswith("mailto:")), "")


def of_card(card: Shown, today: date, *, editable: bool = False) -> Sheet:
    """The card's sheet; `today` tells how far off a birthday is."""
    fields = jscontact.fields(card.body)
    found = [
        *_phones(fields),
        *_emails(fields),
        *_online(fields),
        *_addresses(fields),
        *_days(fields, today),
        *_links(fields),
        *_notes(fields),
    ]
    return Sheet(
        row=roster.of_card(card),
        titles=_titles(fields),
        nicknames=_plain(nick.name for nick in (fields.nicknames or {}).values()),
        lines=[line for line in found if line.text],
        changed_at=card.updated_at,
        photo=_photo(fields),
        editable=editable,
    )


def _photo(fields: Fields) -> str:
    """Where this app shows the photo that the API has at its own place; one of another host is not asked for."""
    uris = (_text(e, "uri") for e in (fields.media or {}).values() if e.get("kind") == "photo")
    ours = (uri.removeprefix("/v1") for uri in uris if uri.startswith("/v1/contacts/"))
    return next((f"/app{uri}" for uri in ours), "")


def _titles(fields: Fields) -> list[str]:
    titles = (title.name for title in (fields.titles or {}).values())
    orgs = (
        ", ".join([org.name or "", *(str(unit.get("name", "")) for unit in org.units)]).strip(", ")
        for org in (fields.organizations or {}).values()
    )
    return _plain([*titles, *orgs])


def _phones(fields: Fields) -> Iterator[Line]:
    for phone in (fields.phones or {}).values():
        text = shown.plain(phone.number.removeprefix("tel:"))
        href = "tel:" + re.sub(r"[^0-9+]", "", text) if _DIALLED.fullmatch(text) else ""
        yield Line(
            "phone", _label("Phone", phone.label, phone.features, phone.contexts), [text], href
        )


def _emails(fields: Fields) -> Iterator[Line]:
    for mail in (fields.emails or {}).values():
        text = shown.plain(mail.address)
        href = "mailto:" + quote(text, safe="@+.-_") if text.count("@") == 1 else ""
        yield Line("mail", _label("E-mail", mail.label, mail.contexts), [text], href)


def _online(fields: Fields) -> Iterator[Line]:
    for service in (fields.online_services or {}).values():
        text = _text(service, "user") or _text(service, "uri")
        yield Line("at-sign", _text(service, "service") or "Online", _plain([text]), _web(service))


def _links(fields: Fields) -> Iterator[Line]:
    for link in (fields.links or {}).values():
        yield Line("globe", _text(link, "label") or "Web", _plain([_text(link, "uri")]), _web(link))


def _addresses(fields: Fields) -> Iterator[Line]:
    for address in (fields.addresses or {}).values():
        yield Line("map-pin", _label("Address", None, address.contexts), _address(address))


def _address(address: Address) -> list[str]:
    if address.full:
        return shown.lines(address.full)
    street: list[Component] = []
    place: list[Component] = []
    for part in address.components:
        if part.kind != "separator":
            (street if part.kind in _STREET else place).append(part)
    return _plain([" ".join(p.value for p in street), ", ".join(p.value for p in place)])


def _days(fields: Fields, today: date) -> Iterator[Line]:
    for entry in (fields.anniversaries or {}).values():
        kind, day = _text(entry, "kind"), days.of(entry)
        if day is None:
            continue
        aside = "" if kind == "death" else days.soon(day.away(today))
        turns = day.turns(today) if kind == "birth" else None
        if turns is not None:
            aside = f"turns {turns} {aside}"
        yield Line("cake", days.SAYS.get(kind, "Date"), [str(day)], aside=aside)


def _notes(fields: Fields) -> Iterator[Line]:
    for note in (fields.notes or {}).values():
        yield Line("note", "Note", shown.lines(note.note))


def _label(bare: str, own: str | None, *flags: dict[str, bool] | None) -> str:
    if own:
        return shown.plain(own)
    said = _FEATURES | _CONTEXTS
    words = [
        said[word] for held in flags for word, on in (held or {}).items() if on and word in said
    ]
    return " · ".join(words) or bare


def _web(entry: dict[str, Any]) -> str:
    """The entry's URI where it leads to a web page; another scheme could run something (javascript:, data:)."""
    uri = _text(entry, "uri")
    return uri if uri.lower().startswith(("https://", "http://")) else ""


def _text(entry: dict[str, Any], member: str) -> str:
    found = entry.get(member)
    return found if isinstance(found, str) else ""


def _plain(texts: Any) -> list[str]:
    return [text for text in (shown.plain(t) for t in texts) if text]
