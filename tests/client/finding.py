"""Private discovery against the service: a directory of its own with buckets, and a network that can lie."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2
import msgspec

from acting import UNFENCED, make_house
from asking import Api, build, fresh, number
from client.faulty import Naps, Net
from contact_client import Choices, DiscoveryClient, MemorySafe, Safe
from contact_service.actions.context import House
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.settings.environment import load
from contact_service.settings.table import TABLE
from contact_service.storage import epochs
from contact_service.storage.db import Db
from contact_service.vault import keyring
from contact_service.vault.keyring import Keyring
from contact_service.vault.tokens import Signer

RATES = {s.variable: "100000/100000" for s in TABLE if s.name.startswith("LIMIT_")}
URL = "https://contacts.test"
V1 = "/v1/discovery/"
Lie = Callable[[str, Any], Any]


async def housed(db: Db, bits: int) -> House:
    """A house with a keyring of its own, whose first VOPRF epoch has 2^bits buckets."""
    ring = keyring.create()
    first = Epoch(Kind.OPRF, 1, State.LIVE, bits)
    await db.sharing(partial(epochs.put, epoch=first, now=datetime.now(UTC)))
    return replace(make_house(db), keyring=ring, signer=Signer(ring.feed))


class Town:
    """The service, an owner ann who consented, and people who registered."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = build(house)
        self.ann = Api(self.app, fresh("ann"))
        self.net = Net(self.app)

    async def person(self, *identifiers: str, **more: Any) -> Api:
        """A user, who may be found by everyone unless `more` says otherwise."""
        user = self.ann.other(fresh("user"))
        await self.ann.register(user, *identifiers, **more)
        return user

    async def crowd(self, count: int) -> dict[str, Api]:
        """Users by their phone number."""
        return {(phone := tel()): await self.person(phone) for _ in range(count)}

    def client(
        self, safe: Safe | None = None, net: Net | None = None, **more: Any
    ) -> DiscoveryClient:
        """Ann's."""
        retry = more.pop("retry", None) or Naps().policy()
        token = more.pop("api", self.ann).token
        choices = Choices(**more)
        return DiscoveryClient(
            URL,
            token,
            safe or MemorySafe(),
            choices=choices,
            retry=retry,
            transport=net or self.net,
        )

    def with_keys(self, **other: Any) -> "Town":
        """The same owner and people, at a service whose keyring is another in these."""
        ring, mine = self.house.keyring, {"oprf": self.house.keyring.oprf, **other}
        keys = (ring.keks, ring.kek, ring.peppers, ring.epoch, ring._root)
        changed = Keyring(*keys, mine["oprf"], ring.matrix)
        changed._fixed |= mine.get("fixed", {})
        there = Town(replace(self.house, keyring=changed))
        there.ann = self.ann
        return there

    def asked(self, verb: str, net: Net | None = None) -> list[Any]:
        """The bodies that were sent there."""
        return [msgspec.json.decode(one) for one in (net or self.net).bodies(V1 + verb)]

    async def left(self) -> int:
        """Units of ann's budget."""
        return int((await self.ann.get(V1 + "budget")).json["left"])


async def town(house: House, **settings: str) -> Town:
    """With settings of its own: its rates are no limits."""
    made = Town(replace(house, settings=load({**RATES, **UNFENCED, **settings})))
    await made.ann.consents("match")
    return made


class Lying(Net):
    """A network on which an answer is what `lie(verb, answer)` makes of it; None drops the lie."""

    def __init__(self, app: Any, lie: Lie) -> None:
        super().__init__(app)
        self.lie: Lie | None = lie

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await super().handle_async_request(request)
        verb = request.url.path.removeprefix(V1)
        if self.lie is None or answer.status_code != 200:
            return answer
        told = self.lie(verb, msgspec.json.decode(answer.content))
        headers = {"content-type": answer.headers["content-type"]}
        return httpx2.Response(200, headers=headers, content=msgspec.json.encode(told))


def tel() -> str:
    return f"tel:{number()}"


def users(matches: Sequence[Any]) -> dict[str, str]:
    """User ids by identifier."""
    return {one.identifier: one.user_id for one in matches}
