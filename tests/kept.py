"""What people keep beside names and numbers: favourite, ringtone, pronouns, labels, custom fields, X- properties.

Each as an app says it and as a device's vCard does; it must survive every road (tests/roads.py).
"""

from typing import Any, NamedTuple


class Kept(NamedTuple):
    """A thing people keep: its members as an app sends them; its lines as a device sends them, and the members that
    JSON tells of those.
    """

    name: str
    json: dict[str, Any]
    lines: tuple[bytes, ...]
    told: dict[str, Any]


def prop(name: str, value: str, **params: str) -> list[Any]:
    """A line without a home in JSContact, as `vCardProps` tells it (RFC 9555 2.15.1)."""
    return [name, params, "unknown", value]


TABLE = (
    Kept(
        "favourite",
        {"example.com:favourite": True},
        (b"X-FAVORITE:1",),
        {"vCardProps": [prop("x-favorite", "1")]},
    ),
    Kept(
        "ringtone",
        {"example.com:ringtone": {"name": "Marimba", "uri": "content://media/7"}},
        (b"X-RINGTONE;TYPE=file:content://media/internal/audio/7",),
        {"vCardProps": [prop("x-ringtone", "content://media/internal/audio/7", type="file")]},
    ),
    Kept(
        "pronouns",
        {
            "speakToAs": {
                "grammaticalGender": "neuter",
                "pronouns": {"p": {"pronouns": "they/them"}},
            }
        },
        (b"GRAMGENDER:neuter", b"PRONOUNS;LANGUAGE=en:they/them"),
        {
            "speakToAs": {"grammaticalGender": "neuter"},
            "vCardProps": [prop("pronouns", "they/them", language="en")],
        },
    ),
    Kept(
        "birthday without a year",
        {"anniversaries": {"b": {"kind": "birth", "date": {"month": 3, "day": 14}}}},
        (b"BDAY;X-APPLE-OMIT-YEAR=1604;VALUE=date:1604-03-14",),
        {"anniversaries": {"BDAY-1": {"kind": "birth", "date": {"month": 3, "day": 14}}}},
    ),
    Kept(
        "custom label",
        {"phones": {"t": {"number": "+14155550100", "label": "boat, the small one"}}},
        (b"item1.TEL;type=pref:+1 415 555 0100", b"item1.X-ABLabel:boat, the small one"),
        {
            "phones": {
                "TEL-1": {
                    "number": "+1 415 555 0100",
                    "pref": 1,
                    "label": "boat, the small one",
                    "vCardParams": {"group": "item1"},
                }
            }
        },
    ),
    Kept(
        "custom field",
        {"example.com:fields": [{"label": "Locker", "value": "7 b"}]},
        (b"item2.X-ABRELATEDNAMES:Kim", b"item2.X-ABLabel:_$!<Spouse>!$_"),
        {
            "vCardProps": [
                prop("x-abrelatednames", "Kim", group="item2"),
                prop("x-ablabel", "_$!<Spouse>!$_", group="item2"),
            ]
        },
    ),
    Kept(
        "X- property",
        {"vCardProps": [prop("x-seat", "12 A", **{"x-p": "a"})]},
        (b'item3.X-CUSTOM;X-P="a,b":  one;two\\, three',),
        {"vCardProps": [prop("x-custom", "  one;two\\, three", **{"x-p": "a,b"}, group="item3")]},
    ),
    Kept(
        "keyword",
        {"keywords": {"Band": True, "Sch,ool": True}},
        (b"CATEGORIES:Band,Sch\\,ool",),
        {"keywords": {"Band": True, "Sch,ool": True}},
    ),
)


def lacks(members: dict[str, Any], card: dict[str, Any]) -> list[str]:
    """The members of which the card does not say all by value; the keys of entries may be others."""
    return [name for name, value in members.items() if not _says(value, card.get(name))]


def _says(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, list) and isinstance(got, list):
        return all(item in got for item in wanted)
    if isinstance(wanted, dict) and isinstance(got, dict):
        found = [_plain(entry) for entry in got.values()]
        return wanted.items() <= got.items() or all(_plain(e) in found for e in wanted.values())
    return bool(wanted == got)


def _plain(entry: Any) -> Any:
    """An entry less the group of its label's line, which the writer of the line chooses."""
    if not isinstance(entry, dict):
        return entry
    params = {k: v for k, v in entry.get("vCardParams", {}).items() if k != "group"}
    rest = {k: v for k, v in entry.items() if k != "vCardParams"}
    return {**rest, "vCardParams": params} if params else rest
