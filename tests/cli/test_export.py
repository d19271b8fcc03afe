"""`contacts export`: a file of another program goes in, and what leaves is what that program knows."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

GOOGLE = (
    "First Name,Last Name,Nickname,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,"
    "Event 1 - Label,Event 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value\r\n"
    'Jane,Doe,JD,"one\ntwo",Friends ::: * myContacts,* Work,j@x.example ::: k@x.example,Chalet,+41 44 668 18 00,'
    "Graduation,1999-05-06,Shoe size,42\r\n"
    '"\'=1+1",Roe,,,* myContacts,,,,,,,,\r\n'
)
BACK = {
    "First Name": "Jane",
    "Last Name": "Doe",
    "Nickname": "JD",
    "Notes": "one\ntwo",
    "Labels": "Friends ::: * myContacts",
    "E-mail 1 - Label": "* Work",
    "E-mail 1 - Value": "j@x.example",
    "E-mail 2 - Label": "Work",
    "E-mail 2 - Value": "k@x.example",
    "Phone 1 - Label": "Chalet",
    "Phone 1 - Value": "+41 44 668 18 00",
    "Event 1 - Label": "Graduation",
    "Event 1 - Value": "1999-05-06",
    "Custom Field 1 - Label": "Shoe size",
    "Custom Field 1 - Value": "42",
}


@pytest.fixture
def owner(contacts) -> str:
    named = f"export-{uuid4().hex[:12]}"
    assert contacts("consent", named, "store").code == 0
    return named


@pytest.fixture
def google(contacts, owner: str, tmp_path: Path) -> Callable[[str], list[dict[str, str]]]:
    """The owner's book as Google's CSV, after a file of Google's went in."""

    def exported(text: str) -> list[dict[str, str]]:
        path = tmp_path / "contacts.csv"
        path.write_bytes(text.encode())
        said = contacts("import", str(path), "--owner", owner, "--json")
        assert (said.code, said.json["rejected"]) == (0, []), said
        out = tmp_path / "out.csv"
        form = ("--format", "google-csv", "-o", str(out))
        assert contacts("export", "--owner", owner, *form).code == 0
        rows = csv.DictReader(io.StringIO(out.read_bytes().decode(), newline=""))
        return [{name: value for name, value in row.items() if value} for row in rows]

    return exported


def test_a_file_of_googles_comes_back_with_what_no_card_has_a_place_for(google) -> None:
    assert google(GOOGLE) == [
        BACK,
        {"First Name": "'=1+1", "Last Name": "Roe", "Labels": "* myContacts"},
    ]


def test_what_was_exported_goes_in_again_and_changes_nothing(
    contacts, owner: str, google, tmp_path: Path
) -> None:
    google(GOOGLE)
    said = contacts("import", str(tmp_path / "out.csv"), "--owner", owner, "--json")
    counted = {word: said.json[word] for word in ("created", "updated", "removed", "unchanged")}
    assert counted == {"created": 0, "updated": 0, "removed": 0, "unchanged": 2}


def test_a_group_is_exported_alone_and_an_unknown_one_refused(contacts, owner, google) -> None:
    google(GOOGLE)
    only = ("export", "--owner", owner, "--format", "vcard4", "--group")
    assert contacts(*only, "Friends").out.count("BEGIN:VCARD") == 1
    assert contacts(*only, "Enemies").code == 1


def test_outlooks_file_begins_with_its_mark(contacts, owner, google) -> None:
    google(GOOGLE)
    out = contacts("export", "--owner", owner, "--format", "outlook-csv").out
    assert out.startswith("\ufeffTitle,First Name,")
    assert "j@x.example" in out
