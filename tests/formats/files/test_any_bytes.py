"""Any bytes: contacts or a reason, nothing raised but Problems, no replacement character, bounded memory and work."""

import io
import json
import re
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_service.formats import files
from contact_service.formats.files import decoding
from contact_service.model.imports import Edge, Reject, Upsert
from contact_service.model.imports_problem import UnsupportedFile
from contact_service.model.problem import TooLarge

from .bringing import KINDS, Change, attempt, changes, entry, packed, vcf

EXTRA = [
    vcf(
        "Zoë",
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1251:=C8=E2=E0=ED=",
        "=ED",
        version="2.1",
    ),
    "BEGIN:VCARD\rVERSION:4.0\rFN:Ünal\rEND:VCARD\r".encode("utf-16"),
    entry("Zoë").encode("latin-1"),
    b'window.YTD.contact.part0 = [{"contact":{"emails":["a@example.org"],"phoneNumbers":["+1"]}}]',
    json.dumps(
        {"address_book": {"address_book": [{"name": "A", "details": [{"contact_point": "1"}]}]}}
    ).encode(),
    packed(("a.vcf", KINDS["vcard"]), ("b.ldif", KINDS["ldif"]), ("c.json", KINDS["jscontact"])),
    packed(
        ("data/follower.js", KINDS["x"]),
        ("your_friends.json", KINDS["facebook"]),
        ("d.csv", KINDS["csv"]),
    ),
]
SEEDS = [*KINDS.values(), *EXTRA]
TOKENS = [
    b"BEGIN:VCARD", b"END:VCARD\r\n", b"\r\n", b"\r", b"\n ", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"dn: cn=x\n", b"::",
    b":<", b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"AGENT:\r\n", b"VERSION:2.1\r\n", b"=\r\n", b"PK\x03\x04",
    b"PK\x05\x06", b"\xff", b"\xc3", b"\x81", b"window.YTD.follower.part0 = [", b",", b";", b"\t", b"changetype: delete\n",
]  # fmt: skip
CUT = tuple[int, int, bytes]


def edited(seed: bytes, cuts: list[CUT]) -> bytes:
    """The seed with bytes replaced at places that are parts of 10,000."""
    for place, length, put in cuts:
        at = place * len(seed) // 10_000
        seed = seed[:at] + put + seed[at + length :]
    return seed


EDITS = st.lists(
    st.tuples(
        st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(TOKENS) | st.binary(max_size=9)
    ),
    max_size=4,
)
ANY = st.binary(max_size=400) | st.builds(edited, st.sampled_from(SEEDS), EDITS)
CHARSETS = st.none() | st.sampled_from(
    ["utf-8", "cp1252", "cp932", "gb18030", "utf-16", "utf-7", "iso2022_jp", "cp037"]
)


def check(body: bytes, charset: str | None) -> None:
    stream = io.BytesIO(body)
    try:
        found = list(files.read(stream, files.detect(stream, charset), "DE"))
    except (UnsupportedFile, TooLarge):
        return
    told = [one for one in found if not isinstance(one, Edge)]
    if not any(isinstance(one, Edge) for one in found):
        assert [one.place.index for one in told] == list(range(len(told)))
    may_replace = any("\ufffd".encode(name) in body for name in ("utf-8", "utf-16-le", "utf-16-be"))
    for one in found:
        sound(one, may_replace=may_replace)


def sound(one: Change, *, may_replace: bool) -> None:
    if isinstance(one, Reject):
        assert re.fullmatch("[a-z]+(-[a-z]+)*", one.code)
        assert one.reason
        assert "\n" not in one.reason
        one.name.encode()
        return
    text = one.card.json.decode() if isinstance(one, Upsert) else one.display_name
    text.encode()
    assert may_replace or "\ufffd" not in text
    if isinstance(one, Upsert):
        assert (
            (json.loads(one.card.json)["uid"] == one.source_id)
            or one.source_id == ""
            or one.source_id
        )
        assert not one.residue or isinstance(json.loads(one.residue), dict)
        one.source_id.encode()


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(ANY, CHARSETS)
def test_any_bytes_give_contacts_or_a_reason(body: bytes, charset: str | None) -> None:
    check(body, charset)


