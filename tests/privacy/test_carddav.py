"""CardDAV never shows a match: what a device is told of a card does not change when its person registers."""

from typing import Any

import pytest

from asking import Api, Reply, call, number

BOOK = "/dav/addressbooks/{owner}/contacts/"
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bea-1\r\nFN:Bea Example\r\nN:Example;Bea;;;\r\n"
    "TEL:{phone}\r\nEND:VCARD\r\n"
)
PROPS = "<D:getetag/><C:address-data/>"
NAMES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'
SYNC = (
    f"<D:sync-collection {NAMES}><D:sync-token/><D:sync-level>1</D:sync-level>"
    f"<D:prop>{PROPS}</D:prop></D:sync-collection>"
)
QUERY = f"<C:addressbook-query {NAMES}><D:prop>{PROPS}</D:prop><C:filter/></C:addressbook-query>"
BELOW = f"<D:propfind {NAMES}><D:prop><D:getetag/><D:sync-token/></D:prop></D:propfind>"


async def dav(api: Api, method: str, name: str = "", body: str = "", **headers: str) -> Reply:
    sent = [("authorization", f"Bearer {api.token}")]
    sent += [(key.replace("_", "-"), value) for key, value in headers.items()]
    return await call(api.app, method, BOOK.format(owner=api.owner) + name, sent, body.encode())


async def seen(api: Api) -> list[Any]:
    """All that a device reads of the book: the card, the listings, the tags and the tokens."""
    multiget = (
        f"<C:addressbook-multiget {NAMES}><D:prop>{PROPS}</D:prop>"
        f"<D:href>{BOOK.format(owner=api.owner)}bea.vcf</D:href></C:addressbook-multiget>"
    )
    replies = [
        await dav(api, "GET", "bea.vcf"),
        await dav(api, "PROPFIND", body=BELOW, depth="1"),
        await dav(api, "REPORT", body=SYNC, depth="0"),
        await dav(api, "REPORT", body=QUERY, depth="1"),
        await dav(api, "REPORT", body=multiget, depth="1"),
    ]
    assert [reply.status for reply in replies] == [200, 207, 207, 207, 207], replies
    return [reply.comparable for reply in replies]


@pytest.mark.parametrize("profile", [None, {"displayName": "Bea", "photoUrl": "https://b.example"}])
async def test_a_card_is_the_same_bytes_before_and_after_its_person_registers(
    ann: Api, bea: Api, profile: dict[str, str] | None
) -> None:
    await ann.consents("store", "match")
    phone = number()
    sent = CARD.format(phone=phone)
    put = await dav(ann, "PUT", "bea.vcf", sent, content_type="text/vcard")
    assert put.status in {201, 204}, put
    before = await seen(ann)
    await ann.register(bea, f"tel:{phone}", profile=profile)
    sharing = {"phone": "everyone", "name": "everyone", "profilePhoto": "everyone"}
    assert (await bea.put("/v1/privacy/sharing", sharing)).status == 200
    matched = (await ann.get("/v1/matches")).json["matches"]
    assert [one["userId"] for one in matched] == [bea.owner], "the pair is there"
    assert await seen(ann) == before
    assert (await dav(ann, "GET", "bea.vcf")).body == sent.encode()
    assert (await bea.put(f"/v1/blocks/{ann.owner}")).status == 204
    assert await seen(ann) == before
