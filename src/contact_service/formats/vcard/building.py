"""The card under construction, shared by the mappers of one vCard: members, ids, what came from which line."""

from typing import Any

from contact_service.formats.vcard import text, traits
from contact_service.formats.vcard.lines import Line


class Building:
    """`card` is the JSContact object; `links` has (member, key, index of the line) for each entry, key "" for none."""

    __slots__ = ("card", "counters", "index", "labels", "links", "named", "overridden", "v2")

    def __init__(self, labels: dict[str, tuple[str, int]], *, v2: bool) -> None:
        self.card: dict[str, Any] = {"@type": "Card", "version": "1.0"}
        self.links: list[tuple[str, str, int]] = []
        self.counters: dict[str, int] = {}
        self.labels = labels
        self.v2 = v2
        self.named: set[tuple[str, str]] = set()
        self.overridden = False
        self.index = 0

    def add(self, member: str, line: Line, entry: dict[str, Any]) -> dict[str, Any]:
        """Put `entry` into the map `member`, with what the line's parameters say; returns the entry.

        Its key is the PROP-ID, else name and position (`TEL-1`): equal lines give equal keys (RFC 9555 2.2.2).
        """
        head = line.head
        said = traits.of(head)
        if said.entry:
            entry.update(said.entry)
        key = said.id or self._next(head.name)
        if said.id:
            self.named.add((member, key))
        entries = self.card.get(member)
        if entries is None:
            entries = self.card[member] = {}
        while key in entries:
            key = self._next(head.name)
        entries[key] = entry
        self.links.append((member, key, self.index))
        if head.group in self.labels and "label" not in entry:
            entry["label"], label_index = self.labels[head.group]
            self.links.append((member, key, label_index))
        return entry

    def beside(self, member: str, line: Line, lacks: str) -> list[tuple[str, dict[str, Any]]]:
        """The entries a line may add its `lacks` to: that of its PROP-ID; without one, those without, in order."""
        entries: dict[str, dict[str, Any]] = self.card.get(member, {})
        own = traits.of(line.head).id
        return [
            (key, entry)
            for key, entry in entries.items()
            if lacks not in entry and (key == own if own else (member, key) not in self.named)
        ]

    def single(self, member: str, line: Line, value: Any) -> None:
        """Set a member there is once; a second line for it goes to `vCardProps`."""
        if member in self.card:
            self.prop(line)
            return
        self.card[member] = value
        self.links.append((member, "", self.index))

    def flag(self, member: str, key: str) -> None:
        """Set `key` in a map of trues (keywords, members)."""
        self.card.setdefault(member, {})[key] = True
        self.links.append((member, key, self.index))

    def prop(self, line: Line) -> None:
        """A line without a home, as jCard keeps it (RFC 7095 3.3, RFC 9555 2.15.1): the value raw, its type unknown."""
        params = dict(traits.of(line.head).entry.get("vCardParams", {}))
        for key, values in line.head.params.items():
            if key not in {"ENCODING", "CHARSET", "VALUE"}:
                params[key.lower()] = values[0] if len(values) == 1 else list(values)
        kind = line.head.params.get("VALUE", ("unknown",))[0].lower()
        value = text.unescape(line.value) if kind == "text" else line.value
        entries = self.card.setdefault("vCardProps", [])
        entries.append([line.head.name.lower(), params, kind, value])
        self.links.append(("vCardProps", str(len(entries) - 1), self.index))

    def _next(self, name: str) -> str:
        number = self.counters.get(name, 0) + 1
        self.counters[name] = number
        if " " in name:  # `X-GOOGLE TALK`, as one phone writes it
            name = name.replace(" ", "-")
        return f"{name}-{number}"
