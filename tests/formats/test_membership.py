"""What a card says of groups is read as the whole card would be."""

import msgspec
import pytest

from contact_service.formats import jscontact, membership


@pytest.mark.parametrize("kind", ["group", "individual", None])
def test_members_and_name_are_read_of_groups_only(kind: str | None) -> None:
    sent = {"name": {"full": "G"}, "members": {"u": True, "v": True, "w": False}}
    content, _ = jscontact.read(msgspec.json.encode(sent | ({"kind": kind} if kind else {})), "x")
    said = membership.said("1", 3, "contacts", content.json)
    assert (said.id, said.version, said.book, said.uid) == ("1", 3, "contacts", "x")
    assert (said.members, said.name) == ((("u", "v"), "G") if kind == "group" else (None, ""))


def test_a_keyword_that_is_false_is_none() -> None:
    sent = b'{"keywords":{"a":true,"b":false},"huge":1e400}'
    content, _ = jscontact.read(sent, "x")
    assert membership.keywords(content.json) == ("a",)
    shown = jscontact.render(content.json, "1", '"00000000.1"')
    assert membership.said("1", 1, "contacts", shown).keywords == ("a",)
