"""What cards say, kept in memory for address-book queries; see `said.py`."""

from contact_service.formats.dav.filters import Value
from contact_service.model.ids import CardId
from contact_service.model.owner import Head


class Said:
    """The values of an owner's cards at a head: by card its number, and its lines of the kept properties by name."""

    __slots__ = ("cards", "head", "size_bytes")

    def __init__(self, head: Head) -> None:
        self.head = head
        self.cards: dict[CardId, tuple[int, dict[str, list[Value]]]] = {}
        self.size_bytes = 2_000
