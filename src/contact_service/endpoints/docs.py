"""The docs from the same table: a page that needs no other host, a page a Problem, and docs/reference/api.md."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Any

import msgspec

from contact_service.actions.idempotency import Answer
from contact_service.endpoints import auth, limits, openapi, problems
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.routes import Route
from contact_service.model.problem import NotFound, Problem

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_STYLE = "/docs/style.css"


def routes(described: Sequence[Route]) -> tuple[Route, ...]:
    """The routes of the docs; pages are made when first asked for."""
    kinds = {kind.slug: kind for kind in problems.every()}
    pages: dict[str, bytes] = {}

    async def index(_: Caller) -> Answer:
        if "" not in pages:
            pages[""] = _index(described).encode()
        return Answer(200, _HTML, pages[""])

    async def problem(caller: Caller) -> Answer:
        kind = kinds.get(caller.params["slug"])
        if kind is None:
            raise NotFound
        return Answer(200, _HTML, _problem(kind, described).encode())

    async def style(_: Caller) -> Answer:
        css = (resources.files(__package__) / "docs.css").read_bytes()
        return Answer(200, {"Content-Type": "text/css; charset=utf-8"}, css)

    return (
        _page("/docs", index, "This API, for people", "text/html"),
        _page("/docs/problems/{slug}", problem, "What a Problem means", "text/html", NotFound),
        _page(_STYLE, style, "The docs' style", "text/css"),
    )


def _page(path: str, handler: Any, summary: str, media: str, *found: type[Problem]) -> Route:
    return Route(
        "GET", path, handler, None, None, summary, {200: media}, problems=found, lane="internal"
    )


def markdown(described: Sequence[Route]) -> str:
    """docs/reference/api.md."""
    lines = [
        "# API reference",
        "",
        "Made from the route table (`contact_service.endpoints`); a test holds this file to it. The same as a page:",
        "`/docs` of a running service; for machines: `/openapi.json`.",
    ]
    for route in described:
        lines += ["", f"## `{route.method} {route.path}`", "", f"{route.summary}.", ""]
        lines += [f"- {label}: {text}" for label, text in _facts(route)]
    lines += ["", "## Limits", "", "| what | at most | over it |", "|---|---|---|"]
    lines += [f"| {b.what} | {b.most:,.10g} {b.unit} | {b.refusal} |" for b in limits.TABLE]
    lines += ["", "## Scopes", "", "| scope | for |", "|---|---|"]
    lines += [f"| `{scope}` | {text} |" for scope, text in auth.SCOPES.items()]
    lines += ["", "## Problems", "", "| type | status | title |", "|---|---|---|"]
    lines += [
        f"| `{problems.PAGES}{kind.slug}` | {kind.status} | {kind.title} |"
        for kind in problems.every()
    ]
    return "\n".join(lines) + "\n"


def _facts(route: Route) -> list[tuple[str, str]]:
    """What is told of a route, label by label; code in backquotes."""
    facts = [("Scope", f"`{route.scope}`" if route.scope else "none")]
    if route.limit:
        facts.append(("Rate limit", f"`{route.limit}` (CONTACT_LIMIT_{route.limit.upper()})"))
    facts += [(f"`?{query.name}=`", query.doc) for query in route.query]
    if route.body is not None:
        media = ", ".join(f"`{name}`" for name in route.body.kinds)
        facts.append(("Body", f"{media}, at most {route.body.most_bytes:,} bytes"))
        facts += [
            ("Members", text) for kind in route.body.kinds.values() if (text := _members(kind))
        ]
    for status, kind in route.answers.items():
        told = "; or ".join(filter(None, map(_members, openapi.either(kind))))
        facts.append((f"`{status}`", told or (kind if isinstance(kind, str) else "no body")))
    if route.conditional:
        facts.append(("`304`", "with `If-None-Match`, when nothing changed"))
    refused = ", ".join(f"`{kind.slug}` {kind.status}" for kind in openapi.refusals(route))
    facts.append(("Problems", refused))
    return facts


def _members(kind: Any) -> str:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return ""
    about = (kind.__doc__ or "").strip().splitlines()[0]
    return f"{{{', '.join(kind.__struct_encode_fields__)}}} {about}"


def _index(described: Sequence[Route]) -> str:
    rows = []
    for route in described:
        facts = "".join(f"<tr><th>{_code(label)}<td>{_code(text)}" for label, text in _facts(route))
        rows.append(
            f"<details><summary><b>{route.method}</b> <code>{escape(route.path)}</code> "
            f"{escape(route.summary)}</summary><div><table>{facts}</table></div></details>"
        )
    bounds = "".join(
        f"<tr><td>{escape(b.what)}<td>{b.most:,.10g} {b.unit}<td>{b.refusal}" for b in limits.TABLE
    )
    kinds = "".join(
        f'<tr><td><a href="{problems.PAGES}{k.slug}">{k.slug}</a><td>{k.status}<td>{escape(k.title)}'
        for k in problems.every()
    )
    scopes = "".join(
        f"<tr><td><code>{s}</code><td>{escape(text)}" for s, text in auth.SCOPES.items()
    )
    return _html(
        "Contact Service API",
        "<p>Bearer tokens, JSON, RFC 9457 Problems. For machines: "
        '<a href="/openapi.json">openapi.json</a>.</p>'
        f"<h2>Operations</h2>{''.join(rows)}"
        f"<h2>Scopes</h2><table>{scopes}</table>"
        f"<h2>Limits</h2><table><tr><th>what<th>at most<th>over it{bounds}</table>"
        f"<h2>Problems</h2><table>{kinds}</table>",
    )


def _problem(kind: type[Problem], described: Sequence[Route]) -> str:
    where = "".join(
        f"<li><code>{route.method} {escape(route.path)}</code>"
        for route in described
        if kind in openapi.refusals(route)
    )
    told = (kind.__init__.__doc__ or "").strip()
    return _html(
        kind.title,
        f"<p>Status {kind.status}, type <code>{problems.PAGES}{kind.slug}</code>.</p>"
        f"<p>{_code(told)}</p><p>The member <code>detail</code> says what and where; it repeats nothing that was "
        f'sent.</p><h2>Answered by</h2><ul>{where or "<li>any route"}</ul><p><a href="/docs">All of the API</a></p>',
    )


def _html(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{_STYLE}">'
        f"<h1>{escape(title)}</h1>{body}</html>"
    )


def _code(text: str) -> str:
    """Escaped, with what stands in backquotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
