"""Files as programs write them: those of ../shared/corpus, LinkedIn's, and some that are hostile."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats import csv
from contact_service.formats.files import decoding
from contact_service.model.imports import Reject, Upsert
from formats.csv.test_maps import written

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
FILES = {path.name.rpartition("__")[2]: path for path in sorted(CORPUS.rglob("*.csv"))}
CHARSETS = {"shiftjis_addressbook.csv": "cp932", "utf16_addressbook.csv": "utf-16-le"}
WHO = {
    "import.csv": ["contact1@invalid"],
    "export.csv": ["contact1@invalid", "contact2@invalid"],
    "basic_addressbook.csv": ["johndoe@host.invalid"],
    "basic_csv_addressbook.csv": ["john@doe.invalid", "jane@doe.invalid"],
    "csv_no_header.csv": ["john@doe.invalid", "jane@doe.invalid"],
    "csv_semicolon.csv": ["john@doe.invalid", "jane@doe.invalid"],
    "quote.csv": [None],
    "shiftjis_addressbook.csv": ["名無しの権兵衛@host.invalid"],
    "tab_comma_mixed.csv": [f"{number}@host.invalid" for number in range(1, 5)],
    "utf16_addressbook.csv": ["johndoe@host.invalid"],
}
LINKEDIN = """Notes:
"When exporting your connection data, you may notice that some of the email addresses are missing."

