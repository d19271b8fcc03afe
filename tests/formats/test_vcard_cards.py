"""vCard to JSContact and back, on cards of our own; real files: test_vcard_corpus.py."""

import json
from typing import Any

import msgspec
import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_service.formats import jscontact, vcard
from contact_service.model.card import Card
from contact_service.model.problem import InvalidCard, TooLarge

from .contacts import CARDS, MEMBERS, TEXT, says, says_without_keys

UNSLOW = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def read(body: str, version: str = "3.0") -> dict[str, Any]:
    raw = f"BEGIN:VCARD\r\nVERSION:{version}\r\n{body.strip()}\r\nEND:VCARD\r\n"
    card, _ = vcard.read(raw.replace("\r\n", "\n").replace("\n", "\r\n").encode(), "urn:uuid:x")
    found: dict[str, Any] = json.loads(card.json)
    return found


@pytest.mark.parametrize(
    ("version", "body", "expected"),
    [
        ("3.0", "TEL;TYPE=CELL,HOME,pref:+1 415", {"phones": {"TEL-1": {"number": "+1 415", "features": {"mobile": True}, "contexts": {"private": True}, "pref": 1}}}),
        ("2.1", "TEL;WORK;FAX;CAR:5", {"phones": {"TEL-1": {"number": "5", "contexts": {"work": True}, "features": {"fax": True}, "vCardParams": {"type": "car"}}}}),
        ("4.0", "TEL;VALUE=uri;PREF=7;PROP-ID=p1:tel:+1-415", {"phones": {"p1": {"number": "tel:+1-415", "pref": 7}}}),
        ("3.0", "item1.EMAIL;type=INTERNET:a@b.c\nitem1.X-ABLabel:_$!<Other>!$_", {"emails": {"EMAIL-1": {"address": "a@b.c", "label": "Other", "vCardParams": {"group": "item1"}}}}),
        ("3.0", "ORG:A\\, B;Dep\\;t;;", {"organizations": {"ORG-1": {"name": "A, B", "units": [{"name": "Dep;t"}]}}}),
        ("3.0", "NICKNAME:A,B", {"nicknames": {"NICKNAME-1": {"name": "A"}, "NICKNAME-2": {"name": "B"}}}),
        ("3.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", {"anniversaries": {"BDAY-1": {"kind": "birth", "date": {"month": 2, "day": 29}}}}),
        ("4.0", "BDAY:--0203", {"anniversaries": {"BDAY-1": {"kind": "birth", "date": {"month": 2, "day": 3}}}}),
        ("4.0", "ANNIVERSARY:19531015T231000-0600", {"anniversaries": {"ANNIVERSARY-1": {"kind": "wedding", "date": {"@type": "Timestamp", "utc": "1953-10-16T05:10:00Z"}}}}),
        ("4.0", "BDAY;VALUE=text:circa 1800", {"vCardProps": [["bday", {}, "text", "circa 1800"]]}),
        ("3.0", "BDAY:1989-13-45", {"vCardProps": [["bday", {}, "unknown", "1989-13-45"]]}),
        ("3.0", "CATEGORIES:a,b\\,c", {"keywords": {"a": True, "b,c": True}}),
        ("3.0", "GEO:37.38;-122.08", {"addresses": {"GEO-1": {"coordinates": "geo:37.38,-122.08"}}}),
        ("3.0", "TZ:-05:00", {"addresses": {"TZ-1": {"timeZone": "Etc/GMT+5"}}}),
        ("3.0", "X-SKYPE:ann;b", {"onlineServices": {"X-SKYPE-1": {"user": "ann;b", "service": "Skype", "vCardName": "x-skype"}}}),
        ("3.0", "X-ODD;X=1;TYPE=a:b\\,c", {"vCardProps": [["x-odd", {"x": "1", "type": "a"}, "unknown", "b\\,c"]]}),
        ("3.0", "FN:A\nPHOTO;ENCODING=b;TYPE=JPEG:AAAA", {"name": {"full": "A"}}),
        ("4.0", "PHOTO:data:image/png;base64,AAAA\nPHOTO;MEDIATYPE=image/gif:http://a/b", {"media": {"PHOTO-1": {"uri": "http://a/b", "kind": "photo", "mediaType": "image/gif"}}}),
        ("3.0", "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:x\nFN:F", {"kind": "group", "members": {"urn:uuid:x": True}, "name": {"full": "F"}}),
        ("2.1", "LABEL;HOME;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\nb\nADR;HOME:;;s", {"addresses": {"LABEL-1": {"full": "a\nb", "contexts": {"private": True}}, "ADR-1": {"components": [{"kind": "name", "value": "s"}], "contexts": {"private": True}}}}),
        ("4.0", 'ADR;LABEL="a\\nb":;;s', {"addresses": {"ADR-1": {"components": [{"kind": "name", "value": "s"}], "full": "a\nb"}}}),
        ("4.0", "FN:A\nGENDER:F", {"speakToAs": {"grammaticalGender": "feminine"}, "vCardProps": [["gender", {}, "unknown", "F"]], "name": {"full": "A"}}),
        ("4.0", 'FN:A\nJSPROP;JSPTR="x:y":{"a":1\\,"b":"\\\\n"}', {"name": {"full": "A"}, "x:y": {"a": 1, "b": "\n"}}),
        ("4.0", 'FN:A\nJSPROP;JSPTR="uid":"x"\nJSPROP;JSPTR="a/b/c":1\nJSPROP;JSPTR="q":{', {"name": {"full": "A"}}),
        ("3.0", "FN:A\nUID:u", {"name": {"full": "A"}, "uid": "u"}),
    ],
)  # fmt: skip
def test_a_property_finds_its_home(version: str, body: str, expected: dict[str, Any]) -> None:
    assert read(body, version) == {
        "@type": "Card",
        "version": "1.0",
        "uid": "urn:uuid:x",
        **expected,
    }


