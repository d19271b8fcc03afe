"""Cards as clients of many makes write them: what they keep must come back byte for byte."""

import base64

_PICTURE = base64.b64encode(bytes(range(256)) * 3).decode()
_FOLDED = "\r\n ".join(_PICTURE[at : at + 74] for at in range(0, len(_PICTURE), 74))
_MAKES: tuple[tuple[str, ...], ...] = (
    ("TEL;TYPE=CELL:+1 415 555 01{n:02}", "EMAIL:person{n}@example.org"),
    ("NOTE:Straße 東京\\, two\\nlines\\; and a fold betw", " een words", "NICKNAME:Ünal"),
    ("item1.TEL:+44 20 7946 00{n:02}", "item1.X-ABLabel:_$!<Other>!$_", "item2.URL:https://x.example"),
    ("X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Al;1;;;;", "ORG:Acme;;", "X-PHONETIC-LAST-NAME:;"),
    ("PHOTO;ENCODING=b;TYPE=JPEG:" + _FOLDED, "TEL:+49 30 2312550{n:02}"),
    ("tel;type=home:+33 1 99 00 00 {n:02}", "Adr;Type=WORK:;;1 High St;Town;;12345;Land"),
    ("CATEGORIES:Friends,Work", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", "X-SOCIALPROFILE;type=x:me{n}"),
    ("NOTE:" + "a line that nobody folded " * 12, "REV:20200101T000000Z", "PRODID:-//Some//One//EN"),
    ("X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:not-a-uuid-{n}"),
)  # fmt: skip
_NEW = (
    "N:Person;{n};;;",
    "FN:Person {n}",
    "FN:Another name",
    "KIND:individual",
    "CLIENTPIDMAP:1;urn:uuid:a-b",
)


def uid(number: int) -> str:
    """The uid of the card of that number."""
    return f"card-{number}"


def named(number: int) -> str:
    """The name vdirsyncer gives its file."""
    return f"{uid(number)}.vcf"


def card(number: int, name: str = "") -> bytes:
    """A card of one make or another; every tenth is of version 4.0, every eleventh has line ends of Unix."""
    if number % 10 == 9:
        version, lines = "4.0", _NEW
    else:
        version, lines = "3.0", ("N:Person;{n};;;", "FN:Person {n}", *_MAKES[number % len(_MAKES)])
    told = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid(number)}"]
    told += [line.replace("{n:02}", f"{number:02}").replace("{n}", str(number)) for line in lines]
    text = "\r\n".join([*told, "END:VCARD", ""])
    if name:
        text = text.replace(f"FN:Person {number}\r\n", f"FN:{name}\r\n")
    return (text.replace("\r\n", "\n") if number % 11 == 10 else text).encode()


def renamed(raw: bytes, name: str) -> bytes:
    """The card with another full name, all else as it is."""
    lines = raw.split(b"\n")
    at = next(at for at, line in enumerate(lines) if line.upper().startswith(b"FN:"))
    end = b"\r" if lines[at].endswith(b"\r") else b""
    lines[at] = b"FN:" + name.encode() + end
    return b"\n".join(lines)
