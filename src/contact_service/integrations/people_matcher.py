"""The People Matcher: a neighbour that ranks whom to suggest. Contract: docs/contracts/people-matcher.openapi.yaml.

Ids and numbers travel, nothing else. It may reorder and drop: whoever it adds was never weighed by us and is discarded.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from contact_service.integrations.neighbour import Call, Neighbour
from contact_service.model.ids import UserId

MOST = 500
"""Candidates of a call."""
LARGEST_BYTES = 262_144
TOTAL_S = 0.3
Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Finite = Annotated[float, Meta(ge=-1e9, le=1e9)]


class Candidate(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who may be suggested, and by which figures: such as the number of common contacts."""

    user_id: UserId
    evidence: Mapping[str, float]


class Reason(msgspec.Struct, frozen=True):
    """Why, as a code such as `common_contacts`: no name, no count."""

    code: Slug


class Ranked(msgspec.Struct, frozen=True, rename="camel"):
    """A candidate as the matcher sees it: the higher the `score` the sooner."""

    user_id: UserId
    score: Finite
    reason: Reason


class Ranking(msgspec.Struct, frozen=True):
    """The best first. `model` names what ranked; `added` counts those who were no candidates."""

    ranked: tuple[Ranked, ...]
    model: str
    added: int = 0


class _Asked(msgspec.Struct, frozen=True):
    viewer: UserId
    limit: int
    candidates: Sequence[Candidate]


class _Answer(msgspec.Struct, frozen=True):
    ranked: Annotated[list[Ranked], Meta(max_length=2 * MOST)]
    model: Annotated[str, Meta(pattern=r"^[ -~]{1,64}$")]


class PeopleMatcher(Protocol):
    """Whoever ranks."""

    async def suggest(self, viewer: UserId, limit: int, candidates: Sequence[Candidate]) -> Ranking:
        """At most `limit` of up to 500 candidates, the best first. Raises NeighbourAway."""
        ...


_answers = msgspec.json.Decoder(_Answer)


class HttpPeopleMatcher:
    """A People Matcher by URL: given 300 ms, and none at all while it fails."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour

    async def suggest(self, viewer: UserId, limit: int, candidates: Sequence[Candidate]) -> Ranking:
        """See PeopleMatcher."""
        if not candidates:
            return Ranking((), "none")
        body = msgspec.json.encode(_Asked(viewer, limit, candidates[:MOST]))
        call = Call("/v1/suggestions", "POST", headers=_JSON, body=body)
        told = await self._neighbour.ask(call, _answers)
        assert told.value is not None, "no other status than 200 passes"
        return _kept(told.value, {each.user_id for each in candidates[:MOST]}, limit)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._neighbour.aclose()


def _kept(answer: _Answer, asked: set[UserId], limit: int) -> Ranking:
    """What of the answer may be used: candidates, each once."""
    found: dict[UserId, Ranked] = {}
    for each in answer.ranked:
        if each.user_id in asked:
            found.setdefault(each.user_id, each)
    added = sum(each.user_id not in asked for each in answer.ranked)
    return Ranking(tuple(found.values())[:limit], answer.model, added)


def of(url: str, token: str | None) -> HttpPeopleMatcher:
    """The matcher at that URL, asked with that bearer token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    neighbour = Neighbour(url, headers=headers, total_s=TOTAL_S, largest_bytes=LARGEST_BYTES)
    return HttpPeopleMatcher(neighbour)


_JSON = {"Content-Type": "application/json"}
