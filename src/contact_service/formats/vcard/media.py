"""Binary values apart from their cards: cut out of vCard lines and put back bit-exact, named by URI in the JSON.

At rest a photo is `media: {…: {kind, uri: "urn:x-cs:blob:<hex>", mediaType}}` and a marker in its line (`markers.py`);
clients of the JSON are shown a link; those of vCards the value itself.
"""

import re
from base64 import b64decode
from binascii import Error, a2b_base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from contact_service.formats import images, jsrules
from contact_service.formats.vcard import derive, lines, markers, media_types
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.markers import Marker
from contact_service.model.card import Card

LEAST = 128
"""Values shorter than this, in bytes of their spelling, stay in their lines."""

Name = Callable[[bytes, str], bytes]
"""The blob id of a content, of the given media type: a keyed hash (vault/blobs.py)."""

_BINARY = re.compile(rb"(?:[\w-]+\.)?(PHOTO|LOGO|SOUND|KEY|X-MS-CARDPICTURE)[;:]", re.IGNORECASE)
_ANY_BINARY = re.compile(
    rb"^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|X-MS-CARDPICTURE)[;:]", re.IGNORECASE | re.MULTILINE
)
_DATA = re.compile(rb"\s*data:([^,;]*)[^,]*,", re.IGNORECASE)
_DATA_URI = re.compile(r"data:([^,;]*)((?:;[^,]*)?),(.*)", re.IGNORECASE | re.DOTALL)
_AT_REST = re.compile(rb'("uri"\s*:\s*")' + markers.URN.encode() + rb'([0-9a-f]{16})[0-9a-f]*"')
_SHOWN = re.compile(r"/v1/contacts/[^/?]+/photo\?v=([0-9a-f]{16})")
_ENCODINGS = frozenset({"B", "BASE64"})


class Cut(msgspec.Struct, frozen=True, gc=False):
    """A value that was cut out: its blob, its media type, its bytes."""

    blob: bytes
    media: str
    content: bytes


class Inline(msgspec.Struct, frozen=True, gc=False):
    """A `data:` URI in a card's media: the entry's key and kind, the type it claims, its bytes; None: not decodable."""

    key: str
    kind: str
    media: str
    content: bytes | None


def cut(raw: bytes, name: Name) -> tuple[bytes, tuple[Cut, ...]]:
    """The lines with markers for binary values, and those values, each once; linear.

    Values of PHOTO, LOGO, SOUND, KEY, X-MS-CARDPICTURE of 128 bytes and more, in base64 (images also where the line
    does not say so) or a `data:` URI. `restore` with their contents gives the same bytes back.
    """
    if len(raw) < LEAST or not _ANY_BINARY.search(raw):
        return raw, ()
    found: dict[bytes, Cut] = {}
    out = [_cut_line(chunk, name, found) for chunk in lines.logical(raw)]
    return b"".join(out), tuple(found.values())


def restore(raw: bytes, contents: Mapping[bytes, bytes]) -> bytes:
    """The lines with their values, from the blobs' contents; a line whose blob is not there is left out."""
    return markers.restored(raw, contents)


def cut_card(card: Card, name: Name) -> tuple[Card, tuple[Cut, ...]]:
    """`cut` for a card: its JSON tells of the media that its lines now hold markers of."""
    raw, cuts = cut(card.lines, name)
    return (_told(card, raw), cuts) if cuts else (card, ())


def swap(card: Card, others: Mapping[bytes, Cut]) -> Card:
    """The card with other blobs in place of some: of a picture that was made smaller. Lines take the new type."""
    if not others:
        return card
    known = {blob: Marker(other.blob, other.media) for blob, other in others.items()}
    raw = lines.serialise([_swapped(line, known) for line in lines.parse(card.lines)])
    members = _members(card.json)
    for entry in _entries(members.get("media")).values():
        blob = markers.blob(_uri(entry)) or b""
        if blob in known:
            entry["uri"], entry["mediaType"] = known[blob].uri, known[blob].media
    return Card(msgspec.json.encode(members), raw)


def blob_ids(card: Card) -> tuple[bytes, ...]:
    """The blobs the card's JSON and lines point to, each once."""
    found = dict.fromkeys(markers.blobs(card.lines))
    if markers.URN.encode() in card.json:
        for entry in _entries(_members(card.json).get("media")).values():
            blob = markers.blob(_uri(entry))
            if blob is not None:
                found[blob] = None
    return tuple(found)


def photo(json: bytes) -> tuple[bytes, str] | None:
    """(blob, media type) of the first photo that is kept here; None when the card has none."""
    if markers.URN.encode() not in json:
        return None
    for entry in _entries(_members(json).get("media")).values():
        blob = markers.blob(_uri(entry))
        if blob is not None and entry.get("kind") == "photo":
            return blob, str(entry.get("mediaType", ""))
    return None


def shown(json: bytes, card_id: str) -> bytes:
    """The JSON as clients see it: links in place of blobs."""
    if markers.URN.encode() not in json:
        return json
    link = rb"\g<1>/v1/contacts/" + card_id.encode() + rb'/photo?v=\g<2>"'
    return _AT_REST.sub(link, json)


def stored(new_json: bytes, old_json: bytes) -> bytes:
    """The inverse of `shown`, for JSON of a client that was shown `old_json`.

    A link to a photo that is no more stands for the one that is; without one its entry goes.
    """
    if b"photo?v=" not in new_json:
        return new_json
    members = _members(new_json)
    entries = _entries(members.get("media"))
    known = {
        blob.hex()[:16]: entry
        for entry in _entries(_members(old_json).get("media")).values()
        if (blob := markers.blob(_uri(entry))) is not None
    }
    links = {
        key: link[1]
        for key, entry in entries.items()
        if (link := _SHOWN.fullmatch(_uri(entry))) is not None
    }
    if not links:
        return new_json
    photos = [entry for entry in known.values() if entry.get("kind") == "photo"]
    for key, start in links.items():
        meant = known.get(start) or next(iter(photos), None)
        if meant is None:
            del entries[key]
        else:
            entries[key]["uri"] = meant["uri"]
    return _with_media(members, entries)


