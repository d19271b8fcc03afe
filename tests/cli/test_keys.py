"""`contacts keys`: which epochs there are, and another key."""

import json

import pytest

from contact_service.model.epoch import Kind


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("users") / "users"
    lines = [
        {"userId": f"k{n}", "identifiers": [f"mailto:k{n}@example.org"], "discoverable": True}
        for n in range(7)
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    return str(path)


def epochs(contacts):
    return {(e["kind"], e["epoch"]): e for e in contacts("keys", "list", "--json").json["epochs"]}


def test_each_kind_starts_with_one_epoch(contacts, loaded):
    contacts("directory", "load", loaded)
    assert {key: e["state"] for key, e in epochs(contacts).items()} == {
        (k.value, 1): "live" for k in Kind
    }


@pytest.mark.parametrize("kind", ["pepper", "matrix"])
def test_a_rotated_key_is_live_at_once(contacts, loaded, kind):
    contacts("directory", "load", loaded)
    said = contacts("keys", "rotate", kind)
    assert said.code == 0
    assert said.out.startswith(f"{kind} 2: live, live since 20")
    shown = epochs(contacts)
    assert (shown[kind, 1]["state"], shown[kind, 2]["state"]) == ("retiring", "live")
    assert f"{kind} 1: retiring, readable until 20" in contacts("keys", "list").out


def test_the_key_of_private_discovery_waits_unless_told(contacts, loaded):
    contacts("directory", "load", loaded)
    made = contacts("keys", "rotate", "oprf", "--json").json
    assert (made["epoch"], made["state"], made["filled"], made["users"], made["bits"]) == (
        2,
        "building",
        7,
        7,
        0,
    )
    assert "oprf 2: building, 7 of 7 users, 0 bits, live from 20" in contacts("keys", "list").out
    assert contacts("keys", "rotate", "oprf", "--now", "--json").json["state"] == "live"
    assert epochs(contacts)["oprf", 1]["state"] == "retiring"


def test_another_kind_is_wrong_use(contacts):
    said = contacts("keys", "rotate", "kek")
    assert (said.code, said.err) == (2, "contacts: KIND is one of pepper, oprf, matrix\n")
