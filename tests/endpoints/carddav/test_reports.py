"""addressbook-multiget and addressbook-query (RFC 6352 8), and the reports about principals."""

import pytest

from .conftest import XMLNS, Dav, Multi, error, vcard

PEOPLE = {
    "ann.vcf": vcard("u1", "Ann Müller", "EMAIL;TYPE=HOME:ann@example.org", "TEL:+14155550100"),
    "bob.vcf": vcard("u2", "Bob Straße", "EMAIL;TYPE=WORK:bob@example.com", "NICKNAME:Bobby"),
    "cem.vcf": vcard("u3", "Cem Özdemir", "item1.TEL:+14155550111", "item1.X-ABLabel:Boat"),
}


@pytest.fixture
async def full(dav: Dav) -> Dav:
    for name, card in PEOPLE.items():
        await dav.put(name, card)
    return dav


def match(prop: str, text: str, kind: str = "contains", more: str = "") -> str:
    return (
        f'<C:filter><C:prop-filter name="{prop}"><C:text-match match-type="{kind}" {more}>{text}'
        "</C:text-match></C:prop-filter></C:filter>"
    )


async def names(dav: Dav, inner: str) -> list[str]:
    found = await dav.query(inner)
    return sorted((h or "").rpartition("/")[2] for h in found.hrefs)


async def test_a_multiget_gives_each_card_and_says_which_are_missing(full: Dav) -> None:
    hrefs = [f"{full.book}{n}" for n in (*PEOPLE, "none.vcf")]
    foreign = "/dav/addressbooks/somebody/contacts/x.vcf"
    found = await full.multiget(*hrefs, foreign, f"https://other.example{hrefs[0]}")
    assert {h.rpartition("/")[2]: c.encode() for h, c in found.cards().items()} == PEOPLE
    assert found.status(f"{full.book}none.vcf") == 404
    assert found.status(foreign) == 404


async def test_a_multiget_converts_to_the_version_asked_for(full: Dav) -> None:
    href = f"{full.book}ann.vcf"
    data = '<D:getetag/><C:address-data content-type="text/vcard" version="4.0"/>'
    found = await full.multiget(href, props=data)
    assert "VERSION:4.0\r\n" in found.cards()[href]
    assert found.text(href, "D:getetag") != (await full("GET", "ann.vcf")).headers["etag"]
    for version, told in (("2.1", "supported-address-data-conversion"),):
        body = f'<C:addressbook-multiget {XMLNS}><D:prop><C:address-data version="{version}"/></D:prop><D:href>{href}</D:href></C:addressbook-multiget>'
        reply = await full.report(body)
        assert (reply.status, error(reply)) == (403, told)


async def test_a_part_of_a_card_is_its_own_lines(full: Dav) -> None:
    href = f"{full.book}cem.vcf"
    data = '<C:address-data><C:prop name="TEL"/><C:prop name="FN"/></C:address-data>'
    found = await full.multiget(href, props=data)
    assert found.cards()[href].encode().split(b"\r\n") == [
        b"BEGIN:VCARD",
        b"VERSION:3.0",
        b"FN:Cem " + "Özdemir".encode(),
        b"item1.TEL:+14155550111",
        b"END:VCARD",
        b"",
    ]


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<C:filter/>", ["ann.vcf", "bob.vcf", "cem.vcf"]),
        (match("FN", "mü"), ["ann.vcf"]),
        (match("FN", "MÜLLER", "ends-with"), ["ann.vcf"]),
        (match("FN", "ann", "starts-with"), ["ann.vcf"]),
        (match("FN", "ann müller", "equals"), ["ann.vcf"]),
        (match("FN", "ann", "equals"), []),
        (match("FN", "MÜ", "contains", 'collation="i;ascii-casemap"'), []),
        (match("FN", "a", "contains", 'negate-condition="yes"'), ["cem.vcf"]),
        (match("EMAIL", "example"), ["ann.vcf", "bob.vcf"]),
        (match("X-ABLABEL", "boat"), ["cem.vcf"]),
        (
            '<C:filter><C:prop-filter name="NICKNAME"><C:is-not-defined/></C:prop-filter></C:filter>',
            ["ann.vcf", "cem.vcf"],
        ),
        (
            '<C:filter><C:prop-filter name="EMAIL"><C:param-filter name="TYPE"><C:text-match>work</C:text-match></C:param-filter></C:prop-filter></C:filter>',
            ["bob.vcf"],
        ),
        (
            '<C:filter test="allof"><C:prop-filter name="EMAIL"/><C:prop-filter name="TEL"/></C:filter>',
            ["ann.vcf"],
        ),
        (
            '<C:filter test="anyof"><C:prop-filter name="NICKNAME"/><C:prop-filter name="TEL"/></C:filter>',
            ["ann.vcf", "bob.vcf", "cem.vcf"],
        ),
    ],
)
async def test_a_query_finds_what_its_filter_says(full: Dav, inner: str, found: list[str]) -> None:
    assert await names(full, inner) == found


