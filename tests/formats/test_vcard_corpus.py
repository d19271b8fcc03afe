"""Files as real programs wrote them: ../shared/corpus, read where it lies."""

import json
from collections import Counter
from pathlib import Path

import pytest

from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import lines
from contact_service.model.card import Card
from contact_service.model.problem import Problem

from .contacts import says_without_keys

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(CORPUS.rglob("*.vcf"))
pytestmark = pytest.mark.skipif(not FILES, reason="../shared/corpus is not here")
# The one file that was cut in its only card.
CUT = {"src__FolkerKinzel.VCards.Tests__TestFiles__Cropped_2_1.vcf": ["truncated"]}


def cards(path: Path) -> list[tuple[bytes, Card]]:
    raws = [record.raw for record in vcard.split(path.read_bytes()) if record.raw is not None]
    return [(raw, vcard.read(raw, "urn:uuid:new")[0]) for raw in raws]


def test_every_record_of_every_file_is_a_card_or_has_a_reason() -> None:
    reasons = {}
    good = 0
    for path in FILES:
        bad = []
        for record in vcard.split(path.read_bytes()):
            try:
                bad += [record.reason] if record.raw is None else []
                good += (
                    vcard.read(record.raw, "urn:uuid:new")[1].uid is not None if record.raw else 0
                )
            except Problem as refused:
                bad.append(refused.slug)
        if bad:
            reasons[path.name] = bad
    assert reasons == CUT
    assert good == 1_105
    assert len(FILES) == 91


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_lines_are_kept_and_an_empty_edit_changes_none(path: Path) -> None:
    for raw, card in cards(path):
        kept = card.lines.replace(b"UID:urn:uuid:new\r\n", b"").replace(b"UID:urn:uuid:new\n", b"")
        assert kept == raw.translate(
            None, bytes(range(9)) + bytes(range(11, 13)) + bytes(range(14, 32)) + b"\x7f"
        )
        assert vcard.write(card) == card.lines
        assert vcard.rewrite(card, card.json) == card


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_after_an_edit_of_one_phone_every_other_line_is_as_it_was(path: Path) -> None:
    for _, card in cards(path)[:5]:
        phones = json.loads(card.json).get("phones")
        if not phones:
            continue
        key = next(iter(phones))
        edited = vcard.rewrite(
            card, jscontact.patch(card.json, {f"phones/{key}/number": "+4915155501234"})
        )
        before, after = Counter(lines.logical(card.lines)), Counter(lines.logical(edited.lines))
        gone = [lines.parse(line)[0].head.name for line in (before - after).elements()]
        assert set(gone) <= {"TEL", "X-ABLABEL"}
        assert gone.count("TEL") == 1
        assert [
            lines.parse(line)[0].value
            for line in (after - before).elements()
            if b"TEL" in line.upper()
        ] == ["+4915155501234"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_written_from_its_json_alone_a_card_says_the_same(path: Path) -> None:
    for _, card in cards(path)[:20]:
        told = json.loads(card.json)
        if told.keys() == {"@type", "version", "uid"}:
            continue  # a photo alone: all of it is in the lines
        for version in ("2.1", "3.0", "4.0"):
            back = vcard.read(vcard.write(Card(card.json), version), "urn:uuid:new")[0]
            assert says_without_keys(json.loads(back.json)) == says_without_keys(told)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_through_json_no_property_is_lost(path: Path) -> None:
    # Binary values and nested cards stay in the lines alone; the rest is named so in another version.
    other = {"X-ADDRESSBOOKSERVER-KIND": "KIND", "X-ADDRESSBOOKSERVER-MEMBER": "MEMBER"}
    apart = {
        "BEGIN",
        "END",
        "VERSION",
        "",
        "PHOTO",
        "LOGO",
        "SOUND",
        "KEY",
        "LABEL",
        "SORT-STRING",
        "X-MS-CARDPICTURE",
        "AGENT",
    }
    for _, card in cards(path)[:20]:
        if b"AGENT:\n" in card.lines.replace(b"\r", b""):
            continue
        had = {line.head.name for line in lines.parse(card.lines) if line.value.strip(" ;,")}
        has = {line.head.name for line in lines.parse(vcard.write(Card(card.json), "4.0"))}
        assert {other.get(name, name) for name in had} - has - apart == set()
