"""Who blocks an owner, as the blocker's errand tells it (actions/block.py): for what lists many users at once.

Some seconds behind; whether one user may be shown is asked of `blocks` itself, by the gate.
"""

from contact_service.model.ids import UserId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("blocked_by")


async def put(tx: Tx, blocker: UserId, *, blocked: bool, seq: int) -> None:
    """Note that `blocker` refuses this owner, or no longer does. What a later number told stays."""
    await tx.run(SQL["put"], tx.owner, blocker, blocked, seq)


async def of(tx: Tx) -> list[tuple[UserId, bool, int]]:
    """Whoever ever blocked this owner: (user, whether they do now, the directory's number when that changed)."""
    rows = await tx.rows(SQL["of"], tx.owner)
    return [(UserId(row["user_id"]), row["blocked"], row["seq"]) for row in rows]
