"""The night lets go of what private discovery's log holds too long, once told that it is no longer whole."""

from contact_service.jobs import tasks
from contact_service.storage import queue

LINE = """INSERT INTO directory_private_log (epoch, bucket, seq, digest, user_id, added, at)
SELECT 1, 0, seq, '\\x00', 'bea', true, now() - age * interval '1 day' FROM unnest($1::int[], $2::int[]) l (seq, age)"""
SEQS = "SELECT array_agg(seq ORDER BY seq) FROM directory_private_log"
FLOOR = "SELECT private_floor FROM directory_clock"


async def test_the_night_lets_go_of_the_log_of_buckets_after_30_days(place):
    # 6 is younger than 7 by some clock: numbers count, so it goes along.
    await place.run(LINE, [7, 8, 9], [31, 29, 29])
    await place.run(LINE, [6], [29])
    async with queue.opened(place.dsn) as line:
        await tasks.night(place.house, line, tasks.walk().payload, lambda: False)
    assert await place.value(SEQS) == [8, 9]
    assert await place.value(FLOOR) == 7
    assert place.house.metrics.count("contacts_retention_rows_total", kind="buckets").n == 2
