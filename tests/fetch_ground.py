"""What a Fetching stands on in tests: a server that answers as it is told, and ports that note what is done there."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contact_service.integrations.connector import BudgetExceeded, Manifest
from contact_service.integrations.fetching import Fetching, Pace, Ports
from contact_service.integrations.outward import Outward

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OK = PlainTextResponse("fine")


class Provider:
    """Gives the answers it was told to give, in order, and the last one from then on."""

    def __init__(self) -> None:
        self.answers: list[Response | Callable[[], Response]] = [OK]
        self.seen: list[Request] = []
        self.url = ""
        self.app = Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        self.seen.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return found if isinstance(found, Response) else found()

    @property
    def tokens(self) -> list[str]:
        return [r.headers.get("authorization", "") for r in self.seen]


class Ground:
    """What a Fetching stands on, and a record of what it did there; time passes only by waiting."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.told: list[datetime | None] = []
        self.silences: list[float] = []
        self.ledger: list[int] = []
        self.gate: list[float] = []
        self.refreshed = 0
        self.budget = 10**9
        self.counted: list[str] = []

    async def token(self) -> str:
        return f"token-{self.refreshed}"

    async def fresh(self, stale: str) -> str:
        assert stale == f"token-{self.refreshed}"
        self.refreshed += 1
        return await self.token()

    async def take(self) -> float:
        return self.gate.pop(0) if self.gate else 0.0

    async def silence(self, seconds: float) -> None:
        self.silences.append(seconds)

    async def reserve(self, records: int) -> int:
        if sum(self.ledger) + records > self.budget:
            raise BudgetExceeded
        self.ledger.append(records)
        return len(self.ledger) - 1

    async def settle(self, reserved: object, records: int) -> None:
        assert isinstance(reserved, int)
        self.ledger[reserved] = records

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def fetching(self, base: str, way: Outward, manifest: Manifest | None = None) -> Fetching:
        pace = Pace(lambda: NOW, self.sleep, lambda: 1.0, self.told.append)
        ports = Ports(way, self, self, self, count=self.counted.append)
        usual = Manifest("google", (), ("https://photos.example",), (), at_once=2)
        return Fetching(manifest or usual, base, ports, pace)
