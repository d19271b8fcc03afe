"""From the host name alone to the cards, as phones and computers go about it (RFC 6764, RFC 5397, RFC 6352 6 and 7)."""

import pytest
from lxml import etree

from asking import Api, call, fresh

from .conftest import HEAD, XMLNS, Dav, error, vcard


async def test_a_device_finds_its_way_from_the_well_known_place(dav: Dav) -> None:
    for method in ("GET", "PROPFIND", "OPTIONS"):
        told = await call(dav.api.app, method, "/.well-known/carddav")
        assert (told.status, told.headers["location"]) == (301, "/dav/")
    root = await dav.propfind("/dav/", "D:current-user-principal")
    me = f"/dav/principals/{dav.owner}/"
    assert root.props("/dav/")["D:current-user-principal"][0].text == me
    principal = await dav.propfind(me, "C:addressbook-home-set", "D:displayname", "D:principal-URL")
    assert principal.props(me)["C:addressbook-home-set"][0].text == dav.home
    home = await dav.propfind(dav.home, "D:resourcetype", "D:displayname", depth="1")
    assert home.hrefs == [dav.home, dav.book]
    kinds = [etree.QName(e).localname for e in home.props(dav.book)["D:resourcetype"]]
    assert kinds == ["collection", "addressbook"]
    options = await dav("OPTIONS", dav.book)
    assert "addressbook" in options.headers["dav"]
    assert {"PROPFIND", "REPORT", "PUT", "MKCOL"} <= set(options.headers["allow"].split(", "))


async def test_without_credentials_there_is_a_challenge_and_nothing_else(dav: Dav) -> None:
    told = await call(dav.api.app, "PROPFIND", dav.book)
    assert told.status == 401
    assert told.headers["www-authenticate"].startswith("Basic ")
    assert (await dav("GET", "/dav/")).status == 405


async def test_another_owners_places_and_missing_ones_answer_alike(dav: Dav) -> None:
    other = Dav(Api(dav.api.app, fresh("bob")))
    await other.put("x.vcf", vcard("u1"))
    for method, path in (
        ("PROPFIND", other.book),
        ("PROPFIND", other.home),
        ("PROPFIND", f"/dav/principals/{other.owner}/"),
        ("GET", f"{other.book}x.vcf"),
        ("DELETE", f"{other.book}x.vcf"),
    ):
        theirs = await dav(method, path, depth="0")
        nobody = await dav(method, path.replace(other.owner, "nobody-here"), depth="0")
        assert theirs.status == 404
        assert theirs.comparable == nobody.comparable
    assert (await other("GET", "x.vcf")).status == 200


async def test_a_book_tells_what_it_takes(dav: Dav) -> None:
    found = await dav.propfind(
        "",
        "D:supported-report-set",
        "C:supported-address-data",
        "C:max-resource-size",
        "C:supported-collation-set",
        "D:current-user-privilege-set",
        "D:owner",
        "D:acl",
        "D:no-such-property",
    )
    props = found.props(dav.book)
    reports = {etree.QName(e[0][0]).localname for e in props["D:supported-report-set"]}
    assert {"sync-collection", "addressbook-multiget", "addressbook-query"} <= reports
    versions = [e.get("version") for e in props["C:supported-address-data"]]
    assert versions == ["3.0", "4.0"]
    assert int(props["C:max-resource-size"].text) > 1_000_000
    assert "D:no-such-property" in found.props(dav.book, 404)
    minimal = await dav.propfind("", "D:displayname", "D:no-such-property", prefer="return=minimal")
    assert minimal.props(dav.book, 404) == {}


async def test_a_listing_gives_what_is_asked_of_each_card(dav: Dav) -> None:
    sent = vcard("u1")
    made = await dav.put("a.vcf", sent)
    found = await dav.propfind(
        "", "D:getetag", "D:getcontenttype", "D:getcontentlength", "D:getlastmodified", depth="1"
    )
    card = f"{dav.book}a.vcf"
    assert found.text(card, "D:getetag") == made.headers["etag"]
    assert found.text(card, "D:getcontenttype").startswith("text/vcard")
    assert int(found.text(card, "D:getcontentlength")) == len(sent)
    assert found.text(card, "D:getlastmodified").endswith(" GMT")
    assert set(found.props(dav.book, 404)) >= {"D:getetag"}


async def test_everything_and_its_names_can_be_asked_for(dav: Dav) -> None:
    await dav.put("a.vcf", vcard("u1"))
    for inner in ("<D:allprop/>", "<D:propname/>", None):
        body = f"{HEAD}<D:propfind {XMLNS}>{inner}</D:propfind>" if inner else ""
        told = await dav("PROPFIND", "", body, depth="1")
        assert told.status == 207
        assert b"getetag" in told.body


async def test_no_depth_is_infinity_and_that_is_refused(dav: Dav) -> None:
    told = await dav("PROPFIND", "")
    assert (told.status, error(told)) == (403, "propfind-finite-depth")
    assert (await dav("PROPFIND", "", depth="7")).status == 400


@pytest.mark.parametrize("owner", ["a@b.c", "ü-1", "id:with:colons", "plain-id.1", "YWJj"])
async def test_any_owner_has_one_place(app: object, owner: str) -> None:
    dav = Dav(Api(app, f"{owner}-{fresh('x')}"))
    root = await dav.propfind("/dav/", "D:current-user-principal")
    me = root.props("/dav/")["D:current-user-principal"][0].text
    found = await dav.propfind(me, "C:addressbook-home-set")
    home = found.props(me)["C:addressbook-home-set"][0].text
    assert (await dav.put(f"{home}contacts/a.vcf", vcard("u1"))).status == 201
