"""After a restore of the database from a backup: every owner's epoch changes, so that what clients hold from the time
after the backup (tokens, etags, buckets) is refused, and never taken for a state that the same numbers name now.
"""

import secrets
from collections.abc import AsyncIterator

from contact_service.actions import keys
from contact_service.actions.context import House
from contact_service.storage import headers, private, walk

AT_ONCE = 1_000
"""Owners of one transaction."""


async def renew(house: House) -> AsyncIterator[int]:
    """Give every owner another epoch, while the service answers; how many have one, after each page.

    Cut off, it is begun again: one more change does no harm. Raises DatabaseDown and Overloaded (503).
    """
    await house.db.sharing(private.leap)
    await house.db.sharing(headers.leap)
    after, done = walk.START, 0
    while found := await walk.owners(house.db, after, AT_ONCE):
        epoch = keys.new_epoch()
        # Any other number will do where an owner had this very one.
        other = epoch ^ (1 + secrets.randbelow(2**16))
        done += await walk.renew(house.db, found, epoch, other)
        after = found[-1]
        yield done
