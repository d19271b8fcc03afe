"""A block reaches the other side's row by itself, within seconds."""

from contact_service.actions import block
from contact_service.model.ids import UserId
from jobs.conftest import Place, until, working

ROWS = "SELECT count(*) FROM blocked_by WHERE owner_id = 'bea' AND user_id = 'ann' AND blocked"


async def test_a_block_and_its_end_are_carried_over(place: Place) -> None:
    ann, bea = place.actor("ann"), UserId("bea")
    async with working(place.worker()):
        await ann(block.add, bea)
        await until(lambda: place.value(ROWS), "nobody told bea's buckets")
        await ann(block.remove, bea)

        async def over() -> bool:
            return not await place.value(ROWS)

        await until(over, "nobody told bea's buckets of the end")
        await until(place.quiet, "something is left")
