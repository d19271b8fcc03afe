"""The three-way merge of Cards (RFC 9553): what two sides made of a base both knew becomes one (sync.md 3).

Members that are maps are merged entry by entry, aligned by value and not by id, the name by component, vCard lines
without a home as a multiset; all else is a scalar. What only one side changed is that side's. Where both changed the
same, mine wins and the loser is told. Nothing either side said is lost in silence.
"""

from typing import Any

import msgspec
from msgspec import UNSET

from contact_service.formats import (
    jsrules,
    merging_entries,
    merging_groups,
    merging_names,
    merging_values,
)
from contact_service.formats.merging_entries import Aligned
from contact_service.formats.merging_values import COLLECTIONS
from contact_service.matching.phones import Memo
from contact_service.model.merge import Conflict, Trio, fields, inside, same, scalar
from contact_service.model.problem import TooLarge

Raws = dict[str, msgspec.Raw]
_MEMBERS = msgspec.json.Decoder(Raws)
# Where one of these stands, members speak of each other's entries, and all entries must be looked at.
_TIES = (b'"organizationId"', b'"localizations"', b'"group"')
_TIED = COLLECTIONS | {"vCardProps", "localizations"}


class Merged(msgspec.Struct, frozen=True):
    """The merged Card, and what a side lost by it."""

    json: bytes
    conflicts: tuple[Conflict, ...]


def merge(
    base: bytes | None,
    mine: bytes,
    theirs: bytes,
    region: str | None = None,
    *,
    steady: bool = False,
) -> Merged:
    """`mine`, made on `base`, over `theirs`, which stands now; each as `jscontact.read` gives it. Without a base both
    are kept, and where they differ mine wins.

    The result has theirs' uid, ids and order, then mine's additions; where theirs is the base it is mine as it came,
    unless `steady`. `region` (ISO 3166-1) reads national numbers.
    Raises TooLarge (413).
    """
    if mine in (base, theirs):
        return Merged(theirs, ())
    before, here, there = (_MEMBERS.decode(side or b"{}") for side in (base, mine, theirs))
    here["uid"] = there["uid"]
    if base is not None:
        before["uid"] = there["uid"]
    if _alike(here, there) or _alike(here, before):
        return Merged(theirs, ())
    if not steady and _alike(there, before):
        return Merged(msgspec.json.encode(here), ())
    tied = any(tie in side for tie in _TIES for side in (base or b"", mine))
    merging = _Merging((before, here, there), region, tied=tied)
    merged = msgspec.json.encode(merging.card())
    if len(merged) > jsrules.MAX_BYTES:
        raise TooLarge(jsrules.MAX_BYTES, "bytes a contact")
    return Merged(merged, tuple(merging.conflicts))


def is_news(base: bytes, mine: bytes, region: str | None = None) -> bool:
    """Whether `mine` says anything that `base` does not, or no longer says what it does: other ids of the same entries
    are no news. Raises TooLarge (413).
    """
    return not same(
        _value(msgspec.Raw(merge(base, mine, base, region, steady=True).json)),
        _value(msgspec.Raw(base)),
    )


def _alike(one: Raws, other: Raws) -> bool:
    return one.keys() == other.keys() and all(
        raw == other[name] or same(_value(raw), _value(other[name])) for name, raw in one.items()
    )


def _value(raw: msgspec.Raw | None) -> Any:
    """What the member says; a number no machine holds (`1e400`) makes it a text, which is compared as it stands."""
    if raw is None:
        return UNSET
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return bytes(raw).decode()


def _empty(values: Trio) -> Any:
    """An empty collection says what none says: it stays where both sides hold one, so that no edit is seen in it."""
    return values.theirs if same(values.mine, values.theirs) else UNSET


