"""How a binary value's type is spelled: TYPE before vCard 4.0 (RFC 2426 3.1.4), a media type since (RFC 6350 6.2.4)."""

from binascii import Error, a2b_base64

from contact_service.formats import images
from contact_service.formats.vcard import markers

_AUDIO, _IMAGE = "audio", "image"
_FAMILY = {"PHOTO": _IMAGE, "LOGO": _IMAGE, "X-MS-CARDPICTURE": _IMAGE, "SOUND": _AUDIO}
_ODD = {
    "JPG": "image/jpeg",
    "WAVE": "audio/wav",
    "PCM": "audio/basic",
    "X509": "application/pkix-cert",
    "PGP": "application/pgp-keys",
}
_TYPES = {media: said for said, media in _ODD.items() if said not in {"JPG", "PCM"}}


def of_type(name: str, types: tuple[str, ...]) -> str:
    """The media type a line's TYPE values speak of; "" when they speak of none. `name` is the property's."""
    for said in types:
        kind = said.upper()
        if "/" in said:
            return said.lower()
        if kind in _ODD:
            return _ODD[kind]
        if name in _FAMILY and kind not in {"PREF", "HOME", "WORK"}:
            return f"{_FAMILY[name]}/{said.lower()}"
    return ""


def to_type(media: str) -> str:
    """The TYPE of a media type: JPEG for image/jpeg; "" for bytes of no known type."""
    media = media.lower()
    if media == "application/octet-stream":
        return ""
    return _TYPES.get(media) or media.rpartition("/")[2].removeprefix("x-").upper()


def of_content(name: str, types: tuple[str, ...], start: bytes) -> str:
    """The media type of a value by its first 12 bytes, else by what its line says."""
    seen = images.media(start) if _FAMILY.get(name) == _IMAGE else None
    return seen or of_type(name, types) or "application/octet-stream"


def of_value(name: str, types: tuple[str, ...], value: str) -> str:
    """`of_content` for base64 as it stands in a line, or for the marker in its place."""
    marker = markers.of(value)
    if marker and marker.is_binary:
        return marker.media
    try:
        start = a2b_base64(value[:16])
    except Error:
        start = b""
    return of_content(name, types, start)
