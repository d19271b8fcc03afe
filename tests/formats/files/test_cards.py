"""JSContact and jCard files: single, listed, one a line; broken elements cost themselves."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import jcard, json_stream, vcard
from contact_service.model.imports import NO_UID, Place, Reject, Upsert

from .bringing import cards, changes, codes, jscontact, names
from .bringing import jcard as made_jcard

ANN, BEA = json.dumps(jscontact("Ann")), json.dumps(jscontact("Bea"))
PROPERTIES: list[tuple[list[Any], str]] = [
    (["fn", {}, "text", "a,b;c\\d\ne"], r"FN:a\,b\;c\\d\ne"),
    (["n", {}, "text", ["Lee", "Ann", "", ["Dr", "M;d"], ""]], r"N:Lee;Ann;;Dr,M\;d;"),
    (["categories", {}, "text", "a,b", "c"], r"CATEGORIES:a\,b,c"),
    (["bday", {}, "date-and-or-time", "1985-04-12"], "BDAY:19850412"),
    (["bday", {}, "date-and-or-time", "--04-12"], "BDAY:--0412"),
    (["bday", {}, "date-and-or-time", "1985-04"], "BDAY:1985-04"),
    (["bday", {}, "date", "1985-04-12"], "BDAY;VALUE=date:19850412"),
    (["bday", {}, "text", "circa 1800"], "BDAY;VALUE=text:circa 1800"),
    (["rev", {}, "timestamp", "2013-02-14T12:30:00Z"], "REV:20130214T123000Z"),
    (["anniversary", {}, "date-and-or-time", "2009-08-08T14:30:00-05:00"], "ANNIVERSARY:20090808T143000-0500"),
    (["x-time", {}, "time", "12:30"], "X-TIME;VALUE=time:1230"),
    (["tz", {}, "utc-offset", "-05:00"], "TZ;VALUE=utc-offset:-0500"),
    (["tel", {"type": ["work", "voice"], "pref": 1}, "uri", "tel:+1;ext=2"], "TEL;TYPE=work,voice;PREF=1;VALUE=uri:tel:+1;ext=2"),
    (["url", {}, "uri", "http://a/?b,c;d"], "URL:http://a/?b,c;d"),
    (["note", {"group": "item1", "x-a": 'q"^,'}, "text", "n"], "item1.NOTE;X-A=\"q^'^^,\":n"),
    (["x-flag", {}, "boolean", True], "X-FLAG;VALUE=boolean:TRUE"),
    (["x-num", {}, "integer", 3, 4], "X-NUM;VALUE=integer:3,4"),
    (["x-odd", {}, "unknown", "a;b\\,c"], r"X-ODD:a;b\,c"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "line"), PROPERTIES, ids=range(len(PROPERTIES)))
def test_each_type_of_jcard_is_spelled_as_rfc_6350_has_it(told: list[Any], line: str) -> None:
    body = jcard.to_vcard(["vcard", [["version", {}, "text", "4.0"], told]])
    unfolded = body.replace(b"\r\n ", b"").decode().split("\r\n")
    assert unfolded == ["BEGIN:VCARD", "VERSION:4.0", line, "END:VCARD", ""]


@pytest.mark.parametrize(
    "told",
    [["fn", {}, "text"], ["fn", [], "text", "a"], ["fn;x", {}, "text", "a"], ["fn", {}, "te:xt", "a"], "fn",
     ["fn", {}, "text", None], ["fn", {}, "text", {"a": 1}], ["fn", {"a:b": "c"}, "text", "a"],
     ["fn", {"a": {}}, "text", "a"], [1, {}, "text", "a"], ["fn", {}, "text", "\ud800"]],
    ids=range(11),
)  # fmt: skip
def test_what_breaks_rfc_7095_is_malformed(told: Any) -> None:
    body = json.dumps([made_jcard("Ann"), ["vcard", [told]], made_jcard("Bea")]).encode()
    assert (names(changes(body)), codes(changes(body))) == (["Ann", "Bea"], ["malformed"])


def test_a_jcard_is_the_same_as_its_vcard() -> None:
    told = [
        "vcard",
        [
            ["version", {}, "text", "4.0"],
            ["uid", {}, "uri", "urn:x:1"],
            *(one for one, _ in PROPERTIES[:3]),
        ],
    ]
    lines = "\r\n".join(
        [
            "BEGIN:VCARD",
            "VERSION:4.0",
            "UID:urn:x:1",
            *(line for _, line in PROPERTIES[:3]),
            "END:VCARD",
            "",
        ]
    )
    (one,) = changes(json.dumps(told).encode())
    assert isinstance(one, Upsert)
    assert (one.card, one.source_id, one.own_uid) == (
        vcard.read(lines.encode(), NO_UID)[0],
        "urn:x:1",
        True,
    )


@pytest.mark.parametrize(
    "body",
    [f"[{ANN},{BEA}]", f"[\n {ANN}\n,\n {BEA}\n]\n", f"{ANN}\n{BEA}\n", f"{ANN}{BEA}", f'{{"contacts":[{ANN},{BEA}]}}',
     f'{{"source":{{"kind":"ios"}},"contacts":[{{"sourceId":"urn:x:Ann","card":{ANN}}},{{"card":{BEA}}}]}}',
     f'{{"source":{{"kind":"ios"}},"view":"full"}}\n{{"sourceId":"urn:x:Ann","card":{ANN}}}\n{BEA}'],
    ids=["list", "spread", "lines", "joined", "contacts", "upload", "ndjson"],
)  # fmt: skip
def test_each_shape_of_a_jscontact_file(body: str) -> None:
    found = changes(body.encode())
    assert names(found) == ["Ann", "Bea"]
    assert [one.source_id for one in found if isinstance(one, Upsert)] == ["urn:x:Ann", "urn:x:Bea"]


def test_the_bytes_of_a_card_are_kept() -> None:
    odd = (
        '{ "@type" :"Card","version":"1.0", "uid":"1","name":{"full":"\\u00e9é"}, "x:own": 1e400 }'
    )
    (one,) = changes(odd.encode())
    assert isinstance(one, Upsert)
    assert one.card.json == odd.encode()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ('{"@type":"Card","uid":""}', "invalid-card"),
        ('{"@type":"Card","phones":{"p1":{"number":1}}}', "invalid-card"),
        ('{"@type":"Card","name":{"full":"\\ud800"}}', "invalid-card"),
        ('{"@type":"Card","notes":{"n":{"note":"' + "y" * 262_144 + '"}}}', "card-too-large"),
        ('{"@type":"Card","name":', "malformed"),
        ('{"@type":"Card",}', "malformed"),
        ('{"@type":"Card"]', "malformed"),
        ('{"a":' * 3_000 + "1" + "}" * 3_000, "malformed"),
        ("garbage", "malformed"),
        ("17", "wrong-type"),
        ('"text"', "wrong-type"),
        ("1" * 5_000, "malformed"),
        ("{}", "no-content"),
        ("]", "malformed"),
        ("}", "malformed"),
        ("{{{", "malformed"),
        ("[0", "malformed"),
        ("[[1]", "malformed"),
    ],
    ids=range(18),
)  # fmt: skip
def test_a_bad_element_is_told_with_its_bytes_and_costs_no_other(bad: str, code: str) -> None:
    found = changes(f"[{ANN},\n{bad},\n{BEA}]".encode())
    assert names(found) == ["Ann", "Bea"]
    (reject,) = [one for one in found if isinstance(one, Reject)]
    assert (reject.code, reject.place) == (code, Place(1, 2))
    assert reject.raw.decode().rstrip(",\n") == bad


def test_cut_at_any_byte_the_whole_cards_stay_and_the_cut_is_told() -> None:
    body = f"[{ANN}, {BEA}]"
    for cut in range(len(ANN) // 2, len(body)):
        found = changes(body[:cut].encode())
        assert names(found) == ["Ann", "Bea"][: (cut > len(ANN)) + (cut > len(ANN) + 2 + len(BEA))]
        assert codes(found) == ["truncated"]


@given(st.text(max_size=30), st.integers(1, 40))
def test_garbage_between_elements_costs_none(junk: str, size: int) -> None:
    body = f"[{ANN},{junk},{BEA}]"
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    start = json_stream.re.compile(r"\A\s*\[")
    found = list(
        json_stream.lists(pieces, start, lambda value: isinstance(value, dict) and "@type" in value)
    )
    assert [one.text for one in found if isinstance(one.value, dict)][:1] == [ANN]
    assert ANN in [one.text for one in found]
    if not set(junk) & set('"\\') and not ("]" in junk and set(junk) & set(":=")):
        assert BEA in [one.text for one in found]


@given(
    st.lists(
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
        max_size=6,
    ),
    st.integers(1, 40),
)
def test_every_element_of_any_list_comes_whatever_the_pieces(value: list[Any], size: int) -> None:
    body = json.dumps(value, indent=1)
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    found = list(json_stream.lists(pieces, json_stream.re.compile(r"\A\s*\["), lambda _: True))
    assert [one.value for one in found] == value
    lines = body.split("\n")
    assert [lines[one.line - 1].strip()[:1] for one in found] == [one.text[:1] for one in found]


def test_cards_of_a_list_keep_their_own_uids_and_others_have_none() -> None:
    nameless = json.dumps({"@type": "Card", "name": {"full": "Cy"}})
    found = changes(f"[{ANN},{nameless}]".encode())
    assert [one.own_uid for one in found if isinstance(one, Upsert)] == [True, False]
    assert cards(found)[1]["name"] == {"full": "Cy"}
