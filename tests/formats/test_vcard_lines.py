import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_service.formats import vcard
from contact_service.formats.vcard import lines, text
from contact_service.model.problem import InvalidCard, TooLarge

# Bytes that matter to the line model, in any order.
PIECES = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b"\r", b" ", b"\t", b"=\r\n", b"=\n", b":", b";", b'"', b"\\", b"=C3", b"N", b"item1.TEL", b"TYPE=a,b",
         b";QUOTED-PRINTABLE:", b"\xc3", b"\xa9", b"END:VCARD\r\n", b'X;A="b:c":d\r\n', b"\x00", b"\xff"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@example(b'":')
@given(PIECES | st.binary(max_size=80))
def test_lines_put_together_are_the_bytes_they_came_from(raw: bytes) -> None:
    assert lines.serialise(lines.parse(raw)) == raw


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_folded_line_is_narrow_cuts_no_character_and_unfolds_to_itself(value: str) -> None:
    value = value.replace("\r", "").replace("\n", "")
    folded = lines.fold(f"NOTE:{value}")
    physical = folded.split(b"\r\n")
    assert physical.pop() == b""
    assert all(len(part) <= 75 and part.decode() is not None for part in physical)
    assert lines.unfold(folded).decode() == f"NOTE:{value}"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_quoted_printable_gives_back_what_it_took(value: str) -> None:
    value = "".join(char for char in value if char.isprintable() or char == "\n")
    made = lines.make_quoted("NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE", value)
    assert [line.value for line in lines.parse(made.raw)] == [value]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5), st.sampled_from(";,"))
def test_escaped_parts_are_cut_where_they_were_joined(parts: list[str], sep: str) -> None:
    parts = [part.replace("\r", "") for part in parts]
    assert text.cut(sep.join(map(text.escape, parts)), sep) == parts


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=30))
def test_a_quoted_parameter_gives_back_what_it_took(value: str) -> None:
    assert lines.head(f"X;A={text.quoted(value)}").params["A"] == (value,)


@pytest.mark.parametrize(
    ("written", "group", "name", "params"),
    [
        ("TEL", "", "TEL", {}),
        ("item1.tel;type=cell;TYPE=pref", "item1", "TEL", {"TYPE": ("cell", "pref")}),
        ("TEL;HOME;FAX;", "", "TEL", {"TYPE": ("HOME", "FAX")}),
        ("NOTE;QUOTED-PRINTABLE", "", "NOTE", {"ENCODING": ("QUOTED-PRINTABLE",)}),
        ('TEL;TYPE="HOME,VOICE"', "", "TEL", {"TYPE": ("HOME", "VOICE")}),
        ("TEL;TYPE=HOME,TYPE=VOICE", "", "TEL", {"TYPE": ("HOME", "VOICE")}),
        ("ADR;LABEL=\"a:b;c,d^nf^^ ^'q^'\"", "", "ADR", {"LABEL": ('a:b;c,d\nf^ "q"',)}),
    ],
)
def test_a_head_is_read(
    written: str, group: str, name: str, params: dict[str, tuple[str, ...]]
) -> None:
    head = lines.head(written)
    assert (head.group, head.name, head.params) == (group, name, params)


def test_a_fold_may_cut_a_character() -> None:
    (line,) = lines.parse(b"FN:Ren\xc3\r\n \xa9\r\n")
    assert line.value == "René"


def test_a_soft_break_never_swallows_the_end() -> None:
    raw = b"NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nEND:VCARD\r\n"
    assert [line.head.name for line in lines.parse(raw)] == ["NOTE", "END"]


def _card(body: bytes) -> bytes:
    return b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n" + body + b"END:VCARD\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"NOTE:a" + b"\r\n " * 30_000 + b"b\r\n",
        b"NOTE;ENCODING=QUOTED-PRINTABLE:a" + b"=\r\n" * 30_000 + b"\r\n",
        b"TEL" + b";TYPE=x" * 20_000 + b":1\r\n",
        b"TEL" + b';A="b"' * 20_000 + b":1\r\n",
        b'X;A="' * 30_000 + b"\r\n",
        b"NOTE:" + b"\\;" * 100_000 + b"\r\n",
        b"N:" + b";" * 200_000 + b"\r\n",
        b"X" + b"." * 200_000 + b":1\r\n",
        b"NOTE:" + b"\r" * 200_000 + b"\r\n",
        b"BEGIN:VCARD\r\n" * 3_000,
        b"AGENT:\r\nBEGIN:VCARD\r\n" * 3_000,
    ],
)
def test_a_bomb_is_bounded_and_costs_its_size(body: bytes) -> None:
    began = time.process_time()
    for record in vcard.split(_card(body)):
        if record.raw is not None:
            try:
                vcard.read(record.raw, "urn:uuid:x")
            except (InvalidCard, TooLarge):
                continue
    # Linear work on a megabyte takes some tens of milliseconds; quadratic work takes minutes.
    assert time.process_time() - began < 2
