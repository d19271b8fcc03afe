"""What stands between a viewer and those she asks about, read from the owners' own rows. Asked by the gate alone."""

from collections.abc import Sequence

import msgspec

from contact_service.model.ids import OwnerId
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("disclosure")


class Between(msgspec.Struct, frozen=True):
    """Of the users that were asked about, by user id."""

    knows: set[str]
    """Their own matches hold the viewer: the audience `contacts`."""
    refuses: set[str]
    """They block the viewer."""
    refused: set[str]
    """The viewer blocks them."""
    inactive: set[str]
    """Their processing is restricted, or they are being erased."""


async def between(tx: Tx, users: Sequence[str], viewer: OwnerId) -> Between:
    """All bits of all these users, in one statement; `blocks` itself is read, for a mirror of it would lag."""
    found: dict[str, set[str]] = {name: set() for name in (*Between.__struct_fields__, "asked")}
    ((bits, whose),) = await tx.rows(SQL["between"], users, viewer)
    for bit, user in zip(bits, whose, strict=True):
        found[bit].add(user)
    return Between(found["knows"], found["refuses"], found["refused"], found["inactive"])
