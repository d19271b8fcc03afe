"""How an entry's contexts, features, pref, label and other parameters are spelled in each version of vCard."""

import re
from typing import Any

import msgspec

from contact_service.formats.vcard import lines, text, traits
from contact_service.formats.vcard.lines import Line

_CONTEXTS = {value: key for key, value in traits.CONTEXTS.items()}
_FEATURES = {value: key for key, value in traits.FEATURES.items()}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_BREAK = re.compile(r"\\(.)", re.DOTALL)
# Apple's own labels are spelled `_$!<…>!$_`, and shown in the language of the phone.
_APPLE = frozenset(
    {
        "Home", "Work", "Other", "HomePage", "Anniversary", "Mobile", "Main", "School", "Mother", "Father", "Parent",
        "Brother", "Sister", "Child", "Friend", "Spouse", "Partner", "Assistant", "Manager", "AssistantPhone",
    }
)  # fmt: skip


class Version(msgspec.Struct, frozen=True):
    """A version of vCard to write; `groups` are those in use, so that a new label gets a free one."""

    number: str
    groups: set[str]

    def free_group(self) -> str:
        """An `itemN` no line has."""
        number = 1
        while f"item{number}" in self.groups:
            number += 1
        self.groups.add(f"item{number}")
        return f"item{number}"


def flags(value: Any) -> list[str]:
    """The keys of a map of trues; [] for anything else."""
    return [key for key, on in value.items() if on is True] if isinstance(value, dict) else []


def string(entry: Any, member: str) -> str:
    """A member that is text; "" for anything else."""
    value = entry.get(member) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


def member(uid: str) -> str:
    """A UID as a member of a group is named, escaped or not: the URI it is, else with `urn:uuid:` before it."""
    return uid if _SCHEME.match(uid) else f"urn:uuid:{uid.strip()}"


def line(version: Version, name: str, value: str, params: str = "", *, group: str = "") -> Line:
    """A line whose value is escaped already; non-ASCII text of vCard 2.1 becomes quoted-printable."""
    head = f"{group}.{name}{params}" if group else f"{name}{params}"
    if version.number == "2.1" and not (value.isascii() and "\\n" not in value):
        body = _BREAK.sub(lambda m: "\n" if m[1] == "n" else m[0], value)
        return lines.make_quoted(f"{head};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE", body)
    return lines.make(head, value)


def entry_lines(
    version: Version,
    name: str,
    key: str,
    entry: dict[str, Any],
    value: str,
    *params: tuple[str, str],
) -> list[Line]:
    """The line of a map's entry, and the label's line after it. `value` is escaped already."""
    kept = entry.get("vCardParams")
    kept = kept if isinstance(kept, dict) else {}
    label = string(entry, "label")
    group = string(kept, "group") if _NAME.fullmatch(string(kept, "group")) else ""
    if label and not group:
        group = version.free_group()
    written = _types(version, name, entry, kept) + _others(kept)
    for param, said in (*params, ("PROP-ID", key)):
        if said:
            written += f";{param}={text.quoted(said)}"
    made = [line(version, name, value, written, group=group)]
    if label:
        spelled = f"_$!<{label}>!$_" if label in _APPLE else text.escape(label)
        made.append(line(version, "X-ABLabel", spelled, group=group))
    return made


def _types(version: Version, name: str, entry: dict[str, Any], kept: dict[str, Any]) -> str:
    types = [_CONTEXTS.get(context, context) for context in flags(entry.get("contexts"))]
    if name == "TEL":
        types += [_FEATURES.get(feature, feature) for feature in flags(entry.get("features"))]
    own = kept.get("type")
    types += [own] if isinstance(own, str) else own if isinstance(own, list) else []
    types = [kind for kind in types if isinstance(kind, str) and _NAME.fullmatch(kind)]
    pref = entry.get("pref")
    written = ""
    if pref == 1 and version.number != "4.0":
        types.append("pref")
    elif isinstance(pref, int):
        written = f";PREF={pref}"
    if types and version.number == "2.1":
        return "".join(f";{kind.upper()}" for kind in types) + written
    return (f";TYPE={','.join(types)}" if types else "") + written


def _others(kept: dict[str, Any]) -> str:
    written = ""
    for param, value in kept.items():
        if param in {"type", "group"} or not _NAME.fullmatch(param):
            continue
        values = value if isinstance(value, list) else [value]
        written += f";{param.upper()}={','.join(text.quoted(str(one)) for one in values)}"
    return written
