"""Bodies and headers that mean harm, or nothing: refused with a 4xx at once, never a 500."""

import pytest

from contact_service.endpoints.carddav.told import PLAIN
from contact_service.formats.dav import reports

from .conftest import HEAD, XMLNS, Dav, error, vcard

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
BODIES = {
    "doctype": f"{BOMB}<D:propfind {XMLNS}><D:prop><D:displayname/></D:prop></D:propfind>",
    "entity": f"{BOMB}<D:propfind {XMLNS}><D:prop><D:displayname>&b;</D:displayname></D:prop></D:propfind>",
    "external": f'<!DOCTYPE x SYSTEM "file:///etc/passwd"><D:propfind {XMLNS}/>',
    "deep": "<a>" * 100_000,
    "wide": f"<D:propfind {XMLNS}><D:prop>" + "<D:x/>" * 50_000 + "</D:prop></D:propfind>",
    "attributes": "<a " + " ".join(f'b{n}=""' for n in range(60_000)) + "/>",
    "no-xml": "{}",
    "cut": f"<D:propfind {XMLNS}><D:prop>",
    "two-roots": f"<D:propfind {XMLNS}/><D:propfind {XMLNS}/>",
    "wrong-root": f"<D:lockinfo {XMLNS}/>",
    "nul": f"<D:propfind {XMLNS}>\x00</D:propfind>",
    "undeclared": "<Q:propfind/>",
}


@pytest.mark.parametrize("method", ["PROPFIND", "PROPPATCH", "REPORT", "MKCOL"])
@pytest.mark.parametrize("kind", BODIES)
async def test_a_body_that_means_harm_is_refused(dav: Dav, method: str, kind: str) -> None:
    path = f"{dav.home}new/" if method == "MKCOL" else dav.book
    told = await dav(method, path, HEAD + BODIES[kind], depth="0")
    assert 400 <= told.status < 500, told


@pytest.mark.parametrize("kind", ["deep", "wide", "attributes"])
async def test_more_xml_than_is_read_is_a_plain_413_and_no_word_about_cards(
    dav: Dav, kind: str
) -> None:
    told = await dav("PROPFIND", "", HEAD + BODIES[kind], depth="0")
    assert (told.status, told.headers["content-type"]) == (413, PLAIN)


async def test_more_hrefs_than_are_read_are_a_plain_413(dav: Dav) -> None:
    hrefs = f"<D:href>{dav.book}a.vcf</D:href>" * (reports.MAX_HREFS + 1)
    body = f"<C:addressbook-multiget {XMLNS}><D:prop/>{hrefs}</C:addressbook-multiget>"
    told = await dav.report(body, depth="1")
    assert (told.status, told.headers["content-type"]) == (413, PLAIN)


async def test_a_card_over_its_bound_names_the_precondition(dav: Dav) -> None:
    told = await dav.put("a.vcf", vcard("u", "x", *["NOTE:x"] * 1_001))
    assert (told.status, error(told)) == (403, "max-resource-size")


async def test_a_body_over_a_mebibyte_is_413(dav: Dav) -> None:
    assert (await dav("PROPFIND", "", b" " * 1_100_000, depth="0")).status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/dav/nothing/",
        "/dav/addressbooks/%ff/",
        "/dav/addressbooks/a/b/c/d/e",
        "/dav//principals/",
        "/dav/../etc/passwd",
        "/dav/addressbooks/%2e%2e/",
        "/dav/principals/%00/",
    ],
)
async def test_paths_of_nothing_are_404(dav: Dav, path: str) -> None:
    for method in ("PROPFIND", "GET", "PUT", "DELETE", "REPORT"):
        told = await dav(method, path, vcard("u") if method == "PUT" else b"", depth="0")
        assert told.status in {400, 404, 405}, (method, told)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("nonsense", 400),
        ("(", 400),
        ("()" * 5_000, 400),
        ('(["no-such-tag"])', 412),
        ("(<urn:nothing>)", 412),
        ("(Not <urn:nothing>)", 204),
        ('(["no-such-tag"]) (Not <urn:nothing>)', 204),
    ],
)
async def test_the_if_header_is_held(dav: Dav, header: str, status: int) -> None:
    await dav.put("a.vcf", vcard("u1"))
    told = await dav("PUT", "a.vcf", vcard("u1", "Two"), **{"if": header})
    assert told.status == status


async def test_the_if_header_knows_tags_and_sync_tokens(dav: Dav) -> None:
    made = await dav.put("a.vcf", vcard("u1"))
    token = (await dav.sync()).token
    for header in (
        f"([{made.headers['etag']}])",
        f"<{dav.book}> (<{token}>)",
        f"<https://x.example{dav.book}a.vcf> ([{made.headers['etag']}])",
    ):
        assert (await dav("PUT", "a.vcf", vcard("u1"), **{"if": header})).status == 204
    await dav.put("a.vcf", vcard("u1", "Two"))
    told = await dav("PUT", "a.vcf", vcard("u1"), **{"if": f"<{dav.book}> (<{token}>)"})
    assert told.status == 412


@pytest.mark.parametrize("method", ["LOCK", "UNLOCK", "ACL", "POST", "TRACE", "MKCALENDAR"])
async def test_methods_that_are_not_offered_are_405_or_403(dav: Dav, method: str) -> None:
    told = await dav(method, "")
    assert told.status in {403, 405}
    assert told.status == 403 or "REPORT" in told.headers["allow"]
