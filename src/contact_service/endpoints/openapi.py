"""OpenAPI 3.1, made from the route table and the msgspec types: what is served and what is described cannot differ."""

import re
from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import Any

import msgspec

from contact_service.actions.idempotency import Answer
from contact_service.endpoints import problems
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.routes import JSON, Route
from contact_service.model.problem import (
    Broken,
    DatabaseDown,
    IdempotencyKeyReused,
    IntegrityBroken,
    InvalidParameter,
    Malformed,
    MissingScope,
    Overloaded,
    OwnerErased,
    Problem,
    RateLimited,
    RequestInFlight,
    Restricted,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    UnsupportedFormat,
)

_REF = "#/components/schemas/{name}"
_STATUS = {
    200: "OK", 201: "Created", 204: "Done", 304: "Not changed",
}  # fmt: skip
_DOCUMENT: dict[str, Any] = {"type": "object"}


def refusals(route: Route) -> list[type[Problem]]:
    """Every Problem a route may answer, by status."""
    found: set[type[Problem]] = {*route.problems, Broken, Overloaded}
    if route.scope is not None:
        found |= {Unauthenticated, MissingScope, OwnerErased, DatabaseDown, Unavailable}
        found |= {IntegrityBroken}
    if route.limit is not None:
        found.add(RateLimited)
    if route.writes:
        found.add(Restricted)
    if route.body is not None:
        found |= {Malformed, TooLarge, UnsupportedFormat, Unprocessable}
    if route.method == "POST" and route.scope is not None:
        # Under a key a question is asked in a write transaction, so a restricted account is told so there.
        found |= {IdempotencyKeyReused, RequestInFlight, InvalidParameter, Restricted}
    return sorted(found, key=lambda kind: (kind.status, kind.slug))


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    types = _types(routes)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Contact Service",
            "version": metadata.version("contact-service"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def routes(described: Sequence[Route]) -> tuple[Route, ...]:
    """The route of the document; encoded once, when first asked for."""
    encoded: list[bytes] = []

    async def get(_: Caller) -> Answer:
        if not encoded:
            encoded.append(msgspec.json.encode(document([*described, own])))
        return Answer(200, {}, encoded[0])

    own = Route(
        "GET",
        "/openapi.json",
        get,
        None,
        None,
        "This API, described",
        {200: "application/json"},
        lane="internal",
    )
    return (own,)


def _types(routes: Iterable[Route]) -> list[Any]:
    found: dict[Any, None] = {problems.Told: None}
    for route in routes:
        answers = [kind for each in route.answers.values() for kind in either(each)]
        for kind in (*(route.body.kinds.values() if route.body else ()), *answers):
            if kind is not None and not isinstance(kind, str):
                found[kind] = None
        for query in route.query:
            found[query.kind] = None
    return list(found)


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": name(route),
        "summary": route.summary,
        "description": (route.handler.__doc__ or "").strip(),
        "responses": _responses(route, schemas),
    }
    parameters = [*_in_path(route), *_in_query(route, schemas), *_in_header(route)]
    if parameters:
        told["parameters"] = parameters
    if route.scope is not None:
        told["security"] = [{"bearer": [route.scope]}]
    if route.body is not None:
        content = {
            media: {"schema": {"type": "string"} if isinstance(kind, str) else schemas[kind]}
            for media, kind in route.body.kinds.items()
        }
        told["requestBody"] = {"required": True, "content": content}
    return told


def name(route: Route) -> str:
    """The operation's id: the method and the path's words."""
    words = re.findall(r"[A-Za-z]+", route.path.removeprefix("/v1"))
    return route.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        str(status): _response(route, status, kind, schemas)
        for status, kind in route.answers.items()
    }
    if route.conditional:
        found["304"] = {"description": _STATUS[304]}
    for problem in refusals(route):
        status = str(problem.status)
        text = f"`{problem.slug}`: {problem.title}"
        content = {problems.MEDIA: {"schema": schemas[problems.Told]}}
        if status not in found:
            found[status] = {"description": text, "content": content}
        else:
            found[status]["description"] += f"; {text}"
            found[status].setdefault("content", {}).update(content)
    return found


def _response(route: Route, status: int, kind: Any, schemas: dict[Any, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"description": _STATUS.get(status, "Not ready")}
    if isinstance(kind, str):
        schema = _DOCUMENT if kind == JSON else {"type": "string"}
        told["content"] = {kind: {"schema": schema}}
    elif kind is not None:
        kinds = [schemas[one] for one in either(kind)]
        schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        told["content"] = {
            media: {"schema": schema if media == JSON else {"type": "string"}}
            for media in route.media
        }
    return told


def either(kind: Any) -> tuple[Any, ...]:
    """The types that an answer may have."""
    return kind if isinstance(kind, tuple) else (kind,)


def _in_path(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 128}
    return [
        {"name": found, "in": "path", "required": True, "schema": schema}
        for found in re.findall(r"\{(\w+)\}", route.path)
    ]


def _in_query(route: Route, schemas: dict[Any, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": query.name,
            "in": "query",
            "required": query.required,
            "description": query.doc,
            "schema": _bounded(query.name, schemas[query.kind]),
        }
        for query in route.query
    ]


def _bounded(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "minimum": 1, "maximum": 1000, "default": 200} if name == "limit" else schema


def _in_header(route: Route) -> list[dict[str, Any]]:
    names = []
    if route.conditional:
        names.append("If-None-Match")
    if route.guarded:
        names.append("If-Match")
    if route.method == "POST" and route.scope is not None:
        names.append("Idempotency-Key")
    if route.writes and route.scope == "contacts.write":
        names.append("X-Device")
    return [{"name": n, "in": "header", "schema": {"type": "string"}} for n in names]


__all__ = ["document", "either", "name", "refusals", "routes"]
