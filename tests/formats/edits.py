"""A Card and two edits of it, as hypothesis draws them, and an oracle of their merge that shares no code with it."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st

from contact_service.formats.merging import Merged
from formats import contacts

Card = dict[str, Any]
Atom = tuple[tuple[str, ...], bytes]

_FRAME = {"@type", "version", "uid"}
_MAPS = {
    "nicknames", "organizations", "titles", "phones", "emails", "onlineServices", "preferredLanguages", "calendars",
    "schedulingAddresses", "addresses", "cryptoKeys", "directories", "links", "media", "anniversaries", "notes",
    "personalInfo", "pronouns",
}  # fmt: skip
# Ids and what holds them are the result's own; of these two a writer's note of itself is no edit.
_FREE = {"organizationId", "group", "localizations", "updated", "prodId"}
_ENCODE = msgspec.json.Encoder(order="deterministic").encode

LINES = st.lists(
    st.builds(
        lambda name, group, value: [name, {"group": group} if group else {}, "unknown", value],
        st.sampled_from(["x-abdate", "x-ablabel", "x-odd"]),
        st.sampled_from(["", "item1", "item2"]),
        st.sampled_from("abc"),
    ),
    max_size=4,
)
_ORIGINAL = st.tuples(contacts.CARDS, LINES).map(
    lambda drawn: drawn[0] | ({"vCardProps": drawn[1]} if drawn[1] else {})
)


def triples() -> st.SearchStrategy[tuple[Card, Card, Card]]:
    """(base, mine, theirs): a card with every member, and two edits of it."""
    return st.builds(
        lambda base, one, other, rnd: (base, edited(rnd, base, one), edited(rnd, base, other)),
        _ORIGINAL,
        _ORIGINAL,
        _ORIGINAL,
        st.randoms(use_true_random=False),
    )


def doubled(base: Card, *sides: Card) -> bool:
    """Whether a side has one more of an entry that base has. If base's goes on the other side, what is left looks like
    the old one under a new id: no merge of states could tell that from a deletion when it comes again.
    """
    for member in _MAPS:
        held = Counter(map(_ENCODE, (base.get(member) or {}).values()))
        for side in sides:
            now = Counter(map(_ENCODE, (side.get(member) or {}).values()))
            if any(now[one] > n for one, n in held.items()):
                return True
    return False


def edited(rnd: random.Random, card: Card, other: Card) -> Card:
    """The card after some edits: members and entries gone, changed, taken from `other`, or under new ids."""
    made: Card = msgspec.json.decode(msgspec.json.encode(card))
    members = sorted((card.keys() | other.keys()) - _FRAME)
    for member in rnd.sample(members, min(rnd.randint(0, 5), len(members))):
        held, more = made.get(member), msgspec.json.decode(msgspec.json.encode(other.get(member)))
        if member in _MAPS and held:
            _edit_entries(rnd, made, member, more or {})
        elif member == "vCardProps" and held:
            _edit_lines(rnd, held, more or [])
        elif member == "name" and held and "components" in held:
            _edit_name(rnd, held)
        elif more is not None:
            made[member] = more
        else:
            made.pop(member, None)
    return made


def _edit_entries(rnd: random.Random, made: Card, member: str, more: dict[str, Any]) -> None:
    held = made[member]
    key = rnd.choice(sorted(held))
    match rnd.choice(["drop", "label", "copy", "add", "new ids"]):
        case "drop":
            del held[key]
        case "label":
            held[key]["label"] = rnd.choice("xyz")
        case "copy" if more:
            held[key] = more[min(more)]
        case "add":
            held |= {f"n{name}": entry for name, entry in more.items()}
        case "new ids":
            made[member] = {f"NEW-{at}": entry for at, entry in enumerate(held.values())}


def _edit_lines(rnd: random.Random, held: list[Any], more: list[Any]) -> None:
    match rnd.choice(["drop", "add", "new groups"]):
        case "drop":
            del held[rnd.randrange(len(held))]
        case "add":
            held += more
        case "new groups":
            for _, params, *_rest in held:
                if "group" in params:
                    params["group"] += "1"


def _edit_name(rnd: random.Random, name: dict[str, Any]) -> None:
    rnd.choice(name["components"])["value"] += rnd.choice("xy")
    if rnd.random() < 0.5:
        name["full"] = " ".join(part["value"] for part in name["components"])


def atoms(value: Any, path: tuple[str, ...] = ()) -> Iterator[Atom]:
    """What a card says, leaf by leaf, without the ids of its entries."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if key not in _FREE and not (not path and key in _FRAME):
                hidden = path and path[-1] in _MAPS
                yield from atoms(inner, (*path, "*" if hidden else key))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from atoms(inner, (*path, "[]"))
    elif value not in ({}, []):
        yield path, _ENCODE(value)


def lost(merged: Merged, dropped: bool = True) -> set[Atom]:
    """What the conflicts tell, as atoms."""
    found: set[Atom] = set()
    for conflict in merged.conflicts:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in conflict.path.split("/")]
        path = tuple("*" if at and parts[at - 1] in _MAPS else p for at, p in enumerate(parts))
        for value in (conflict.dropped,) if dropped else (conflict.kept, conflict.dropped):
            found |= set(atoms(value, path))
    return found


def missing(base: Card, mine: Card, theirs: Card, merged: Merged) -> set[Atom]:
    """What a side said anew, and neither the result nor a conflict tells."""
    before, result = set(atoms(base)), set(atoms(msgspec.json.decode(merged.json)))
    said = set(atoms(mine)) | set(atoms(theirs))
    return {
        atom
        for atom in said - before - result - lost(merged)
        if not (atom[0] == ("name", "full") and derived(base))
    }


def invented(mine: Card, theirs: Card, merged: Merged) -> set[Atom]:
    """What the result says and nobody said."""
    said = set(atoms(mine)) | set(atoms(theirs))
    result = set(atoms(msgspec.json.decode(merged.json)))
    return {atom for atom in result - said if atom[0] != ("name", "full")}


def risen(base: Card, mine: Card, theirs: Card, merged: Merged) -> list[str]:
    """Entries one side removed, the other had left as they were, that the result has."""
    result = msgspec.json.decode(merged.json)
    return [
        member
        for member in _MAPS & base.keys()
        for key, entry in base[member].items()
        for gone, left in ((mine, theirs), (theirs, mine))
        if entry
        and left.get(member, {}).get(key) == entry
        and key not in gone.get(member, {})
        and not any(map(_akin(entry), (gone.get(member) or {}).values()))
        and entry in result.get(member, {}).values()
        and list(base[member].values()).count(entry) == 1
        and list(left[member].values()).count(entry) == 1
    ]


def _akin(entry: Any) -> Any:
    """Any shared value makes it doubtful that an entry was removed rather than edited."""
    said = {_ENCODE(value) for value in entry.values()}
    return lambda other: bool(said & {_ENCODE(value) for value in other.values()})


def derived(base: Card) -> bool:
    """Whether the full name says nothing but the components, so that it follows them."""
    name = base.get("name", {})
    words = sorted(part["value"] for part in name.get("components", ()))
    return bool(words) and "full" in name and sorted(" ".join(words)) == sorted(name["full"])
