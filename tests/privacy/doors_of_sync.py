"""Unmistakable values that rest since devices sync: history, trash, refused bodies, photos, books, names, groups.

Most go in by CardDAV.
"""

import base64
import os
import re
from typing import Any

from PIL.PngImagePlugin import PngInfo

import picturing
from faults.running import Service

AT_REST = {
    "former note": "zx-former-note-3ab",
    "device that acted": "zx-my-old-tablet",
    "name in the trash": "Trashqzwyck",
    "refused note": "zx-refused-note-77c",
    "picture": "zx-picture-bytes",
    "key": "zx-key-bytes-90",
    "URL of a book": "zxbookurl",
    "name of a book": "zx-book-display",
    "description of a book": "zx-book-told",
    "property of a book": "zx-book-dead-prop",
    "resource name": "zx-resource",
    "name that was left": "zx-left-name",
    "keyword group": "kwzxgroupword",
    "group": "Groupzxname",
    "device's record": "zx-record-note-1",
}
PASSING = {
    "picture's comment": "zx-comment-in-png",
    "asked of a book": "zxqueriedname",
    "unknown resource": "zxnosuchresource",
    "of a broken vCard": "zxbrokenvcard",
    "of a refused book": "zxrefusedbook",
    "of a broken report": "zxbrokenreport",
    "wrong username": "zxwrongusername",
    "wrong password": "zxwrongpassword",
}
A = AT_REST
P = PASSING

HOME = "/dav/addressbooks/dan/"
BOOK = f"{HOME}contacts/"
CARD = {"Content-Type": "text/vcard"}
XMLNS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'


def vcard(uid: str, *lines: str) -> bytes:
    told = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", "FN:Dan", "N:Dan;;;;", *lines, "END:VCARD"]
    return "\r\n".join([*told, ""]).encode()


def binary(text: str) -> str:
    """Bytes that begin as a JPEG and hold the text; the noise keeps the database from packing it."""
    return base64.b64encode(b"\xff\xd8\xff\xe0" + text.encode() + os.urandom(4_000)).decode()


def go_in(service: Service) -> None:
    """Through every door, as dan and his devices."""
    service.consent("dan", "store")
    edit_and_delete(service)
    picture(service)
    by_dav(service)
    by_a_phone(service)
    upload_and_merge(service)
    pass_through(service)


def done(told: tuple[int, Any], *statuses: int) -> Any:
    assert told[0] in statuses, told
    return told[1]


def edit_and_delete(service: Service) -> None:
    sent = {"name": {"full": "Dan"}, "notes": {"n": {"note": A["former note"]}}}
    tablet = {"X-Device": A["device that acted"]}
    card = done(service.ask("POST", "/v1/contacts", "dan", sent, **tablet), 201)
    path = f"/v1/contacts/{card['id']}"
    done(service.ask("PATCH", path, "dan", {"notes": None}, **tablet), 200)
    for name in (A["name in the trash"], "gone for ever"):
        card = done(service.ask("POST", "/v1/contacts", "dan", {"name": {"full": name}}), 201)
        done(service.ask("DELETE", f"/v1/contacts/{card['id']}", "dan"), 204)
    done(service.ask("DELETE", f"/v1/trash/{card['id']}", "dan"), 204)
    done(service.ask("POST", "/v1/groups", "dan", {"name": A["group"]}), 201)


def picture(service: Service) -> None:
    """A picture is painted anew: what was written into its file goes nowhere."""
    card = done(service.ask("POST", "/v1/contacts", "dan", {"name": {"full": "Dan"}}), 201)
    said = PngInfo()
    said.add_text("Comment", P["picture's comment"])
    raw = picturing.saved(picturing.halves(), pnginfo=said)
    assert P["picture's comment"].encode() in raw
    sent = {"Content-Type": "image/png"}
    done(service.ask("PUT", f"/v1/contacts/{card['id']}/photo", "dan", raw, **sent), 200)


