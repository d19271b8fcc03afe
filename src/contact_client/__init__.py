"""The Contact Service from Python: an async client, and a book on the device that works without a network.

    async with Client("https://contacts.example", token) as contacts:
        async for contact in contacts.list():
            ...

It imports nothing of the service.
"""

from contact_client.batches import Batched, Outcome
from contact_client.client import Client
from contact_client.problems import ContactsError, NoSuchContact, Problem, Unreachable
from contact_client.replica.book import Book, Entry
from contact_client.replica.exchange import Refusal
from contact_client.replica.memory import MemoryStore
from contact_client.replica.sqlite import SqliteStore
from contact_client.replica.store import Store
from contact_client.replica.sync import SyncLoop
from contact_client.retry import Retry
from contact_client.values import (
    Changes,
    Conflict,
    Contact,
    Found,
    Group,
    Hit,
    Lookup,
    Match,
    Operation,
    Record,
    Revision,
    Source,
    Trashed,
    Uploaded,
)

__all__ = [
    "Batched",
    "Book",
    "Changes",
    "Client",
    "Conflict",
    "Contact",
    "ContactsError",
    "Entry",
    "Found",
    "Group",
    "Hit",
    "Lookup",
    "Match",
    "MemoryStore",
    "NoSuchContact",
    "Operation",
    "Outcome",
    "Problem",
    "Record",
    "Refusal",
    "Retry",
    "Revision",
    "Source",
    "SqliteStore",
    "Store",
    "SyncLoop",
    "Trashed",
    "Unreachable",
    "Uploaded",
]
