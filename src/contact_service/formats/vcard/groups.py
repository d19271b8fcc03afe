"""Group cards as clients look for them: KIND and MEMBER (RFC 6350 6.6.5), before 4.0 Apple's X-ADDRESSBOOKSERVER-KIND
and -MEMBER, where `urn:uuid:` stands before any UID and the name of the group in N too.
"""

from collections.abc import Iterable

from contact_service.formats.vcard import lines, spelling, text
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version

_MEMBERS = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"})


def dressed(raw: bytes) -> bytes:
    """The lines of a card that was made as JSON, if it is a group with its name and members spelled as above; those of
    any other card as they are.
    """
    if b"KIND:group\r\n" not in raw:
        return raw
    parsed = lines.parse(raw)
    full = next((line.value for line in parsed if line.head.name == "FN"), "")
    return lines.serialise([_dressed(line, full) for line in parsed])


def keyword_card(name: str, uid: str, uids: Iterable[str], version: str) -> bytes:
    """A keyword as the vCard of a group, for clients that know no other groups: `uids` are its members' (3.0 or 4.0).

    The same for the same members in any order.
    """
    to = Version(version, set())
    kind, member = "KIND", "MEMBER"
    if version != "4.0":
        kind, member = "X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"
    full = text.escape(name)
    known = sorted({spelling.member(text.escape(one)) for one in uids})
    made: list[Line] = [
        lines.make("BEGIN", "VCARD"),
        lines.make("VERSION", version),
        spelling.line(to, "UID", text.escape(uid)),
        spelling.line(to, "FN", full),
        spelling.line(to, "N", f"{full};;;;"),
        spelling.line(to, kind, "group"),
        *(spelling.line(to, member, one) for one in known),
        lines.make("END", "VCARD"),
    ]
    return lines.serialise(made)


def _dressed(line: Line, full: str) -> Line:
    edit = Edit(line)
    if line.head.name in _MEMBERS:
        edit.value = spelling.member(line.value)
    elif line.head.name == "N" and line.value == ";;;;":
        edit.value = f"{full};;;;"
    return edit.line()
