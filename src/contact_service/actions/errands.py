"""Errands: work an action leaves for later, in its own commit; the clock does it (jobs/tasks.py).

A crash may have one done twice, so each must come to the same as once.
"""

from contact_service.actions.context import Context
from contact_service.storage import outbox
from contact_service.storage.outbox import Errand

TIDY = "tidy"
"""Let go of what this owner's rows no longer hold: see actions/retention.py."""
BLOCK = "block"
"""Tell the one who was blocked, or no longer is: see actions/block.py. Payload: the user's id."""
IMPORT = "import"
"""Go on with an import until it ends: see actions/running.py. Payload: the run's id."""
REVOKE = "revoke"
"""Give a grant back to its provider: see actions/revoking.py. Payload: the tokens, held nowhere else."""
UNLINK = "unlink"
"""Go on with what an unlinked account brought: see actions/unlink.py. Payload: the account's id."""


async def leave(ctx: Context, task: str, payload: bytes = b"") -> None:
    """Leave an errand of the owner. `payload`: ids only; it is sealed."""
    made = ctx.new_id()
    sealed = ctx.key.seal("job", made.bytes, 0, payload) if payload else None
    await outbox.put(ctx.tx, task, made, sealed, ctx.now)


def payload(ctx: Context, errand: Errand) -> bytes:
    """What was left with the errand. Raises IntegrityBroken (500)."""
    if errand.payload is None:
        return b""
    return ctx.key.open("job", errand.id.bytes, 0, errand.payload)
