"""Routes beside the table: the web app is mounted behind it, with the same last wall."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from asking import build, call
from contact_service.actions.context import House
from contact_service.model.problem import NotFound


async def page(request: Request) -> Response:
    return PlainTextResponse(request.scope["state"]["request_id"])


async def broken(_: Request) -> Response:
    raise RuntimeError("+14155550100")


async def gone(_: Request) -> Response:
    raise HTTPException(404)


async def refused(_: Request) -> Response:
    raise NotFound


WEB = [
    Mount(
        "/app",
        routes=[
            Route("/", page),
            Route("/broken", broken),
            Route("/gone", gone),
            Route("/refused", refused),
        ],
    )
]


async def test_the_web_app_is_answered_with_the_request_id(house: House) -> None:
    told = await call(build(house, web=WEB), "GET", "/app/", [("x-request-id", "req-1")])
    assert (told.status, told.body) == (200, b"req-1")
    assert told.headers["x-request-id"] == "req-1"


async def test_whatever_a_page_raises_is_a_problem(house: House) -> None:
    app = build(house, web=WEB)
    for path, status, slug in (
        ("/app/broken", 500, "broken"),
        ("/app/gone", 404, "not-found"),
        ("/app/refused", 404, "not-found"),
        ("/app/none", 404, "not-found"),
    ):
        told = await call(app, "GET", path)
        assert (told.status, told.slug) == (status, slug)
        assert b"4155550100" not in told.body
    counted = (await call(app, "GET", "/metrics")).body
    assert b'route="web",status="500"' in counted
    assert (await call(app, "POST", "/app/")).slug == "method-not-allowed"