def test_the_lines_are_the_bytes_received_and_a_uid() -> None:
    raw = b"begin:vcard\nversion:2.1\nfn:  A\x07\x00 \n x\nX-\xc3\xa9;a=B:\\,\\;\n\nend:vcard\n"
    card, _ = vcard.read(raw, "urn:uuid:x")
    assert card.lines == raw.replace(b"\x07\x00", b"").replace(b"end", b"UID:urn:uuid:x\nend")
    assert vcard.read(card.lines, "other")[0] == card
    assert vcard.write(card, "4.0") == card.lines


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"BEGIN:VCARD\nVERSION:3.0\nUID:x\nREV:20200101T000000Z\nEND:VCARD\n", "no-content"),
        (b"BEGIN:VCARD\nVERSION:3.0\nFN:\xff\nEND:VCARD\n", "bad-encoding"),
        (b"BEGIN:VCARD\nVERSION:3.0\nFN:A\n", "truncated"),
        (b"BEGIN:VCARD\nVERSION:3.0\nUID:x\nFN:A\n", "truncated"),
        (b"VERSION:3.0\nUID:x\nFN:A\nEND:VCARD\n", "truncated"),
        (b"", "truncated"),
        (b"BEGIN:VCARD\nVERSION:3.0\nTEL:" + b"1" * 251 + b"\nEND:VCARD\n", "longer than 250 characters"),
        (b'BEGIN:VCARD\nVERSION:4.0\nFN:A\nJSPROP;JSPTR="phones":{"a b":{"number":"1"}}\nEND:VCARD\n', "a key is 1-255 of A-Z a-z 0-9 _ -"),
    ],
)  # fmt: skip
def test_what_is_no_card_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidCard) as refused:
        vcard.read(raw, "urn:uuid:x")
    assert refused.value.reason == reason


def test_over_a_bound_is_too_large() -> None:
    with pytest.raises(TooLarge):
        vcard.read(b"BEGIN:VCARD\nVERSION:3.0\nFN:A\n" + b"X-A:1\n" * 1_001 + b"END:VCARD\n", "x")


