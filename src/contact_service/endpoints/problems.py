"""Problems on their way out: application/problem+json (RFC 9457 3), one shape for every refusal."""

from collections.abc import Iterator

import msgspec

from contact_service.actions.idempotency import Answer
from contact_service.model import dav_problem
from contact_service.model.problem import (
    Malformed,
    MethodNotAllowed,
    MissingScope,
    NotFound,
    Problem,
    Unauthenticated,
)

MEDIA = "application/problem+json"
PAGES = "/docs/problems/"


class Told(msgspec.Struct, frozen=True):
    """A refusal as it is answered; more members join it: `retryAfter`, `limit`, `path` … as the docs tell."""

    type: str
    title: str
    status: int
    detail: str


def answer(problem: Problem) -> Answer:
    """The Problem as a response, with the headers that go with it."""
    headers = {"Content-Type": MEDIA}
    wait = problem.retry_after_s
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if isinstance(problem, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="contacts"'
    elif isinstance(problem, MissingScope):
        scope = problem.members["scope"]
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    elif isinstance(problem, MethodNotAllowed):
        headers["Allow"] = ", ".join(problem.members.get("allowed", ()))
    return Answer(problem.status, headers, msgspec.json.encode(members(problem)))


def members(problem: Problem, status: int | None = None) -> dict[str, object]:
    """The JSON object of a Problem; `status` where an item of a batch has another than the class."""
    return {
        "type": PAGES + problem.slug,
        "title": problem.title,
        "status": status or problem.status,
        "detail": problem.detail,
        **problem.members,
    }


def of_status(status: int, allowed: str = "") -> Problem:
    """The Problem for a status that a library answers with; `allowed` as in the Allow header."""
    if status == 405:
        return MethodNotAllowed(allowed=[method for method in allowed.split(", ") if method])
    if status == 404:
        return NotFound()
    return Malformed()


def every(root: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """All Problems of the tree, parents first."""
    yield root
    for kind in root.__subclasses__():
        yield from every(kind)


def of_carddav(kind: type[Problem]) -> bool:
    """The CardDAV face alone tells it."""
    return kind.__module__ == dav_problem.__name__
