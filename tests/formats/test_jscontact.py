import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import jscontact, vcard
from contact_service.model.problem import InvalidCard, TooLarge

FRONT = b'{"@type":"Card","version":"1.0","uid":"u1"'
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcé~/ ", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
UNKNOWN = st.dictionaries(st.text("xyz-:/~é", min_size=1, max_size=5), JSON, max_size=4)


def test_a_complete_card_is_kept_byte_for_byte() -> None:
    raw = FRONT + b', "vendor:x": {"b": 1.50, "a": "\\u00e9"} }'
    assert jscontact.read(b" \n" + raw + b"\t", "new")[0].json == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"{}", {"@type": "Card", "version": "1.0", "uid": "new"}),
        (b'{ "uid":"a"}', {"@type": "Card", "version": "1.0", "uid": "a"}),
        (
            b'{"uid":null,"@type":null,"x":null}',
            {"@type": "Card", "version": "1.0", "uid": "new", "x": None},
        ),
        (
            FRONT + b',"id":"i","etag":"\\"1\\"","addressBook":"b","y":[{}]}',
            {"@type": "Card", "version": "1.0", "uid": "u1", "y": [{}]},
        ),
    ],
)
def test_missing_members_are_put_in_and_ours_are_cut_off(
    raw: bytes, expected: dict[str, Any]
) -> None:
    card, fields = jscontact.read(raw, "new")
    assert json.loads(card.json) == expected
    assert fields.uid == expected["uid"]


@given(UNKNOWN)
def test_unknown_members_survive(unknown: dict[str, Any]) -> None:
    card, _ = jscontact.read(msgspec.json.encode({"uid": "u", **unknown}), "new")
    found = json.loads(card.json)
    assert {name: found[name] for name in unknown} == unknown


@pytest.mark.parametrize(
    ("member", "path"),
    [
        (b'"phones":{"p":{"number":5}}', "/phones/*/number"),
        (b'"phones":{"p":{}}', "/phones/*"),
        (b'"phones":{"":{"number":"5"}}', "/phones/*"),
        (b'"phones":{"a b":{"number":"5"}}', "/phones/*"),
        (b'"phones":{"\xc3\xa9":{"number":"5"}}', "/phones/*"),
        (b'"phones":{"p":{"number":"5","pref":0}}', "/phones/*/pref"),
        (b'"emails":{"p":{"address":"a@b.c","pref":101}}', "/emails/*/pref"),
        (b'"phones":{"p":{"number":"' + b"5" * 251 + b'"}}', "/phones/*/number"),
        (
            b'"name":{"components":[{"kind":"given","value":"a"},{"kind":"given"}]}',
            "/name/components/1",
        ),
        (b'"titles":{"' + b"k" * 256 + b'":{"name":"x"}}', "/titles/*"),
        (b'"links":{"a.b":{"uri":"http://a"}}', "/links/*"),
        (b'"@type":"Group"', "/@type"),
        (b'"uid":""', "/uid"),
        (b'"uid":"a","uid":"b"', ""),
        (b'"uid":"a","u\\u0069d":"b"', ""),
        (b'"x":"\\u0000"', ""),
        (b'"x":"\x00"', ""),
        (b'"x":"\\ud800"', ""),
        (b'"x":"\\ud800\\u0041"', ""),
        (b'"x":"\\ude00\\ud83d"', ""),
        (b'"x":"\xff"', ""),
        (b'"x":"\xed\xa0\x80"', ""),
        (b'"name":{"full":"\xc3\x28"}', ""),
        (b'"x":' + b"[" * 40 + b"]" * 40, ""),
        (b'"x":' + b'{"a":' * 40_000, ""),
    ],
)
def test_a_broken_rule_is_told_with_its_place_and_without_keys(member: bytes, path: str) -> None:
    with pytest.raises(InvalidCard) as refused:
        jscontact.read(b"{" + member + b"}", "new")
    assert refused.value.path == path
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b'{"uid":"a"', b"{}{}", b"\xef\xbb\xbf{}", b'{"a":1,}']
)
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidCard):
        jscontact.read(raw, "new")


@given(
    st.binary(max_size=60)
    | st.text(max_size=40).map(lambda text: b'{"x":"' + text.encode(errors="surrogatepass") + b'"}')
)
def test_bytes_are_a_card_or_refused(raw: bytes) -> None:
    try:
        card, _ = jscontact.read(raw, "new")
    except InvalidCard:
        return
    assert json.loads(card.json.decode())["uid"]


