"""A source's properties and where each goes: one TOML a source, so that none is lost in silence.

    [mapped]    property = "transform"     it becomes part of the Card, by the transform of that name
    [residue]   property = "why"           kept beside the Card: it survives edits and returns on export
    [dropped]   property = "why"           not kept at all

A property that no table has is kept as residue and counted as unknown: providers add some without telling.
"""

import pkgutil
import tomllib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec

Transform = Callable[[Any, dict[str, Any]], None]
"""Puts a property's value into the Card that is being made. Raises ValueError for a value it cannot read."""


class Mapped(msgspec.Struct, frozen=True):
    """A record as it was mapped; `unknown`: names of properties that no table has."""

    card: dict[str, Any]
    residue: dict[str, Any]
    unknown: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One source's table."""

    mapped: dict[str, str] = {}
    residue: dict[str, str] = {}
    dropped: dict[str, str] = {}

    @cached_property
    def listed(self) -> frozenset[str]:
        """Every property that the table has."""
        return frozenset((*self.mapped, *self.residue, *self.dropped))

    @cached_property
    def _whole(self) -> tuple[tuple[str, str], ...]:
        """Those of the mapped that are properties of a record, not members of one's entries."""
        return tuple((name, how) for name, how in self.mapped.items() if "." not in name)

    def map(self, record: Mapping[str, Any], transforms: Mapping[str, Transform]) -> Mapped:
        """The record's properties at their places. Raises ValueError, naming the property, for a value of another type
        than the source documents.
        """
        made = Mapped({}, {}, tuple(sorted(record.keys() - self.listed)))
        for name, transform in self._whole:
            if name in record:
                try:
                    transforms[transform](record[name], made.card)
                except (ValueError, TypeError, KeyError, AttributeError):
                    raise ValueError(f"{name} cannot be read") from None
        for name, value in record.items():
            if name in self.residue or name in made.unknown:
                made.residue[name] = value
        return made


def load(source: str) -> Table:
    """The table of that source, from `formats/mappings/{source}.toml`."""
    held = pkgutil.get_data(__package__, f"mappings/{source}.toml")
    assert held is not None, "a part of this package"
    return msgspec.convert(tomllib.loads(held.decode()), Table)
