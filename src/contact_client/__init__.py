"""The Contact Service from Python: an async client, a book on the device that works without a network, and finding
people without telling whom one knows.

    async with Client("https://contacts.example", token) as contacts:
        async for contact in contacts.list():
            ...

It imports nothing of the service.
"""

from contact_client.batches import Batched, Outcome
from contact_client.client import Client
from contact_client.discovery import Choices, DiscoveryClient
from contact_client.private.canonical import canonical
from contact_client.private.safe import MemorySafe, Safe, WrongKey
from contact_client.private.safe_file import FileSafe
from contact_client.problems import (
    ContactsError,
    Distrust,
    EpochUnsafe,
    KeyChanged,
    NoSuchContact,
    Problem,
    ProofRefused,
    Unreachable,
)
from contact_client.replica.book import Book, Entry
from contact_client.replica.exchange import Refusal
from contact_client.replica.memory import MemoryStore
from contact_client.replica.sqlite import SqliteStore
from contact_client.replica.store import Store
from contact_client.replica.sync import SyncLoop
from contact_client.retry import Retry
from contact_client.values import (
    Budget,
    Changes,
    Conflict,
    Contact,
    Discovered,
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
    "Budget",
    "Changes",
    "Choices",
    "Client",
    "Conflict",
    "Contact",
    "ContactsError",
    "Discovered",
    "DiscoveryClient",
    "Distrust",
    "Entry",
    "EpochUnsafe",
    "FileSafe",
    "Found",
    "Group",
    "Hit",
    "KeyChanged",
    "Lookup",
    "Match",
    "MemorySafe",
    "MemoryStore",
    "NoSuchContact",
    "Operation",
    "Outcome",
    "Problem",
    "ProofRefused",
    "Record",
    "Refusal",
    "Retry",
    "Revision",
    "Safe",
    "Source",
    "SqliteStore",
    "Store",
    "SyncLoop",
    "Trashed",
    "Unreachable",
    "Uploaded",
    "WrongKey",
    "canonical",
]
