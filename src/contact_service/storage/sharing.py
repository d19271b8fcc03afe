"""Sharing: the owner's own choice. What the gate reads is its copy in the directory (storage/registrations.py)."""

from datetime import datetime

from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("sharing")


async def get(tx: Tx) -> Sharing | None:
    """What the owner chose, if ever."""
    row = await tx.row(SQL["get"], tx.owner)
    if row is None:
        return None
    phone, email, name, photo, suggest_me, account = row
    return Sharing(
        Audience(phone),
        Audience(email),
        Audience(name),
        Audience(photo),
        suggest_me,
        Audience(account),
    )


async def put(tx: Tx, chosen: Sharing, now: datetime) -> None:
    """Keep the owner's choice; from now on it beats what the app says at registration."""
    await tx.run(
        SQL["put"],
        tx.owner,
        chosen.phone.value,
        chosen.email.value,
        chosen.name.value,
        chosen.profile_photo.value,
        chosen.suggest_me,
        chosen.account.value,
        now,
    )
