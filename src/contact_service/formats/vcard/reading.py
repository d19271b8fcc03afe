"""One vCard record as a Card and its typed view. Bytes in, bytes kept; see `derive.py` for the mapping."""

import re

import msgspec

from contact_service.formats import jsrules
from contact_service.formats.vcard import bounds, derive, lines, text
from contact_service.formats.vcard.building import Building
from contact_service.model.card import Card, Fields
from contact_service.model.problem import InvalidCard, TooLarge

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Fields)
# XML 1.0 cannot carry them, nor PostgreSQL the NUL (sync.md, vCard line model, 6); TAB, LF and CR stay.
CONTROLS = bytes(range(9)) + bytes(range(11, 13)) + bytes(range(14, 32)) + b"\x7f"
_END = re.compile(rb"^END[ \t]*:[ \t]*VCARD\s*\Z", re.IGNORECASE | re.MULTILINE)
_BEGIN = re.compile(rb"BEGIN[ \t]*:[ \t]*VCARD[ \t]*\r*\n", re.IGNORECASE)
_UID = re.compile(rb"^(?:[\w-]+\.)?UID[;:][^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_VERSION = re.compile(rb"^VERSION[^:\n]*:[ \t]*(2\.1|3\.0|4\.0)\s*$", re.IGNORECASE | re.MULTILINE)
_ADMINISTRATIVE = frozenset(
    {"@type", "version", "uid", "prodId", "updated", "created", "kind", "language"}
)
_SAY_NOTHING = frozenset(
    {"", "BEGIN", "END", "VERSION", "UID", "PRODID", "REV", "CREATED", "KIND", "LANGUAGE"}
)
BOUNDS = {
    "card-too-large": (bounds.MAX_CARD_BYTES, "bytes a contact"),
    "line-too-long": (bounds.MAX_LINE_BYTES, "bytes a line"),
    "media-too-large": (bounds.MAX_MEDIA_BYTES, "bytes a picture"),
    "too-many-properties": (bounds.MAX_PROPERTIES, "properties a contact"),
}
"""The limit and its unit for each reason of `split` that is one."""


def read(raw: bytes, new_uid: str) -> tuple[Card, Fields]:
    """The Card of one vCard (2.1, 3.0, 4.0) from BEGIN to END, in UTF-8, as `split` gives it in `Record.raw`.

    `lines` are the bytes received, without C0 controls; where there is no UID one line with `new_uid` (as given) is
    added before END. Raises InvalidCard (422; its reason is a slug like those of `Record`, `bad-encoding`,
    `no-content`, `truncated`, or words about a member) and TooLarge (413; 256 kB without binary values, 1,000
    properties).
    """
    slug = bounds.broken(raw)
    if slug:
        raise TooLarge(*BOUNDS[slug])
    raw = raw.translate(None, CONTROLS)
    end = _END.search(raw, max(0, len(raw) - 200))
    if end is None or not _BEGIN.match(raw):
        raise InvalidCard("", "truncated")
    parsed = lines.parse(raw)
    if any(line.head is lines.UNDECODABLE for line in parsed):
        raise InvalidCard("", "bad-encoding")
    building = derive.card(parsed)
    card = building.card
    # A photo alone is content too, though none of it is in the JSON.
    if card.keys() <= _ADMINISTRATIVE and not any(map(_tells, parsed)):
        raise InvalidCard("", "no-content")
    if "uid" not in card:
        raw = _with_uid(raw, end.start(), new_uid)
        card["uid"] = new_uid
    return _checked(building, raw)


def _tells(line: lines.Line) -> bool:
    return line.head.name not in _SAY_NOTHING and not line.value.isspace() and line.value != ""


def _checked(building: Building, raw: bytes) -> tuple[Card, Fields]:
    json = _ENCODER.encode(building.card)
    # Escapes and quotes may double a card, nothing may do more.
    if len(json) > 2 * bounds.MAX_CARD_BYTES:
        raise TooLarge(bounds.MAX_CARD_BYTES, "bytes a contact")
    if not building.overridden:
        return Card(json, raw), _DECODER.decode(json)
    # A JSPROP line is JSON of somebody else's; all else was made here and keeps the rules.
    try:
        fields = _DECODER.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise jsrules.invalid(error) from None
    jsrules.check_depth(json)
    jsrules.check_escapes(json)
    jsrules.check(fields)
    return Card(json, raw), fields


def _with_uid(raw: bytes, at: int, uid: str) -> bytes:
    line_end = b"\r\n" if raw[:at].endswith(b"\r\n") else b"\n"
    return raw[:at] + b"UID:" + uid.encode() + line_end + raw[at:]


def uid(raw: bytes) -> str:
    """The UID of a record without reading the rest; "" when it has none."""
    match = _UID.search(raw)
    return lines.parse(match[0])[0].value.strip() if match else ""


def with_uid(raw: bytes, uid: str) -> bytes:
    """A record under another UID, `uid` as a vCard spells it; one that has none stays without."""
    line_end = b"\r" if b"\r\n" in raw else b""
    return _UID.sub(lambda _: b"UID:%b%b" % (text.escape(uid).encode(), line_end), raw, count=1)


def version(raw: bytes) -> str:
    """The VERSION of a record without reading the rest; 3.0 when it says none (`split` lets such pass)."""
    found = _VERSION.search(raw)
    return found[1].decode() if found else "3.0"


def unfolded(raw: bytes) -> bytes:
    """A record's lines without folds, blank lines and kind of line end: equal in two exports of one card."""
    if b"\n " in raw or b"\n\t" in raw or b"=\n" in raw or b"=\r" in raw:
        raw = b"\n".join([lines.unfold(chunk) for chunk in lines.logical(raw)])
    return b"\n".join(filter(None, raw.replace(b"\r", b"\n").split(b"\n")))
