"""What the parameters of a line say of its entry: contexts, features, pref, and the rest as vCardParams (RFC 9555 2.3).

Many heads repeat in every card, so what they say is remembered; the dicts are shared: never change one.
"""

import re
from typing import Any

import msgspec

from contact_service.formats.vcard.lines import Head

_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
CONTEXTS = {"home": "private", "work": "work"}
_ADDRESS_CONTEXTS = {**CONTEXTS, "billing": "billing", "delivery": "delivery"}
FEATURES = {
    "cell": "mobile",
    "voice": "voice",
    "fax": "fax",
    "pager": "pager",
    "text": "text",
    "textphone": "textphone",
    "video": "video",
    "main-number": "main-number",
}
# Said by the mapping itself, never kept beside it.
_CONSUMED = frozenset({"TYPE", "PREF", "PROP-ID", "ENCODING", "CHARSET", "VALUE"})
_OWN = {
    "ADR": frozenset({"LABEL", "TZ", "GEO", "CC"}),
    "N": frozenset({"SORT-AS"}),
    "ORG": frozenset({"SORT-AS"}),
    "IMPP": frozenset({"SERVICE-TYPE", "X-SERVICE-TYPE", "USERNAME"}),
    "SOCIALPROFILE": frozenset({"SERVICE-TYPE", "USERNAME"}),
    "X-SOCIALPROFILE": frozenset({"X-USER"}),
    "BDAY": frozenset({"X-APPLE-OMIT-YEAR"}),
    "NOTE": frozenset({"AUTHOR", "AUTHOR-NAME", "CREATED"}),
    "JSPROP": frozenset({"JSPTR"}),
    "EXPERTISE": frozenset({"LEVEL", "INDEX"}),
    "HOBBY": frozenset({"LEVEL", "INDEX"}),
    "INTEREST": frozenset({"LEVEL", "INDEX"}),
}
_MEDIA_NAMES = frozenset(
    {
        "PHOTO",
        "LOGO",
        "SOUND",
        "KEY",
        "URL",
        "CONTACT-URI",
        "SOURCE",
        "ORG-DIRECTORY",
        "CALURI",
        "FBURL",
        "CALADRURI",
    }
)


class Traits(msgspec.Struct, frozen=True):
    """`entry`: members every entry has; `id`: the PROP-ID, "" without; `prefers`: TYPE=pref or PREF."""

    entry: dict[str, Any]
    id: str
    prefers: bool


_MOST = 4_096
_known: dict[str, Traits] = {}


def of(head: Head) -> Traits:
    """The traits a head speaks of."""
    found = _known.get(head.text)
    if found is None:
        found = _read(head)
        if len(head.text) <= 48:
            if len(_known) >= _MOST:
                _known.clear()
            _known[head.text] = found
    return found


def _read(head: Head) -> Traits:
    entry: dict[str, Any] = {}
    types = [kind.lower() for kind in head.params.get("TYPE", ())]
    if types:
        _types(head.name, types, entry)
    pref = head.params.get("PREF", ("",))[0]
    if pref.isdecimal() and pref.isascii() and 1 <= int(pref[:9]) <= 100:
        entry["pref"] = int(pref)
    elif "pref" in types:
        entry["pref"] = 1
    media = head.params.get("MEDIATYPE", ("",))[0] if head.name in _MEDIA_NAMES else ""
    if media:
        entry["mediaType"] = media
    kept = _kept(head, entry.pop("type", []), media=bool(media))
    if kept:
        entry["vCardParams"] = kept
    own_id = head.params.get("PROP-ID", ("",))[0]
    return Traits(entry, own_id if _ID.fullmatch(own_id) else "", "pref" in entry)


def _types(name: str, types: list[str], entry: dict[str, Any]) -> None:
    """Sort TYPE values into contexts, a phone's features, and `type` for the rest."""
    known = _ADDRESS_CONTEXTS if name in {"ADR", "LABEL"} else CONTEXTS
    contexts = {known[kind]: True for kind in types if kind in known}
    if contexts:
        entry["contexts"] = contexts
    features = {FEATURES[kind]: True for kind in types if kind in FEATURES} if name == "TEL" else {}
    if features:
        entry["features"] = features
    rest = [
        kind
        for kind in types
        if kind not in known and kind != "pref" and not (name == "TEL" and kind in FEATURES)
    ]
    # Every e-mail address of vCard 3.0 is of type internet: it says nothing (RFC 2426 3.3.2).
    entry["type"] = [kind for kind in rest if not (name == "EMAIL" and kind == "internet")]


def _kept(head: Head, types: list[str], *, media: bool) -> dict[str, Any]:
    own = _OWN.get(head.name, frozenset())
    kept: dict[str, Any] = {
        key.lower(): values[0] if len(values) == 1 else list(values)
        for key, values in head.params.items()
        if key not in _CONSUMED and key not in own and not (media and key == "MEDIATYPE")
    }
    if types:
        kept["type"] = types[0] if len(types) == 1 else types
    if head.group:
        kept["group"] = head.group
    return kept
