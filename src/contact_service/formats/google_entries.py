"""What the entries of a Google person have in common: metadata, a type that is a context, a label or nothing."""

from typing import Any, TypeVar

import msgspec

RESIDUE = "\0residue"
"""Where a transform puts entries, by their property, that a Card cannot hold all of."""
CONTEXTS = {"home": "private", "work": "work"}
SILENT = frozenset({"", "other", "home", "work"})
"""Types that are no label: they say nothing, or are a context."""


class Metadata(msgspec.Struct, frozen=True, gc=False):
    """`FieldMetadata`, as far as it is read."""

    primary: bool | None = None


class Entry(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What most entries have."""

    metadata: Metadata | None = None
    type: str | None = None
    formatted_type: str | None = None

    @property
    def is_primary(self) -> bool:
        """Whether Google shows it first."""
        return self.metadata is not None and self.metadata.primary is True


class Valued(Entry, frozen=True, gc=False):
    """An entry that is one text."""

    value: str | None = None


T = TypeVar("T", bound=Entry)


def read(value: Any, kind: type[T]) -> list[T]:
    """The entries of a property. Raises ValueError for another type than is documented."""
    if not isinstance(value, list):
        raise msgspec.ValidationError("a property is a list of entries")
    # Each by itself: what list[kind] means is worked out anew with each call, which takes four times as long.
    return [msgspec.convert(entry, kind) for entry in value]


def add(card: dict[str, Any], member: str, entry: dict[str, Any]) -> None:
    """One more entry of that member of the Card."""
    entries = card.setdefault(member, {})
    entries[f"{member[0]}{len(entries) + 1}"] = entry


def labelled(entry: dict[str, Any], told: Entry) -> dict[str, Any]:
    """The Card's entry with what the type says: private, work, or a label as Google shows it."""
    kind = told.type or ""
    if kind in CONTEXTS:
        entry["contexts"] = {CONTEXTS[kind]: True}
    elif kind not in SILENT:
        entry["label"] = told.formatted_type or kind
    return entry


def keep(card: dict[str, Any], name: str, value: Any, at: int) -> None:
    """The entry of property `name` at that place is kept whole as residue."""
    card.setdefault(RESIDUE, {}).setdefault(name, {})[at] = value[at]


def lines(text: str) -> str:
    """With the line breaks that a Card has."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
