"""Who of the demo book is on the app, and how: found by all, by their contacts only, or not at all."""

import random

import msgspec

from contact_service.actions.directory import User
from contact_service.cli.demo.book import SEED, Contact
from contact_service.formats.upload import Batch, Item, Source
from contact_service.matching import identifiers, phones
from contact_service.model.card import Fields
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing

NUMBER = "+49 171 3920000"
"""The demo owner's own."""
OWNER = User(UserId("demo"), (Identifier("tel:+491713920000"),), "Robin Keller", discoverable=True)
OWNERS_CARD = Item(
    0,
    "robin",
    msgspec.json.encode(
        {"@type": "Card", "version": "1.0", "name": {"full": "Robin Keller"},
         "phones": {"p1": {"number": NUMBER}}}
    ),
)  # fmt: skip
"""The demo owner in the books of those who know her."""

_ALL = Sharing(
    phone=Audience.EVERYONE,
    email=Audience.EVERYONE,
    name=Audience.EVERYONE,
    profile_photo=Audience.EVERYONE,
)
_ROLES = (
    ("open",) * 12
    + ("found",) * 8
    + ("friend",) * 12
    + ("refuses",) * 3
    + ("blocks",) * 3
    + ("stranger",) * 2
)


class Member(msgspec.Struct, frozen=True):
    """A registered user; `shares` is her own choice, `knows`: the demo owner is in her book."""

    user: User
    shares: Sharing | None = None
    blocks: bool = False
    knows: bool = False


def cast(contacts: list[Contact]) -> list[Member]:
    """Forty members out of the book, the same ones each time. Those who refuse, block, or share with their contacts
    only and do not have the owner among them, are there for the gate to hide.
    """
    dice = random.Random(SEED)  # noqa: S311  the same cast each time
    memo = phones.Memo()
    taken: set[Identifier] = set(OWNER.identifiers)
    members: list[Member] = []
    able = [c for c in contacts if "name" in c and "emails" in c]
    for number, contact in enumerate(dice.sample(able, len(able))):
        held = identifiers.of(msgspec.convert(contact, Fields), "US", memo)
        # Invented numbers may meet by chance; a number is one user's.
        if len(members) == len(_ROLES) or taken & set(held):
            continue
        taken.update(held)
        members.append(_member(number, contact, held, _ROLES[len(members)]))
    return members


def _member(number: int, contact: Contact, held: tuple[Identifier, ...], role: str) -> Member:
    discoverable = {"friend": None, "stranger": None, "refuses": False}.get(role, True)
    user = User(UserId(f"demo-{number:03}"), held, _called(contact), discoverable=discoverable)
    return Member(user, _ALL if role == "open" else None, role == "blocks", role == "friend")


def _called(contact: Contact) -> str:
    """How she calls herself there: the given name, and the family name's first letter where that is a letter alone."""
    parts = {part["kind"]: part["value"] for part in contact["name"]["components"]}
    initial = parts["surname"][:1]
    return f"{parts['given']} {initial}." if initial.isascii() else parts["given"]


def batch(contacts: list[Contact]) -> Batch:
    """The book as a device would send it."""
    items = [
        Item(place, contact["uid"], msgspec.json.encode(contact))
        for place, contact in enumerate(contacts)
    ]
    return Batch(Source(device_id="demo", region="US"), "partial", items)
