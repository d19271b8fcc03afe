"""Binary values apart: cut out and put back, seen in the JSON, shown as links."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import lines, markers, media, versions
from contact_service.formats.vcard.media import Cut
from contact_service.model.card import Card

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 2
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ID = "0190a0c0-0000-7000-8000-000000000001"


def name(content: bytes, _: str) -> bytes:
    return sha256(content).digest()[:16]


def hexed(content: bytes) -> str:
    return name(content, "").hex()


def contents(cuts: tuple[Cut, ...]) -> dict[bytes, bytes]:
    return {one.blob: one.content for one in cuts}


def folded(head: str, content: bytes, first: int = 60, width: int = 74, fold: str = "\r\n ") -> str:
    text = b64encode(content).decode()
    rest = [text[at : at + width] for at in range(first, len(text), width)]
    return head + fold.join([text[:first], *rest])


def vcf(*body: str, version: str = "3.0") -> bytes:
    rows = ["BEGIN:VCARD", f"VERSION:{version}", "FN:Ann", "UID:u1", "TEL:1", *body, "END:VCARD"]
    return "".join(f"{row}\r\n" for row in rows).encode()


def taken(raw: bytes) -> tuple[Card, dict[bytes, bytes]]:
    card, cuts = media.cut_card(vcard.read(raw, "new")[0], name)
    return card, contents(cuts)


def member(card: Card) -> Any:
    return json.loads(card.json).get("media")


@pytest.mark.parametrize(
    ("row", "version", "media_type"),
    [
        (folded("PHOTO;ENCODING=b;TYPE=JPEG:", JPEG), "3.0", "image/jpeg"),
        (folded("photo;type=jpeg;encoding=BASE64:", JPEG, 0, 60, "\r\n   "), "2.1", "image/jpeg"),
        (folded("PHOTO;ENCODING=b:", PNG, 40, 40, "\n\t"), "3.0", "image/png"),
        (folded('item1.LOGO;X="a:b";ENCODING=b;TYPE=gif:', JPEG, 3, 71), "3.0", "image/jpeg"),
        (folded("SOUND;ENCODING=b;TYPE=WAVE:", b"RIFF" * 99, 10**9), "3.0", "audio/wav"),
        (folded("PHOTO;\r\n PREF=1:data:image/jp\r\n eg;base64,", JPEG, 1, 75), "4.0", "image/jpeg"),
    ],
)  # fmt: skip
def test_a_value_is_cut_seen_and_put_back(row: str, version: str, media_type: str) -> None:
    raw = vcf(row, "NOTE:after", version=version)
    card, held = taken(raw)
    (content,) = held.values()
    ((_, entry),) = member(card).items()
    assert entry["uri"] == f"urn:x-cs:blob:{hexed(content)}"
    assert entry["mediaType"] == media_type
    assert "type" not in entry.get("vCardParams", {})
    assert len(card.lines) < 400
    assert media.restore(card.lines, held) == raw
    assert media.blob_ids(card) == tuple(held)


def test_what_is_no_base64_is_kept_as_it_stands_and_not_shown() -> None:
    odd = "PHOTO;ENCODING=b:" + "*" * 200
    card, held = taken(vcf(odd))
    assert member(card) is None
    assert list(held.values()) == [b"*" * 200]
    assert media.restore(card.lines, held) == vcf(odd)
    # Bits beyond the last byte: it decodes, but another text would come back.
    assert (
        contents(media.cut(vcf("PHOTO;ENCODING=b:" + "A" * 198 + "B="), name)[1])
        .popitem()[1]
        .endswith(b"B=")
    )


def test_a_value_folded_as_no_program_would_is_cut_once() -> None:
    text = b64encode(JPEG).decode()
    pieces = [text[at : at + 50] for at in range(0, len(text), 50)]
    odd = "".join(f"{piece}\r\n{' ' * (1 + at % 3)}" for at, piece in enumerate(pieces[:-1]))
    raw = vcf(f"PHOTO;ENCODING=b:{odd}{pieces[-1]}")
    cut, cuts = media.cut(raw, name)
    assert len(cut) > len(vcf()) + media.LEAST
    assert media.cut(cut, name) == (cut, ())
    assert media.restore(cut, contents(cuts)) == raw


def test_short_values_links_and_other_properties_stay() -> None:
    raw = vcf(
        "PHOTO;ENCODING=b:AAAA", f"PHOTO;VALUE=uri:https://a/{'b' * 200}", f"NOTE:{'a' * 200}"
    )
    assert media.cut(raw, name) == (raw, ())


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"PHOTO", b"KEY", b"x.LOGO", b";ENCODING=b", b":", b"data:", b";base64,", b"\r\n ", b"\n", b"="])
        | st.binary(max_size=200).map(lambda raw: raw.replace(b"\x1a", b""))
        | st.binary(min_size=96, max_size=300).map(b64encode)
        | st.sampled_from([b"PHOTO;ENCODING=b:", b"\r\nPHOTO:data:image/gif;base64,"]),
        max_size=12,
    ).map(b"".join)
)  # fmt: skip
def test_whatever_is_cut_comes_back_bit_for_bit(raw: bytes) -> None:
    cut, cuts = media.cut(raw, name)
    assert media.restore(cut, contents(cuts)) == raw
    assert media.cut(cut, name) == (cut, ())


def test_every_file_of_the_corpus_comes_back_bit_for_bit(shared_corpus: Path) -> None:
    found = 0
    for path in sorted(shared_corpus.rglob("*.vcf")):
        for record in vcard.split(path.read_bytes()):
            if record.raw:
                cut, cuts = media.cut(record.raw, name)
                found += len(cuts)
                assert media.restore(cut, contents(cuts)) == record.raw
                assert b"BEGIN:VCARD\n " in cut or max(map(len, lines.logical(cut))) < 1_400
    assert found == 25


def test_a_value_whose_blob_is_lost_costs_its_line_alone() -> None:
    card, _ = taken(vcf(folded("PHOTO;ENCODING=b:", JPEG)))
    assert media.restore(card.lines, {}) == vcf()


def test_no_client_can_write_a_marker() -> None:
    forged = markers.Marker(b"\0" * 16, "image/png")
    card, _ = vcard.read(vcf(f"PHOTO:{forged}", f"NOTE:{forged}"), "new")
    assert markers.blobs(card.lines) == []


def test_an_edit_of_a_phone_leaves_the_photo_and_an_edit_of_media_takes_it() -> None:
    raw = vcf(folded("PHOTO;ENCODING=b;TYPE=JPEG:", JPEG))
    card, held = taken(raw)
    edited = vcard.rewrite(card, jscontact.patch(card.json, {"phones/TEL-1/number": "2"}))
    assert media.restore(edited.lines, held) == raw.replace(b"TEL:1", b"TEL;PROP-ID=TEL-1:2")
    gone = vcard.rewrite(card, jscontact.patch(card.json, {"media": None}))
    assert gone.lines == vcf()
    assert media.blob_ids(gone) == ()


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_a_photo_put_into_the_json_gets_a_line_of_its_own(version: str) -> None:
    entry = {"kind": "photo", "uri": f"urn:x-cs:blob:{hexed(PNG)}", "mediaType": "image/png"}
    card, _ = vcard.read(vcf(version=version), "new")
    edited = vcard.rewrite(card, jscontact.patch(card.json, {"media": {"p1": entry}}))
    whole = media.restore(edited.lines, {name(PNG, ""): PNG})
    assert all(len(row) <= 75 for row in whole.split(b"\r\n"))
    back, held = taken(whole)
    assert list(held.values()) == [PNG]
    assert member(back) == {"p1": entry}
    made = vcard.write(Card(edited.json), version)
    assert media.restore(made, {name(PNG, ""): PNG}).count(b"PHOTO") == 1


@pytest.mark.parametrize(("own", "asked"), [("3.0", "4.0"), ("4.0", "3.0"), ("2.1", "4.0")])
def test_a_marker_goes_through_a_conversion(own: str, asked: str) -> None:
    head = {"2.1": "PHOTO;JPEG;ENCODING=BASE64:", "3.0": "PHOTO;TYPE=JPEG;ENCODING=b:"}
    row = folded(head.get(own, "PHOTO:data:image/jpeg;base64,"), JPEG)
    card, held = taken(vcf(row, version=own))
    through = media.restore(versions.convert(card.lines, asked), held)
    assert through == versions.convert(vcf(row, version=own), asked)
    back, again = taken(through)
    assert list(again.values()) == [JPEG]
    assert member(back)["PHOTO-1"]["mediaType"] == "image/jpeg"


def test_a_picture_made_smaller_takes_the_place_of_the_one_sent() -> None:
    small = Cut(name(PNG, ""), "image/png", PNG)
    for row, version, head in (
        (folded("PHOTO;TYPE=JPEG,pref;ENCODING=b:", JPEG), "3.0", b"PHOTO;TYPE=pref,PNG;ENCODING=b:"),
        (folded("PHOTO:data:image/jpeg;base64,", JPEG), "4.0", b"PHOTO:data:image/png;base64,"),
    ):  # fmt: skip
        card = media.swap(taken(vcf(row, version=version))[0], {name(JPEG, ""): small})
        assert head in media.restore(card.lines, {small.blob: PNG})
        assert member(card)["PHOTO-1"]["uri"] == f"urn:x-cs:blob:{hexed(PNG)}"
        assert media.photo(card.json) == (small.blob, "image/png")
        assert vcard.rewrite(card, card.json) == card


def test_clients_are_shown_links_and_may_send_them_back() -> None:
    card, _ = taken(vcf(folded("PHOTO;ENCODING=b;TYPE=JPEG:", JPEG)))
    link = f"/v1/contacts/{ID}/photo?v={hexed(JPEG)[:16]}"
    seen = media.shown(card.json, ID)
    assert json.loads(seen)["media"]["PHOTO-1"]["uri"] == link
    assert b"urn:x-cs" not in seen
    assert media.stored(seen, card.json) == card.json
    escaped = seen.replace(b"/v1/", rb"\/v1\/")
    assert json.loads(media.stored(escaped, card.json)) == json.loads(card.json)
    other = seen.replace(hexed(JPEG)[:16].encode(), b"0" * 16)
    assert media.stored(other, card.json) == card.json
    assert "media" not in json.loads(media.stored(seen, b'{"uid":"u"}'))
    told = b'{"notes":{"n":{"note":"see /v1/contacts/1/photo?v=0000000000000000"}}}'
    assert media.stored(told, card.json) == told


def test_only_uris_are_shown_as_links() -> None:
    said = f"urn:x-cs:blob:{hexed(JPEG)}"
    told = json.dumps(
        {"notes": {"n": {"note": said}}, "media": {"p": {"kind": "photo", "uri": said}}}
    ).encode()
    seen = json.loads(media.shown(told, ID))
    assert seen["notes"]["n"]["note"] == said
    assert seen["media"]["p"]["uri"].startswith("/v1/contacts/")


def test_inline_media_of_json_become_blobs() -> None:
    entries = {
        "a": {"kind": "photo", "uri": f"data:image/PNG;base64,{b64encode(PNG).decode()}"},
        "b": {"kind": "logo", "uri": "data:,a%20b"},
        "c": {"kind": "photo", "uri": "data:image/png;base64,***"},
        "d": {"kind": "photo", "uri": "https://example.com/a"},
    }
    raw = (
        json.dumps({"uid": "u", "x": 1e400, "media": entries}).replace("Infinity", "1e400").encode()
    )
    found = media.inlines(raw)
    assert [(one.key, one.kind, one.media, one.content) for one in found] == [
        ("a", "photo", "image/png", PNG), ("b", "logo", "", b"a b"), ("c", "photo", "image/png", None),
    ]  # fmt: skip
    assert media.inlines(raw.replace(b"data:", rb"\u0064ata:")) == found
    made = media.with_blobs(raw, {"a": Cut(name(PNG, ""), "image/png", PNG)})
    assert b'"x":1e400' in made
    assert made.count(markers.URN.encode()) == 1
    assert media.inlines(made) == found[1:]
    assert media.inlines(b'{"notes":{"n":{"note":"data:image/png,"}}}') == ()
