"""The cards of the CardDAV bench and the bodies of its requests; 564 bytes a card on average, some with a photo."""

import base64
import random
from functools import lru_cache

LIST = b"""<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>"""
TOKEN = (
    b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:sync-token/></d:prop></d:propfind>'
)
NAME_PART, MAIL_PART = "0042", "person42"
_PHOTO_SHARE, _PHOTO_BYTES = 50, 20_000
_CARD = """BEGIN:VCARD
VERSION:3.0
UID:{uid}
FN:Person {number:04d} Family{tail}
N:Family{tail};Person {number:04d};;;
ORG:Company {company};Department
TITLE:Engineer
TEL;TYPE=CELL:+1415555{number:04d}
TEL;TYPE=HOME:+1416555{number:04d}
EMAIL;TYPE=INTERNET:person{number}@example.org
EMAIL;TYPE=WORK:p{number}@work.example.com
ADR;TYPE=HOME:;;{number} Main Street;Springfield;IL;62701;USA
URL:https://example.org/people/{number}
BDAY:19{year:02d}-04-12
NOTE:{note}
CATEGORIES:Friends,Bench
REV:2026-01-01T00:00:00Z
{photo}END:VCARD
"""


def card(
    number: int,
    note: str = "Met at the conference, likes long walks and short benchmarks.",
    *,
    with_photo: bool = True,
) -> tuple[str, bytes]:
    """A resource name and its vCard."""
    photo = ""
    if with_photo and number % _PHOTO_SHARE == 0:
        text = base64.b64encode(random.Random(number).randbytes(_PHOTO_BYTES)).decode()  # noqa: S311  a picture of noise
        photo = (
            "PHOTO;ENCODING=b;TYPE=JPEG:"
            + "\n ".join(text[at : at + 74] for at in range(0, len(text), 74))
            + "\n"
        )
    uid = f"bench-{number:08d}"
    made = _CARD.format(
        uid=uid,
        number=number,
        tail=number % 977,
        company=number % 60,
        year=number % 90,
        note=note,
        photo=photo,
    )
    return f"{uid}.vcf", made.replace("\n", "\r\n").encode()


@lru_cache(1)
def cards(n: int) -> list[tuple[str, bytes]]:
    """The first `n` cards."""
    return [card(number) for number in range(n)]


def sync(token: str) -> bytes:
    """sync-collection (RFC 6578)."""
    return (
        '<?xml version="1.0"?><d:sync-collection xmlns:d="DAV:">'
        f"<d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>"
        "<d:prop><d:getetag/></d:prop></d:sync-collection>"
    ).encode()


def multiget(hrefs: list[str]) -> bytes:
    """addressbook-multiget (RFC 6352 8.7)."""
    told = "".join(f"<d:href>{href}</d:href>" for href in hrefs)
    return (
        '<?xml version="1.0"?><c:addressbook-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">'
        f"<d:prop><d:getetag/><c:address-data/></d:prop>{told}</c:addressbook-multiget>"
    ).encode()


def query(prop: str, part: str) -> bytes:
    """addressbook-query (RFC 6352 8.6): a property that contains some letters."""
    return (
        '<?xml version="1.0"?><c:addressbook-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">'
        f'<d:prop><d:getetag/></d:prop><c:filter><c:prop-filter name="{prop}">'
        f'<c:text-match collation="i;unicode-casemap" match-type="contains">{part}</c:text-match>'
        "</c:prop-filter></c:filter></c:addressbook-query>"
    ).encode()
