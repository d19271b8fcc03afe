"""`contacts import` and `export`: files go in, are told record by record, and come out as they came."""

import io
import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.cli import device_import, vcards
from contact_service.formats import vcard
from contact_service.model.problem import UnsupportedFormat
from faults.running import command, environ

ANN = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u-ann\r\nN:Ann;;;;\r\nFN:Ann\r\nTEL;TYPE=CELL:(415) 555-0123\r\nX-OWN;P=1:kept\r\nEND:VCARD\r\n"
BEA = b"BEGIN:VCARD\nVERSION:2.1\nUID:u-bea\nN:Bea\nEND:VCARD\n"
ODD = b"BEGIN:VCARD\r\nVERSION:9.0\r\nFN:Odd\r\nEND:VCARD\r\n"
FOUR = b"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u-four\r\nFN:Four\r\nEND:VCARD\r\n"


@pytest.fixture
def owner(contacts, request):
    name = request.node.name[:60]
    contacts("consent", name, "store", "match")
    return name


@pytest.fixture
def file(tmp_path):
    def write(content: bytes, name: str = "f.vcf") -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


COUNTS = ("created", "updated", "unchanged", "removed")
PHONE = ("--device", "phone")


def counts(said):
    return {k: said.json[k] for k in COUNTS if said.json[k]}


def test_without_consent_nothing_goes_in_and_the_command_told_helps(contacts, file, data_dir):
    said = contacts("import", file(ANN), "--owner", "no one")
    assert said.code == 3
    assert said.err.count("\n") == 1
    told = f"contacts consent 'no one' store --data-dir {data_dir}"
    assert told in said.err
    assert contacts("consent", "no one", "store").code == 0
    assert contacts("import", file(ANN), "--owner", "no one").code == 0


def test_a_file_goes_in_is_told_and_comes_out_byte_for_byte(contacts, file, owner):
    said = contacts("import", file(ANN + ODD + BEA + FOUR), "--owner", owner)
    assert said.code == 0
    assert said.out == (
        "rejected: record 2, line 9: The vCard has a version other than 2.1, 3.0 and 4.0.\n"
        "created 3, updated 0, unchanged 0, removed 0, rejected 1; 0 are on the app\n"
    )
    assert contacts("export", "--owner", owner).out.encode() == ANN + BEA + FOUR


def test_importing_again_changes_nothing(contacts, file, owner):
    nameless = BEA.replace(b"UID:u-bea\n", b"")
    path = file(ANN + nameless + nameless + FOUR)
    assert counts(contacts("import", path, "--owner", owner, "--json")) == {"created": 4}
    assert counts(contacts("import", path, "--owner", owner, "--json")) == {"unchanged": 4}


def test_a_uid_that_comes_twice_is_rejected_in_a_later_batch_too(
    contacts, file, owner, monkeypatch
):
    monkeypatch.setattr(device_import, "AT_ONCE", 2)
    path = file(ANN + BEA + FOUR + ANN.replace(b"N:Ann", b"N:Other"))
    first = contacts("import", path, "--owner", owner, "--json", *PHONE)
    assert counts(first) == {"created": 3}
    assert first.json["rejected"] == [{"index": 3, "line": 19, "reason": "duplicate-source-id"}]
    again = contacts("import", path, "--owner", owner, "--json", *PHONE)
    assert counts(again) == {"unchanged": 3}


def test_a_full_view_takes_away_what_the_file_no_longer_has(contacts, file, owner, monkeypatch):
    monkeypatch.setattr(device_import, "AT_ONCE", 1)
    contacts("import", file(ANN + BEA), "--owner", owner, *PHONE)
    full = ("--view", "full", *PHONE)
    said = contacts("import", file(BEA + FOUR), "--owner", owner, *full, "--json")
    assert counts(said) == {"created": 1, "unchanged": 1, "removed": 1}


def test_another_device_is_another_source(contacts, file, owner):
    contacts("import", file(ANN + BEA), "--owner", owner, "--device", "other")
    said = contacts(
        "import", file(FOUR), "--owner", owner, "--view", "full",
        "--kind", "ios", "--device", "phone", "--json",
    )  # fmt: skip
    assert counts(said) == {"created": 1}


