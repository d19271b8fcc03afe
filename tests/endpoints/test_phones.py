"""What docs/how-to/phones.md shows is sent as it stands there, in its order, as by one owner's phones."""

import re
from pathlib import Path

import msgspec
import pytest

from asking import Api

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "phones.md"
SENT = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
# created, updated, unchanged, removed; the last of iOS says again whom the second brought, with another number.
TOLD = [(1, 0, 0, 0), (1, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0)]


async def test_each_payload_of_the_page_is_taken(ann: Api) -> None:
    await ann.consents("store")
    assert len(SENT) == len(TOLD)
    for body, counts in zip(SENT, TOLD, strict=True):
        told = await ann("POST", "/v1/contacts:upload", body=body.encode())
        assert told.status == 200, told
        found = told.json
        words = ("created", "updated", "unchanged", "removed")
        assert tuple(found[word] for word in words) == counts, body
        # A record that was never sent cannot be removed, and is no fault.
        assert found["rejected"] == []
        again = await ann("POST", "/v1/contacts:upload", body=body.encode())
        assert [again.json[w] for w in ("created", "updated", "removed")] == [0, 0, 0]


async def test_labels_and_yearless_dates_are_kept_as_the_page_says(ann: Api) -> None:
    await ann.consents("store")
    await ann("POST", "/v1/contacts:upload", body=SENT[0].encode())
    ((card,),) = [(await ann.get("/v1/contacts")).json["contacts"]]
    assert card["phones"]["2"]["label"] == "Boat"
    assert "year" not in card["anniversaries"]["1"]["date"]


@pytest.mark.parametrize("view", ["full", "partial"])
async def test_only_a_full_view_says_that_the_rest_is_gone(ann: Api, view: str) -> None:
    await ann.consents("store")
    await ann("POST", "/v1/contacts:upload", body=SENT[0].encode())
    other = msgspec.json.decode(SENT[3]) | {"view": view}
    told = await ann.post("/v1/contacts:upload", other)
    assert told.json["removed"] == (1 if view == "full" else 0)