class _Merging:
    """One merge under way: the members that must be looked at, and which of their entries are the same."""

    def __init__(self, raws: tuple[Raws, Raws, Raws], region: str | None, *, tied: bool) -> None:
        _, mine, theirs = raws
        self.raws = raws
        self.conflicts: list[Conflict] = []
        self.names = list(dict.fromkeys((*theirs, *mine)))
        self.values = {
            name: Trio(*(_value(side.get(name)) for side in raws))
            for name in self.names
            if mine.get(name) != theirs.get(name) or (tied and name in _TIED)
        }
        self.maps = {
            name: Trio(*(side or {} for side in sides))
            for name, sides in self.values.items()
            if name in COLLECTIONS and sides.are(dict)
        }
        lines = self.values.get("vCardProps", Trio())
        self.lines = Trio(*(side or [] for side in lines)) if lines.are(list) else None
        self.aligned: dict[str, Aligned] = {}
        self._align(region)
        if tied:
            self._follow()

    def _align(self, region: str | None) -> None:
        memo = Memo()
        # Titles name organizations, whose ids must be known before.
        for name in sorted(self.maps):
            organizations = self.aligned.get("organizations")
            if name == "titles" and organizations is not None:
                self.maps[name] = merging_entries.with_organizations(self.maps[name], organizations)
            known_by = merging_values.of(name, region, memo)
            self.aligned[name] = merging_entries.lay(self.maps[name], name, known_by)

    def _follow(self) -> None:
        """Base's and mine's ids and names of groups become those of the result where others speak of them."""
        if "localizations" in self.values:
            self.values["localizations"] = merging_entries.with_paths(
                self.values["localizations"], self.aligned
            )
        if self.lines is not None:
            rows = {name: aligned.rows for name, aligned in self.aligned.items()}
            self.maps, self.lines = merging_groups.unify(self.maps, self.lines, rows)

    def card(self) -> dict[str, Any]:
        """The members of the result."""
        merged = {
            name: self._merged(name) if name in self.values else self.raws[2][name]
            for name in self.names
        }
        return {name: value for name, value in merged.items() if value is not UNSET}

    def _merged(self, name: str) -> Any:
        values, conflicts = self.values[name], self.conflicts
        if name in self.maps:
            return self._entries(name, name, self.maps[name]) or _empty(values)
        match name:
            case "name":
                return merging_names.merge(values, conflicts)
            case "speakToAs" if values.are(dict):
                return self._speak_to_as(values)
            case "localizations" if values.are(dict):
                return self._localizations(values)
            case "vCardProps" if self.lines is not None:
                return merging_groups.merge(self.lines, conflicts) or _empty(values)
            case "updated" | "prodId":
                return self._administrative(name, values)
        return self._scalar(name, values)

    def _entries(self, name: str, path: str, sides: Trio) -> dict[str, Any]:
        return merging_entries.merge(sides, self.aligned[name], path, self.conflicts)

    def _speak_to_as(self, values: Trio) -> Any:
        merged = fields(values.without("pronouns"), "speakToAs", self.conflicts)
        sides = values.member("pronouns")
        if not sides.are(dict):
            found = scalar(sides, "speakToAs/pronouns", self.conflicts)
        else:
            sides = Trio(*(side or {} for side in sides))
            known_by = merging_values.of("pronouns", None, Memo())
            self.aligned["pronouns"] = merging_entries.lay(sides, "pronouns", known_by)
            found = self._entries("pronouns", "speakToAs/pronouns", sides) or UNSET
        return (merged if found is UNSET else merged | {"pronouns": found}) or UNSET

    def _localizations(self, values: Trio) -> Any:
        """Each path of each language is a scalar."""
        languages = dict.fromkeys((*(values.theirs or ()), *(values.mine or ())))
        merged: dict[str, Any] = {}
        for language in languages:
            path, patches = inside("localizations", language), values.member(language)
            merge_ = fields if patches.are(dict) else scalar
            merged[language] = merge_(patches, path, self.conflicts)
        return {name: value for name, value in merged.items() if value} or UNSET

    def _administrative(self, name: str, values: Trio) -> Any:
        """Of `updated` the later, of `prodId` mine: what a writer notes of itself is no edit."""
        unheard: list[Conflict] = []
        found = scalar(values, name, unheard)
        if not unheard:
            return found
        mine, theirs = (str(value or "").rstrip("Z") for value in (values.mine, values.theirs))
        return values.theirs if not mine or (name == "updated" and theirs > mine) else values.mine

    def _scalar(self, name: str, values: Trio) -> Any:
        found = scalar(values, inside("", name), self.conflicts)
        if found is UNSET:
            return UNSET
        # As it was sent: a number beyond any machine's stays what it was.
        return self.raws[2 if found is values.theirs else 1][name]