def test_a_national_number_finds_its_user_with_the_region(contacts, file, owner):
    users = b'{"userId":"u-1","identifiers":["tel:+14155550123"],"discoverable":true}\n'
    assert contacts("directory", "load", file(users, "users"), "--json").json["loaded"] == 1
    assert "0 are on the app" in contacts("import", file(ANN), "--owner", owner).out
    other = ANN.replace(b"u-ann", b"u-2")
    said = contacts("import", file(other), "--owner", owner, "--region", "us")
    assert "2 are on the app" in said.out


@pytest.mark.parametrize(
    "content",
    [b"", b'{"a": 1}', b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", b"\x89PNG\r\n" * 99],
    ids=["empty", "json", "calendar", "png"],
)
def test_another_format_is_named_unsupported(contacts, file, owner, content):
    said = contacts("import", file(content), "--owner", owner)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("contacts: unsupported-file: ")
    assert contacts("imports", "list", "--owner", owner).out == ""


def test_of_a_device_only_vcards_are_taken(contacts, file, owner):
    said = contacts("import", file(b"Name,Phone\nAnn,1\n"), "--owner", owner, *PHONE)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("contacts: unsupported-format: ")


def test_a_csv_goes_in_as_well(contacts, file, owner):
    said = contacts("import", file(b"First Name,Last Name,E-mail Address\nAnn,Lee,a@b.example\n", "x.csv"), "--owner", owner, "--json")  # fmt: skip
    assert counts(said) == {"created": 1}
    assert said.json["format"] == "csv"


def test_a_preview_keeps_nothing(contacts, file, owner):
    said = contacts("import", file(ANN + BEA), "--owner", owner, "--preview")
    assert said.out.startswith("would be: created 2, ")
    assert contacts("export", "--owner", owner).out == ""


def test_imports_are_listed_and_taken_back(contacts, file, owner):
    contacts("import", file(ANN + BEA), "--owner", owner)
    (line,) = contacts("imports", "list", "--owner", owner).out.splitlines()
    id_ = line.split()[0]
    assert line == f"{id_} file done: created 2, updated 0, unchanged 0, removed 0, rejected 0"
    assert contacts("imports", "cancel", id_, "--owner", owner).code == 1
    undone = contacts("imports", "undo", id_, "--owner", owner, "--json").json
    assert (undone["id"], undone["state"]) == (id_, "undone")
    assert contacts("export", "--owner", owner).out == ""


def test_jscontact_comes_out_a_card_a_line(contacts, file, owner):
    contacts("import", file(ANN + FOUR), "--owner", owner)
    lines = contacts("export", "--owner", owner, "--format", "jscontact").out.splitlines()
    assert [f'"uid":"{uid}"' in line for uid, line in zip(["u-ann", "u-four"], lines, strict=True)] == [True, True]  # fmt: skip


def test_a_bar_shows_the_way_where_somebody_looks_and_nothing_of_the_cards(
    contacts, file, owner, data_dir
):
    mine, theirs = os.openpty()
    line = command("import", file(ANN * 50), "--owner", owner, "--data-dir", str(data_dir))
    told = subprocess.run(line, stdout=subprocess.PIPE, stderr=theirs, env=environ(), check=True)
    os.close(theirs)
    shown = os.read(mine, 65_536)
    os.close(mine)
    assert b"%" in shown
    assert b"Ann" not in shown
    assert b"created 1" in told.stdout


def test_an_unknown_folder_to_write_to_is_one_line(contacts, owner):
    said = contacts("export", "--owner", owner, "-o", "/nowhere/x")
    assert (said.code, said.err) == (2, "contacts: /nowhere/x: no such file or directory.\n")


NESTED = BEA.replace(b"N:Bea\n", b"N:Bea\nAGENT:\n" + BEA)
CUT = b"BEGIN:VCARD\nVERSION:3.0\nFN:Cut\n"
pieces = st.sampled_from([ANN, BEA, FOUR, ODD, b"\r\n", b"text\r\n", CUT, NESTED])


@given(st.lists(pieces, min_size=1, max_size=12), st.integers(1, 400))
def test_blocks_of_any_size_read_as_the_whole_file(parts, block_bytes):
    body = b"".join(parts)
    try:
        whole = vcard.split(body)
    except UnsupportedFormat:
        with pytest.raises(UnsupportedFormat):
            list(vcards.read(io.BytesIO(body), 10_000))
        return
    if b"BEGIN" not in body[:block_bytes] or b"\n" not in body[:block_bytes]:
        return  # the first block decides what the file is; in earnest it has 8 MiB
    assert [record for record, _ in vcards.read(io.BytesIO(body), block_bytes)] == whole
