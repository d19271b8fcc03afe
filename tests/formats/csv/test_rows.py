"""Records cut out of text: what RFC 4180 has is read as csv reads it, and no bad record costs its neighbour."""

import csv as stdlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats.csv import rows
from contact_service.formats.csv.cutting import Cutter
from contact_service.formats.csv.rows import Broken, Reader, Row

CELLS = st.text(st.sampled_from('ab ",;\t\n\r漢😀\u2028\x0b\x85'), max_size=8)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)
ENDS = {"lf": "\n", "crlf": "\r\n"}


def read(text: str, width: int = 0, delimiter: str = ",") -> list[Row | Broken]:
    reader = Reader(rows.lines([text]), delimiter)
    reader.width = width
    return list(reader)


def cells(text: str, width: int = 0) -> list[list[str] | str]:
    return [one.cells if isinstance(one, Row) else one.code for one in read(text, width)]


@given(TABLES, st.sampled_from([*ENDS.values()]), st.sampled_from(",;\t"))
@settings(max_examples=150, deadline=None)
def test_what_csv_writes_is_read_back(table: list[list[str]], end: str, delimiter: str) -> None:
    made = io.StringIO()
    writer = stdlib.writer(made, delimiter=delimiter, lineterminator=end, quoting=stdlib.QUOTE_ALL)
    writer.writerow(["first"] * len(table[0]))
    writer.writerows(table)
    found = read(made.getvalue(), len(table[0]), delimiter)
    assert [one.cells for one in found[1:] if isinstance(one, Row)] == table


@given(st.text(st.sampled_from('a",\n\r '), max_size=60), st.integers(0, 3))
@settings(max_examples=500, deadline=None)
def test_whatever_the_text_all_of_it_is_in_a_record(text: str, width: int) -> None:
    found = read(text, width)
    assert "".join(one.text for one in found) == text
    ends = max(text.count("\n"), text.count("\r"))
    assert all(1 <= one.line <= ends + 1 for one in found)
    assert [one.line for one in found] == sorted({one.line for one in found})


@given(TABLES, st.integers(1, 7))
@settings(max_examples=100, deadline=None)
def test_where_pieces_are_cut_makes_no_difference(table: list[list[str]], size: int) -> None:
    made = io.StringIO()
    stdlib.writer(made).writerows([["first", "row"], *table])
    text = made.getvalue()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(rows.lines(pieces)) == list(rows.lines([text]))


BAD = {
    "never closed": '"Bob,b@x',
    "closed in the next row": 'Bob,"b@x',
    "opened in the last cell": 'Bob,"',
    "three": '"""Bob,b@x',
}
NEIGHBOURS = {
    "bare": ["Eve,e@x", "Zed,z@x"],
    "quoted": ['"Eve","e@x"', '"Zed","z@x"'],
    "second quoted": ['Eve,"e@x"', 'Zed,"z, @x"'],
    "broken lines": ['"Eve","e\n@x"', "Zed,z@x"],
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("neighbours", NEIGHBOURS.values(), ids=NEIGHBOURS.keys())
def test_an_open_quote_costs_its_own_row_alone(bad: str, neighbours: list[str]) -> None:
    good = [
        next(iter(stdlib.reader([one]))) if "\n" not in one else ["Eve", "e\n@x"]
        for one in neighbours
    ]
    found = cells("\n".join(["Ann,a@x", bad, *neighbours, ""]), 2)
    assert found == [["Ann", "a@x"], "unbalanced-quotes", *good]


def test_quotes_inside_a_cell_stand_for_themselves() -> None:
    assert cells('Bob 6" Smith,x\n"Bob "the man" Smith",x\n"a"b,"c"\n') == [
        ['Bob 6" Smith', "x"],
        ['Bob "the man" Smith', "x"],
        ['a"b,"c'],
    ]


def test_a_note_with_loose_quotes_over_lines_is_one_record() -> None:
    text = 'Ann,"she said "hi" twice\nand left"\nBea,b\n'
    assert cells(text, 2) == [["Ann", 'she said "hi" twice\nand left'], ["Bea", "b"]]


def test_a_record_cut_off_at_the_end_is_one_reject() -> None:
    assert cells('Ann,a\nBea,"first line\nsecond line\nthird', 2) == [
        ["Ann", "a"],
        "unbalanced-quotes",
    ]


def test_classic_mac_lines_are_lines_and_a_cr_elsewhere_is_text() -> None:
    assert cells("a,b\rc,d\r") == [["a", "b"], ["c", "d"]]
    assert cells('a,b\r\r\n"c",d\r\r\n') == [["a", "b"], ["c", "d"]]
    assert cells('a,b\r\n"c\rd",e\r\n') == [["a", "b"], ["c\rd", "e"]]


def test_an_endless_line_is_a_reject_and_the_next_is_read() -> None:
    found = read("a,b\n" + "x" * (rows.MOST * 3) + "\nc,d\n", 2)
    assert [getattr(one, "code", "") for one in found] == ["", "row-too-large", ""]
    assert [one.line for one in found] == [1, 2, 3]
    assert len(found[1].text) == rows.MOST + 1


HOSTILE = {
    "an opener each line": '"a\n',
    "lone quotes": '"\n',
    "pairs in open cells": '"x""\n',
    "loose quotes": '"a" b"\n',
    "blanks": '"' + " " * 200 + '"' + " " * 200 + '"\n',
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_quotes_cost_linear_work(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fed = 0
    feed = Cutter.feed

    def counted(self: Cutter, text: str) -> None:
        nonlocal fed
        fed += len(text)
        feed(self, text)

    monkeypatch.setattr(Cutter, "feed", counted)
    spent = []
    for size in (30_000, 300_000):
        fed = 0
        read(line * (size // len(line)), 2)
        spent.append(fed)
    assert spent[1] <= 10 * spent[0] + 40 * rows.PATIENCE