@pytest.mark.parametrize("version", ["4.0", "3.0", "2.1"])
@UNSLOW
@given(CARDS)
def test_json_to_vcard_and_back_says_the_same(version: str, card: dict[str, Any]) -> None:
    raw = vcard.write(jscontact.read(msgspec.json.encode(card), "new")[0], version)
    (record,) = vcard.split(raw)
    assert record.raw == raw
    try:
        back = json.loads(vcard.read(raw, "new")[0].json)
    except InvalidCard as refused:
        assert refused.reason == "no-content"  # noqa: PT017 - a card of dates and ids alone is no contact
        return
    assert says(back) == says(card)
    assert back["uid"] == card["uid"]


@UNSLOW
@given(CARDS)
def test_what_is_written_is_made_of_lines_others_can_read(card: dict[str, Any]) -> None:
    raw = vcard.write(Card(msgspec.json.encode(card)), "4.0")
    text = raw.decode()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert not [char for char in text.replace("\r\n", "") if char in "\r\n\0"]
    assert [line.partition(":")[0].upper() for line in text.split("\r\n")].count("END") == 1


def entry_lines(raw: bytes) -> list[bytes]:
    return raw.replace(b"\r\n ", b"").split(b"\r\n")


RICH = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iOS 8.1.2//EN\r\nN:Doe;Ann;;;\r\nFN:Ann Doe\r\n"
    b"ORG:Acme;\r\ntel;type=CELL;type=VOICE:+33 6\r\nTEL;type=WORK:01 23\r\nitem1.EMAIL;type=INTERNET:a@b.c\r\n"
    b"item1.X-ABLabel:_$!<Other>!$_\r\nitem2.ADR;type=HOME:;;12\\, rue;Paris;;75010;France\r\nitem2.X-ABADR:fr\r\n"
    b"NOTE:one\\,\\n tw\r\n o\r\nCATEGORIES:x,y\r\nPHOTO;ENCODING=b;TYPE=JPEG:AAAA\r\n BBBB\r\nX-ODD:;;\\;\r\n\r\n"
    b"UID:u1\r\nEND:VCARD\r\n"
)


def changed(changes: dict[str, Any]) -> tuple[bytes, bytes]:
    """The lines gone and the lines come, after a patch of RICH."""
    card, _ = vcard.read(RICH, "new")
    edited = vcard.rewrite(card, jscontact.patch(card.json, changes)).lines
    old, new = RICH.split(b"\r\n"), edited.split(b"\r\n")
    gone = [line for line in old if line not in new]
    come = [line for line in new if line not in old]
    assert [line for line in old if line not in gone] == [line for line in new if line not in come]
    return b"|".join(gone), b"|".join(come)


@pytest.mark.parametrize(
    ("changes", "gone", "come"),
    [
        ({}, b"", b""),
        ({"phones/TEL-2/number": "99"}, b"TEL;type=WORK:01 23", b"TEL;TYPE=work;PROP-ID=TEL-2:99"),
        ({"phones/TEL-1": None}, b"tel;type=CELL;type=VOICE:+33 6", b""),
        ({"phones/new": {"number": "7"}}, b"", b"TEL;PROP-ID=new:7"),
        ({"emails/EMAIL-1/label": "Mine"}, b"item1.EMAIL;type=INTERNET:a@b.c|item1.X-ABLabel:_$!<Other>!$_", b"item1.EMAIL;PROP-ID=EMAIL-1:a@b.c|item1.X-ABLabel:Mine"),
        ({"name/full": "Ann D."}, b"FN:Ann Doe", b"FN:Ann D."),
        ({"keywords/y": None, "keywords/z": True}, b"CATEGORIES:x,y", b"CATEGORIES:x,z"),
        ({"notes": None}, b"NOTE:one\\,\\n tw| o", b""),
        ({"kind": "org"}, b"", b"X-ADDRESSBOOKSERVER-KIND:org"),
        ({"x:y": [1]}, b"", b'JSPROP;JSPTR="x:y":[1]'),
        ({"vCardProps": []}, b"item2.X-ABADR:fr|X-ODD:;;\\;", b""),
    ],
)  # fmt: skip
def test_an_edit_touches_the_lines_of_what_it_changes(
    changes: dict[str, Any], gone: bytes, come: bytes
) -> None:
    assert changed(changes) == (gone, come)


