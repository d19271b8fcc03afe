"""Friends and followers as edges: each property that X and Facebook document is mapped or dropped with a reason."""

import json
from pathlib import Path

import pytest

import contact_emulators
from contact_service.formats import facebook, mapping, x
from contact_service.formats.edges import TRANSFORMS
from contact_service.model.imports import Edge, Place, Reject

SHARED = Path(__file__).parents[3] / "shared" / "schemas" / "x-users.openapi.json"
OURS = Path(contact_emulators.__file__).parent / "published" / "facebook.json"


@pytest.mark.skipif(not SHARED.is_file(), reason="no ../shared/schemas beside the checkout")
def test_each_property_of_a_user_of_x_is_listed_and_no_other() -> None:
    published = json.loads(SHARED.read_text())["components"]["schemas"]["User"]["properties"]
    assert len(published) == 27
    assert set(published) == x.TABLE.listed


def test_each_property_of_a_friend_is_listed_and_no_other() -> None:
    published = json.loads(OURS.read_text())["components"]["schemas"]["User"]["properties"]
    assert set(published) == facebook.TABLE.listed


@pytest.mark.parametrize("table", [x.TABLE, facebook.TABLE], ids=["x", "facebook"])
def test_each_place_is_said_once_and_each_reason_is_given(table: mapping.Table) -> None:
    assert len(table.listed) == len(table.mapped) + len(table.dropped)
    assert set(table.mapped.values()) <= set(TRANSFORMS)
    assert all(len(reason) > 10 for reason in table.dropped.values())


def test_a_user_is_known_by_name_or_by_handle() -> None:
    told = b'{"id":"1","name":"Ada","username":"ada","verified":true,"novelty":1}'
    found = x.read(told, Place(0), "follower")
    assert (found.change, found.unknown) == (Edge("x", "follower", "Ada", "1"), 1)
    assert x.read(b'{"id":"1","name":"","username":"ada"}', Place(0), "following").change == Edge(
        "x", "following", "ada", "1"
    )
    assert facebook.read(b'{"id":"1"}', Place(0)).change == Edge("facebook", "friend", "", "1")


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"id":7}', b'{"id":null}', b'{"id":"1","name":[]}'])  # fmt: skip
def test_what_is_no_person_is_rejected_with_its_bytes(raw: bytes) -> None:
    change = x.read(raw, Place(2), "follower").change
    assert change == Reject(Place(2), "no-id", "The person has no id that can be read.", raw)
