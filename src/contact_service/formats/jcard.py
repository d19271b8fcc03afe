"""jCard (RFC 7095) as the lines of a vCard 4.0, from which it is read like any other."""

import re
from collections.abc import Callable
from typing import Any

from contact_service.formats.vcard import lines, text

_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?")
_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)?")
# RFC 6350 6: what a property's value is when nothing is said.
_USUAL = {
    "uri": frozenset(
        "source photo impp geo logo member related sound url key fburl caladruri caluri uid".split()
    ),
    "date-and-or-time": frozenset({"bday", "anniversary", "deathdate"}),
    "timestamp": frozenset({"rev", "created"}),
    "language-tag": frozenset({"lang"}),
}
_PLAIN = frozenset({"uri", "boolean", "integer", "float", "language-tag", "unknown"})


def is_one(value: Any) -> bool:
    """Whether a JSON value is a jCard at first sight."""
    return isinstance(value, list) and len(value) == 2 and value[0] == "vcard"


def to_vcard(value: Any) -> bytes:
    """The card's lines, BEGIN to END. Raises ValueError where RFC 7095 3 is broken."""
    if not is_one(value) or not isinstance(value[1], list):
        raise ValueError
    made = [lines.make("BEGIN", "VCARD"), lines.make("VERSION", "4.0")]
    made += [_line(one) for one in value[1] if not _is_version(one)]
    return lines.serialise([*made, lines.make("END", "VCARD")])


def _is_version(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and str(value[0]).lower() == "version"


def _line(value: Any) -> lines.Line:
    if not isinstance(value, list) or len(value) < 4:
        raise ValueError
    name, params, kind, *said = value
    if not isinstance(params, dict) or not _is_name(name) or not _is_name(kind):
        raise ValueError
    group = params.get("group")
    head = f"{group}.{name.upper()}" if _is_name(group) else name.upper()
    head += "".join(_param(key, param) for key, param in params.items() if key != "group")
    kind = kind.lower()
    if kind != "unknown" and name.lower() not in _USUAL.get(kind, ()) and kind != "text":
        head += f";VALUE={kind}"
    elif kind == "text" and any(name.lower() in names for names in _USUAL.values()):
        head += ";VALUE=text"
    return lines.make(head, ",".join(_value(one, kind) for one in said))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _param(key: Any, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    if not _is_name(key) or not all(isinstance(one, str | int | float) for one in values):
        raise ValueError
    return f";{key.upper()}={','.join(text.quoted(str(one)) for one in values)}"


def _value(value: Any, kind: str) -> str:
    """One value; an array is a structured one (RFC 7095 3.3.1.3), whose parts may be lists themselves."""
    if isinstance(value, list):
        parts = (part if isinstance(part, list) else [part] for part in value)
        return ";".join(",".join(_simple(one, kind) for one in part) for part in parts)
    return _simple(value, kind)


def _simple(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004  what RFC 7095 forbids is one kind of error, whatever its type
    if kind in _PLAIN:
        return value
    spelled = _SPELLINGS.get(kind)
    return spelled(value) if spelled else text.escape(value)


def _date(value: str) -> str:
    """`1985-04-12`, `--04-12`, `---12` without the hyphens that RFC 6350 4.3.1 has not; `1985-04` keeps its own."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value.replace("-", "")
    return f"--{value[2:4]}{value[5:7]}" if re.fullmatch(r"--\d\d-\d\d", value) else value


def _time(value: str) -> str:
    value = _CLOCK.sub(lambda m: m[1] + m[2] + (m[3] or ""), value)
    return re.sub(r"([+-]\d\d):(\d\d)\Z", r"\1\2", value)


def _moment(value: str) -> str:
    day, sep, clock = value.partition("T")
    return _date(day) + sep + _time(clock)


def _offset(value: str) -> str:
    return _OFFSET.sub(lambda m: m[1] + (m[2] or ""), value)


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "date": _date,
    "time": _time,
    "date-time": _moment,
    "date-and-or-time": _moment,
    "timestamp": _moment,
    "utc-offset": _offset,
}
