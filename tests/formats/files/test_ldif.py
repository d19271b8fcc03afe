"""LDIF (RFC 2849): every form of line, every attribute of the schemas people's programs write, groups and namesakes."""

import json
import tomllib
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import ldif, ldif_cards, ldif_properties
from contact_service.model.imports import NO_UID, Place, Reject, Upsert

from .bringing import cards, changes, codes, entry, names

MAPPINGS = Path(ldif.__file__).parent / "mappings"
# RFC 4519, 4524 and 2798: what person, organizationalPerson, inetOrgPerson and groupOfNames may have.
STANDARD = """
 objectClass sn cn userPassword telephoneNumber seeAlso description title x121Address registeredAddress
 destinationIndicator preferredDeliveryMethod telexNumber teletexTerminalIdentifier internationalISDNNumber
 facsimileTelephoneNumber street postOfficeBox postalCode postalAddress physicalDeliveryOfficeName ou st l audio
 businessCategory carLicense departmentNumber displayName employeeNumber employeeType givenName homePhone
 homePostalAddress initials jpegPhoto labeledURI mail manager mobile o pager photo roomNumber secretary uid
 userCertificate x500UniqueIdentifier preferredLanguage userSMIMECertificate userPKCS12 member uniqueMember owner
 c co name generationQualifier dnQualifier houseIdentifier serialNumber associatedDomain associatedName buildingName
 drink host info organizationalStatus personalTitle uniqueIdentifier userClass
"""
# Their long names (RFC 4519, 4524).
ALIASES = """
 surname commonName countryName localityName stateOrProvinceName streetAddress organizationName
 organizationalUnitName rfc822Mailbox homeTelephoneNumber mobileTelephoneNumber pagerTelephoneNumber fax gn
 friendlyCountryName userid
"""
# Mozilla's address book schema (mozillaAbPersonAlpha and the older names it reads).
MOZILLA = """
 mozillaNickname xmozillanickname mozillaSecondEmail xmozillasecondemail mozillaUseHtmlMail xmozillausehtmlmail
 mozillaHomeStreet mozillaHomeStreet2 mozillaHomeLocalityName mozillaHomeState mozillaHomePostalCode
 mozillaHomeCountryName mozillaHomeUrl mozillaWorkStreet2 mozillaWorkUrl homeurl workurl mozillaCustom1 mozillaCustom2
 mozillaCustom3 mozillaCustom4 custom1 custom2 custom3 custom4 nsAIMid nscpaimscreenname birthyear birthmonth birthday
 modifytimestamp cellphone carphone pagerphone department orgunit company countryname locality region zip notes
"""
EVOLUTION = """
 fileAs primaryPhone carPhone homeFacsimileTelephoneNumber otherFacsimileTelephoneNumber otherPhone businessRole
 companyPhone assistantName assistantPhone otherPostalAddress mailer birthDate anniversary spouseName note
 callbackPhone radio telex tty categories managerName calCalURI calFBURL calendarURI freeBusyURI isdn
"""


@pytest.mark.parametrize(
    "names_", [STANDARD, ALIASES, MOZILLA, EVOLUTION], ids=["rfc", "alias", "mozilla", "evolution"]
)
def test_every_attribute_is_mapped_kept_or_dropped_for_a_reason(names_: str) -> None:
    listed = ldif_cards.TABLE.listed
    assert [name for name in names_.split() if name.lower() not in listed] == []


def test_the_table_names_transforms_that_are_there_and_each_attribute_once() -> None:
    table = tomllib.loads((MAPPINGS / "ldif.toml").read_text(encoding="utf-8"))
    assert set(table["mapped"].values()) == set(ldif_properties.TRANSFORMS)
    every = [name for part in table.values() for name in part]
    assert len(every) == len(set(every)) == len(ldif_cards.TABLE.listed)
    assert [name for name in every if name != name.lower()] == []
    reasons = [why for part in ("residue", "dropped") for why in table[part].values()]
    assert min(map(len, reasons)) > 6


@pytest.mark.parametrize("name", sorted(ldif_cards.TABLE.mapped))
def test_each_mapped_attribute_is_in_the_card_or_left_over(name: str) -> None:
    value = {"birthyear": "1980", "birthmonth": "2", "birthday": "3", "birthdate": "1980-02-03",
             "anniversary": "2001-02-03", "preferredlanguage": "fr"}.get(name, "sentinel")  # fmt: skip
    (one,) = changes(f"dn: cn=a\nobjectclass: groupOfNames\nsn: Lee\n{name}: {value}\n".encode())
    assert isinstance(one, Upsert)
    without = changes(b"dn: cn=a\nobjectclass: groupOfNames\nsn: Lee\n")[0]
    assert isinstance(without, Upsert)
    assert (one.card.json, one.residue) != (without.card.json, without.residue)


@pytest.mark.parametrize("name", sorted({*ldif_cards.TABLE.residue, "x-unheard-of"}))
def test_residue_is_kept_under_its_name(name: str) -> None:
    (one,) = changes(f"dn: cn=a\nsn: Lee\n{name}: kept\n{name.upper()}: too\n".encode())
    assert isinstance(one, Upsert)
    assert json.loads(one.residue)[name] == ["kept", "too"]


@pytest.mark.parametrize("name", sorted(ldif_cards.TABLE.dropped))
def test_what_is_dropped_is_nowhere(name: str) -> None:
    (one,) = changes(f"dn: cn=a\nsn: Lee\n{name}: sentinel\n".encode())
    assert isinstance(one, Upsert)
    assert b"sentinel" not in one.card.json + one.residue


