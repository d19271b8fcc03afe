"""The README's request, sent as printed to the demo, gets the answer that is printed under it."""

import re
from pathlib import Path
from typing import Any

import msgspec

from acting import make_house
from asking import Api, build
from contact_service.cli import demo
from contact_service.storage.db import Db

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def printed(pattern: str) -> Any:
    found = re.search(pattern, README, re.DOTALL)
    assert found, "the README has another form"
    return msgspec.json.decode(found[1])


async def test_the_printed_request_gets_the_printed_answer_and_again_changes_nothing(
    fresh_db: Db,
) -> None:
    house = make_house(fresh_db)
    ann = Api(build(house), await demo.prepare(house))
    sent = printed(r"-d '(\{.*?\})'")
    told, again = [(await ann.post("/v1/contacts:upload", sent)).json for _ in range(2)]
    answer = printed(r'(\{"created":2.*?"syncToken":"…"\})')
    told["syncToken"] = told["matches"][0]["contactId"] = "…"
    assert told == answer
    assert (again["created"], again["unchanged"]) == (0, 2)
