"""Address-book files as real programs wrote them, through `contacts import` and `contacts export`."""

from pathlib import Path
from uuid import uuid4

import pytest

from contact_service.formats import vcard

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
# A few of each kind: all of them go through the route, which is the same run (tests/endpoints).
FILES = sorted(CORPUS.rglob("*.vcf"))[::12]
OTHERS = [
    path
    for named in ("*.csv", "*.ldif", "*follower.js", "*.zip")
    for path in sorted(filter(Path.is_file, CORPUS.rglob(named)))[:2]
]

pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared/corpus beside the checkout")


@pytest.fixture
def owner(contacts) -> str:
    named = f"corpus-{uuid4().hex[:12]}"
    assert contacts("consent", named, "store").code == 0
    return named


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.name)
def test_each_file_imports_once_and_leaves_as_it_came(
    contacts, owner: str, file: Path, tmp_path: Path
) -> None:
    records = vcard.split(file.read_bytes())
    order = ("import", str(file), "--owner", owner, "--region", "DE", "--json")
    first, second = contacts(*order), contacts(*order)
    assert first.code == second.code == 0
    assert dealt_with(first) == len(records)
    assert [second.json[word] for word in ("created", "updated", "removed")] == [0, 0, 0]
    out = tmp_path / "out.vcf"
    assert contacts("export", "--owner", owner, "--output", str(out)).code == 0
    refused = {each["index"] for each in first.json["rejected"]}
    sent = [lines for index, lines in enumerate(lines_of(records)) if index not in refused]
    left = lines_of(vcard.split(out.read_bytes()))
    assert all(lines in sent for lines in left)
    assert len(left) == first.json["created"]


def dealt_with(said) -> int:
    told = said.json
    return sum(told[word] for word in ("created", "updated", "unchanged")) + len(told["rejected"])


def lines_of(records: list[vcard.Record]) -> list[list[bytes]]:
    """Each card's unfolded lines, without a UID that was added on import."""
    return [
        [
            line
            for line in vcard.unfolded(r.raw or b"").split()
            if not line.startswith(b"UID:urn:uuid:")
        ]
        for r in records
    ]


@pytest.mark.parametrize("file", OTHERS, ids=lambda p: p.name)
def test_other_formats_import_as_well(contacts, owner: str, file: Path) -> None:
    order = ("import", str(file), "--owner", owner, "--json")
    first, second = contacts(*order), contacts(*order)
    assert first.code == second.code == 0
    assert dealt_with(first) + first.json["edges"] > 0
    assert [second.json[word] for word in ("created", "updated", "removed")] == [0, 0, 0]
