"""Several address books: made, named, described, deleted (RFC 5689, RFC 4918 9.2)."""

from .conftest import HEAD, XMLNS, Dav, Multi, error, vcard

MAKE = (
    f"{HEAD}<D:mkcol {XMLNS}><D:set><D:prop><D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>"
    "<D:displayname>Work &amp; Play</D:displayname></D:prop></D:set></D:mkcol>"
)


def patch(inner: str) -> str:
    return f"{HEAD}<D:propertyupdate {XMLNS}>{inner}</D:propertyupdate>"


async def test_a_book_is_made_with_its_name_and_listed(dav: Dav) -> None:
    path = f"{dav.home}work/"
    assert (await dav("MKCOL", path, MAKE)).status == 201
    home = await dav.propfind(dav.home, "D:displayname", depth="1")
    assert home.text(path, "D:displayname") == "Work & Play"
    assert (await dav("MKCOL", path, MAKE)).status == 405
    assert (await dav("MKCOL", dav.book, MAKE)).status == 405


async def test_what_is_no_address_book_is_not_made(dav: Dav) -> None:
    calendar = MAKE.replace("<C:addressbook/>", "")
    told = await dav("MKCOL", f"{dav.home}cal/", calendar)
    assert (told.status, error(told)) == (403, "valid-resourcetype")
    told = await dav("MKCOL", f"{dav.book}inner/", MAKE)
    assert told.status in {403, 405}
    protected = MAKE.replace(
        "<D:displayname>Work &amp; Play</D:displayname>", "<D:getetag>x</D:getetag>"
    )
    assert (await dav("MKCOL", f"{dav.home}x/", protected)).status == 403
    assert len((await dav.propfind(dav.home, "D:displayname", depth="1")).hrefs) == 2


async def test_properties_are_kept_live_and_dead(dav: Dav) -> None:
    sets = patch(
        "<D:set><D:prop><D:displayname>Family</D:displayname>"
        "<C:addressbook-description xml:lang='en'>All of us</C:addressbook-description>"
        "<x:color xmlns:x='urn:x'>#ff0000</x:color></D:prop></D:set>"
    )
    told = Multi(await dav("PROPPATCH", "", sets))
    assert set(told.props(dav.book)) == {
        "D:displayname",
        "C:addressbook-description",
        "urn:x:color",
    }
    found = await dav.propfind(
        "", "D:displayname", "C:addressbook-description", "x:color xmlns:x='urn:x'"
    )
    assert found.text(dav.book, "D:displayname") == "Family"
    assert found.text(dav.book, "C:addressbook-description") == "All of us"
    assert found.text(dav.book, "urn:x:color") == "#ff0000"
    removed = patch("<D:remove><D:prop><x:color xmlns:x='urn:x'/></D:prop></D:remove>")
    assert (await dav("PROPPATCH", "", removed)).status == 207
    found = await dav.propfind("", "x:color xmlns:x='urn:x'")
    assert "urn:x:color" in found.props(dav.book, 404)


async def test_all_changes_are_made_or_none(dav: Dav) -> None:
    sets = patch(
        "<D:set><D:prop><D:displayname>No</D:displayname><D:getetag>x</D:getetag></D:prop></D:set>"
    )
    told = Multi(await dav("PROPPATCH", "", sets))
    assert set(told.props(dav.book, 403)) == {"D:getetag"}
    assert set(told.props(dav.book, 424)) == {"D:displayname"}
    assert (await dav.propfind("", "D:displayname")).text(dav.book, "D:displayname") == "Contacts"


async def test_a_deleted_books_cards_can_be_restored(dav: Dav) -> None:
    work = Dav(dav.api, "work")
    await dav("MKCOL", work.book, MAKE)
    await work.put("a.vcf", vcard("u1"))
    assert (await dav("DELETE", work.book)).status == 204
    assert (await dav("PROPFIND", work.book, depth="0")).status == 404
    [gone] = (await dav.api.get("/v1/trash")).json["contacts"]
    back = await dav.api.post(f"/v1/contacts/{gone['contact']['id']}:restore", {})
    assert back.status == 200
    listed = await dav.propfind("", "D:getetag", depth="1")
    assert len(listed.hrefs) == 2


async def test_a_list_is_narrowed_to_one_book(dav: Dav) -> None:
    work = Dav(dav.api, "work")
    await dav("MKCOL", work.book, MAKE)
    await work.put("a.vcf", vcard("u1"))
    await dav.put("b.vcf", vcard("u2"))
    told = (await dav.api.get("/v1/contacts?book=work")).json["contacts"]
    assert [c["uid"] for c in told] == ["u1"]
    assert (await dav.api.get("/v1/contacts?book=none")).status == 404
