"""A card in the version that a client asks for."""

import json
import re
from base64 import b64encode
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given

from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import lines, text, traits, versions
from contact_service.model.card import Card

from .contacts import CARDS
from .test_vcard_cards import UNSLOW

JPEG = b64encode(b"\xff\xd8\xff\xe0" + bytes(90)).decode()


def vcf(version: str, *body: str) -> bytes:
    rows = ["BEGIN:VCARD", f"VERSION:{version}", *body, "END:VCARD"]
    return "".join(f"{row}\r\n" for row in rows).encode()


def converted(own: str, version: str, *body: str) -> list[str]:
    """The lines of a card with an FN and an N, which are not told."""
    raw = vcf(own, "FN:Ann Doe", "N:Doe;Ann;;;", *body)
    made = versions.convert(raw, version).replace(b"\r\n ", b"").decode().split("\r\n")
    assert made[:4] == ["BEGIN:VCARD", f"VERSION:{version}", "FN:Ann Doe", "N:Doe;Ann;;;"]
    assert made[-2:] == ["END:VCARD", ""]
    return made[4:-2]


# What 3.0 and 4.0 both say, each as the other's conversion.
BOTH = [
    (["TEL;TYPE=work,voice,pref:+1 415"], ["TEL;TYPE=work,voice;PREF=1:+1 415"]),
    (["BDAY:1999-02-01"], ["BDAY:19990201"]),
    (["BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29"], ["BDAY:--0229"]),
    (["BDAY:1953-10-15T23:10:00Z"], ["BDAY:19531015T231000Z"]),
    (["DEATHDATE:1999-02-01T12:30:00+01:00"], ["DEATHDATE:19990201T123000+0100"]),
    (["BDAY:1999-02"], ["BDAY:1999-02"]),
    (["BDAY;VALUE=text:circa 1800"], ["BDAY;VALUE=text:circa 1800"]),
    (["REV:2015-01-19T09:25:56Z"], ["REV:20150119T092556Z"]),
    (["item1.X-ABDATE:2013-01-01", "item1.X-ABLabel:_$!<Anniversary>!$_"], ["ANNIVERSARY:20130101"]),
    (["item1.X-ABDATE:2013-01-01", "item1.X-ABLabel:First kiss"], ["item1.X-ABDATE:2013-01-01", "item1.X-ABLabel:First kiss"]),
    (["item1.X-ABRELATEDNAMES:Bob", "item1.X-ABLabel:_$!<Spouse>!$_"], ["RELATED;TYPE=spouse;VALUE=text:Bob"]),
    (["item1.X-ABRELATEDNAMES:Eve", "item1.X-ABLabel:_$!<Mother>!$_"], ["item1.RELATED;TYPE=parent;VALUE=text:Eve", "item1.X-ABLabel:_$!<Mother>!$_"]),
    (["item1.X-ABRELATEDNAMES:Eve", "item1.X-ABLabel:Boss"], ["item1.RELATED;VALUE=text:Eve", "item1.X-ABLabel:Boss"]),
    (["RELATED;TYPE=friend:urn:uuid:1"], ["RELATED;TYPE=friend:urn:uuid:1"]),
    ([f"PHOTO;ENCODING=b;TYPE=JPEG:{JPEG}"], [f"PHOTO:data:image/jpeg;base64,{JPEG}"]),
    (["PHOTO;VALUE=uri;TYPE=GIF:http://a/b.gif"], ['PHOTO;VALUE=uri;MEDIATYPE="image/gif":http://a/b.gif']),
    (["SOUND;ENCODING=b;TYPE=WAVE:AAAA"], ["SOUND:data:audio/wav;base64,AAAA"]),
    (["KEY;ENCODING=b;TYPE=X509:AAAA"], ["KEY:data:application/pkix-cert;base64,AAAA"]),
    (["GEO:37.38;-122.08"], ["GEO:geo:37.38,-122.08"]),
    (["TZ:-05:00"], ["TZ;VALUE=utc-offset:-0500"]),
    (["TZ;VALUE=text:Europe/Paris"], ["TZ:Europe/Paris"]),
    (["ADR;TYPE=home:;;1 Main;Any;;;", "LABEL;TYPE=home:1 Main\\nAny\\, Town"], ['ADR;TYPE=home;LABEL="1 Main^nAny, Town":;;1 Main;Any;;;']),
    (["LABEL;TYPE=work:1 Main"], ['ADR;TYPE=work;LABEL="1 Main":;;;;;;']),
    (["IMPP;X-SERVICE-TYPE=Skype:skype:ann"], ["IMPP;SERVICE-TYPE=Skype:skype:ann"]),
    (["X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:no-uuid"], ["KIND:group", "MEMBER:urn:uuid:no-uuid"]),
    (["X-ABShowAs:COMPANY"], ["KIND:org"]),
    (["GENDER:F", "LANG:fr", "UID:urn:uuid:1", 'X-ODD;X="a:b":;\\;', "item1.URL:http\\://a", "item1.X-ABLabel:_$!<HomePage>!$_"],) * 2,
    (["CATEGORIES:a,b", "NOTE:one\\, two\\n", "ORG:Acme;;", "EMAIL;TYPE=work:a@b.c"],) * 2,
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), BOTH, ids=[old[0][:40] for old, _ in BOTH])
def test_3_0_and_4_0_are_each_others_conversion(old: list[str], new: list[str]) -> None:
    def alike(rows: list[str]) -> list[tuple[str, dict[str, tuple[str, ...]], str]]:
        found = lines.parse("".join(f"{row}\r\n" for row in rows).encode())
        return [(f"{one.head.group}.{one.head.name}", one.head.params, one.value) for one in found]

    assert alike(converted("3.0", "4.0", *old)) == alike(new)
    assert alike(converted("4.0", "3.0", *new)) == alike(old)


