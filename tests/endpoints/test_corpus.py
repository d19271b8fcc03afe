"""Address-book files as real programs wrote them, through :upload: no crash, nothing lost, nothing doubled, bytes kept."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from asking import Api
from contact_service.actions import edge, photos
from contact_service.actions.context import Context, House
from contact_service.formats import vcard
from contact_service.model.ids import CardId, OwnerId
from contact_service.storage import cards
from contact_service.vault import cards as sealed_cards

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(CORPUS.rglob("*.vcf"))
OTHERS = sorted(
    p for p in CORPUS.rglob("*") if p.is_file() and p.suffix in {".csv", ".ldif", ".js"}
)
FILE = pytest.mark.parametrize("file", FILES, ids=lambda p: p.name)
COUNTED = ("created", "updated", "unchanged", "removed")

pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared/corpus beside the checkout")


async def upload(ann: Api, file: Path, *, region: str = "DE") -> dict[str, Any]:
    told = await ann.post(
        f"/v1/contacts:upload?region={region}", body=file.read_bytes(), content_type="text/vcard"
    )
    assert told.status == 200, told
    done: dict[str, Any] = told.json
    return done


@FILE
async def test_each_record_becomes_a_contact_or_is_named_with_its_reason(
    ann: Api, file: Path
) -> None:
    await ann.consents("store", "match")
    records = vcard.split(file.read_bytes())
    done = await upload(ann, file)
    assert done["created"] + len(done["rejected"]) == len(records)
    assert all(r["reason"] and 0 <= r["index"] < len(records) for r in done["rejected"])
    again = await upload(ann, file)
    assert [again[word] for word in COUNTED] == [0, 0, done["created"], 0]
    assert again["rejected"] == done["rejected"]
    assert again["syncToken"] == done["syncToken"]


async def test_of_well_formed_records_99_of_100_become_contacts(ann: Api) -> None:
    await ann.consents("store")
    counts: Counter[str] = Counter()
    for file in FILES:
        done = await upload(ann, file)
        counts["kept"] += done["created"] + done["unchanged"]
        counts["rejected"] += sum(
            r["reason"] not in {"truncated", "duplicate-source-id", "uid-taken"}
            for r in done["rejected"]
        )
    assert counts["kept"] >= 1000
    assert counts["rejected"] <= counts["kept"] / 99


@FILE
async def test_an_untouched_vcard_leaves_as_it_came(ann: Api, house: House, file: Path) -> None:
    await ann.consents("store")
    await upload(ann, file)
    sent = {vcard.unfolded(r.raw).strip() for r in vcard.split(file.read_bytes()) if r.raw}

    async def exported(ctx: Context) -> list[bytes]:
        lines = [
            sealed_cards.open_(ctx.key, CardId(r.card), r.rev, r.sealed or b"").lines
            async for rows in cards.feed(ctx.tx, 0)
            for r in rows
        ]
        return [each async for each in photos.wholes(ctx.tx, ctx.key, lines)]

    for lines in await edge.read(house, OwnerId(ann.owner), "test", exported):
        kept = vcard.unfolded(lines).strip()
        # A card that had no UID has one more line, before its END.
        without = b"\n".join(
            line for line in kept.split(b"\n") if not line.startswith(b"UID:urn:uuid:")
        )
        assert kept in sent or without in sent


@pytest.mark.parametrize("file", OTHERS, ids=lambda p: p.name)
async def test_other_formats_are_refused_by_name(ann: Api, file: Path) -> None:
    await ann.consents("store")
    told = await ann.post("/v1/contacts:upload", body=file.read_bytes(), content_type="text/vcard")
    assert (told.status, told.slug) == (415, "unsupported-format")
