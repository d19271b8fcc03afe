"""JSContact (RFC 9553) in and out. The bytes a client sent are kept; nothing is encoded anew on the hot path.

Invariant: `Card.json` is valid UTF-8, one object with `@type`, `version` and `uid`, without our id, etag, addressBook.
"""

from typing import Any

import msgspec

from contact_service.formats import jspatch, jsrules
from contact_service.formats.vcard import media
from contact_service.model.card import Card, Fields
from contact_service.model.ids import DEFAULT_BOOK
from contact_service.model.problem import InvalidCard, TooLarge

_DECODER = msgspec.json.Decoder(Fields)
_ANY = msgspec.json.Decoder()
_OURS = ("id", "etag", "addressBook")
# Part of a blob's URI. This part, for the search for it takes a quarter of that for the whole: 0.1 us a card.
_POINTS = b"-cs:blob:"
_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read(raw: bytes, new_uid: str) -> tuple[Card, Fields]:
    """A Card as a client sent it: <= 262,144 bytes of JSON, unknown members kept; `new_uid` is taken where it has none.

    Raises InvalidCard (422) with a JSON Pointer and a reason that quotes nothing, TooLarge (413). RFC 9553 2.1.
    """
    if len(raw) > jsrules.MAX_BYTES:
        raise TooLarge(jsrules.MAX_BYTES, "bytes a contact")
    try:
        if not raw.isascii():
            raw.decode()  # unknown members are not decoded, yet nothing but UTF-8 may rest in the store
        fields = _DECODER.decode(raw)
    except _ERRORS as error:
        raise jsrules.invalid(error) from None
    json = raw.strip()
    # Rare things are looked for by one byte search each; the search may be wrong, the road behind it is exact.
    if b"\\u" in json or json.count(b'"uid"') > 1:
        _check_closely(json)
    elif _nests(json):
        jsrules.check_depth(json)
    if fields.id is not None or fields.etag is not None or fields.address_book is not None:
        json = _without_ours(json)
    jsrules.check(fields)
    if fields.uid is None or fields.type_ is None or fields.version is None:
        json, fields = _completed(json, fields, new_uid)
    return Card(json), fields


def fields(card_json: bytes) -> Fields:
    """The typed view of a stored card's JSON, which was checked on its way in."""
    return _DECODER.decode(card_json)


def patch(card_json: bytes, changes: dict[str, Any]) -> bytes:
    """The card after a JMAP PatchObject (RFC 8620 5.3): `{"phones/p1/number": "…", "notes": null}`; null removes.

    The result is checked like a card that was sent. Raises InvalidCard (422): a path through nothing, two paths of
    which one holds the other, a change of `id`, `etag`, `addressBook` or `uid`; TooLarge (413).
    """
    try:
        card = _ANY.decode(card_json)
    except msgspec.ValidationError:
        raise InvalidCard("", "holds a number out of range, which a patch would change") from None
    uid = card.get("uid")
    jspatch.apply(card, changes)
    if card.get("uid") != uid:
        raise InvalidCard("/uid", "cannot be changed")
    try:
        encoded = msgspec.json.encode(card)
    except (TypeError, ValueError, RecursionError):
        raise InvalidCard("", "holds what JSON cannot") from None
    return read(encoded, str(uid))[0].json


def book_member(name: str) -> bytes:
    """`addressBook` as `render` puts it in front of a card."""
    return b',"addressBook":%b,' % msgspec.json.encode(name)


DEFAULT_MEMBER = book_member(DEFAULT_BOOK)


def render(card_json: bytes, card_id: str, etag: str, book: bytes = DEFAULT_MEMBER) -> bytes:
    """The card as it is answered: `id`, `etag` (with its quotes, RFC 9110 8.8.3) and `addressBook` put in front, links
    in place of photos that are kept apart.
    """
    if _POINTS in card_json:
        card_json = media.shown(card_json, card_id)
    quoted = etag.replace('"', '\\"').encode()
    return b'{"id":"%b","etag":"%b"%b%b' % (
        card_id.encode(),
        quoted,
        book,
        card_json[1:],
    )


def _nests(json: bytes) -> bool:
    return json.count(b"{") + json.count(b"[") > jsrules.MAX_DEPTH


def _check_closely(json: bytes) -> None:
    jsrules.check_depth(json)
    jsrules.check_escapes(json)
    jsrules.check_members(json)


def _without_ours(json: bytes) -> bytes:
    jsrules.check_depth(json)
    members = msgspec.json.decode(json, type=dict[str, msgspec.Raw])
    for name in _OURS:
        members.pop(name, None)
    return msgspec.json.encode(members)


def _completed(json: bytes, fields: Fields, new_uid: str) -> tuple[bytes, Fields]:
    """Put the members in front that RFC 9553 asks for; one sent as null is cut off first."""
    missing = {
        name: value
        for name, value, found in (
            ("@type", "Card", fields.type_),
            ("version", "1.0", fields.version),
            ("uid", new_uid, fields.uid),
        )
        if found is None
    }
    if b"null" in json:
        sent = msgspec.json.decode(json, type=dict[str, msgspec.Raw])
        json = msgspec.json.encode({name: sent[name] for name in sent if name not in missing})
    front = msgspec.json.encode(missing)[:-1]
    rest = json[1:].lstrip()
    json = front + (rest if rest == b"}" else b"," + rest)
    return json, msgspec.structs.replace(
        fields,
        type_=fields.type_ or "Card",
        version=fields.version or "1.0",
        uid=fields.uid or new_uid,
    )
