"""Consents: an append-only history; the active set is on the owner's row (storage/owners.py)."""

from contact_service.model.consent import Consent, Purpose
from contact_service.storage import queries
from contact_service.storage.db import Tx

SQL = queries.load("consents")


async def add(tx: Tx, consent: Consent, *, policy_sha256: bytes, request_id: str) -> None:
    """Append a grant or a withdrawal."""
    await tx.run(
        SQL["add"],
        tx.owner,
        consent.purpose.value,
        consent.granted,
        consent.policy_version,
        policy_sha256,
        consent.source,
        None,
        consent.at,
        request_id,
    )


async def latest(tx: Tx) -> list[Consent]:
    """The newest row of each purpose the owner ever decided on."""
    rows = await tx.rows(SQL["latest"], tx.owner)
    return [
        Consent(
            tx.owner, Purpose(r["purpose"]), r["granted"], r["policy_version"], r["source"], r["at"]
        )
        for r in rows
    ]
