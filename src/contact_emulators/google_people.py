"""Made-up people as Google's People API tells them: the same for the same seed, 50,000 in seconds."""

import random
from collections.abc import Iterator
from typing import Any

Person = dict[str, Any]

_GIVEN = (
    "Ana Bea Carl Dmitri Élodie Fatima Göran Hiroko İbrahim Jürgen Kwame Lucía Mèi Nikos Olga Paweł Quỳnh Rosa Søren "
    "Tomás Ümit Vera Wanjiru Xóchitl Yusuf Zoë 太郎 花子 Анна Иван Ελένη محمد נועה 지민 अनिल"
).split()
_FAMILY = (
    "Almeida Berg Costa Dubois Erdoğan Fischer García Hansen Ivanova Jansen Kowalski López Müller Nguyễn O'Brien "
    "Petrov Quinn Rossi Tanaka Usman Vogel Weiß Xu Yılmaz Zhou 山田 佐藤 Смирнов Παπαδόπουλος الأحمد כהן 김 शर्मा"
).split()
_STREETS = ("Main St", "Rua Augusta", "Königstraße", "улица Ленина", "Via Roma", "Avenue Foch")
_CITIES = (
    ("Lisboa", "PT", "Portugal"),
    ("Berlin", "DE", "Germany"),
    ("São Paulo", "BR", "Brazil"),
    ("Lyon", "FR", "France"),
)
_FIRMS = ("Acme", "Globex GmbH", "Initech", "Soylent S.A.", "Umbrella & Sons", "株式会社サンプル")
_TITLES = ("Engineer", "Head of Sales", "Ärztin", "Teacher", "CEO")
_PHONE_TYPES = ("mobile", "home", "work", "main", "workFax", "Summer house")
_GROUPS = ("Family trip", "Clients", "Chœur", "Sport ⚽")
MY_CONTACTS, STARRED = "contactGroups/myContacts", "contactGroups/starred"


def made(count: int, seed: int) -> Iterator[Person]:
    """That many people; who they are depends on `seed` alone. Their groups are those of `groups`."""
    rnd = random.Random(seed)  # noqa: S311  made-up people
    for number in range(1, count + 1):
        yield person(rnd, number)


def groups() -> list[tuple[str, str]]:
    """The groups that made-up people are members of: resource name, name."""
    return [(f"contactGroups/{number:x}", name) for number, name in enumerate(_GROUPS, 0x1A)]


_GROUP_NAMES = [name for name, _ in groups()]


def person(rnd: random.Random, number: int) -> Person:
    """One: always a name and a number, of the rest what chance gives."""
    given, family = rnd.choice(_GIVEN), rnd.choice(_FAMILY)
    made: Person = {
        "names": [_primary(displayName=f"{given} {family}", givenName=given, familyName=family)],
        "phoneNumbers": [_phone(rnd, first=True)],
        "memberships": [_membership(MY_CONTACTS)],
    }
    if rnd.random() < 0.6:
        address = f"{rnd.choice('abcdefgh')}.{number}@example.org"
        made["emailAddresses"] = [
            _primary(value=address, type=rnd.choice(("home", "work", "other")))
        ]
    if rnd.random() < 0.3:
        made["phoneNumbers"].append(_phone(rnd, first=False))
    if rnd.random() < 0.3:
        made["organizations"] = [
            _primary(
                name=rnd.choice(_FIRMS), title=rnd.choice(_TITLES), department="R&D", type="work"
            )
        ]
    if rnd.random() < 0.3:
        made["memberships"].append(_membership(rnd.choice(_GROUP_NAMES)))
    _rarer(rnd, made)
    return made


def _rarer(rnd: random.Random, made: Person) -> None:
    if rnd.random() < 0.2:
        made["addresses"] = [_address(rnd)]
    if rnd.random() < 0.2:
        year = {"year": rnd.randint(1940, 2015)} if rnd.random() < 0.5 else {}
        made["birthdays"] = [
            _primary(date={**year, "month": rnd.randint(1, 12), "day": rnd.randint(1, 28)})
        ]
    if rnd.random() < 0.1:
        made["biographies"] = [
            _primary(value="Met in Porto.\nLikes tea.", contentType="TEXT_PLAIN")
        ]
    if rnd.random() < 0.05:
        made["relations"] = [_primary(person=rnd.choice(_GIVEN), type="spouse")]
    if rnd.random() < 0.05:
        made["memberships"].append(_membership(STARRED))


def _primary(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"primary": True, "source": {"type": "CONTACT"}}, **fields}


def _phone(rnd: random.Random, *, first: bool) -> dict[str, Any]:
    digits = f"{rnd.randint(0, 9_999_999):07}"
    made = _primary(
        value=f"(202) {digits[:3]}-{digits[3:]}",
        canonicalForm=f"+1202{digits}",
        type=rnd.choice(_PHONE_TYPES),
    )
    if not first:
        del made["metadata"]["primary"]
    return made


def _address(rnd: random.Random) -> dict[str, Any]:
    city, code, country = rnd.choice(_CITIES)
    street = f"{rnd.randint(1, 200)} {rnd.choice(_STREETS)}"
    return _primary(
        type="home",
        formattedValue=f"{street}\n{city}\n{country}",
        streetAddress=street,
        city=city,
        country=country,
        countryCode=code,
    )


def _membership(group: str) -> dict[str, Any]:
    held = {"contactGroupId": group.partition("/")[2], "contactGroupResourceName": group}
    return {"contactGroupMembership": held, "metadata": {"source": {"type": "CONTACT"}}}