async def test_a_query_sees_an_edit_at_once(full: Dav) -> None:
    assert await names(full, match("FN", "zoe")) == []
    await full.put("ann.vcf", PEOPLE["ann.vcf"].replace(b"FN:Ann", b"FN:Zoe"))
    assert await names(full, match("FN", "zoe")) == ["ann.vcf"]
    await full("DELETE", "ann.vcf")
    assert await names(full, match("FN", "zoe")) == []


async def test_a_query_cut_short_says_so(full: Dav) -> None:
    limit = "<C:limit><C:nresults>2</C:nresults></C:limit>"
    found = await full.query("<C:filter/>", limit)
    assert len(found.hrefs) == 3
    assert found.status(full.book) == 507
    whole = await full.query("<C:filter/>", "<C:limit><C:nresults>3</C:nresults></C:limit>")
    assert full.book not in whole.hrefs


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (match("FN", "x", "contains", 'collation="i;klingon"'), "supported-collation"),
        (match("FN", "x", "sounds-like"), "supported-filter"),
        ('<C:filter><C:wonder-filter name="FN"/></C:filter>', "supported-filter"),
    ],
)
async def test_what_a_query_cannot_say_is_refused_by_name(full: Dav, inner: str, said: str) -> None:
    body = (
        f"<C:addressbook-query {XMLNS}><D:prop><D:getetag/></D:prop>{inner}</C:addressbook-query>"
    )
    told = await full.report(body, depth="1")
    assert (told.status, error(told)) == (403, said)


async def test_a_report_that_is_not_offered_is_refused_by_name(full: Dav) -> None:
    for body, path in (
        (f"<D:version-tree {XMLNS}/>", full.book),
        (
            f"<D:sync-collection {XMLNS}><D:sync-token/><D:sync-level>1</D:sync-level></D:sync-collection>",
            full.home,
        ),
        (f"<D:principal-search-property-set {XMLNS}/>", full.book),
    ):
        told = await full.report(body, path)
        assert (told.status, error(told)) == (403, "supported-report")


async def test_principals_are_found_by_their_owners_alone(full: Dav) -> None:
    me = f"/dav/principals/{full.owner}/"
    match_self = (
        f"<D:principal-match {XMLNS}><D:self/><D:prop><D:displayname/></D:prop></D:principal-match>"
    )
    assert Multi(await full.report(match_self, "/dav/principals/")).hrefs == [me]
    search = (
        f"<D:principal-property-search {XMLNS}><D:property-search><D:prop><D:displayname/></D:prop>"
        "<D:match>{}</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>"
    )
    assert Multi(await full.report(search.format("ann"), "/dav/principals/")).hrefs == [me]
    assert Multi(await full.report(search.format("bea"), "/dav/principals/")).hrefs == []
    expand = (
        f'<D:expand-property {XMLNS}><D:property name="current-user-principal">'
        '<D:property name="addressbook-home-set" namespace="urn:ietf:params:xml:ns:carddav"/>'
        "</D:property></D:expand-property>"
    )
    told = await full.report(expand, "/dav/")
    assert full.home.encode() in told.body
