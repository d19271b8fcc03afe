"""The CardDAV face as a device meets it: requests below /dav/, answers read as XML."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from asking import Api, Reply, call, fresh
from contact_service.endpoints.app import App

NS = {
    "D": "DAV:",
    "C": "urn:ietf:params:xml:ns:carddav",
    "CS": "http://calendarserver.org/ns/",
}
HEAD = '<?xml version="1.0" encoding="utf-8"?>'
XMLNS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/"'


class Multi:
    """A 207: what it says of each href."""

    def __init__(self, reply: Reply) -> None:
        assert reply.status == 207, reply
        self.root = etree.fromstring(reply.body)
        self.hrefs = [e.text for e in self.root.findall("D:response/D:href", NS)]
        token = self.root.find("D:sync-token", NS)
        self.token = token.text if token is not None else None

    def response(self, href: str) -> Any:
        found = [
            r for r in self.root.findall("D:response", NS) if r.find("D:href", NS).text == href
        ]
        assert len(found) == 1, (href, self.hrefs)
        return found[0]

    def status(self, href: str) -> int | None:
        """The response's own status."""
        told = self.response(href).find("D:status", NS)
        return int(told.text.split()[1]) if told is not None else None

    def props(self, href: str, status: int = 200) -> dict[str, Any]:
        """The properties under that status, by `prefix:local`."""
        found = {}
        for stat in self.response(href).findall("D:propstat", NS):
            if f" {status} " in stat.find("D:status", NS).text:
                for prop in stat.find("D:prop", NS):
                    name = etree.QName(prop)
                    prefix = next(
                        (p for p, uri in NS.items() if uri == name.namespace), name.namespace
                    )
                    found[f"{prefix}:{name.localname}"] = prop
        return found

    def text(self, href: str, prop: str) -> str:
        return self.props(href)[prop].text or ""

    def cards(self) -> dict[str, str]:
        """The address data of each href."""
        return {
            r.find("D:href", NS).text: r.find(".//C:address-data", NS).text
            for r in self.root.findall("D:response", NS)
            if r.find(".//C:address-data", NS) is not None
        }


class Dav:
    """A device with a token of its own."""

    def __init__(self, api: Api, book: str = "contacts") -> None:
        self.api = api
        self.owner = api.owner
        self.home = f"/dav/addressbooks/{api.owner}/"
        self.book = f"{self.home}{book}/"

    async def __call__(
        self, method: str, path: str = "", body: bytes | str = b"", **headers: str
    ) -> Reply:
        """A path that does not begin with / is below the book."""
        where = path if path.startswith("/") else self.book + path
        sent = [("authorization", f"Bearer {self.api.token}")]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        raw = body.encode() if isinstance(body, str) else body
        return await call(self.api.app, method, where, sent, raw)

    async def propfind(self, path: str, *names: str, depth: str = "0", **headers: str) -> Multi:
        props = "".join(f"<{name}/>" for name in names)
        body = f"{HEAD}<D:propfind {XMLNS}><D:prop>{props}</D:prop></D:propfind>"
        return Multi(await self("PROPFIND", path, body, depth=depth, **headers))

    async def put(self, name: str, card: bytes, **headers: str) -> Reply:
        return await self("PUT", name, card, content_type="text/vcard; charset=utf-8", **headers)

    async def report(self, body: str, path: str = "", **headers: str) -> Reply:
        return await self("REPORT", path, HEAD + body, **headers)

    async def sync(
        self, token: str = "", limit: int | None = None, props: str = "<D:getetag/>"
    ) -> Multi:
        told = f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>" if limit else ""
        return Multi(await self.report(sync_body(token, told, props), depth="0"))

    async def multiget(self, *hrefs: str, props: str = "<D:getetag/><C:address-data/>") -> Multi:
        told = "".join(f"<D:href>{href}</D:href>" for href in hrefs)
        body = f"<C:addressbook-multiget {XMLNS}><D:prop>{props}</D:prop>{told}</C:addressbook-multiget>"
        return Multi(await self.report(body, depth="1"))

    async def query(self, inner: str, limit: str = "", props: str = "<D:getetag/>") -> Multi:
        body = f"<C:addressbook-query {XMLNS}><D:prop>{props}</D:prop>{inner}{limit}</C:addressbook-query>"
        return Multi(await self.report(body, depth="1"))


def sync_body(token: str, limit: str = "", props: str = "<D:getetag/>", level: str = "1") -> str:
    return (
        f"<D:sync-collection {XMLNS}><D:sync-token>{token}</D:sync-token>"
        f"<D:sync-level>{level}</D:sync-level>{limit}<D:prop>{props}</D:prop></D:sync-collection>"
    )


def vcard(uid: str, name: str = "Ann Example", *lines: str, version: str = "3.0") -> bytes:
    told = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", "N:Example;Ann;;;"]
    return "\r\n".join([*told, *lines, "END:VCARD", ""]).encode()


def error(reply: Reply) -> str:
    """The precondition that a DAV:error names."""
    root = etree.fromstring(reply.body)
    assert root.tag == "{DAV:}error"
    return str(etree.QName(root[0]).localname)


@pytest.fixture
def device(app: App) -> Callable[[str], Dav]:
    def named(name: str) -> Dav:
        return Dav(Api(app, fresh(name)))

    return named


@pytest.fixture
def dav(device: Callable[[str], Dav]) -> Dav:
    return device("ann")
