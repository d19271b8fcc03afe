"""Acknowledged means kept: a server that may forget a commit is refused before anything is written to it."""

from typing import Any

import asyncpg

from contact_service.model.problem import DatabaseDown

_PROMISES = ("fsync", "full_page_writes", "synchronous_commit")


async def refuse_unsafe(con: "asyncpg.Connection[Any]") -> None:
    """Raises DatabaseDown (503) naming the settings that would lose acknowledged writes at a crash or power cut."""
    rows = await con.fetch(
        "SELECT name FROM pg_settings WHERE name = ANY($1::text[]) AND setting = 'off'",
        list(_PROMISES),
    )
    if rows:
        names = ", ".join(sorted(row["name"] for row in rows))
        raise DatabaseDown(
            detail=f"This PostgreSQL may lose acknowledged writes: switch on {names}."
        )
