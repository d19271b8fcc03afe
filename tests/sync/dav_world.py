"""CardDAV devices and a JSON device on one owner's books, and what must be there: known from the answers alone."""

import copy
import re
from collections import Counter
from typing import Any

import msgspec

from asking import Api, Reply, fresh
from endpoints.carddav.conftest import Dav, vcard

BOOKS = ("contacts", "work")


class Resource(msgspec.Struct, frozen=True):
    """A card in its place: what a GET gives, and since which number of the feed."""

    uid: str
    number: int
    body: bytes


class Phone(msgspec.Struct):
    """What a CardDAV device knows: tags by href and a token, of each book. `listed`: a first sync has come that far."""

    held: dict[str, dict[str, str]]
    tokens: dict[str, str]
    listed: dict[str, set[str]]


class Tablet(msgspec.Struct):
    """What a JSON device knows: tags and uids by id, and a token."""

    held: dict[str, tuple[str, str]] = {}
    token: str = ""


class World:
    """`there` is what must be there, by href."""

    def __init__(self, app: Any, devices: int) -> None:
        self.api = Api(app, fresh("ann"))
        self.faces = {book: Dav(self.api, book) for book in BOOKS}
        self.phones = [
            Phone({b: {} for b in BOOKS}, dict.fromkeys(BOOKS, ""), {b: set() for b in BOOKS})
            for _ in range(devices)
        ]
        self.old = copy.deepcopy(self.phones)
        self.tablet = Tablet()
        self.there: dict[str, Resource] = {}
        self.bodies: dict[int, bytes] = {}
        self.graves: dict[str, tuple[str, Resource]] = {}
        self.last = 0
        self._written = 0

    async def open(self) -> None:
        """Make the second book."""
        assert (await self.faces["work"]("MKCOL")).status == 201

    def href(self, book: str, name: int) -> str:
        return f"{self.faces[book].book}c{name}.vcf"

    def known(self, device: int) -> list[tuple[str, str]]:
        """(href, tag) of all that the device has."""
        return sorted(row for held in self.phones[device].held.values() for row in held.items())

    async def create(self, href: str) -> None:
        uid, said = f"urn:x:{self._fresh()}", self._fresh()
        body = vcard(uid, said, f"item1.X-ODD;X-P=1:{said}")
        told = await self._put(href, body, if_none_match="*")
        assert told.status == (412 if href in self.there else 201), told
        if told.status == 201:
            self._stands(href, uid, told.headers["etag"], body)

    async def edit(self, href: str, tag: str) -> None:
        """As a client does: its copy with one line changed, if nobody else changed it."""
        body = re.sub(rb"(?<=\r\nFN:)[^\r]*", self._fresh().encode(), self.bodies[number(tag)])
        told = await self._put(href, body, if_match=tag)
        assert told.status == (204 if self._is(href, tag) else 412), told
        if told.status == 204:
            got = await self._body(href)
            assert lines(got) == lines(body)
            assert got == body or "etag" not in told.headers
            self._stands(href, self.there[href].uid, await self._tag(href), got)

    async def delete(self, href: str, tag: str) -> None:
        told = await self._dav("DELETE", href, if_match=tag)
        expected = 404 if href not in self.there else 204 if self._is(href, tag) else 412
        assert told.status == expected, told
        if expected == 204:
            self._bury(href)

    async def move(self, href: str, tag: str, to: str, *, over: bool) -> None:
        if to == href:
            return
        overwrite = "T" if over else "F"
        told = await self._dav("MOVE", href, if_match=tag, destination=to, overwrite=overwrite)
        expected = 204 if to in self.there else 201
        if href not in self.there:
            expected = 404
        elif not self._is(href, tag) or (to in self.there and not over):
            expected = 412
        assert told.status == expected, told
        if expected < 300:
            if to in self.there:
                self._bury(to)
            moved = self.there.pop(href)
            self._stands(to, moved.uid, await self._tag(to), moved.body)

    async def page(self, device: int, book: str, limit: int, *, lost: bool) -> bool:
        """One page of one book; `lost`: the device never gets it. Whether there is more."""
        phone, face = self.phones[device], self.faces[book]
        token = phone.tokens[book]
        told = await face.sync(token, limit)
        more = face.book in told.hrefs
        rows = [href for href in told.hrefs if href not in {None, face.book}]
        assert len(rows) <= limit
        assert len(rows) == limit or not more
        assert len(set(rows)) == len(rows)
        gone = {href for href in rows if told.status(href) == 404}
        assert gone.isdisjoint(self.there)
        tags = {href: told.text(href, "D:getetag") for href in rows if href not in gone}
        for href, tag in tags.items():
            assert self._is(href, tag), (href, tag)
        assert not rows or told.token != token, "a token did not grow"
        if not lost:
            self._take(phone, book, tags, gone, told.token or "", more=more)
        return more

    def _take(
        self,
        phone: Phone,
        book: str,
        tags: dict[str, str],
        gone: set[str],
        token: str,
        *,
        more: bool,
    ) -> None:
        """As RFC 6578 3.8 has it: after a first sync to its end, what was not listed is gone."""
        held, listed = phone.held[book], phone.listed[book]
        if not phone.tokens[book]:
            listed.clear()
        held.update(tags)
        listed.update(tags)
        for href in gone:
            held.pop(href, None)
        phone.tokens[book] = token
        if not more:
            for href in held.keys() - listed:
                del held[href]

    def forget(self, device: int) -> None:
        """The device loses its tokens, not its cards."""
        self.phones[device].tokens = dict.fromkeys(BOOKS, "")

    def back_up(self, device: int) -> None:
        self.old[device] = copy.deepcopy(self.phones[device])

    def set_back(self, device: int) -> None:
        self.phones[device] = copy.deepcopy(self.old[device])

    async def json_create(self) -> None:
        uid, said = f"urn:x:{self._fresh()}", self._fresh()
        sent = {"@type": "Card", "version": "1.0", "uid": uid, "name": {"full": said}}
        told = await self.api.post("/v1/contacts", sent)
        assert told.status == 201, told
        href = f"{self.faces['contacts'].book}{told.json['id']}.vcf"
        body = await self._body(href)
        assert f"\r\nFN:{said}\r\n".encode() in body
        self._stands(href, uid, told.headers["etag"], body)

    async def json_note(self, card: str) -> None:
        """The tablet writes a note on what it knows of the contact. On a deleted one that brings it back."""
        tag, uid = self.tablet.held[card]
        said = self._fresh()
        changes = {"base": tag, "patch": {"notes": {"n": {"note": said}}}}
        told = await self.api.patch(f"/v1/contacts/{card}", changes)
        assert told.status == 200, told
        href = self._href(uid)
        before = self.there[href] if href is not None else self.graves[uid][1]
        href = href or self._risen(card, uid)
        body = await self._body(href)
        assert lines(body, but=b"NOTE") == lines(before.body, but=b"NOTE")
        assert re.search(rb"\r\nNOTE[^:]*:%b\r\n" % said.encode(), body)
        self._stands(href, uid, told.headers["etag"], body)

    async def json_delete(self, card: str) -> None:
        tag, uid = self.tablet.held[card]
        href = self._href(uid)
        told = await self.api.delete(f"/v1/contacts/{card}", if_match=tag)
        expected = 404 if href is None else 204 if self._is(href, tag) else 412
        assert told.status == expected, told
        if href is not None and expected == 204:
            self._bury(href)

    async def json_page(self, limit: int, *, lost: bool) -> bool:
        """One page of all books; `lost`: the tablet never gets it. Whether there is more."""
        since = f"&since={self.tablet.token}" if self.tablet.token else ""
        told = (await self.api.get(f"/v1/changes?limit={limit}{since}")).json
        assert len(told["changed"]) + len(told["removed"]) <= limit
        for card in told["changed"]:
            href = self._href(card["uid"])
            assert href is not None
            assert self._is(href, card["etag"])
        if not lost:
            self.tablet.held |= {c["id"]: (c["etag"], c["uid"]) for c in told["changed"]}
            for card in told["removed"]:
                self.tablet.held.pop(card, None)
            self.tablet.token = told["syncToken"]
        return bool(told["more"])

    async def settle(self, *, both: bool) -> None:
        """Everybody syncs to the end, and then holds what is there; a second time nothing comes."""
        for device, phone in enumerate(self.phones):
            for book, face in self.faces.items():
                while await self.page(device, book, 3, lost=False):
                    pass
                here = {h: r for h, r in self.there.items() if h.startswith(face.book)}
                held = {href: number(tag) for href, tag in phone.held[book].items()}
                assert held == {href: resource.number for href, resource in here.items()}
                assert (await face.sync(phone.tokens[book])).hrefs == []
        for href, resource in self.there.items():
            assert await self._body(href) == resource.body
        if both:
            while await self.json_page(3, lost=False):
                pass
            held = {uid: number(tag) for tag, uid in self.tablet.held.values()}
            assert held == {resource.uid: resource.number for resource in self.there.values()}

    def _fresh(self) -> str:
        self._written += 1
        return f"v{self._written}"

    def _stands(self, href: str, uid: str, tag: str, body: bytes) -> None:
        assert number(tag) > self.last, "a number did not grow"
        self.last = number(tag)
        self.there[href] = Resource(uid, self.last, body)
        self.bodies[self.last] = body
        self.graves.pop(uid, None)

    def _bury(self, href: str) -> None:
        gone = self.there.pop(href)
        self.graves[gone.uid] = href, gone

    def _risen(self, card: str, uid: str) -> str:
        """Where a deleted card comes back: in its place, or under its id when another card has that now."""
        href, _ = self.graves[uid]
        return f"{href.rpartition('/')[0]}/{card}.vcf" if href in self.there else href

    def _href(self, uid: str) -> str | None:
        return next((h for h, resource in self.there.items() if resource.uid == uid), None)

    def _is(self, href: str, tag: str) -> bool:
        return href in self.there and self.there[href].number == number(tag)

    async def _dav(self, method: str, href: str, **headers: str) -> Reply:
        return await self.faces["contacts"](method, href, **headers)

    async def _put(self, href: str, body: bytes, **headers: str) -> Reply:
        return await self.faces["contacts"].put(href, body, **headers)

    async def _tag(self, href: str) -> str:
        return (await self._dav("HEAD", href)).headers["etag"]

    async def _body(self, href: str) -> bytes:
        told = await self._dav("GET", href)
        assert told.status == 200, told
        return told.body


def number(tag: str) -> int:
    """In the feed; a tag of a converted card has more behind it."""
    return int(re.findall(r"\.(\d+)", tag)[0])


def lines(body: bytes, but: bytes = b"REV") -> Counter[bytes]:
    """The lines of a vCard but those of one property and of when it was written."""
    return Counter(
        line for line in body.split(b"\r\n") if not line.startswith((but, b"REV", b"PRODID"))
    )
