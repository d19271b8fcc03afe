"""Files as real programs wrote them through POST /v1/imports/files: once all of it, twice nothing, undone all gone."""

from pathlib import Path
from typing import Any

import pytest

from asking import Api
from import_world import send, vcard

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(
    path
    for path in CORPUS.rglob("*")
    if path.is_file() and path.suffix in {".vcf", ".csv", ".ldif", ".js"}
)
pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared/corpus beside the checkout")
REFUSED = ("Empty.vcf", "account.js")
OURS = ("id", "etag", "addressBook")


@pytest.fixture
async def ann(ann: Api) -> Api:
    return await ann.consents("store", "import.x")


async def book(api: Api) -> dict[str, Any]:
    """Every contact by its uid, less what is ours to say."""
    found: dict[str, Any] = {}
    cursor = ""
    while True:
        told = (await api.get(f"/v1/contacts?limit=500{cursor}")).json
        for card in told["contacts"]:
            found[card["uid"]] = {name: card[name] for name in card if name not in OURS}
        if not told.get("next"):
            return found
        cursor = f"&cursor={told['next']}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-50:])
async def test_each_file_imports_once_and_is_undone_to_the_exact_former_book(
    ann: Api, path: Path
) -> None:
    await send(ann, vcard("Already here"))
    former = await book(ann)
    first = await send(ann, path.read_bytes())
    if path.name.endswith(REFUSED):
        assert (first.status, first.slug) == (422, "unsupported-file")
        return
    assert (first.status, first.json["state"]) == (200, "done"), first
    assert len(await book(ann)) == len(former) + first.json["created"]
    second = (await send(ann, path.read_bytes())).json
    assert [second[what] for what in ("created", "updated", "removed")] == [0, 0, 0]
    assert second["rejected"] == first.json["rejected"]
    undone = await ann.post(f"/v1/imports/{first.json['id']}:undo", {})
    assert (undone.status, undone.json["state"]) == (200, "undone"), undone
    assert await book(ann) == former
