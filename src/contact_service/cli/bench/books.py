"""Address books of made-up people, spelled as devices and the app's backend send them."""

import uuid

import msgspec

from contact_service.cli.bench import people
from contact_service.cli.bench.people import Person

REGISTERED_SHARE = 0.2
_STRANGERS = 1_000_000
_NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


def pick(size: int, seed: int, users: int, region: str | None = None) -> list[Person]:
    """`size` people, a fifth of them among the `users` of the directory (numbers 0 to `users` - 1).

    Books of two seeds share next to nobody, so that nothing kept from one helps the next. `region`: all from there.
    """
    step, offset = (1, 0) if region is None else (8, people.REGIONS.index(region))
    known = int(size * REGISTERED_SHARE)
    everyone = range(offset, users, step)
    start = seed * known
    numbers = [everyone[(start + n) % len(everyone)] for n in range(known)]
    first = _STRANGERS + seed * 8 * size
    numbers += [first + offset + n * step for n in range(size - known)]
    # Mixed, as they are in a real book: users do not come first.
    return [people.person(n) for n in sorted(numbers, key=lambda n: n * 2_654_435_761 % 2**32)]


def uid(person: Person) -> str:
    """The uid of a person's card."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, str(person.number))}"


def card(person: Person) -> bytes:
    """The person as JSContact (RFC 9553) with an E.164 number, about 434 bytes."""
    shown = {
        "@type": "Card",
        "version": "1.0",
        "uid": uid(person),
        "name": {
            "components": [
                {"kind": "given", "value": person.given},
                {"kind": "surname", "value": person.family},
            ],
            "full": person.full,
        },
        "organizations": {"o1": {"name": person.firm}},
        "phones": {
            f"p{n}": {"number": e164, "features": {"mobile": True}}
            for n, (e164, _) in enumerate(person.phones, 1)
        },
    }
    if person.emails:
        shown["emails"] = {f"e{n}": {"address": m} for n, m in enumerate(person.emails, 1)}
    shown["notes"] = {"n1": {"note": person.note}}
    return msgspec.json.encode(shown)


def upload(book: list[Person]) -> bytes:
    """The body of `POST /v1/contacts:upload`, JSON: a phone's whole book."""
    contacts = [
        {"sourceId": str(person.number), "card": msgspec.Raw(card(person))} for person in book
    ]
    source = {"kind": "ios", "deviceId": "bench"}
    return msgspec.json.encode({"source": source, "view": "full", "contacts": contacts})


def vcard(person: Person) -> bytes:
    """The person as vCard 3.0 (RFC 2426), about 12 lines, with numbers as they are dialled at home."""
    note = person.note.replace(";", "\\;").replace(",", "\\,")
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:{uid(person)}",
        f"N:{person.family};{person.given};;;",
        f"FN:{person.full}",
        f"ORG:{person.firm}",
        f"TITLE:{person.title}",
        *(f"TEL;TYPE=CELL:{national}" for _, national in person.phones),
        *(f"EMAIL;TYPE=INTERNET:{mail}" for mail in person.emails),
        f"ADR;TYPE=HOME:;;{person.street};{person.town};;;",
        f"NOTE:{note}",
        "END:VCARD",
    ]
    return "\r\n".join([*lines, ""]).encode()


def vcards(book: list[Person]) -> bytes:
    """The body of `POST /v1/contacts:upload` as text/vcard."""
    return b"".join(vcard(person) for person in book)


def directory(users: int) -> bytes:
    """The lines that `contacts directory load` takes: people 0 to `users` - 1, each discoverable."""
    return b"".join(_registration(number) for number in range(users))


def _registration(number: int) -> bytes:
    who = people.person(number)
    line = {
        "userId": f"u{number}",
        "identifiers": who.identifiers,
        "profile": {"displayName": who.full},
        "discoverable": True,
    }
    return msgspec.json.encode(line) + b"\n"
