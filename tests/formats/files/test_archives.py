"""Archives of Facebook and X: edges and contacts, in each of their shapes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.files import archives
from contact_service.model.imports import Edge, Reject, Upsert

from .bringing import cards, changes, codes, packed


def mojibake(text: str) -> str:
    """As Facebook writes it: each byte a character, each an escape."""
    return text.encode().decode("latin-1")


def test_friends_are_edges_with_their_names_mended() -> None:
    friends = [{"name": mojibake("Zoë Łódź"), "timestamp": 1}, {"timestamp": 2, "name": "Ann"}]
    for key in ("friends_v2", "friends"):
        assert changes(json.dumps({key: friends}).encode()) == [
            Edge("facebook", "friend", "Zoë Łódź"),
            Edge("facebook", "friend", "Ann"),
        ]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufffd")))
def test_mojibake_is_undone_once_and_only_where_it_is_some(text: str) -> None:
    assert archives.mended(mojibake(text)) == text
    assert archives.mended(text).encode() in {text.encode(), text.encode("latin-1", "ignore")}


@pytest.mark.parametrize("outer", ["address_book_v2", "address_book"])
def test_address_books_are_contacts(outer: str) -> None:
    told = [
        {
            "name": mojibake("Zoë"),
            "details": [{"contact_point": "+49 151"}, {"contact_point": "z@example.org"}],
            "created_timestamp": 5,
        },
        {"name": "", "details": [{"contact_point": "1"}]},
    ]
    found = changes(json.dumps({outer: {"address_book": told}}).encode())
    assert cards(found) == [
        {"@type": "Card", "version": "1.0", "name": {"full": "Zoë"},
         "emails": {"e1": {"address": "z@example.org"}}, "phones": {"p1": {"number": "+49 151"}}},
        {"@type": "Card", "version": "1.0", "phones": {"p1": {"number": "1"}}},
    ]  # fmt: skip
    assert [json.loads(one.residue or b"{}") for one in found if isinstance(one, Upsert)] == [
        {"created_timestamp": 5},
        {},
    ]
    assert {one.own_uid for one in found if isinstance(one, Upsert)} == {False}


def test_each_list_of_one_file_is_read() -> None:
    body = json.dumps(
        {
            "friends_v2": [{"name": "Ann"}],
            "address_book": {"address_book": [{"name": "Bea", "details": []}]},
        }
    )
    found = changes(body.encode())
    assert found[0] == Edge("facebook", "friend", "Ann")
    assert cards(found)[0]["name"] == {"full": "Bea"}


def test_x_gives_followers_following_and_contacts_in_parts() -> None:
    follower = b'window.YTD.follower.part0 = [ {"follower" : {"accountId" : "7", "userLink": "https://x.com/7"}} ]'
    following = b'window.YTD.following.part1 = [{"following":{"accountId":"8"}}]'
    contact = b'window.YTD.contact.part0 = [{"contact":{"id":"c1","emails":["a@example.org"],"phoneNumbers":["+1"]}}]'
    account = b'window.YTD.account.part0 = [{"account":{"email":"me@example.org"}}]'
    every = [
        ("data/account.js", account), ("data/follower.js", follower), ("data/following-part1.js", following),
        ("data/contact.js", contact), ("data/tweets.js", b"window.YTD.tweets.part0 = []"),
    ]  # fmt: skip
    for body in (packed(*every), b"\n".join([follower, account, following, contact])):
        found = changes(body)
        assert found[:2] == [Edge("x", "follower", "", "7"), Edge("x", "following", "", "8")]
        assert cards(found)[0]["emails"] == {"e1": {"address": "a@example.org"}}
        assert [one.source_id for one in found if isinstance(one, Upsert)] == ["c1"]
        assert len(found) == 3


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"name": ""}, "no-content"), ({"name": 7}, "wrong-type"), ({}, "wrong-type"), (None, "wrong-type"),
        ("text", "wrong-type"), ({"name": "\ud800"}, "wrong-type"),
    ],
    ids=range(6),
)  # fmt: skip
def test_a_bad_friend_is_told_with_its_bytes_and_costs_no_other(bad: object, code: str) -> None:
    found = changes(json.dumps({"friends_v2": [{"name": "Ann"}, bad, {"name": "Bea"}]}).encode())
    assert [one.display_name for one in found if isinstance(one, Edge)] == ["Ann", "Bea"]
    assert codes(found) == [code]
    assert [one.raw for one in found if isinstance(one, Reject)] == [json.dumps(bad).encode()]


@pytest.mark.parametrize(
    "bad",
    [
        '{"follower":{}}',
        '{"follower":{"accountId":7}}',
        '{"following":{"accountId":"7"}}',
        "[]",
        '{"follower":{"accountId":"',
    ],
    ids=range(5),
)
def test_a_bad_follower_costs_no_other(bad: str) -> None:
    good = '{"follower":{"accountId":"%d"}}'
    found = changes(f"window.YTD.follower.part0 = [{good % 1},{bad},{good % 2}]".encode())
    assert [one.provider_user_id for one in found if isinstance(one, Edge)] == ["1", "2"]
    assert len(codes(found)) == 1


def test_a_cut_archive_is_told() -> None:
    body = json.dumps({"friends_v2": [{"name": "Ann"}, {"name": "Bea"}]}).encode()
    for cut in range(body.index(b"Bea"), body.index(b"]") + 1):
        assert codes(changes(body[:cut])) == ["truncated"]
