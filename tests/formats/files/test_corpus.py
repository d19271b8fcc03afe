"""Files as real programs wrote them (../shared/corpus), by themselves and in a ZIP: contacts or a reason per record."""

import io
import json
from collections import Counter
from pathlib import Path

import pytest

from contact_service.formats import files
from contact_service.model.imports import NO_UID, Edge, Reject, Upsert
from contact_service.model.imports_problem import UnsupportedFile

from .bringing import attempt, packed

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
FILES = sorted(
    path
    for path in CORPUS.rglob("*")
    if path.is_file() and path.suffix in {".vcf", ".csv", ".ldif", ".js"}
)
pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared/corpus beside the checkout")
REFUSED = {
    "src__FolkerKinzel.VCards.Tests__TestFiles__Empty.vcf": "empty",
    "tests__zip_contents__account.js": "x-archive",
}
REJECTED = {"src__FolkerKinzel.VCards.Tests__TestFiles__Cropped_2_1.vcf": ["truncated"]}
# By origin: files, contacts, edges, records refused. `vobject` reads 62 of the 91 vCard files.
COUNTS = {
    "cozy-vcard": (17, 17, 0, 0),
    "ez-vcard": (13, 18, 0, 0),
    "folkerkinzel-vcards": (20, 1_018, 0, 1),
    "ical.js": (2, 2, 0, 0),
    "ical4j-vcard": (3, 3, 0, 0),
    "nuovo": (3, 3, 0, 0),
    "sabre-vobject": (2, 2, 0, 0),
    "stalwart-calcard": (12, 21, 0, 0),
    "thunderbird": (31, 44, 0, 0),
    "twitter-to-sqlite": (2, 0, 4, 0),
    "vobject-py": (1, 1, 0, 0),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_each_file_gives_contacts_or_a_reason_and_the_same_in_a_zip(path: Path) -> None:
    body = path.read_bytes()
    found = attempt(body)
    assert attempt(packed((path.name, body))) == found
    if isinstance(found, str):
        assert found == REFUSED[path.name]
        return
    rejected = [one.code for one in found if isinstance(one, Reject)]
    assert rejected == REJECTED.get(path.name, [])
    cards = [one for one in found if isinstance(one, Upsert)]
    assert cards or rejected or any(isinstance(one, Edge) for one in found)
    assert "\ufffd" not in "".join(one.card.json.decode() for one in cards)
    for one in cards:
        assert (json.loads(one.card.json)["uid"] == NO_UID) == (not one.own_uid)


def test_what_each_origin_gives_is_known_to_the_record() -> None:
    counted: dict[str, Counter[str]] = {}
    for path in FILES:
        found = attempt(path.read_bytes())
        if isinstance(found, str):
            continue
        origin = counted.setdefault(path.relative_to(CORPUS).parts[0], Counter())
        origin["file"] += 1
        origin.update(type(one).__name__ for one in found)
    kinds = ("file", "Upsert", "Edge", "Reject")
    assert {name: tuple(one[kind] for kind in kinds) for name, one in counted.items()} == COUNTS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_the_sample_is_in_the_file(path: Path) -> None:
    body = path.read_bytes()
    try:
        found = files.detect(io.BytesIO(body))
    except UnsupportedFile:
        return
    text = body.decode(found.charset or "utf-8", "ignore")
    assert found.sample[:40].strip() in text.replace("\t", "")