@UNSLOW
@given(
    st.dictionaries(st.sampled_from(sorted(MEMBERS)), st.nothing() | st.none(), max_size=4),
    CARDS,
    TEXT,
)
def test_any_edit_is_told_by_the_lines_and_keeps_the_photo(
    gone: dict[str, None], into: dict[str, Any], number: str
) -> None:
    card, _ = vcard.read(RICH, "new")
    before = json.loads(card.json)
    after = {
        **{name: value for name, value in before.items() if name not in gone},
        **into,
        "uid": before["uid"],
    }
    after["phones"] = {**before["phones"], "TEL-1": {"number": number}}
    wanted = jscontact.read(msgspec.json.encode(after), "new")[0]
    edited = vcard.rewrite(card, wanted.json)
    assert edited.json == wanted.json
    assert b"PHOTO;ENCODING=b;TYPE=JPEG:AAAA\r\n BBBB\r\n" in edited.lines
    assert says_without_keys(
        json.loads(vcard.read(edited.lines, "new")[0].json)
    ) == says_without_keys(after)


def test_ids_may_shift_and_edits_still_find_their_line() -> None:
    card, _ = vcard.read(RICH, "new")
    shorter = vcard.rewrite(card, jscontact.patch(card.json, {"phones/TEL-1": None}))
    edited = vcard.rewrite(shorter, jscontact.patch(shorter.json, {"phones/TEL-2/number": "5"}))
    assert [line for line in edited.lines.split(b"\r\n") if line.upper().startswith(b"TEL")] == [
        b"TEL;TYPE=work;PROP-ID=TEL-2:5"
    ]


def test_a_card_made_as_json_has_no_lines_to_rewrite() -> None:
    assert vcard.rewrite(Card(b"{}"), b'{"a":1}') == Card(b'{"a":1}')


SIMPLE = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=20
    )
    .map(str.strip)
    .filter(bool)
)


@settings(max_examples=60, deadline=None)
@given(SIMPLE, SIMPLE, SIMPLE, st.lists(SIMPLE, min_size=1, max_size=3))
def test_vobject_reads_what_we_write_as_we_meant_it(
    full: str, family: str, note: str, units: list[str]
) -> None:
    card = {
        "uid": "u", "name": {"full": full, "components": [{"kind": "surname", "value": family}]},
        "notes": {"n": {"note": note}}, "organizations": {"o": {"name": units[0], "units": [{"name": unit} for unit in units[1:]]}},
    }  # fmt: skip
    raw = vcard.write(jscontact.read(msgspec.json.encode(card), "new")[0], "3.0").decode()
    oracle = vobject.readOne(raw)
    assert oracle.fn.value == full
    assert oracle.n.value.family == family
    assert oracle.note.value == note
    assert oracle.org.value == units


@settings(max_examples=60, deadline=None)
@given(SIMPLE, SIMPLE, st.lists(SIMPLE, min_size=1, max_size=3))
def test_we_read_what_vobject_writes_as_it_meant_it(
    full: str, given_name: str, numbers: list[str]
) -> None:
    made = vobject.vCard()
    made.add("fn").value = full
    made.add("n").value = vobject.vcard.Name(family="F", given=given_name)
    for number in numbers:
        made.add("tel").value = number
    _, fields = vcard.read(made.serialize().encode(), "u")
    assert fields.name is not None
    assert fields.name.full == full
    assert [part.value for part in fields.name.components if part.kind == "given"] == [given_name]
    assert [phone.number for phone in (fields.phones or {}).values()] == numbers
