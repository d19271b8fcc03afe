"""Some devices, one server and a bad network between them, in an order drawn from one seed.

A request may get lost, its answer may get lost, it may arrive twice, or late, after what was sent behind it.
"""

import random
from collections.abc import Callable

import msgspec

from sync.device import Device
from sync.oracle import Oracle, Violation
from sync.protocol import Op, Page, Server

# What a step does, and how often.
_STEPS = {"edit": 40, "push": 24, "pull": 24, "late": 8, "back up": 2, "set back": 2}


class Course(msgspec.Struct, frozen=True):
    """How long and how hard. `loss`: of requests, of answers, of what arrives twice or late, each."""

    devices: int = 3
    steps: int = 60
    loss: float = 0.1


class Run:
    """One history. `await Run(server, seed).all()` raises Violation."""

    def __init__(self, server: Server, seed: int, course: Course = Course()) -> None:  # noqa: B008  a frozen value
        self.server = server
        self.rnd = random.Random(seed)
        self.course = course
        self.oracle = Oracle()
        self.devices = [Device(f"d{at}", self.rnd) for at in range(course.devices)]
        self.late: list[tuple[str, list[Op]]] = []
        self.moved = 0

    async def all(self) -> None:
        """The bad days, then quiet ones: after two rounds nothing is left to say."""
        for _ in range(self.course.steps):
            await self.step()
        await self._calm()
        for _ in range(2):
            await self._quiet()
        self.moved = 0
        await self._quiet()
        if self.moved:
            raise Violation("a quiet round moved a contact")

    async def step(self) -> None:
        device = self.rnd.choice(self.devices)
        match self.rnd.choices(list(_STEPS), list(_STEPS.values()))[0]:
            case "edit":
                device.edit()
            case "push":
                await self._push(device)
            case "pull":
                await self._pull(device)
            case "late" if self.late:
                await self._arrives()
            case "back up":
                device.back_up()
            case "set back":
                device.set_back()

    async def _calm(self) -> None:
        """From now on nothing gets lost, and what is under way arrives."""
        while self.late:
            await self._arrives()

    def _fails(self) -> bool:
        return self.rnd.random() < self.course.loss

    async def _push(self, device: Device, fails: Callable[[], bool] | None = None) -> None:
        fails = fails or self._fails
        batch = device.outgoing()
        if batch is None:
            return
        if fails():  # it comes later, when nobody waits for it
            self.late.append(batch)
            return
        if fails():
            return
        for _ in range(1 + fails()):
            results = await self.server.batch(*batch)
            self.oracle.accepted(*batch, results)
        if not fails():
            device.answered(batch[0], results)

    async def _arrives(self) -> None:
        batch = self.late.pop(self.rnd.randrange(len(self.late)))
        self.oracle.accepted(*batch, await self.server.batch(*batch))

    async def _pull(self, device: Device, fails: Callable[[], bool] | None = None) -> None:
        """One page, or as many as it takes; the device may go away between two."""
        fails = fails or self._fails
        more = True
        while more and not fails():
            since, limit = device.memory.token, self.rnd.randint(1, 7)
            page = await self.server.changes(since, limit)
            self.oracle.paged(since, limit, page)
            if fails():
                continue
            self._take(device, page)
            more = page.more

    def _take(self, device: Device, page: Page) -> None:
        device.pulled(page)
        self.moved += len(page.changed) + len(page.removed)
        if not page.more:
            self.oracle.synced(device.memory.mirror)

    async def _quiet(self) -> None:
        for device in self.devices:
            while device.outgoing() is not None:
                await self._push(device, _never)
        for device in self.devices:
            await self._pull(device, _never)


def _never() -> bool:
    return False
