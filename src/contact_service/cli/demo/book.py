"""The demo book: some hundreds of invented contacts as JSContact, the same ones each time (RFC 9553)."""

import random
from typing import Any

from anyascii import anyascii

from contact_service.cli.demo import circle
from contact_service.cli.demo.more_places import EAST
from contact_service.cli.demo.places import WEST, Place, split

SEED = 7
Contact = dict[str, Any]


class Dice(random.Random):
    """Chance with a seed, that draws no phone number twice."""

    def __init__(self) -> None:
        super().__init__(SEED)
        self._drawn: set[str] = set()

    def number(self, shape: str) -> str:
        """A phone number of that shape; `#` stands for a digit."""
        while True:
            found = "".join(str(self.randrange(10)) if sign == "#" else sign for sign in shape)
            if found not in self._drawn:
                self._drawn.add(found)
                return found


def contacts() -> list[Contact]:
    """The whole book, in a fixed order; the uid of each is its own for ever."""
    dice = Dice()
    people = [_person(dice, place, name) for place in (*WEST, *EAST) for name in place.names()]
    _gather(dice, people)
    family = [_relative(dice, *who) for who in circle.FAMILY]
    offices = [_office(*what) for what in circle.PLACES]
    found = [*family, *people, *offices, *_odd_ones()]
    for number, contact in enumerate(found):
        contact["uid"] = f"urn:contacts:demo:{number:03}"
    return found


def _person(dice: Dice, place: Place, parted: str) -> Contact:
    contact = _card(name=_name(place, parted), phones=_phones(dice, place))
    firm, job = dice.choice(split(place.firms)), dice.choice(split(place.jobs))
    site = f"https://{_latin(parted.split(maxsplit=1)[0])}.example.net/"
    known: tuple[tuple[float, str, Contact], ...] = (
        (0.80, "emails", _emails(dice, parted)),
        (0.55, "addresses", {"a1": _address(dice, place)}),
        (0.50, "titles", {"t1": {"name": job}}),
        (0.50, "organizations", {"o1": {"name": firm}}),
        (0.60, "anniversaries", {"b1": _birthday(dice)}),
        (0.30, "notes", {"n1": {"note": dice.choice(circle.NOTES)}}),
        (0.06, "nicknames", {"k1": {"name": dice.choice(circle.NICKNAMES)}}),
        (0.12, "links", {"l1": {"uri": site}}),
    )
    contact.update({member: value for chance, member, value in known if dice.random() < chance})
    return contact


def _name(place: Place, parted: str) -> Contact:
    first, _, rest = parted.partition(" ")
    if place.family_first:
        parts = [("surname", first), ("given", rest)]
    else:
        given, _, surname = parted.rpartition(" ")
        parts = [("given", given), ("surname", surname)]
    components = [{"kind": kind, "value": value} for kind, value in parts]
    return {"full": place.joint.join((first, rest)), "components": components, "isOrdered": True}


def _phones(dice: Dice, place: Place) -> Contact:
    last = len(place.phones) - 1
    found = {"p1": {"number": dice.number(place.phones[last]), "features": {"mobile": True}}}
    if dice.random() < 0.3:
        found["p2"] = {"number": dice.number(place.phones[0]), "contexts": {"work": True}}
    return found


def _emails(dice: Dice, parted: str) -> Contact:
    name = ".".join(_latin(word) for word in parted.split()).strip(".")
    contexts = {dice.choice(("private", "work")): True}
    domain = dice.choice(("example.org", "example.com", "example.net"))
    return {"e1": {"address": f"{name}@{domain}", "contexts": contexts}}


def _latin(text: str) -> str:
    return "".join(sign for sign in anyascii(text).lower() if sign.isalnum()) or "someone"


def _address(dice: Dice, place: Place) -> Contact:
    street, number = dice.choice(split(place.streets)), str(dice.randrange(1, 120))
    line = f"{street} {number}" if place.street_first else f"{number} {street}"
    full = f"{line}\n{dice.choice(split(place.cities))}\n{place.country}"
    return {"full": full, "contexts": {dice.choice(("private", "work")): True}}


def _birthday(dice: Dice) -> Contact:
    year = dice.randrange(1948, 2004) if dice.random() < 0.55 else None
    return _on(dice.randrange(1, 13), dice.randrange(1, 29), year)


def _on(month: int, day: int, year: int | None) -> Contact:
    date: Contact = {"@type": "PartialDate", "month": month, "day": day}
    if year is not None:
        date["year"] = year
    return {"kind": "birth", "date": date}


def _gather(dice: Dice, people: list[Contact]) -> None:
    for word, size in circle.GROUPS:
        for contact in dice.sample(people, size):
            contact.setdefault("keywords", {})[word] = True


def _relative(dice: Dice, full: str, called: str, born: tuple[int, int, int | None]) -> Contact:
    given, _, surname = full.rpartition(" ")
    components = [{"kind": "given", "value": given}, {"kind": "surname", "value": surname}]
    return _card(
        name={"full": full, "components": components, "isOrdered": True},
        nicknames={"k1": {"name": called}},
        phones={"p1": {"number": dice.number("+49 171 39200##"), "features": {"mobile": True}}},
        emails={"e1": {"address": f"{_latin(called)}@example.org", "contexts": {"private": True}}},
        anniversaries={"b1": _on(*born)},
        keywords={"Family": True},
    )


def _office(name: str, phone: str, note: str) -> Contact:
    contact = _card(
        kind="org",
        organizations={"o1": {"name": name}},
        phones={"p1": {"number": phone, "contexts": {"work": True}}},
    )
    if note:
        contact["notes"] = {"n1": {"note": note}}
    return contact


def _odd_ones() -> list[Contact]:
    """What stands in every real book: a bare number, a bare address, a name with an emoji, one that never ends."""
    endless = "Wolfeschlegelsteinhausenbergerdorff-Ramanathaswamipillai"
    return [
        _card(phones={"p1": {"number": "+44 7700 900461"}}),
        _card(emails={"e1": {"address": "the.good.plumber@example.com"}}),
        _card(name={"full": "Zoë 🌻 (yoga)"}, phones={"p1": {"number": "+33 6 39 98 12 34"}}),
        _card(
            name={"full": f"Hubert {endless}"},
            phones={"p1": {"number": "+1 215 555 0199"}},
            titles={"t1": {"name": "Typesetter, retired"}},
        ),
    ]


def _card(**members: Any) -> Contact:
    return {"@type": "Card", "version": "1.0", **members}
