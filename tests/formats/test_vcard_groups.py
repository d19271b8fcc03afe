"""Group cards as clients look for them."""

import json

import pytest

from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import groups, lines, projection, versions
from contact_service.model.card import Card
from contact_service.model.group import bare

UUID = "03a0e51f-d1aa-4385-8a53-e29025acd8af"
V4 = (
    f"BEGIN:VCARD\nVERSION:4.0\nUID:g\nKIND:group\nFN:The \n crew\nMEMBER:urn:uuid:{UUID.upper()}\nX-ODD:;\\;\n"
    "MEMBER:mailto:a@b.c\nMEMBER:plain\nNOTE:n\nEND:VCARD\n"
).encode()  # fmt: skip
APPLE = versions.convert(V4, "3.0")
JSON = {
    "@type": "Card", "version": "1.0", "uid": "g", "kind": "group", "name": {"full": "Crew; old"},
    "members": {UUID: True, "mailto:a@b.c": True},
}  # fmt: skip


def read(raw: bytes) -> Card:
    return vcard.read(raw, "new")[0]


def members(card: Card) -> list[str]:
    return [bare(uid) for uid in json.loads(card.json).get("members", {})]


@pytest.mark.parametrize("raw", [V4, APPLE])
def test_both_forms_are_one_group(raw: bytes) -> None:
    card = read(raw)
    assert json.loads(card.json)["kind"] == "group"
    assert members(card) == [UUID, "mailto:a@b.c", "plain"]


@pytest.mark.parametrize("raw", [V4, APPLE])
def test_members_come_and_go_and_no_other_line_is_touched(raw: bytes) -> None:
    prop = b"MEMBER" if raw is V4 else b"X-ADDRESSBOOKSERVER-MEMBER"
    card = read(raw)
    changes = {"members/mailto:a@b.c": None, "members/urn:uuid:new": True}
    edited = vcard.rewrite(card, jscontact.patch(card.json, changes))
    old, new = lines.logical(raw), lines.logical(edited.lines)
    gone = [line for line in old if line not in new]
    assert gone == [line for line in old if b"mailto:" in line]
    assert [line for line in new if line not in old] == [prop + b":urn:uuid:new\r\n"]
    assert members(read(edited.lines)) == [UUID, "plain", "new"]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_group_made_as_json_is_shown_as_clients_look_for_it(version: str) -> None:
    old = Card(json.dumps(JSON).encode())
    raw, is_made = versions.shown(old, version)
    assert is_made
    prop = "MEMBER" if version == "4.0" else "X-ADDRESSBOOKSERVER-MEMBER"
    rows = raw.decode().split("\r\n")
    assert f"{prop}:urn:uuid:{UUID}" in rows
    assert f"{prop}:mailto:a@b.c" in rows
    assert ("N:Crew\\; old;;;;" in rows) == (version == "3.0")
    # Sent back, the members are who they were, spelled as before.
    assert json.loads(projection.carry(old, read(raw)).json)["members"] == JSON["members"]
    less = raw.replace(f"{prop}:urn:uuid:{UUID}\r\n".encode(), b"")
    assert json.loads(projection.carry(old, read(less)).json)["members"] == {"mailto:a@b.c": True}


def test_a_person_made_as_json_is_shown_as_written() -> None:
    card = Card(b'{"@type":"Card","version":"1.0","uid":"p","notes":{"n":{"note":"KIND:group"}}}')
    assert versions.shown(card, "3.0") == (vcard.write(card, "3.0"), True)


@pytest.mark.parametrize(
    ("version", "kind", "member"),
    [
        ("3.0", "X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"),
        ("4.0", "KIND", "MEMBER"),
    ],
)
def test_a_keyword_as_a_group(version: str, kind: str, member: str) -> None:
    raw = groups.keyword_card("Friends; old", "k1", ["b", f"urn:uuid:{UUID}", "b"], version)
    assert raw == groups.keyword_card("Friends; old", "k1", [f"urn:uuid:{UUID}", "b"], version)
    assert raw.decode().split("\r\n") == [
        "BEGIN:VCARD", f"VERSION:{version}", "UID:k1", "FN:Friends\\; old", "N:Friends\\; old;;;;", f"{kind}:group",
        f"{member}:urn:uuid:{UUID}", f"{member}:urn:uuid:b", "END:VCARD", "",
    ]  # fmt: skip
    card = read(raw)
    assert json.loads(card.json)["name"]["full"] == "Friends; old"
    other = {"3.0": "4.0", "4.0": "3.0"}[version]
    assert members(read(versions.convert(raw, other))) == members(card) == [UUID, "b"]
