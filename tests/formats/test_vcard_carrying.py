"""What a vCard cannot say outlives a PUT."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import lines, projection, versions
from contact_service.model.card import Card
from contact_service.model.problem import InvalidCard

from .contacts import CARDS, says, says_without_keys
from .test_vcard_cards import UNSLOW

HEAD = {"@type": "Card", "version": "1.0", "uid": "u"}
OLD = {
    **HEAD,
    "name": {"full": "Ann"},
    "phones": {"p1": {"number": "1", "x-own": "mine", "label": "Boat"}, "p2": {"number": "2", "x-own": "other"}},
    "personalInfo": {"i": {"kind": "dream", "value": "sail"}},
    "localizations": {"jp": {"name/full": "山田"}},
    "example.com:own": {"a": [1, None]},
    "keywords": {"crew": True, "two\nlines": True},
}  # fmt: skip


def stored(told: dict[str, Any]) -> Card:
    return jscontact.read(msgspec.json.encode(told), "new")[0]


def shown(card: Card, *, bare: bool = True) -> str:
    """The card as a client sends it that knows neither JSPROP nor PROP-ID."""
    raw = vcard.write(card, "3.0").replace(b"\r\n ", b"").decode()
    rows = raw.replace(";PROP-ID=p1", "").replace(";PROP-ID=p2", "") if bare else raw
    kept = [row for row in rows.split("\r\n") if not (bare and row.startswith("JSPROP"))]
    return "\r\n".join(kept)


def put(old: Card, sent: str) -> Card:
    return projection.carry(old, vcard.read(sent.encode(), "new")[0])


def told(card: Card) -> Any:
    return json.loads(card.json)


def test_sent_back_bare_a_card_keeps_all_it_said_and_its_ids() -> None:
    old = stored(OLD)
    sent = shown(old)
    assert "mine" not in sent
    card = put(old, sent)
    assert card.lines.decode() == sent
    assert says(told(card)) == says(OLD)
    assert told(card)["phones"].keys() == {"p1", "p2"}
    # Again, now that there are lines: nothing of it is in them.
    assert put(card, sent) == card


@pytest.mark.parametrize(
    ("was", "now", "member", "become"),
    [
        (":1\r\n", ":11\r\n", "phones", {"p1": {"number": "11", "x-own": "mine", "label": "Boat"}, "p2": OLD["phones"]["p2"]}),
        ("Boat", "Ship", "phones", {"p1": {"number": "1", "x-own": "mine", "label": "Ship"}, "p2": OLD["phones"]["p2"]}),
        ("TEL:2\r\n", "", "phones", {"p1": OLD["phones"]["p1"]}),
        ("TEL:2\r\n", "TEL:2\r\nTEL:3\r\n", "phones", {**OLD["phones"], "TEL-3": {"number": "3"}}),
        ("CATEGORIES:crew", "CATEGORIES:mates", "keywords", {"two\nlines": True, "mates": True}),
        ("CATEGORIES:crew\r\n", "", "keywords", {"two\nlines": True}),
        ("FN:Ann", "FN:Eve", "name", {"full": "Eve"}),
        ("FN:Ann", "FN:Ann\r\nNOTE:n", "notes", {"NOTE-1": {"note": "n"}}),
    ],
)  # fmt: skip
def test_an_edit_takes_what_was_seen_and_leaves_the_rest(
    was: str, now: str, member: str, become: dict[str, Any]
) -> None:
    old = stored(OLD)
    sent = shown(old)
    assert was in sent
    for base in (old, put(old, sent)):
        card = told(put(base, sent.replace(was, now, 1)))
        rest = {**OLD, member: card[member]}
        assert says(card) == says(rest)
        assert says({**HEAD, member: card[member]}) == says({**HEAD, member: become})


def test_of_two_phones_the_one_that_stays_keeps_its_own() -> None:
    old = put(stored(OLD), shown(stored(OLD)))
    rows = [row for row in old.lines.decode().split("\r\n") if not row.startswith("item1.")]
    assert told(put(old, "\r\n".join(rows)))["phones"] == {"p2": OLD["phones"]["p2"]}


def test_a_client_that_sends_jsprop_is_taken_at_its_word() -> None:
    old = stored(OLD)
    sent = shown(old, bare=False)
    assert says(told(put(old, sent))) == says(OLD)
    card = told(put(old, sent.replace("mine", "changed")))
    assert card["phones"]["p1"]["x-own"] == "changed"


@pytest.mark.parametrize(
    "name",
    [{"components": [{"kind": "surname", "value": "Doe"}, {"kind": "given", "value": "Ann"}]}, {}],
)
def test_an_fn_made_up_for_the_vcard_is_no_name_until_it_is_changed(name: dict[str, Any]) -> None:
    old = stored({**HEAD, "name": name, "organizations": {"o": {"name": "Ann Doe"}}})
    sent = shown(old).replace(";DERIVED=TRUE", "")
    assert "FN:Ann Doe" in sent
    card = told(put(old, sent))
    assert says(card) == says(told(old))
    assert told(put(old, sent.replace("FN:Ann Doe", "FN:Eve")))["name"]["full"] == "Eve"


def test_unknown_lines_are_seen_and_go_when_they_are_gone() -> None:
    raw = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:A\r\nX-A:1\r\nX-B:2\r\nEND:VCARD\r\n"
    old, _ = vcard.read(raw.encode(), "new")
    old = Card(jscontact.patch(old.json, {"x:y": 1}), old.lines)
    card = told(put(old, raw.replace("X-A:1\r\n", "").replace("X-B:2", "X-B:3")))
    assert card["vCardProps"] == [["x-b", {}, "unknown", "3"]]
    assert card["x:y"] == 1


def test_a_photo_that_is_kept_apart_is_in_the_lines_or_gone() -> None:
    photo = {"kind": "photo", "uri": f"urn:x-cs:blob:{'0' * 32}", "mediaType": "image/png"}
    old = stored({**HEAD, "name": {"full": "A"}, "media": {"p": photo}})
    raw = b"".join(row for row in lines.logical(vcard.write(old, "3.0")) if b"PHOTO" not in row)
    assert "media" not in told(put(old, raw.decode()))


@UNSLOW
@given(CARDS)
def test_whatever_a_vcard_cannot_say_is_kept(card: dict[str, Any]) -> None:
    old = stored(card)
    for version in ("3.0", "4.0"):
        raw, _ = versions.shown(old, version)
        bare = b"".join(row for row in lines.logical(raw) if not row.startswith(b"JSPROP"))
        try:
            sent, _ = vcard.read(bare, "new")
        except InvalidCard as refused:
            assert refused.reason == "no-content"  # noqa: PT017 - all that it says is in JSPROP
            continue
        made = projection.carry(old, sent)
        assert made.lines == bare
        assert says_without_keys(told(made)) == says_without_keys(card)
        assert jscontact.read(made.json, "new")[0].json == made.json