First Name,Last Name,URL,Email Address,Company,Position,Connected On
Ann,Smith,https://www.linkedin.com/in/ann,,"ACME, Inc.",Boss,07 Mar 2024
Bea,,https://www.linkedin.com/in/bea,b@x.example,,,08 Mar 2024
"""


def records(text: str) -> list[Upsert | Reject]:
    return list(csv.read([text]))


def cards(text: str) -> list[dict[str, Any]]:
    return [json.loads(one.card.json) for one in records(text) if isinstance(one, Upsert)]


def codes(text: str) -> list[str]:
    return [one.code if isinstance(one, Reject) else "" for one in records(text)]


@pytest.mark.parametrize("name", FILES, ids=FILES.keys())
def test_each_file_of_the_corpus_gives_its_contacts(name: str) -> None:
    charset = CHARSETS.get(name, "utf-8")
    with FILES[name].open("rb") as stream:
        found = list(csv.read(decoding.text(stream, charset)))
    assert all(isinstance(one, Upsert) for one in found), found
    told = [json.loads(one.card.json) for one in found if isinstance(one, Upsert)]
    emails = [one.get("emails", {}).get("EMAIL-1", {}).get("address") for one in told]
    assert emails == WHO[name]
    assert "\ufffd" not in json.dumps(told, ensure_ascii=False)


def test_linkedins_notes_are_passed_over_and_most_people_have_no_address() -> None:
    assert csv.looks_like(LINKEDIN)
    ann, bea = records(LINKEDIN)
    assert isinstance(ann, Upsert)
    assert isinstance(bea, Upsert)
    card = json.loads(ann.card.json)
    assert card["onlineServices"]["IMPP-1"] == {
        "service": "LinkedIn",
        "uri": "https://www.linkedin.com/in/ann",
    }
    assert card["organizations"]["ORG-1"] == {"name": "ACME, Inc."}
    assert json.loads(ann.residue) == {"linkedin-csv": {"Connected On": "07 Mar 2024"}}
    assert (ann.place.index, ann.place.line, bea.place.index, bea.place.line) == (0, 5, 1, 6)


@pytest.mark.parametrize("lines", range(4), ids="{} lines".format)
def test_however_long_linkedins_notes_are(lines: int) -> None:
    header = LINKEDIN.index("First Name")
    notes = "Notes:\n" + '"A line, of notes"\n' * lines + "\n" * lines
    assert len(cards(notes + LINKEDIN[header:])) == 2


NOT_ONE = {
    "empty": "",
    "prose": "Hello, my name is Ann.\nWrite to me, a@x.example, if you like.\n",
    "figures": "Date,Amount\n2024-01-01,3\n",
    "html": "<html><body>a,b</body></html>",
    "binary": "\x00\x01,\x02\n",
    "products": "Name,Price,Weight\nHammer,3,4\n",
    "tasks": "Name,Priority,Notes,Language\nMow,1,soon,English\n",
    "a table with addresses": "id,owner,kind\n1,a@x.example,y\n2,b@x.example,y\n",
}


@pytest.mark.parametrize("text", NOT_ONE.values(), ids=NOT_ONE.keys())
def test_what_is_no_address_book_is_told_and_its_rows_are_rejects(text: str) -> None:
    assert not csv.looks_like(text)
    assert set(codes(text)) <= {"no-header"}


def test_a_row_of_too_many_cells_is_a_reject_and_of_too_few_is_none() -> None:
    text = "Name,Email\nAnn,a@x.example,surplus\nBea\nCas,c@x.example,,\n"
    assert codes(text) == ["too-many-cells", "", ""]
    first = records(text)[0]
    assert isinstance(first, Reject)
    assert first.raw == b"Ann,a@x.example,surplus\n"
    assert "surplus" not in first.reason
    assert first.name == "Ann"


def test_empty_rows_and_a_header_in_the_middle_are_no_records() -> None:
    text = "Name,Email\n\n,\nAnn,a@x.example\n  \nName,Email\nBea,b@x.example\n\n"
    found = records(text)
    assert [(one.place.index, one.place.line) for one in found] == [(0, 4), (1, 7)]


def test_rows_before_the_header_are_told() -> None:
    assert codes("Ann,a@x.example\nName,Email\nBea,b@x.example\n") == ["before-header", ""]


def test_a_line_that_names_the_delimiter_is_obeyed() -> None:
    assert (
        cards("sep=;\nName;Email\nAnn, the great;a@x.example\n")[0]["name"]["full"]
        == "Ann, the great"
    )


def test_controls_go_and_what_is_left_stays() -> None:
    (card,) = cards("Name,Email\nA\x00n\x07n,a@x.example\n")
    assert card["name"]["full"] == "Ann"


def test_a_number_longer_than_any_is_a_reject_with_its_name() -> None:
    text = f"Name,Email,Phone\nAnn,a@x.example,{'1' * 300}\nBea,b@x.example,1\n"
    first, second = records(text)
    assert isinstance(first, Reject)
    assert isinstance(second, Upsert)
    assert (first.code, first.name) == ("invalid-card", "Ann")
    assert "111" not in first.reason


def test_a_contact_too_large_is_a_reject() -> None:
    assert codes(f"Name,Email,Notes\nAnn,a@x.example,{'n' * 300_000}\nBea,b@x.example,\n") == [
        "too-large",
        "",
    ]


def test_bytes_that_no_charset_explains_cost_their_row_alone() -> None:
    text = "Name,Email\nAnn,a@x.example\nB\udcffa,b@x.example\nCas,c@x.example\n"
    found = list(csv.read([text], partial(decoding.received, charset="utf-8")))
    assert [getattr(one, "code", "") for one in found] == ["", "bad-encoding", ""]
    assert isinstance(found[1], Reject)
    assert found[1].raw == b"B\xffa,b@x.example\n"


def test_columns_without_a_name_of_their_own_are_kept_apart() -> None:
    text = "Name,Email,Own,Own,,Gr\udcf6\udcdfe\nAnn,a@x.example,1,2,3,4\n"
    (one,) = records(text)
    assert isinstance(one, Upsert)
    kept = {"Own": "1", "Column 4": "2", "Column 5": "3", "Column 6": "4"}
    assert json.loads(one.residue) == {"csv": kept}


def test_a_byte_order_mark_that_was_left_is_no_part_of_the_header() -> None:
    assert len(cards('\ufeff"Name",Email\nAnn,a@x.example\n')) == 1


HUGE = {
    "values in one cell": f"Name,E-mail 1 - Value,Phone 1 - Value\nAnn,{' ::: '.join(map(str, range(40_000)))},\n",
    "blanks": f"Name,Email,Categories,Children\nAnn,a@x.example,a{' ' * 200_000}b,a{' ' * 200_000}b\n",
    "columns": "Name,Email" + ",Own" * 100_000 + "\nAnn,a@x.example\n",
    "rows of delimiters": "Name,Email\n" + ("," * 200_000 + "\n") * 3,
    "carriage returns": "\r" * 300_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_huge_cells_and_rows_end_in_a_record_or_a_reason(text: str) -> None:
    assert set(codes(text)) <= {"", "too-large", "no-header", "too-many-cells"}


@given(
    st.lists(
        st.lists(st.text(st.sampled_from("a@.x='\"\n,;\t-:* \x00\udcff"), max_size=12), max_size=6),
        max_size=6,
    ),
    st.sampled_from(["Name,Email,Birthday", "First Name,Last Name,E-mail 1 - Value,Labels", "x"]),
    st.binary(max_size=200),
)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_file_every_record_is_a_card_or_has_a_reason(
    table: list[list[str]], header: str, junk: bytes
) -> None:
    text = header + "\n" + written(*table) + junk.decode(errors="surrogateescape")
    csv.looks_like(text)
    found = list(csv.read([text], partial(decoding.received, charset="utf-8")))
    assert [one.place.index for one in found] == list(range(len(found)))
    for one in found:
        assert isinstance(one, Upsert) or (one.code and one.raw)