AGENT = [
    "BEGIN:VCARD",
    "VERSION:3.0",
    "TEL;TYPE=pref:1",
    "LABEL:x",
    "N:b",
    "SORT-STRING:c",
    "END:VCARD",
]


@pytest.mark.parametrize(
    ("own", "version", "body", "made"),
    [
        ("3.0", "4.0", ["EMAIL;TYPE=INTERNET;type=pref:a@b.c"], ["EMAIL;PREF=1:a@b.c"]),
        ("3.0", "4.0", ["BDAY;VALUE=date:1604-02-02"], ["BDAY:--0202"]),
        ("3.0", "4.0", ["X-ANNIVERSARY:1990-04-30"], ["ANNIVERSARY:19900430"]),
        ("3.0", "4.0", ["X-ANNIVERSARY:1990-04-30", "ANNIVERSARY:1990-04-30"], ["X-ANNIVERSARY:1990-04-30", "ANNIVERSARY:19900430"]),
        ("3.0", "4.0", ["X-ADDRESSBOOKSERVER-MEMBER:plain"], ["MEMBER:urn:uuid:plain"]),
        ("3.0", "4.0", ["PHOTO;ENCODING=b:" + JPEG], ["PHOTO:data:image/jpeg;base64," + JPEG]),
        ("3.0", "4.0", ["TEL;VALUE=phone-number:1"], ["TEL:1"]),
        ("3.0", "4.0", ["X-SOCIALPROFILE;type=twitter:http://a"], ["X-SOCIALPROFILE;type=twitter:http://a"]),
        ("3.0", "4.0", ["AGENT:BEGIN:VCARD", "VERSION:3.0", "TEL;TYPE=pref:1", "END:VCARD"], ["AGENT:BEGIN:VCARD", "VERSION:4.0", "TEL;PREF=1:1", "END:VCARD"]),
        ("3.0", "4.0", ["ADR:;;a", "AGENT;TYPE=pref:", *AGENT, "TEL;TYPE=pref:1"], ["ADR:;;a", "AGENT;TYPE=pref:", *AGENT, "TEL;PREF=1:1"]),
        ("4.0", "3.0", ['TEL;VALUE=uri;TYPE="voice,home":tel:+1-55;ext=3'], ["TEL;TYPE=voice,home:+1-55\\;ext=3"]),
        ("3.0", "4.0", ["ADR;TYPE=work:;;w", "ADR;TYPE=home:;;h", "ADR;TYPE=home:;;i", "LABEL;TYPE=home:H", "LABEL;TYPE=home:I"], ["ADR;TYPE=work:;;w", "ADR;TYPE=home;LABEL=H:;;h", "ADR;TYPE=home;LABEL=I:;;i"]),
        ("3.0", "4.0", ["ADR;PROP-ID=a:;;1", "ADR;PROP-ID=b:;;2", "LABEL;TYPE=work;PROP-ID=b:Two"], ["ADR;PROP-ID=a:;;1", "ADR;PROP-ID=b;LABEL=Two:;;2"]),
        ("3.0", "4.0", ["item1.X-ABRELATEDNAMES:Bo", "item1.X-ABLabel:_$!<Spouse>!$_", "item1.NOTE:n"], ["item1.RELATED;TYPE=spouse;VALUE=text:Bo", "item1.X-ABLabel:_$!<Spouse>!$_", "item1.NOTE:n"]),
        ("4.0", "3.0", ["TEL;PREF=50:1"], ["TEL;PREF=50:1"]),
        ("4.0", "3.0", ["SOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME=ann:https://a/@ann"], ["X-SOCIALPROFILE;TYPE=Mastodon;X-USER=ann:https://a/@ann"]),
        ("4.0", "3.0", ["RELATED;TYPE=co-worker;VALUE=text:Bo"], ["item1.X-ABRELATEDNAMES:Bo", "item1.X-ABLabel:co-worker"]),
        ("4.0", "3.0", ["item1.TEL:1", "item1.X-ABLabel:Boat", "ANNIVERSARY:20090808"], ["item1.TEL:1", "item1.X-ABLabel:Boat", "item2.X-ABDATE:2009-08-08", "item2.X-ABLabel:_$!<Anniversary>!$_"]),
        ("4.0", "3.0", ["FN:Second"], []),
        ("4.0", "3.0", ["GEO:geo:37.386013\\,-122.082932"], ["GEO:37.386013;-122.082932"]),
        ("2.1", "3.0", ["TEL;HOME;PREF:1", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:a=0D=0A=C3=A9"], ["TEL;TYPE=HOME,PREF:1", "NOTE:a\\né"]),
        ("2.1", "3.0", ["ADR;HOME:;;1, Main"], ["ADR;TYPE=HOME:;;1\\, Main"]),
        ("2.1", "4.0", ["PHOTO;JPEG;BASE64:\r\n  " + JPEG + "\r\n"], ["PHOTO:data:image/jpeg;base64," + JPEG, ""]),
        ("3.0", "2.1", ["TEL;TYPE=home,pref:1", "NOTE:é"], ["TEL;HOME;PREF:1", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=A9"]),
    ],
)  # fmt: skip
def test_a_line_becomes(own: str, version: str, body: list[str], made: list[str]) -> None:
    assert converted(own, version, *body) == made


def test_sort_keys_travel_with_the_name() -> None:
    old = vcf("3.0", "FN:A", "N:van Doe;A;;;", "SORT-STRING:Doe")
    new = vcf("4.0", "FN:A", "N;SORT-AS=Doe:van Doe;A;;;")
    assert versions.convert(old, "4.0") == new
    assert versions.convert(new, "3.0") == old


def test_each_version_gets_the_lines_it_asks_for() -> None:
    assert b"FN;DERIVED=TRUE:Ann Doe\r\n" in versions.convert(vcf("3.0", "N:Doe;Ann;;;"), "4.0")
    assert b"N:;;;;\r\n" in versions.convert(vcf("4.0", "FN:A"), "3.0")
    assert b"\nN:" not in versions.convert(vcf("2.1", "FN:A"), "4.0")
    # Apple's programs show the N of a group.
    assert b"N:Crew;;;;\r\n" in versions.convert(vcf("4.0", "KIND:group", "FN:Crew"), "3.0")


def test_a_card_is_shown_as_it_is_stored_unless_asked_otherwise() -> None:
    raw = vcf("3.0", "FN:A", "UID:u", "BDAY:1999-02-01")
    card, _ = vcard.read(raw, "new")
    assert versions.shown(card) == (raw, False)
    assert versions.shown(card, "3.0") == (raw, False)
    assert versions.shown(card, "4.0") == (versions.convert(raw, "4.0"), True)
    made, is_made = versions.shown(Card(card.json), "3.0")
    assert is_made
    assert vcard.version(made) == "3.0"


def facts(raw: bytes) -> Counter[Any]:
    """What the lines say, each by itself: name, value without its punctuation, contexts, pref."""
    found: Counter[Any] = Counter()
    for line in lines.parse(raw):
        said = traits.of(line.head).entry
        bare = re.sub(r"^data:[^,]*,", "", text.unescape(line.value))
        value = re.sub(r"[-:\s;,]|^(tel|geo):", "", bare).lower()
        if line.head.name not in {"", "VERSION"} and value:
            told = (str(said.get("contexts")), said.get("pref"))
            found[line.head.name, value.removeprefix("_$!<").removesuffix(">!$_"), told] += 1
    return found


# Spelled as Apple's programs do on the way back.
APPLE = {"X-ANNIVERSARY": {"X-ABDATE", "X-ABLABEL"}, "KIND": {"X-ADDRESSBOOKSERVER-KIND"}}


def test_there_and_back_each_card_of_the_corpus_says_the_same(shared_corpus: Path) -> None:
    seen = 0
    for path in sorted(shared_corpus.rglob("*.vcf")):
        for record in vcard.split(path.read_bytes())[:40]:
            own = vcard.version(record.raw or b"")
            if record.raw is None or own == "2.1":
                continue
            other = {"3.0": "4.0", "4.0": "3.0"}[own]
            raw = versions.convert(record.raw, own)
            back = versions.convert(versions.convert(raw, other), own)
            lost, came = facts(raw) - facts(back), facts(back) - facts(raw)
            assert {name for name, _, _ in lost} <= APPLE.keys()
            extra = {name for name, _, _ in came} - {"N", "FN"}
            assert extra <= {name for gone, _, _ in lost for name in APPLE[gone]}
            seen += 1
    assert seen > 80


@UNSLOW
@given(CARDS)
def test_a_conversion_is_a_card_and_touches_no_line_it_need_not(card: dict[str, Any]) -> None:
    raw = vcard.write(jscontact.read(msgspec.json.encode(card), "new")[0], "4.0")
    made = versions.convert(raw, "3.0")
    (record,) = vcard.split(made)
    assert record.raw == made
    assert vcard.version(made) == "3.0"
    same = {"NOTE", "NICKNAME", "TITLE", "ROLE", "CATEGORIES", "UID", "LANG", "JSPROP", "HOBBY"}
    for line in lines.parse(raw):
        if line.head.name in same and "PREF" not in line.head.params:
            assert line.raw in made


def test_what_is_shown_tells_the_same_in_json() -> None:
    raw = vcf(
        "3.0", "FN:A", "N:;A;;;", "TEL;TYPE=cell:1", "CATEGORIES:x", "UID:u", "BDAY:1999-02-01"
    )
    told = json.loads(vcard.read(raw, "n")[0].json)
    assert json.loads(vcard.read(versions.convert(raw, "4.0"), "n")[0].json) == told
