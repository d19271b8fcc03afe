"""Bodies shaped as programs in use send them: made up after how each behaves, not recorded from it."""

from contact_service.formats.dav import changes, criteria, reports, wanted
from contact_service.formats.dav.criteria import Filter, PropFilter, TextMatch
from contact_service.formats.dav.names import ADDRESS_DATA, CALENDARSERVER, Name, carddav, dav
from contact_service.formats.dav.reports import (
    ExpandProperty,
    Multiget,
    PrincipalPropertySearch,
    Query,
    SyncCollection,
)
from contact_service.formats.dav.wanted import CardPart, CardProperty, Extent, Wanted

IOS_FIRST = b"""<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <A:current-user-principal/>
    <A:principal-URL/>
    <A:resourcetype/>
  </A:prop>
</A:propfind>"""
IOS_HOME = b"""<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <A:add-member/>
    <B:bulk-requests xmlns:B="http://me.com/_namespace/"/>
    <A:current-user-privilege-set/>
    <A:displayname/>
    <B:max-image-size xmlns:B="urn:ietf:params:xml:ns:carddav"/>
    <B:max-resource-size xmlns:B="urn:ietf:params:xml:ns:carddav"/>
    <C:me-card xmlns:C="http://calendarserver.org/ns/"/>
    <A:owner/>
    <C:push-transports xmlns:C="http://calendarserver.org/ns/"/>
    <A:quota-available-bytes/>
    <A:resourcetype/>
    <A:supported-report-set/>
    <A:sync-token/>
  </A:prop>
</A:propfind>"""
IOS_SYNC = b"""<?xml version="1.0" encoding="UTF-8"?>
<A:sync-collection xmlns:A="DAV:">
  <A:sync-token>urn:x-cs:sync:abc_-1</A:sync-token>
  <A:sync-level>1</A:sync-level>
  <A:prop>
    <A:getetag/>
  </A:prop>
</A:sync-collection>"""
IOS_MULTIGET = b"""<?xml version="1.0" encoding="UTF-8"?>
<B:addressbook-multiget xmlns:B="urn:ietf:params:xml:ns:carddav">
  <A:prop xmlns:A="DAV:">
    <A:getetag/>
    <B:address-data/>
  </A:prop>
  <A:href xmlns:A="DAV:">/dav/addressbooks/ann/contacts/6F2B.vcf</A:href>
  <A:href xmlns:A="DAV:">/dav/addressbooks/ann/contacts/a%20b.vcf</A:href>
</B:addressbook-multiget>"""
MACOS_EXPAND = b"""<?xml version="1.0" encoding="utf-8"?>
<x0:expand-property xmlns:x0="DAV:">
  <x0:property name="group-membership" namespace="DAV:">
    <x0:property name="displayname" namespace="DAV:"/>
    <x0:property name="addressbook-home-set" namespace="urn:ietf:params:xml:ns:carddav"/>
  </x0:property>
</x0:expand-property>"""
MACOS_SEARCH = b"""<?xml version="1.0" encoding="utf-8"?>
<x0:principal-property-search xmlns:x2="urn:ietf:params:xml:ns:carddav" xmlns:x0="DAV:" xmlns:x1="http://calendarserver.org/ns/" test="anyof">
  <x0:property-search><x0:prop><x0:displayname/></x0:prop><x0:match match-type="contains">ann</x0:match></x0:property-search>
  <x0:property-search><x0:prop><x1:email-address-set/></x0:prop><x0:match>ann</x0:match></x0:property-search>
  <x0:prop><x0:displayname/><x2:addressbook-home-set/></x0:prop>
</x0:principal-property-search>"""
MACOS_RENAME = b"""<?xml version="1.0" encoding="UTF-8"?>
<A:propertyupdate xmlns:A="DAV:"><A:set><A:prop>
<C:me-card xmlns:C="http://calendarserver.org/ns/"><A:href>/dav/addressbooks/ann/contacts/me.vcf</A:href></C:me-card>
</A:prop></A:set></A:propertyupdate>"""
DAVX5_SYNC = (
    b"<?xml version='1.0' encoding='UTF-8' ?><sync-collection xmlns=\"DAV:\"><sync-token /><sync-level>1</sync-level>"
    b"<limit><nresults>1000</nresults></limit><prop><getetag /></prop></sync-collection>"
)
DAVX5_MULTIGET = (
    b"<?xml version='1.0' encoding='UTF-8' ?><CARD:addressbook-multiget xmlns=\"DAV:\" xmlns:CARD=\"urn:ietf:params:xml:ns:carddav\">"
    b'<prop><getcontenttype /><getetag /><CARD:address-data content-type="text/vcard" version="4.0" /></prop>'
    b"<href>/dav/addressbooks/ann/contacts/1.vcf</href></CARD:addressbook-multiget>"
)
DAVX5_MKCOL = (
    b"<?xml version='1.0' encoding='UTF-8' ?><mkcol xmlns=\"DAV:\" xmlns:CARD=\"urn:ietf:params:xml:ns:carddav\"><set><prop>"
    b"<resourcetype><collection /><CARD:addressbook /></resourcetype><displayname>Verein</displayname>"
    b"<CARD:addressbook-description>Alle</CARD:addressbook-description></prop></set></mkcol>"
)
THUNDERBIRD_SYNC = b"""<sync-collection xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav">
        <sync-token>urn:x-cs:sync:a</sync-token>
        <sync-level>1</sync-level>
        <prop>
          <getetag/>
          <card:address-data/>
        </prop>
      </sync-collection>"""