@pytest.mark.soak
@settings(max_examples=60_000, suppress_health_check=list(HealthCheck), deadline=None)
@given(ANY, CHARSETS)
def test_far_more_bytes_give_contacts_or_a_reason(body: bytes, charset: str | None) -> None:
    check(body, charset)


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_cut_anywhere_a_file_gives_what_is_whole_and_tells_the_rest(seed: bytes) -> None:
    whole = attempt(seed)
    assert isinstance(whole, list)
    for cut in range(len(seed)):
        found = attempt(seed[:cut])
        check(seed[:cut], None)
        if not isinstance(found, str):
            assert len(found) <= len(whole) + 1


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_reading_again_gives_the_same(seed: bytes) -> None:
    assert changes(seed) == changes(seed)


DEEP = {
    "json in json": b'{"friends_v2":[' + b'{"a":' * 100_000,
    "lists": b'{"friends_v2":[' + b"[" * 100_000,
    "records that never end": b'{"friends_v2":[' + b'{"name":{"name":' * 60_000,
    "elements that are none": b'{"friends_v2":[{"name":"a"}' + b"},{,{" * 60_000,
    "quotes": b'{"friends_v2":[{"name":"a"}' + b',{"name":"' * 60_000,
    "begins": b"BEGIN:VCARD\r\n" * 20_000,
    "agents": b"BEGIN:VCARD\r\nAGENT:\r\n" * 3_000,
    "ends": b"BEGIN:VCARD\r\n" + b"END:VCARD\r\n" * 60_000,
    "folds": b"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:a" + b"\r\n b" * 30_000 + b"\r\nEND:VCARD\r\n",
    "soft breaks": b"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;QUOTED-PRINTABLE:"
    + b"=\r\n" * 30_000
    + b"END:VCARD\r\n",
    "parameters": b"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE" + b";A=B" * 20_000 + b":x\r\nEND:VCARD\r\n",
    "dns": b"dn: cn=a\n" * 20_000,
    "comments": b"dn: cn=a\ncn: a\n" + b"# x\n" * 60_000,
    "one long line": b"dn: cn=a\ncn: " + b"x" * 400_000,
    "foreign lines": b"dn: cn=a\ncn: a\n" + b"sn: \xe4\xf6\xfc\n" * 40_000,
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_bombs_are_read_to_their_end(body: bytes) -> None:
    # Work that grows with the square of these would not come back before the run is given up.
    check(body, None)


class Generated:
    """A file of that many cards with pictures, made while it is read: only the reader holds memory."""

    def __init__(self, count: int, picture: int) -> None:
        self.count, self.picture, self.made = count, b"A" * picture, self._cards()
        self.held = b""

    def _cards(self) -> Iterator[bytes]:
        for number in range(self.count):
            yield vcf(f"n{number}").replace(
                b"END", b"PHOTO;ENCODING=b:" + self.picture + b"\r\nEND"
            )

    def seek(self, offset: int) -> int:
        self.made, self.held = self._cards(), b""
        self.read(offset)
        return offset

    def read(self, size: int) -> bytes:
        while len(self.held) < size and (card := next(self.made, b"")):
            self.held += card
        told, self.held = self.held[:size], self.held[size:]
        return told


def peak_bytes(count: int, picture: int) -> int:
    stream = Generated(count, picture)
    tracemalloc.start()
    try:
        found = files.read(stream, files.detect(stream), None)  # type: ignore[arg-type]  # all of a file that is used
        assert sum(isinstance(one, Upsert) for one in found) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file() -> None:
    assert peak_bytes(160, 100_000) < 16_000_000  # 16 MB of file; blocks of 1 MB and their copies


@pytest.mark.soak
def test_100_megabytes_take_less_than_60_of_memory() -> None:
    assert peak_bytes(200_000, 400) < 60_000_000
    assert peak_bytes(20, 5_000_000) < 60_000_000


def test_marks_are_in_nothing_that_is_told() -> None:
    for body in SEEDS:
        for one in changes(body):
            if isinstance(one, Upsert):
                assert decoding.is_whole(one.card.json.decode())