def by_dav(service: Service) -> None:
    make = (
        f"<D:mkcol {XMLNS}><D:set><D:prop><D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>"
        f"<D:displayname>{A['name of a book']}</D:displayname></D:prop></D:set></D:mkcol>"
    )
    book = f"{HOME}{A['URL of a book']}/"
    done(service.ask("MKCOL", book, "dan", make.encode()), 201)
    sets = (
        f"<D:propertyupdate {XMLNS}><D:set><D:prop>"
        f"<C:addressbook-description>{A['description of a book']}</C:addressbook-description>"
        f"<x:own xmlns:x='urn:x'>{A['property of a book']}</x:own></D:prop></D:set></D:propertyupdate>"
    )
    done(service.ask("PROPPATCH", book, "dan", sets.encode()), 207)
    old, name = f"{book}{A['name that was left']}.vcf", f"{book}{A['resource name']}.vcf"
    pictures = (
        f"PHOTO;ENCODING=b;TYPE=JPEG:{binary(A['picture'])}",
        f"KEY;ENCODING=b:{binary(A['key'])}",
    )
    done(service.ask("PUT", old, "dan", vcard("u1", *pictures), **CARD), 201)
    done(service.ask("MOVE", old, "dan", Destination=name), 201)
    stale, late = {**CARD, "If-Match": '"00.1"'}, vcard("u1", f"NOTE:{A['refused note']}")
    done(service.ask("PUT", name, "dan", late, **stale), 412)


def by_a_phone(service: Service) -> None:
    """A device that is shown keywords as groups."""
    wish = {"name": "Phone", "device": "ios", "keywordGroups": True}
    told = done(service.ask("POST", "/v1/app-passwords", "dan", wish), 201)
    sent = {"Authorization": basic(told["username"], told["password"])}
    card = vcard("u2", f"CATEGORIES:{A['keyword group']}")
    done(service.ask("PUT", f"{BOOK}two.vcf", "", card, **CARD, **sent), 201)
    sync = f"<D:sync-collection {XMLNS}><D:sync-token/><D:sync-level>1</D:sync-level><D:prop/></D:sync-collection>"
    page = done(service.ask("REPORT", BOOK, "", sync.encode(), **sent), 207)
    assert len(re.findall(rb"\.vcf</", page)) > 3


def upload_and_merge(service: Service) -> None:
    """An upload that meets an edit by hand: what the device said is kept as the base of its next merge."""

    def upload(card: dict[str, Any]) -> None:
        contact = {"sourceId": "1", "card": {"@type": "Card", "version": "1.0", **card}}
        source = {"kind": "android", "deviceId": "d1"}
        body = {"source": source, "view": "partial", "contacts": [contact]}
        done(service.ask("POST", "/v1/contacts:upload", "dan", body), 200)

    upload({"uid": "u3", "name": {"full": "Eve"}})
    cards = done(service.ask("GET", "/v1/contacts", "dan"), 200)["contacts"]
    path = next(f"/v1/contacts/{card['id']}" for card in cards if card["uid"] == "u3")
    done(service.ask("PATCH", path, "dan", {"titles": {"t": {"name": "By hand"}}}), 200)
    upload({"uid": "u3", "name": {"full": "Eve"}, "notes": {"n": {"note": A["device's record"]}}})


def basic(username: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def pass_through(service: Service) -> None:
    """What is asked or refused must not rest at all."""
    match = f"<C:prop-filter name='FN'><C:text-match>{P['asked of a book']}</C:text-match></C:prop-filter>"
    query = (
        f"<C:addressbook-query {XMLNS}><D:prop/><C:filter>{match}</C:filter></C:addressbook-query>"
    )
    done(service.ask("REPORT", BOOK, "dan", query.encode(), Depth="1"), 207)
    done(service.ask("GET", f"{BOOK}{P['unknown resource']}.vcf", "dan"), 404)
    broken = f"BEGIN:VCARD\r\nFN:{P['of a broken vCard']}\r\n".encode()
    done(service.ask("PUT", f"{BOOK}broken.vcf", "dan", broken, **CARD), 403)
    done(
        service.ask("PUT", f"{HOME}{P['of a refused book']}/a.vcf", "dan", vcard("u9"), **CARD), 409
    )
    report = f"<D:{P['of a broken report']} {XMLNS}>".encode()
    done(service.ask("REPORT", BOOK, "dan", report), 400)
    wrong = basic(P["wrong username"], P["wrong password"])
    done(service.ask("PROPFIND", BOOK, "", Authorization=wrong), 401)