def inlines(json: bytes) -> tuple[Inline, ...]:
    """The media of a card that hold their bytes themselves (RFC 2397)."""
    if b'"media"' not in json and b"\\u" not in json:
        return ()
    if b"data:" not in json.lower() and b"\\u" not in json:
        return ()
    found: list[Inline] = []
    for key, entry in _entries(_members(json).get("media")).items():
        match = _DATA_URI.fullmatch(_uri(entry))
        if match:
            content = _decoded(match[3], is_base64=match[2].lower().endswith(";base64"))
            found.append(Inline(key, str(entry.get("kind", "")), match[1].lower(), content))
    return tuple(found)


def with_blobs(json: bytes, cuts: Mapping[str, Cut]) -> bytes:
    """The JSON with blobs in place of inline media, by the key of the entry."""
    members = _members(json)
    entries = _entries(members.get("media"))
    for key, made in cuts.items():
        entries[key]["uri"] = Marker(made.blob, made.media).uri
        entries[key]["mediaType"] = made.media
    return _with_media(members, entries)


def without(json: bytes, keys: Iterable[str]) -> bytes:
    """The JSON without those entries of its media."""
    members = _members(json)
    gone = set(keys)
    left = {key: entry for key, entry in _entries(members.get("media")).items() if key not in gone}
    return _with_media(members, left)


def _cut_line(chunk: bytes, name: Name, found: dict[bytes, Cut]) -> bytes:
    prop = _BINARY.match(chunk) if len(chunk) >= LEAST else None
    at = lines.head_end(chunk) + 1
    end = len(chunk.rstrip(b"\r\n"))
    if prop is None or at == 1 or markers.SIGN.encode() in chunk:
        return chunk
    head = lines.head(lines.unfold(chunk[: at - 1]).decode(errors="replace"))
    data = _DATA.match(chunk, at)
    start = data.end() if data else at
    encoded = data is not None or head.params.get("ENCODING", ("",))[0].upper() in _ENCODINGS
    if not encoded and not _is_picture(chunk[start : start + 24]):
        return chunk
    value = chunk[start:end]
    if len(value) < LEAST:
        return chunk
    said = (data[1].decode(errors="replace"),) if data else head.params.get("TYPE", ())
    marker, content = _marker(value, prop[1].decode().upper(), said, name)
    found[marker.blob] = Cut(marker.blob, marker.media, content)
    return chunk[:start] + str(marker).encode() + chunk[end:]


def _is_picture(start: bytes) -> bool:
    """Whether a value that does not say that it is base64 begins as an image in base64 does."""
    try:
        return images.media(a2b_base64(b"".join(start.split())[:16])) is not None
    except Error:
        return False


def _marker(value: bytes, prop: str, types: tuple[str, ...], name: Name) -> tuple[Marker, bytes]:
    made = markers.measured(value)
    if made is None:
        plain = "application/octet-stream"
        return Marker(name(value, plain), plain, "r"), value
    content, form, layout = made
    media = markers.media_type(media_types.of_content(prop, types, content[:12]))
    return Marker(name(content, media), media, form, layout), content


def _told(card: Card, raw: bytes) -> Card:
    """The card with those lines; entries that its JSON lacks are put in."""
    members = _members(card.json)
    entries = _entries(members.get("media"))
    known = {_uri(entry) for entry in entries.values()}
    for key, entry in derive.card(lines.parse(raw)).card.get("media", {}).items():
        if markers.blob(entry["uri"]) is None or entry["uri"] in known:
            continue
        free = key
        while free in entries:
            free = f"x{free}"
        entries[free] = entry
    return Card(_with_media(members, entries), raw)


def _swapped(line: Line, known: Mapping[bytes, Marker]) -> Line:
    """The line with the marker of its blob's successor, said to be of that one's type."""
    old = markers.of(line.value)
    new = known.get(old.blob) if old else None
    if new is None:
        return line
    edit = Edit(line)
    if line.value[:5].lower() == "data:":
        edit.value = f"data:{new.media};base64,{new}"
    else:
        others = tuple(said for said in edit.types if said.lower() in {"pref", "home", "work"})
        edit.put_types((*others, media_types.to_type(new.media)))
        edit.value = str(new)
    return edit.line()


def _members(json: bytes) -> dict[str, Any]:
    """A card's members, undecoded but for media: all else keeps its bytes."""
    members: dict[str, Any] = msgspec.json.decode(json, type=dict[str, msgspec.Raw])
    if "media" in members:
        members["media"] = jsrules.untyped(bytes(members["media"]))
    return members


def _entries(media: Any) -> dict[str, dict[str, Any]]:
    return media if isinstance(media, dict) else {}


def _with_media(members: dict[str, Any], entries: dict[str, dict[str, Any]]) -> bytes:
    members.pop("media", None) if not entries else members.update(media=entries)
    return msgspec.json.encode(members)


def _uri(entry: Any) -> str:
    uri = entry.get("uri") if isinstance(entry, dict) else None
    return uri if isinstance(uri, str) else ""


def _decoded(text: str, *, is_base64: bool) -> bytes | None:
    plain = unquote_to_bytes(text)
    if not is_base64:
        return plain
    plain = b"".join(plain.split())
    try:
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return None
