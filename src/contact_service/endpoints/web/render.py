"""Templates to answers: everything is escaped, nothing is kept by a browser after signing out."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from contact_service.endpoints.web import assets, shown
from contact_service.model.problem import Problem, Unauthenticated

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
_templates.globals["asset"] = assets.url
_templates.filters["plain"] = shown.plain
_PRIVATE = {"Cache-Control": "no-store"}


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The template `name`.html with these values."""
    return HTMLResponse(text(name, **values), status, headers=_PRIVATE)


def text(name: str, **values: Any) -> str:
    """As `page`, the text alone."""
    return _templates.get_template(f"{name}.html").render(values)


def sign_in(*, takes_codes: bool, refused: str = "") -> HTMLResponse:
    """The sign-in page (401); `refused` says why the last try failed."""
    answer = page("sign_in", 401, takes_codes=takes_codes, refused=refused)
    # RFC 9110 11.6.1 asks for a challenge; browsers show no dialog for this one.
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def problem(refusal: Problem) -> HTMLResponse:
    """A refusal as a page of its status, in the Problem's own words, which repeat nothing that was sent."""
    status = 403 if isinstance(refusal, Unauthenticated) else refusal.status
    answer = page("problem", status, title=type(refusal).title, detail=refusal.detail)
    if refusal.retry_after_s is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after_s)
    return answer