def test_brackets_in_strings_are_no_depth() -> None:
    raw = FRONT + b',"x":"' + b'[{\\"' * 100 + b'","y":"\\ud83d\\ude00"}'
    assert jscontact.read(raw, "new")[0].json == raw


@given(st.recursive(st.just("[{") | st.integers(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just('"]\\'), inner), max_leaves=3), st.integers(20, 34))  # fmt: skip
def test_32_levels_are_taken_and_33_are_not(inner: Any, levels: int) -> None:
    def depth(value: Any) -> int:
        inside = (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, list)
            else None
        )
        return 0 if inside is None else 1 + max(map(depth, inside), default=0)

    value = inner
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    raw = msgspec.json.encode({"uid": "u", "x": value})
    if depth(value) + 1 <= 32:
        assert jscontact.read(raw, "new")[1].uid == "u"
    else:
        with pytest.raises(InvalidCard):
            jscontact.read(raw, "new")


def test_262_144_bytes_are_taken_and_one_more_is_not() -> None:
    frame = len(FRONT + b',"x":""}')
    raw = FRONT + b',"x":"' + b"a" * (262_144 - frame) + b'"}'
    assert jscontact.read(raw, "new")[0].json == raw
    with pytest.raises(TooLarge):
        jscontact.read(raw[:-2] + b'a"}', "new")


def test_render_puts_ours_in_front() -> None:
    shown = json.loads(jscontact.render(FRONT + b"}", "id-1", '"e.7"'))
    assert shown == {
        "id": "id-1",
        "etag": '"e.7"',
        "addressBook": "contacts",
        "@type": "Card",
        "version": "1.0",
        "uid": "u1",
    }


def test_what_was_rendered_is_read_back_as_it_was() -> None:
    shown = jscontact.render(FRONT + b',"x":1}', "id-1", '"e.7"')
    assert json.loads(jscontact.read(shown, "new")[0].json) == json.loads(FRONT + b',"x":1}')


CARD = (
    FRONT
    + b',"phones":{"p1":{"number":"1"}},"keywords":{"a/b":true,"c~d":true},"notes":{"n":{"note":"x"}}}'
)


def test_a_patch_sets_adds_and_removes() -> None:
    patched = jscontact.patch(
        CARD,
        {
            "phones/p1/number": "2",
            "phones/p2": {"number": "3"},
            "keywords/a~1b": None,
            "keywords/c~0d": None,
            "notes": None,
        },
    )
    assert json.loads(patched) == {
        **json.loads(FRONT + b"}"),
        "phones": {"p1": {"number": "2"}, "p2": {"number": "3"}},
        "keywords": {},
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"phones/nobody/number": "1"},
        {"emails/e/address": "a@b.c"},
        {"phones/p1/number/x": 1},
        {"phones": {}, "phones/p1/number": "2"},
        {"phones/p1": {"number": "5"}, "phones/p1/number": "2"},
        {"id": "x"},
        {"etag": None},
        {"addressBook": "b"},
        {"uid": "other"},
        {"uid": None},
        {"phones/p1/number": 5},
        {"phones/p1/number": None},
        {"phones//number": "1"},
        {"": {}},
        {"x": "\ud800"},
    ],
)
def test_a_patch_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidCard):
        jscontact.patch(CARD, changes)


def test_a_patch_may_repeat_the_uid_and_start_with_a_slash() -> None:
    assert json.loads(jscontact.patch(CARD, {"uid": "u1", "/kind": "org"}))["kind"] == "org"


@pytest.mark.parametrize(
    "path", ["phones/+14155550123/number", "+14155550123/x", "Ann4155550123/x/y"]
)
def test_a_refused_patch_never_names_the_key(path: str) -> None:
    with pytest.raises(InvalidCard) as refused:
        jscontact.patch(CARD, {path: "1"})
    assert "4155550123" not in str(refused.value) + refused.value.path


@pytest.mark.parametrize("number", [b"1" * 5_000, b"1e400", b"-1e400"])
def test_a_number_no_machine_holds_is_kept_and_never_breaks_anything(number: bytes) -> None:
    card, _ = jscontact.read(
        FRONT + b',"u":"\\u0041","name":{"full":"A"},"x":' + number + b"}", "new"
    )
    assert number in card.json
    assert b"FN:A" in vcard.write(card)
    with pytest.raises(InvalidCard):
        jscontact.patch(card.json, {"kind": "org"})