def test_every_form_of_line() -> None:
    note = b64encode("Zoë's\nnote".encode()).decode()
    text = (
        "version: 1\n# a comment\n# that is\n  folded\ndn: cn=Ann\n Lee\n"
        f"cn: Ann\n  Lee\nSN;lang-de: Lee\nsn: Lee\ndescription:: {note[:5]}\n {note[5:]}\n"
        "jpegPhoto:< file:///etc/passwd\ngarbage\nmail:a@example.org\ntelephoneNumber:  1 \n"
    )
    (one,) = changes(text.encode())
    assert isinstance(one, Upsert)
    card = json.loads(one.card.json)
    assert card["name"] == {"full": "Ann Lee", "components": [{"kind": "surname", "value": "Lee"}]}
    assert card["notes"] == {"n1": {"note": "Zoë's\nnote"}}
    assert (card["emails"]["e1"]["address"], card["phones"]["p1"]["number"]) == (
        "a@example.org",
        "1",
    )
    assert json.loads(one.residue) == {
        "sn;lang-de": ["Lee"], "jpegphoto": ["file:///etc/passwd"], "": ["garbage"],
    }  # fmt: skip
    assert (one.source_id, one.place) == ("cn=AnnLee", Place(0, 1))


def test_a_group_finds_its_members_by_the_names_of_their_entries() -> None:
    group = "dn: cn=Team\nobjectclass: groupOfNames\ncn: Team\nmember: CN=Ann, mail=a@example.org\n"
    (team, ann) = changes(f"{group}\n{entry('Ann')}".encode())
    assert isinstance(team, Upsert)
    assert isinstance(ann, Upsert)
    told = json.loads(team.card.json)
    assert told["kind"] == "group"
    assert told["members"] == {json.loads(ann.card.json)["uid"]: True}
    assert changes(entry("Ann").encode())[0] == Upsert(
        Place(0, 1), ann.source_id, ann.card, own_uid=True
    )


def test_of_two_people_with_one_name_neither_replaces_the_other() -> None:
    found = changes(b"dn: cn=Ann\ncn: Ann\nmobile: 1\n\ndn: cn=Ann\ncn: Ann\nmobile: 2\n")
    first, second = (one for one in found if isinstance(one, Upsert))
    assert first.source_id == "cn=Ann"
    assert (second.source_id, second.own_uid) == ("", False)
    assert NO_UID.encode() in second.card.json


def test_entries_without_a_blank_line_between_them_are_two() -> None:
    assert names(changes(f"{entry('Ann')}{entry('Bea')}".encode())) == ["Ann", "Bea"]


def test_an_entry_uuid_is_the_uid() -> None:
    (one,) = changes(b"dn: cn=Ann\ncn: Ann\nentryUUID: 597AE2F6-16A6-1027-98F4-D28B5365DC14\n")
    assert isinstance(one, Upsert)
    assert json.loads(one.card.json)["uid"] == "urn:uuid:597ae2f6-16a6-1027-98f4-d28b5365dc14"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dn: cn=x\nchangetype: delete\n", "not-an-addition"),
        ("dn: cn=x\nchangetype: modify\nreplace: cn\ncn: y\n-\n", "not-an-addition"),
        ("dn: cn=x\n", "no-content"),
        ("dn: dc=example,dc=org\nobjectclass: dcObject\nobjectclass: organization\no: Example\n", "no-content"),
        ("dn: cn=x\ncn:: !!!\n", "malformed"),
        ("dn: cn=x\ncn:: /w==\n", "wrong-type"),
        ("dn: cn=x\ncn: x\ntelephoneNumber: " + "1" * 300 + "\n", "invalid-card"),
        ("dn: cn=x\ncn: x\ncarlicense: " + "y" * 70_000 + "\n", "card-too-large"),
        ("cn: nobody\nmail: a@example.org\n", ""),
        ("dn: cn=x\nchangetype: add\ncn: x\n", ""),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_bad_entry_is_told_with_its_bytes_and_costs_no_other(text: str, code: str) -> None:
    found = changes(f"{entry('Ann')}\n{text}\n{entry('Bea')}".encode())
    assert codes(found) == [code] * bool(code)
    assert {"Ann", "Bea"} <= set(names(found))
    assert len(found) == 3
    assert [one.raw for one in found if isinstance(one, Reject)] == [text.encode()] * bool(code)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
        min_size=2,
        max_size=2,
    )
)
def test_text_between_entries_costs_no_entry(junk: list[str]) -> None:
    mixed = f"{entry('Ann')}\n{junk[0]}\n\n{entry('Bea')}\n{junk[1]}\n\n{entry('Cy')}"
    found = {json.dumps(card) for card in cards(changes(mixed.encode()))}
    assert {
        json.dumps(card) for card in cards(changes(f"{entry('Ann')}\n{entry('Cy')}".encode()))
    } <= found


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200), st.integers(2, 20)
)
def test_values_come_back_from_base64_and_folds(value: str, width: int) -> None:
    encoded = b64encode(value.encode()).decode()
    folded = "\n ".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    parsed = ldif.parse(f"dn: cn=x\ndescription:: {folded}\n")
    assert parsed.values == {"description": [value]}


def test_a_large_photo_goes_into_the_lines_and_a_small_one_into_the_card() -> None:
    for size, in_lines in ((60_000, False), (400_000, True)):
        photo = b64encode(b"\xff\xd8\xff" + bytes(size)).decode()
        (one,) = changes(f"dn: cn=a\ncn: Ann\njpegPhoto:: {photo}\n".encode())
        assert isinstance(one, Upsert)
        assert (b"PHOTO:data:image/jpeg" in one.card.lines) == in_lines
        assert (b'"media"' in one.card.json) != in_lines