THUNDERBIRD_QUERY = b"""<addressbook-query xmlns="urn:ietf:params:xml:ns:carddav" xmlns:d="DAV:">
        <d:prop>
          <d:getetag/>
          <address-data/>
        </d:prop>
        <filter test="anyof">
          <prop-filter name="FN">
            <text-match collation="i;unicode-casemap" match-type="contains">J\xc3\xb6rg &amp; Co</text-match>
          </prop-filter>
        </filter>
        <limit><nresults>100</nresults></limit>
      </addressbook-query>"""
VDIRSYNCER_LIST = b"""<?xml version="1.0" encoding="utf-8" ?>
            <propfind xmlns="DAV:">
                <prop>
                    <getcontenttype/>
                    <getetag/>
                </prop>
            </propfind>
            """
VDIRSYNCER_MULTIGET = b"""<?xml version="1.0" encoding="utf-8" ?>
            <C:addressbook-multiget xmlns="DAV:"
                    xmlns:C="urn:ietf:params:xml:ns:carddav">
                <prop>
                    <getetag/>
                    <C:address-data/>
                </prop>
                <href>/dav/addressbooks/ann/contacts/1.vcf</href>
            </C:addressbook-multiget>"""
VDIRSYNCER_META = b"""<propertyupdate xmlns="DAV:"><set><prop><a:addressbook-color xmlns:a="http://inf-it.com/ns/ab/">#ff0000ff</a:addressbook-color></prop></set></propertyupdate>"""
EVOLUTION_LIST = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop>'
    b"<CS:getctag/><D:sync-token/></D:prop></D:propfind>\n"
)
EVOLUTION_QUERY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:D="DAV:">'
    b'<D:prop><D:getetag/><C:address-data><C:prop name="VERSION"/><C:prop name="UID"/></C:address-data></D:prop>'
    b'<C:filter><C:prop-filter name="UID"/></C:filter></C:addressbook-query>\n'
)

ETAG = dav("getetag")


def test_an_iphone_finds_its_way() -> None:
    first = wanted.propfind(IOS_FIRST)
    assert first.names == (dav("current-user-principal"), dav("principal-URL"), dav("resourcetype"))
    home = wanted.propfind(IOS_HOME)
    assert len(home.names) == 13
    assert Name(CALENDARSERVER, "me-card") in home.names
    assert carddav("max-resource-size") in home.names


def test_an_iphone_syncs() -> None:
    told = Wanted(Extent.NAMED, (ETAG,))
    assert reports.read(IOS_SYNC) == SyncCollection("urn:x-cs:sync:abc_-1", told)
    hrefs = ("/dav/addressbooks/ann/contacts/6F2B.vcf", "/dav/addressbooks/ann/contacts/a%20b.vcf")
    both = Wanted(Extent.NAMED, (ETAG, ADDRESS_DATA), CardPart())
    assert reports.read(IOS_MULTIGET) == Multiget(both, hrefs)


def test_a_mac_looks_around() -> None:
    found = reports.read(MACOS_EXPAND)
    assert isinstance(found, ExpandProperty)
    assert [each.name.local for each in found.properties[0].inner] == [
        "displayname",
        "addressbook-home-set",
    ]
    search = reports.read(MACOS_SEARCH)
    assert isinstance(search, PrincipalPropertySearch)
    assert (len(search.searches), search.every) == (2, False)


def test_a_mac_marks_its_own_card() -> None:
    (change,) = changes.proppatch(MACOS_RENAME)
    assert change.value is not None
    assert change.value.element == (
        b'<C:me-card xmlns:C="http://calendarserver.org/ns/"><A:href xmlns:A="DAV:">/dav/addressbooks/ann/contacts/me.vcf</A:href></C:me-card>'
    )


def test_davx5_syncs_and_makes_a_book() -> None:
    assert reports.read(DAVX5_SYNC) == SyncCollection("", Wanted(Extent.NAMED, (ETAG,)), limit=1000)
    found = reports.read(DAVX5_MULTIGET)
    assert isinstance(found, Multiget)
    assert found.wanted.card == CardPart("4.0")
    told = {each.name.local: each.value and each.value.text for each in changes.mkcol(DAVX5_MKCOL)}
    assert told == {"displayname": "Verein", "addressbook-description": "Alle"}


def test_thunderbird_syncs_and_searches() -> None:
    both = Wanted(Extent.NAMED, (ETAG, ADDRESS_DATA), CardPart())
    assert reports.read(THUNDERBIRD_SYNC) == SyncCollection("urn:x-cs:sync:a", both)
    match = TextMatch("JO\u0308RG & CO")
    told = Filter((PropFilter("FN", tests=(match,)),))
    assert reports.read(THUNDERBIRD_QUERY) == Query(both, told, 100)


def test_vdirsyncer_lists_loads_and_sets_a_color() -> None:
    assert wanted.propfind(VDIRSYNCER_LIST).names == (dav("getcontenttype"), ETAG)
    assert isinstance(reports.read(VDIRSYNCER_MULTIGET), Multiget)
    (color,) = changes.proppatch(VDIRSYNCER_META)
    assert color.name == Name("http://inf-it.com/ns/ab/", "addressbook-color")
    assert color.value is not None
    assert color.value.text == "#ff0000ff"


def test_evolution_asks_for_the_uids() -> None:
    assert wanted.propfind(EVOLUTION_LIST).names == (
        Name(CALENDARSERVER, "getctag"),
        dav("sync-token"),
    )
    found = reports.read(EVOLUTION_QUERY)
    assert isinstance(found, Query)
    assert found.wanted.card == CardPart("", (CardProperty("VERSION"), CardProperty("UID")))
    assert found.filter == criteria.Filter((PropFilter("UID"),))
