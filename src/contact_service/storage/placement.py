"""Which table lives where once the database is distributed; a table missing here fails `make check`.

`owner`: by owner_id, all of one owner on one shard. `reference`: a copy on each node. `local`: on the coordinator only.
"""

from types import MappingProxyType
from typing import Literal

Class = Literal["owner", "reference", "local"]

TABLES: MappingProxyType[str, Class] = MappingProxyType(
    {
        "owners": "owner",
        "books": "owner",
        "cards": "owner",
        "source_records": "owner",
        "import_undo": "owner",
        "imports": "owner",
        "import_rejects": "owner",
        "import_parts": "owner",
        "vault.data_keys": "owner",
        "consents": "owner",
        "sharing": "owner",
        "blocks": "owner",
        "matches": "owner",
        "match_state": "owner",
        "idempotency_keys": "owner",
        "outbox": "owner",
        "audit": "owner",
        "revisions": "owner",
        "refused": "owner",
        "blobs": "owner",
        "name_tombstones": "owner",
        "keyword_groups": "owner",
        "app_passwords": "owner",
        "blocked_by": "owner",
        "budgets": "owner",
        "budget_evaluated": "owner",
        "match_queue": "owner",
        "matrix_sets": "owner",
        "validations": "owner",
        "accounts": "owner",
        "oauth_states": "owner",
        "provider_spend": "owner",
        "social_edges": "owner",
        "directory_clock": "reference",
        "directory_users": "reference",
        "directory_feed": "reference",
        "directory_headers": "reference",
        "header_store": "reference",
        "directory_entries": "reference",
        "directory_epochs": "reference",
        "directory_holders": "reference",
        "directory_matrix": "reference",
        "directory_private": "reference",
        "directory_private_log": "reference",
        "objections": "reference",
        "budget_carry": "reference",
        "budget_networks": "reference",
        "budget_days": "reference",
        "matrix_tokens": "reference",
        "provider_buckets": "reference",
        "provider_days": "reference",
        "dav_logins": "reference",
        "schema_migrations": "local",
        "pgqueuer.pgqueuer": "local",
        "pgqueuer.pgqueuer_log": "local",
        "pgqueuer.pgqueuer_schedules": "local",
        "pgqueuer.pgqueuer_statistics": "local",
    }
)


def of(table: str) -> Class:
    """The class of a table, named as in SQL (with its schema where that is not public). Raises KeyError."""
    return TABLES[table.removeprefix("public.")]
