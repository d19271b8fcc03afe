"""A People Matcher that ranks by the sum of the evidence, and can be told to bring up people nobody asked about.

Contract: docs/contracts/people-matcher.openapi.yaml.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from contact_emulators.answers import Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation

MOST = 500
_SCOPE = frozenset({"suggestions"})
Id = Annotated[str, Meta(min_length=1, max_length=128)]


class _Candidate(msgspec.Struct, rename="camel"):
    user_id: Id
    evidence: dict[str, float]


class _Asked(msgspec.Struct):
    viewer: Id
    limit: Annotated[int, Meta(ge=1, le=MOST)]
    candidates: Annotated[list[_Candidate], Meta(max_length=MOST)]


class PeopleMatcher(Emulator):
    """`adds`: ids that stand before all candidates. `dropped`: candidates it never ranks."""

    name: ClassVar[str] = "people-matcher"
    schema_file: ClassVar[str] = "people-matcher.openapi.yaml"

    def __init__(self, schemas: Path | None = None) -> None:
        self.adds: list[str] = []
        self.dropped: set[str] = set()
        # The contract lies with the documents; the demo goes without.
        there = schemas is not None and (schemas / self.schema_file).is_file()
        super().__init__(schemas if there else None)
        self.tokens["demo"] = _SCOPE

    def operations(self) -> Sequence[Operation]:
        """The one of the contract."""
        listing = Listing("ranked", "model")
        return (
            Operation(
                "rank", "/v1/suggestions", self._rank, ("POST",), scopes=_SCOPE, listing=listing
            ),
        )

    def refusal(self, status: int, reason: str = "") -> Answer:
        """An error; the contract asks for no form."""
        return Answer({"error": reason or "refused"}, status)

    async def _rank(self, call: Call) -> Answer:
        try:
            asked = msgspec.json.decode(await call.request.body(), type=_Asked)
        except msgspec.DecodeError:
            return self.refusal(400)
        figures = {each.user_id: sum(each.evidence.values()) for each in asked.candidates}
        best = sorted(figures.items(), key=lambda each: (-each[1], each[0]))
        ranked = [(user, score) for user, score in best if user not in self.dropped]
        ranked = [*((user, 1e6) for user in self.adds), *ranked][: asked.limit + len(self.adds)]
        body = {"ranked": [_told(user, score) for user, score in ranked], "model": "sum-1"}
        return Answer(body, schema="Ranking")


def _told(user: str, score: float) -> dict[str, Any]:
    return {"userId": user, "score": score, "reason": {"code": "common_contacts"}}
