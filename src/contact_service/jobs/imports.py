"""Imports by the clock: an errand goes on with its run until it ends, a few at once in a process."""

from collections.abc import Callable
from uuid import UUID

from structlog.typing import FilteringBoundLogger

from contact_service.actions import edge, errands, running, spool, undoing
from contact_service.actions.context import Context, House
from contact_service.jobs import sweep
from contact_service.model.problem import OwnerErased, Restricted, Unavailable
from contact_service.storage import imports
from contact_service.storage.outbox import Errand
from contact_service.storage.queue import Again
from contact_service.telemetry import logs

WHO = "imports"
_FULL_S = 1.0
_RESTRICTED_S = 3600.0
_DESERTED_S = 600.0


class Importing:
    """The imports of one worker."""

    def __init__(
        self, house: House, log: FilteringBoundLogger, stopped: Callable[[], bool]
    ) -> None:
        self._house = house
        self._log = log
        self._stopped = stopped
        self._busy = 0

    async def do(self, payload: bytes) -> None:
        """Go on with a run. Raises Again: there is no room, or it has to wait; never anything else for long."""
        if self._stopped() or self._busy >= self._house.settings.imports_at_once:
            raise Again(_FULL_S)
        self._busy += 1
        try:
            await self._carry(sweep.errand(payload))
        except OwnerErased:
            return
        except Restricted:
            raise Again(_RESTRICTED_S) from None
        except Unavailable:
            raise Again(running.BUSY_S) from None
        finally:
            self._busy -= 1

    async def _carry(self, errand: Errand) -> None:
        house, owner = self._house, errand.owner
        id_, phase = await edge.read(house, owner, WHO, _of, errand)
        if phase is None:
            if not await edge.write(house, owner, WHO, spool.deserted, id_):
                raise Again(_DESERTED_S)
            return
        if phase == undoing.PHASE:
            await undoing.carry(house, owner, WHO, id_)
            return
        outcome = await running.run(house, owner, WHO, id_, stopped=self._stopped)
        if outcome.error is not None:
            logs.error(self._log, "import.broken", outcome.error)
        if outcome.after_s is not None:
            raise Again(outcome.after_s)


async def _of(ctx: Context, errand: Errand) -> tuple[UUID, str | None]:
    """Which run, and what is being done with it; None: it was not begun, or is no more."""
    id_ = UUID(bytes=errands.payload(ctx, errand))
    found = await imports.progress(ctx.tx, id_)
    return id_, None if found is None else found.phase
