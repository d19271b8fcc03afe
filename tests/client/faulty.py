"""The network between a client and the application in this process, at its worst: every loss, twice, late, by a seed."""

import random
from collections.abc import Callable
from typing import Any

import httpx2

from contact_client import Client, Retry

FAULTS = ("drop request", "drop answer", "twice", "late")


class Net(httpx2.AsyncBaseTransport):
    """Answers from the application. `plan` names the fault of the next request, None for none; what left is in `sent`.

    A request that is `late` is lost to its client and carried out before one of the next.
    """

    def __init__(self, app: Any, plan: Callable[[], str | None] = lambda: None) -> None:
        self._inner = httpx2.ASGITransport(app)
        self._late: list[httpx2.Request] = []
        self.plan = plan
        self.sent: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        self.sent.append(request)
        fault = self.plan()
        if fault == "drop request":
            raise httpx2.ConnectError("dropped", request=request)
        if fault == "late":
            self._late.append(request)
            raise httpx2.ReadTimeout("late", request=request)
        if fault is not None and fault.startswith("4"):
            return _refusal(fault)
        answer = await self._carry_out(request)
        if fault == "twice":
            answer = await self._carry_out(request)
        if fault == "drop answer":
            raise httpx2.ReadError("dropped", request=request)
        if fault == "cut":
            return httpx2.Response(200, headers=answer.headers, content=answer.content[:-3])
        return answer if fault is None or fault in FAULTS else _refusal(fault)

    async def _carry_out(self, request: httpx2.Request) -> httpx2.Response:
        overtaken, self._late = self._late, []
        for late in overtaken:
            await self._inner.handle_async_request(_again(late))
        answer = await self._inner.handle_async_request(_again(request))
        await answer.aread()
        return answer

    def bodies(self, path: str) -> list[bytes]:
        """What was sent there."""
        return [one.content for one in self.sent if one.url.path == path]


def _again(request: httpx2.Request) -> httpx2.Request:
    return httpx2.Request(
        request.method, request.url, headers=request.headers, content=request.content
    )


def _refusal(told: str) -> httpx2.Response:
    """`503` or `429 7`: what something on the way answers, with its Retry-After; from 500 on in the service's place."""
    status, _, wait = told.partition(" ")
    return httpx2.Response(int(status), headers={"Retry-After": wait} if wait else {})


def seeded(rnd: random.Random, share: float) -> Callable[[], str | None]:
    """A fault in `share` of all requests."""
    return lambda: rnd.choice(FAULTS) if rnd.random() < share else None


def planned(*faults: str | None) -> Callable[[], str | None]:
    """These faults one after the other, then none."""
    left = list(faults)
    return lambda: left.pop(0) if left else None


class Naps:
    """Sleep that does not: it tells how long it would have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)

    def policy(self, **more: Any) -> Retry:
        return Retry(sleep=self, chance=lambda: 0.5, **more)


def client(net: Net, token: Any, **more: Any) -> Client:
    retry = more.pop("retry", None) or Naps().policy()
    return Client("https://contacts.test", token, transport=net, retry=retry, **more)
