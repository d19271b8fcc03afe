"""A line being changed: what is not touched of its head keeps its spelling, and a line not touched at all its bytes."""

import re

from contact_service.formats.vcard import lines, markers, spelling, text
from contact_service.formats.vcard.lines import Line
from contact_service.formats.vcard.spelling import Version

_PARTS = re.compile(r'(?:[^";]|"[^"]*")+')
_BARE = frozenset({"QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT"})


class Edit:
    """One line. `group`, `name` and `value` (unfolded, escaped) may be set; `name` is as received."""

    __slots__ = ("_is_new", "_line", "_params", "_was", "group", "name", "value")

    def __init__(self, line: Line) -> None:
        first, *rest = _PARTS.findall(line.head.text) or [""]
        self.group = line.head.group
        self.name = first.strip().rpartition(".")[2]
        self.value = line.value
        self._params = [(_key(part), part) for part in rest]
        self._line = line
        self._was = self._state()
        self._is_new = False

    def get(self, key: str) -> str:
        """The first value of a parameter; "" without it."""
        return self.values(key)[0] if self.has(key) else ""

    def values(self, key: str) -> tuple[str, ...]:
        """The values of a parameter, without quotes and escapes."""
        text_ = ";".join(["X", *(part for name, part in self._params if name == key)])
        return lines.head(text_).params.get(key, ()) or ("",)

    def has(self, key: str) -> bool:
        """Whether the parameter is there."""
        return any(name == key for name, _ in self._params)

    def drop(self, *keys: str) -> None:
        """Take parameters off."""
        self._params = [(name, part) for name, part in self._params if name not in keys]

    def put(self, key: str, value: str) -> None:
        """Set a parameter to one value; "" takes it off."""
        self.drop(key)
        if value:
            self._params.append((key, f"{key}={text.quoted(value)}"))

    @property
    def types(self) -> tuple[str, ...]:
        """The TYPE values, spelled as received."""
        return self.values("TYPE") if self.has("TYPE") else ()

    def put_types(self, types: tuple[str, ...]) -> None:
        """Set TYPE, as one parameter at its first place."""
        said = ",".join(filter(None, types))
        made = [("TYPE", f"TYPE={said}")] if said else []
        at = next((i for i, (name, _) in enumerate(self._params) if name == "TYPE"), 0)
        self.drop("TYPE")
        self._params[at:at] = made

    def put_bare(self, types: tuple[str, ...]) -> None:
        """Set the types without a name, as vCard 2.1 has them."""
        self.drop("TYPE")
        self._params[:0] = [("TYPE", kind) for kind in types]

    def raw(self, key: str) -> list[str]:
        """A parameter as received, with its name and quotes, once for each time it is there."""
        return [part for name, part in self._params if name == key]

    def anew(self) -> None:
        """Spell the line anew even if nothing is set."""
        self._is_new = True

    def bare(self) -> bool:
        """Whether a parameter has no name, as in vCard 2.1."""
        return any("=" not in part and part.strip() for _, part in self._params)

    def line(self, number: str = "4.0") -> Line:
        """The line as it is now, spelled for that version; the line received when nothing was changed."""
        if self._was == self._state() and not self._is_new:
            return self._line
        params = "".join(f";{part}" for _, part in self._params)
        if markers.SIGN not in self.value:
            version = Version(number, set())
            return spelling.line(version, self.name, self.value, params, group=self.group)
        head = f"{self.group}.{self.name}{params}" if self.group else f"{self.name}{params}"
        before, sign, rest = self.value.partition(markers.SIGN)
        made = lines.make(head, before)
        marker = markers.of(sign + rest)
        return markers.marked(made, marker) if marker else made

    def _state(self) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
        return self.group, self.name, self.value, tuple(self._params)


def _key(part: str) -> str:
    key, sep, _ = part.partition("=")
    key = key.strip().upper()
    if sep:
        return key
    return "ENCODING" if key in _BARE else "TYPE"
