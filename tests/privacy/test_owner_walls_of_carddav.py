"""R24 on the CardDAV face: a path of another owner is answered as one of nobody, byte for byte."""

import pytest

from asking import Api, Reply, call, fresh, person

XMLNS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'
VCARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\nFN:X\r\nN:X;;;;\r\nEND:VCARD\r\n"
PROPFIND = f"<D:propfind {XMLNS}><D:prop><D:displayname/></D:prop></D:propfind>".encode()
SYNC = f"<D:sync-collection {XMLNS}><D:sync-token/><D:sync-level>1</D:sync-level><D:prop/></D:sync-collection>".encode()
MKCOL = (
    f"<D:mkcol {XMLNS}><D:set><D:prop><D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>"
    "</D:prop></D:set></D:mkcol>"
).encode()
PATCH = f"<D:propertyupdate {XMLNS}><D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set></D:propertyupdate>".encode()
BODIES = {
    "OPTIONS": b"",
    "PROPFIND": PROPFIND,
    "PROPPATCH": PATCH,
    "REPORT": SYNC,
    "MKCOL": MKCOL,
    "GET": b"",
    "HEAD": b"",
    "PUT": VCARD,
    "DELETE": b"",
    "COPY": b"",
    "MOVE": b"",
}
PATHS = [
    "/dav/principals/{owner}/",
    "/dav/addressbooks/{owner}/",
    "/dav/addressbooks/{owner}/contacts/",
    "/dav/addressbooks/{owner}/team/",
    "/dav/addressbooks/{owner}/team/a.vcf",
    "/dav/addressbooks/{owner}/contacts/none.vcf",
]


async def ask(api: Api, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    sent = [("authorization", f"Bearer {api.token}"), ("depth", "0")]
    if method == "PUT":
        sent.append(("content-type", "text/vcard"))
    return await call(api.app, method, path, [*sent, *headers.items()], body)


@pytest.fixture
async def hers(bea: Api) -> Api:
    """Bea, with a card in the default book and one in another."""
    await bea.post("/v1/contacts", person("Cas"))
    book = f"/dav/addressbooks/{bea.owner}/team/"
    assert (await ask(bea, "MKCOL", book, MKCOL)).status == 201
    assert (await ask(bea, "PUT", f"{book}a.vcf", VCARD)).status == 201
    return bea


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", BODIES)
async def test_a_path_of_another_owner_is_one_of_nobody(
    ann: Api, hers: Api, method: str, path: str
) -> None:
    before = await ask(hers, "REPORT", PATHS[3].format(owner=hers.owner), SYNC)
    to = {"destination": f"/dav/addressbooks/{ann.owner}/contacts/mine.vcf"}
    told = [
        await ask(ann, method, path.format(owner=owner), BODIES[method], **to)
        for owner in (hers.owner, fresh("bea"))
    ]
    assert told[0].comparable == told[1].comparable
    assert told[0].status == 404 or method == "OPTIONS"
    after = await ask(hers, "REPORT", PATHS[3].format(owner=hers.owner), SYNC)
    assert after.body == before.body


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_no_card_goes_into_a_book_of_another_owner(ann: Api, hers: Api, method: str) -> None:
    mine = f"/dav/addressbooks/{ann.owner}/contacts/a.vcf"
    assert (await ask(ann, "PUT", mine, VCARD)).status == 201
    told = [
        await ask(ann, method, mine, destination=f"/dav/addressbooks/{owner}/team/a.vcf")
        for owner in (hers.owner, fresh("bea"))
    ]
    assert told[0].comparable == told[1].comparable
    assert 400 <= told[0].status < 500
    assert (await ask(ann, "GET", mine)).status == 200


async def test_a_multiget_names_cards_of_another_owner_as_not_there(ann: Api, hers: Api) -> None:
    book = f"/dav/addressbooks/{ann.owner}/contacts/"
    told = []
    for owner in (hers.owner, fresh("bea")):
        href = f"/dav/addressbooks/{owner}/team/a.vcf"
        body = f"<C:addressbook-multiget {XMLNS}><D:prop/><D:href>{href}</D:href></C:addressbook-multiget>"
        reply = await ask(ann, "REPORT", book, body.encode())
        assert (reply.status, reply.body.count(b" 404 ")) == (207, 1)
        told.append(reply.body.replace(owner.encode(), b""))
    assert told[0] == told[1]


async def test_a_sync_token_of_another_owner_is_refused_as_one_of_nobody(
    ann: Api, hers: Api
) -> None:
    page = await ask(hers, "REPORT", PATHS[2].format(owner=hers.owner), SYNC)
    token = page.body.partition(b"<D:sync-token>")[2].partition(b"<")[0]
    assert token.startswith(b"urn:x-cs:sync:")
    told = []
    for sent in (token, token[:-8] + b"AAAAAAAA"):
        body = SYNC.replace(b"<D:sync-token/>", b"<D:sync-token>%b</D:sync-token>" % sent)
        told.append(await ask(ann, "REPORT", PATHS[2].format(owner=ann.owner), body))
    assert told[0].status == 403
    assert told[0].comparable == told[1].comparable
