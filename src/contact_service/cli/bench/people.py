"""Made-up people with believable names, numbers and addresses: the same for the same number, everywhere, for ever.

On average 1.35 phones and 0.45 e-mails each. Numbers are valid where they claim to be, and distinct up to 5,000,000
people; nothing of them leaves the temporary folder of a run.
"""

import msgspec

from contact_service.model.identifier import Identifier

GIVEN = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth Anna Peter Wolfgang Jürgen Søren Zoë Иван "
    "Мария Ольга Дмитрий 小明 Yusuf Fatima Ahmed Priya Rahul José Lucía Chiara Luca Pierre Camille Sofia Mateus Yuki "
    "Haruto Minh Ngozi Kwame Amina Thomas Sarah Karen Björn Łukasz Kateřina Ελένη Γιώργος"
).split()
_BEGIN = "An Bel Car Do El Fi Go Hu In Jo Ka Li Mo Ne Or Pa Qu Ri Sa To Ul Va Wi Xa Yo Zo".split()
_MIDDLE = "ber da fin gel har ka lin mer nov ra sen ti".split()
_END = "a berg ez i in ko man ner o ov rez sen son ski ton wa".split()
_FIRMS = "Logistics Bakery Partners Systems Studio Foods Clinic Works Energy Legal".split()
_TITLES = "Engineer,Head of Sales,Nurse,Teacher,Designer,Carpenter,Lawyer,Owner".split(",")
_STREETS = "Station Road,Mill Lane,High Street,Harbour View,Church Hill,Park Avenue".split(",")
_TOWNS = "Springfield,Altdorf,Newport,San Pedro,Villanova,Kirkby,Bergheim,Lakeside".split(",")
_WHERE_MET = "the autumn fair,the course in spring,school,the old office,the climbing hall".split(
    ","
)
_MAIL = "example.com example.org example.net mail.example.com post.example.org".split()

# Region, country code, ways a number goes on, digits that follow: all valid, each pair of digits alike likely.
_PLANS = (
    ("US", "1", ("415", "212", "312", "646", "206", "512", "303", "617"), 7),
    ("DE", "49", ("170", "171", "172", "173", "174", "175", "176", "177"), 7),
    ("GB", "44", ("7400", "7450", "7500", "7700", "7800", "7900"), 6),
    ("FR", "33", ("61", "62", "66", "67"), 7),
    ("IN", "91", ("987", "988", "989", "981"), 7),
    ("BR", "55", ("1196", "1197", "1198", "1199"), 7),
    ("IT", "39", ("333", "338", "347", "348"), 7),
    ("ES", "34", ("61", "62", "65", "66"), 7),
)
REGIONS = tuple(plan[0] for plan in _PLANS)


class Person(msgspec.Struct, frozen=True, gc=False):
    """Person `number`. `phones` are (E.164, as dialled at home), `emails` canonical."""

    number: int
    region: str
    given: str
    family: str
    phones: tuple[tuple[str, str], ...]
    emails: tuple[str, ...]
    firm: str
    title: str
    street: str
    town: str
    note: str

    @property
    def full(self) -> str:
        """The whole name."""
        return f"{self.given} {self.family}"

    @property
    def identifiers(self) -> list[Identifier]:
        """What the person is found by, canonical."""
        numbers = [Identifier(f"tel:{e164}") for e164, _ in self.phones]
        return numbers + [Identifier(f"mailto:{m}") for m in self.emails]


def person(number: int) -> Person:
    """The person of that number, 0 to 4,999,999; who is at home in `REGIONS[number % 8]`."""
    mix = _mixed(number)
    family = _BEGIN[mix % 26] + _MIDDLE[mix // 26 % 12] + _END[mix // 312 % 16]
    given = GIVEN[mix // 5000 % len(GIVEN)]
    phones = [_phone(number, 0)]
    if mix // 7 % 20 < 7:
        phones.append(_phone(number, 1))
    return Person(
        number=number,
        region=REGIONS[number % 8],
        given=given,
        family=family,
        phones=tuple(phones),
        emails=(f"{family.lower()}.{number}@{_MAIL[mix % 5]}",) if mix // 11 % 20 < 9 else (),
        firm=f"{_BEGIN[mix // 3 % 26]}{_END[mix // 5 % 16]} {_FIRMS[mix // 13 % 10]}",
        title=_TITLES[mix // 17 % 8],
        street=f"{mix % 180 + 1} {_STREETS[mix // 19 % 6]}",
        town=_TOWNS[mix // 23 % 8],
        note=f"Met at {_WHERE_MET[mix // 29 % 5]}; call after six.",
    )


def _mixed(number: int) -> int:
    """32 well mixed bits of a number (the finaliser of MurmurHash3): neighbours have nothing in common."""
    mixed = number & 0xFFFF_FFFF
    mixed = (mixed ^ mixed >> 16) * 0x85EB_CA6B & 0xFFFF_FFFF
    mixed = (mixed ^ mixed >> 13) * 0xC2B2_AE35 & 0xFFFF_FFFF
    return mixed ^ mixed >> 16


def _phone(number: int, nth: int) -> tuple[str, str]:
    region, code, ways, digits = _PLANS[number % 8]
    # A step that shares no factor with 10 visits every ending once before it visits one twice.
    place = (number // 8) * 2 + nth
    ending, way = place * 7_368_787 % 10**digits, ways[place // 10**digits % len(ways)]
    text = f"{ending:0{digits}d}"
    if region == "US":
        # An exchange begins with 2 to 9.
        place, high = divmod(place, 8_000_000)
        high = 2_000_000 + high * 7_368_787 % 8_000_000
        way, text = ways[place % len(ways)], str(high)
    return f"+{code}{way}{text}", _national(region, way, text)


def _national(region: str, way: str, text: str) -> str:
    if region == "US":
        return f"({way}) {text[:3]}-{text[3:]}"
    if region in {"IT", "ES"}:
        return f"{way} {text}"
    if region == "BR":
        return f"({way[:2]}) {way[2:]}{text[:3]}-{text[3:]}"
    return f"0{way} {text}"
