"""`contacts directory load`: users by JSON lines; a bad line is told by its number and costs no other."""

import json

import pytest

from contact_service.cli import directory


@pytest.fixture
def file(tmp_path):
    def write(*lines) -> str:
        path = tmp_path / "users"
        text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(text) + "\n")
        return str(path)

    return write


def user(name, *identifiers, **more):
    return {"userId": name, "identifiers": list(identifiers), **more}


def test_good_lines_register_and_bad_ones_are_told_by_their_number(contacts, file):
    path = file(
        user("a", "tel:+14155550101", "mailto:a@example.org", profile={"displayName": "A"}),
        "not json",
        "",
        user("b/c"),
        user("d", "tel:+14155550102", "0800 1"),
        user("e", profile=3),
        user("f", discoverable="yes"),
        {"identifiers": []},
        user("g", discoverable=False),
    )
    said = contacts("directory", "load", path)
    assert said.code == 0
    assert said.out == (
        "rejected: line 2: not JSON\n"
        "rejected: line 4: userId: 1 to 128 bytes without slashes and control characters\n"
        "rejected: line 5: identifiers[1]: neither tel:+… nor mailto:… nor account:…\n"
        "rejected: line 6: profile: wrong\n"
        "rejected: line 7: discoverable: wrong\n"
        "rejected: line 8: wrong shape\n"
        "loaded 2, rejected 6\n"
    )


def test_more_lines_than_a_transaction_takes_are_all_loaded(contacts, file, monkeypatch):
    monkeypatch.setattr(directory, "AT_ONCE", 3)
    path = file(*(user(f"many-{n}", f"mailto:many-{n}@example.org") for n in range(10)))
    assert contacts("directory", "load", path, "--json").json == {"loaded": 10, "rejected": []}


def test_no_line_repeats_what_it_was_given(contacts, file):
    path = file(user("h", "tel:+1415555SECRET"), user("i", **{"class": "SECRET"}), '{"SECRET')
    said = contacts("directory", "load", path)
    assert "rejected 3" in said.out
    assert "SECRET" not in said.out + said.err
