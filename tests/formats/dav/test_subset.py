"""Parts of cards, as C:address-data asks for them."""

from pathlib import Path

import pytest

from contact_service.formats import vcard
from contact_service.formats.dav import subset
from contact_service.formats.dav.wanted import CardProperty
from contact_service.formats.vcard import lines

CARD = (
    b"begin:vcard\r\nVERSION:2.1\r\nUID:1\r\nFN:Ren\xc3\r\n \xa9\r\nitem1.TEL;HOME:1\r\nTEL;CELL:2\n"
    b'item1.X-ABLabel:Club\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:Bond\r\nEND:VCARD\r\nPHOTO;ENCODING=b;X-A="a:b":AAAA\r\n BBBB\r\nEND:VCARD\r\n'
)  # fmt: skip
FRAME = b"begin:vcard\r\nVERSION:2.1\r\n%bEND:VCARD\r\n"
AGENT = b"AGENT:\r\nBEGIN:VCARD\r\nFN:Bond\r\nEND:VCARD\r\n"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ((), b""),
        ((CardProperty("NICKNAME"),), b""),
        ((CardProperty("FN"),), b"FN:Ren\xc3\r\n \xa9\r\n"),
        ((CardProperty("TEL"), CardProperty("UID")), b"UID:1\r\nitem1.TEL;HOME:1\r\nTEL;CELL:2\n"),
        ((CardProperty("TEL", "ITEM1"),), b"item1.TEL;HOME:1\r\n"),
        ((CardProperty("AGENT"),), AGENT),
        ((CardProperty("VERSION"),), b""),
        ((CardProperty("PHOTO", bare=True),), b'PHOTO;ENCODING=b;X-A="a:b":\r\n'),
        ((CardProperty("TEL", bare=True), CardProperty("TEL", "ITEM1")), b"item1.TEL;HOME:1\r\nTEL;CELL:\r\n"),
    ],
)  # fmt: skip
def test_a_part_has_the_lines_that_were_named(asked: tuple[CardProperty, ...], kept: bytes) -> None:
    assert subset.pick(CARD, asked) == FRAME % kept


def test_all_names_of_a_card_give_the_card(shared_corpus: Path) -> None:
    count = 0
    for path in sorted(shared_corpus.rglob("*.vcf"))[:200]:
        for record in (
            vcard.split(path.read_bytes()) if b"BEGIN" in path.read_bytes().upper() else ()
        ):
            if record.raw is not None:
                every = tuple({CardProperty(line.head.name) for line in lines.parse(record.raw)})
                assert subset.pick(record.raw, every) == record.raw
                count += 1
    assert count > 100
