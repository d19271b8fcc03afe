import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import vcard
from contact_service.model.problem import Problem, UnsupportedFormat

ONE = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jos\xc3\xa9;;;\r\nFN:Jos\xc3\xa9 Doe\r\nTEL:+14155550123\r\nEND:VCARD\r\n"


def reasons(body: bytes) -> list[str | None]:
    return [record.reason for record in vcard.split(body)]


def test_records_have_their_position() -> None:
    found = vcard.split(b"hello\n\n" + ONE + b"between\n" + ONE)
    assert [(record.index, record.line, record.raw) for record in found] == [
        (0, 3, ONE),
        (1, 10, ONE),
    ]


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf", b" \r\n"])
def test_an_empty_file_has_no_records(body: bytes) -> None:
    assert vcard.split(body) == []


@pytest.mark.parametrize(
    "body",
    [b"hello", b"Name,Phone\nA,1\n", b"{}", b"\x00\xff" * 50, b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"],
)
def test_a_file_without_a_vcard_is_another_format(body: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        vcard.split(body)


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + ONE,
        ONE.decode().encode("utf-16"),
        ONE.decode().encode("utf-16-le"),
        ONE.decode().encode("utf-16-be"),
        b"\xfe\xff" + ONE.decode().encode("utf-16-be"),
        ONE.replace(b"\r\n", b"\r"),
    ],
)
def test_other_spellings_of_a_file_give_the_same_record(body: bytes) -> None:
    assert [record.raw for record in vcard.split(body)] == [ONE]


def test_a_bad_record_never_costs_its_neighbours() -> None:
    cut = ONE.replace(b"END:VCARD\r\n", b"")
    old = ONE.replace(b"3.0", b"9.9")
    many = ONE.replace(b"TEL", b"X-A:1\r\n" * 1_001 + b"TEL")
    large = ONE.replace(b"TEL", b"X-A:" + b"1" * 70_000 + b"\r\nTEL")
    long = ONE.replace(b"TEL", b"X-A:" + b"1" * 270_000 + b"\r\nTEL")
    body = ONE + cut + ONE + old + ONE + many + ONE + long + ONE + large * 1 + ONE + cut
    assert reasons(body) == [
        None, "truncated", None, "unsupported-version", None, "too-many-properties", None, "line-too-long", None, None,
        None, "truncated",
    ]  # fmt: skip


def test_a_photo_does_not_count_and_text_does() -> None:
    photo = ONE.replace(b"TEL", b"PHOTO;ENCODING=b:" + b"A" * 400_000 + b"\r\nTEL")
    heavy = ONE.replace(b"TEL", (b"X-A:" + b"1" * 90_000 + b"\r\n") * 3 + b"TEL")
    assert reasons(photo + heavy) == [None, "card-too-large"]


def test_a_nested_agent_stays_inside_its_card() -> None:
    inner = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Agent\r\nTEL:1\r\nEND:VCARD\r\n"
    nested = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Boss\r\nAGENT:\r\n" + inner + b"TEL:2\r\nEND:VCARD\r\n"
    )
    (record,) = vcard.split(nested)
    assert record.raw == nested
    card, fields = vcard.read(nested, "urn:uuid:x")
    assert [phone.number for phone in (fields.phones or {}).values()] == ["2"]
    assert fields.name is not None
    assert fields.name.full == "Boss"
    assert card.lines == nested.replace(b"TEL:2\r\n", b"TEL:2\r\nUID:urn:uuid:x\r\n")


def test_two_agents_deep_is_too_deep() -> None:
    agent = b"AGENT:\r\nBEGIN:VCARD\r\n"
    body = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:A\r\n" + agent * 2 + b"END:VCARD\r\n" * 3
    assert reasons(body + ONE) == ["nested-too-deep", None]


def test_a_version_may_lack_where_the_rest_works() -> None:
    none = ONE.replace(b"VERSION:3.0\r\n", b"")
    assert reasons(none + none.replace(b"TEL:", b"TEL")) == [None, "unsupported-version"]


@pytest.mark.parametrize(
    ("line", "full"),
    [
        (b"FN;CHARSET=Windows-1251:" + "Олена".encode("cp1251"), "Олена"),
        (b"FN;CHARSET=SHIFT_JIS:" + "山田".encode("cp932"), "山田"),
        (b"FN;CHARSET=nonsense:" + "Jürgen Schröder".encode("cp1252"), "Jürgen Schröder"),
        (b"FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=FCrgen", "Jürgen"),
        (b"FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=FCrgen Schr=F6der", "Jürgen Schröder"),
        ("FN:Владимир Александрович Кузнецов".encode("cp1251"), "Владимир Александрович Кузнецов"),
        (
            "FN:김철수 서울특별시 강남구 대한민국".encode("euc-kr"),
            "김철수 서울특별시 강남구 대한민국",
        ),
    ],
)
def test_old_charsets_become_utf8_and_say_so(line: bytes, full: str) -> None:
    (record,) = vcard.split(b"BEGIN:VCARD\nVERSION:2.1\n" + line + b"\nEND:VCARD\n")
    assert record.raw is not None
    card, fields = vcard.read(record.raw, "urn:uuid:x")
    assert fields.name is not None
    assert fields.name.full == full
    # What was transcoded reads the same once more.
    assert vcard.read(card.lines, "other")[0] == card


def test_a_character_cut_in_two_costs_only_its_line() -> None:
    cut = b"BEGIN:VCARD\nVERSION:2.1\nFN:A\nORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91=C3=91=C3\nTEL:1\nEND:VCARD\n"
    (record,) = vcard.split(cut)
    assert record.raw == cut
    _, fields = vcard.read(cut, "urn:uuid:x")
    assert fields.organizations is None
    assert fields.phones is not None


@given(st.lists(st.sampled_from([ONE, b"BEGIN:VCARD\n", b"END:VCARD\n", b"FN:\xff\n", b"AGENT:\n", b"x\r", b"\xff\xfe", b"\x00", b"VERSION:4.0\n"]), max_size=8).map(b"".join) | st.binary(max_size=60))  # fmt: skip
def test_any_bytes_give_cards_or_reasons(body: bytes) -> None:
    try:
        records = vcard.split(body)
    except UnsupportedFormat:
        return
    assert [record.index for record in records] == list(range(len(records)))
    for record in records:
        assert (record.raw is None) == (record.reason is not None)
        if record.raw is not None:
            try:
                card, _ = vcard.read(record.raw, "urn:uuid:x")
            except Problem as refused:
                assert refused.status in {413, 422}  # noqa: PT017 - a hypothesis body may refuse or not
            else:
                assert "\ufffd" not in card.json.decode()


def test_the_uid_is_found_without_reading() -> None:
    assert vcard.uid(ONE) == ""
    assert vcard.uid(ONE.replace(b"TEL", b"uid;X=1:urn:\r\n uuid:1\r\nTEL")) == "urn:uuid:1"


def test_unfolded_forgets_folds_and_line_ends_only() -> None:
    folded = ONE.replace(b"Doe\r\n", b"Do\r\n e\r\n").replace(b"\r\n", b"\n")
    assert vcard.unfolded(folded) == vcard.unfolded(ONE)
    assert vcard.unfolded(ONE.replace(b"123", b"124")) != vcard.unfolded(ONE)
