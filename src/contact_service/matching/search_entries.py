"""What the search index knows of one card: its words, digits and addresses, made once a version of the card."""

import re
from collections.abc import Iterable

import msgspec

from contact_service.matching import names, phone_plans
from contact_service.model.card import Fields
from contact_service.model.identifier import Identifier

Spelled = tuple[tuple[str, ...], ...]
"""Words in order, each in all its spellings."""
_NOT_DIGITS = re.compile("[^0-9]+")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """`texts` are the (path, text) a hit may be shown in, RFC 9553 paths without a leading slash."""

    id: str
    sort: str
    name: Spelled
    other: Spelled
    numbers: tuple[str, ...]
    """Digits: E.164 without the plus, the national part, and what was typed, where it is something else."""
    addresses: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]


def entry(card_id: str, fields: Fields, identifiers: Iterable[Identifier] = ()) -> Entry:
    """The Entry of a card; `identifiers` are the card's own, so that numbers are found in every form they are dialled.

    Notes are left out: who searches a name does not mean a remark about somebody else.
    """
    texts = list(_texts(fields))
    named = names.written(fields.name) if fields.name else ""
    if fields.name and named:
        texts.insert(0, ("name/full" if fields.name.full else "name/components", named))
    addresses = tuple(names.fold(mail.address) for mail in (fields.emails or {}).values())
    typed = [digits(phone.number) for phone in (fields.phones or {}).values()]
    return Entry(
        id=card_id,
        sort=names.sort_key(fields),
        name=names.words(named),
        other=_words(text for path, text in texts if not path.startswith(("name/", "phones/"))),
        numbers=_numbers(typed, identifiers),
        addresses=addresses,
        texts=tuple(texts),
    )


def digits(text: str) -> str:
    """The digits of `text`, of any script, as ASCII."""
    if text.isascii():
        return _NOT_DIGITS.sub("", text)
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())


def _texts(fields: Fields) -> Iterable[tuple[str, str]]:
    for key, nick in (fields.nicknames or {}).items():
        yield f"nicknames/{key}/name", nick.name
    for key, org in (fields.organizations or {}).items():
        if org.name:
            yield f"organizations/{key}/name", org.name
    for key, title in (fields.titles or {}).items():
        yield f"titles/{key}/name", title.name
    for key, mail in (fields.emails or {}).items():
        yield f"emails/{key}/address", mail.address
    for key, phone in (fields.phones or {}).items():
        yield f"phones/{key}/number", phone.number


def _words(texts: Iterable[str]) -> Spelled:
    found: dict[tuple[str, ...], None] = {}
    for text in texts:
        found.update(dict.fromkeys(names.words(text)))
    return tuple(found)


def _numbers(typed: Iterable[str], identifiers: Iterable[Identifier]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for identifier in identifiers:
        if identifier.startswith("tel:+"):
            number = identifier[5:]
            found[number] = None
            parts = phone_plans.split(number)
            if parts is not None:
                found[parts[1]] = None
    for number in typed:
        if number:
            found[number] = None
    return tuple(found)
