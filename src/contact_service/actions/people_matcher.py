"""Asking the People Matcher: what it ranks, what it must not, and that it is not to be had."""

from collections.abc import Sequence

from contact_service.actions.context import House
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.integrations.people_matcher import Candidate, Ranking
from contact_service.model.ids import UserId


async def rank(
    house: House, viewer: UserId, limit: int, candidates: Sequence[Candidate]
) -> Ranking | None:
    """At most `limit` of the candidates, the best first; None: none is named, or it gave no answer in 300 ms. Whoever
    it adds is left out and counted. Outside any transaction; the gate still has the last word.
    """
    matcher = house.neighbours.people_matcher
    if matcher is None:
        return None
    try:
        found = await matcher.suggest(viewer, limit, candidates)
    except NeighbourAway as error:
        house.metrics.count(
            "contacts_neighbours_failed_total", neighbour="people-matcher", reason=error.slug
        ).add()
        return None
    house.metrics.count("contacts_people_matcher_added_total").add(found.added)
    return found
