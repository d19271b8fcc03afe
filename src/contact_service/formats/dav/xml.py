"""Request bodies as trees, within bounds, and trees as bytes again.

Expat, not lxml: libxml2 keeps every name it ever met in a table of its thread, so that a client could fill the memory
with invented ones, a megabyte a request (docs/decisions). No document type, so no entity: nothing expands.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

import msgspec

from contact_service.formats.dav import markup
from contact_service.formats.dav import names as known
from contact_service.formats.dav.names import Name
from contact_service.model.problem import Malformed, TooLarge

MAX_DEPTH = 32
MAX_ELEMENTS = 20_000
MAX_QUOTES = 40_000
"""Quote signs in a body: two for each attribute, which expat gathers before it tells of any."""

# No character of XML, so no part of a name: expat joins namespace, name and prefix with it.
_SEPARATOR = "\x1f"
# What expat reads by itself. Any other would be looked up among Python's codecs by a name that was sent.
_ENCODINGS = frozenset({"utf-8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "iso-8859-1"})
_LANGUAGE = Name(known.XML, "lang")


class Attribute(NamedTuple):
    """An attribute as it was written; `prefix` is "" without one."""

    name: Name
    prefix: str
    value: str


class Node(msgspec.Struct, frozen=True, gc=False):
    """An element: `content` is its text and elements in order; `language` the xml:lang in scope, "" for none."""

    name: Name
    prefix: str
    attributes: tuple[Attribute, ...]
    content: list["Node | str"]
    language: str = ""

    @property
    def text(self) -> str:
        """Its own text, that of elements inside not."""
        return "".join([part for part in self.content if isinstance(part, str)])

    def elements(self) -> Iterator["Node"]:
        """The elements right inside."""
        return (part for part in self.content if isinstance(part, Node))

    def first(self, name: Name) -> "Node | None":
        """The first element of that name right inside."""
        return next((each for each in self.elements() if each.name == name), None)

    def attribute(self, local: str, default: str = "") -> str:
        """The value of an attribute without namespace."""
        for each in self.attributes:
            if each.name == ("", local):
                return each.value
        return default


class _Builder:
    """Expat's calls as a tree."""

    __slots__ = ("_count", "_names", "_open", "root")

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0
        self._names: dict[str, tuple[Name, str]] = {}

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise Malformed("XML in an encoding that is not read here; send UTF-8")

    def doctype(self, *_: object) -> None:
        raise Malformed("XML with a document type")

    def start(self, written: str, attributes: list[str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise TooLarge(MAX_ELEMENTS, "XML elements a request")
        if len(self._open) == MAX_DEPTH:
            raise TooLarge(MAX_DEPTH, "XML elements inside each other")
        name, prefix = self._split(written)
        language = self._open[-1].language if self._open else ""
        told: tuple[Attribute, ...] = ()
        if attributes:
            pairs = zip(attributes[::2], attributes[1::2], strict=True)
            told = tuple([Attribute(*self._split(key), value) for key, value in pairs])
            language = next((each.value for each in told if each.name == _LANGUAGE), language)
        node = Node(name, prefix, told, [], language)
        if self._open:
            self._open[-1].content.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _written: str) -> None:
        self._open.pop()

    def text(self, value: str) -> None:
        self._open[-1].content.append(value)

    def _split(self, written: str) -> tuple[Name, str]:
        found = self._names.get(written)
        if found is None:
            namespace, sep, rest = written.partition(_SEPARATOR)
            local, _, prefix = rest.partition(_SEPARATOR)
            found = (Name(namespace, local), prefix) if sep else (Name("", written), "")
            self._names[written] = found
        return found


def parse(body: bytes) -> Node:
    """The root of a body in UTF-8 or UTF-16, or in ASCII or Latin 1 that says so.

    Raises Malformed (400: no XML, a document type, another encoding), TooLarge (413: over the bounds of this module).
    """
    if body.count(b'"') + body.count(b"'") > MAX_QUOTES:
        raise TooLarge(MAX_QUOTES, "quotes an XML request")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.namespace_prefixes = True
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.XmlDeclHandler = builder.declared
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(body, True)  # noqa: FBT003  expat takes its arguments by place alone
    except expat.ExpatError as error:
        raise Malformed(f"not XML at line {error.lineno}, column {error.offset}") from None
    assert builder.root is not None, "expat refuses a body without an element"
    return builder.root


def write(node: Node) -> bytes:
    """The element by itself, with its prefixes, the namespaces it uses and the language in scope: well-formed where no
    default namespace is declared. Namespaces nobody uses, comments and processing instructions are gone.
    """
    out: list[bytes] = []
    language = node.language if _LANGUAGE not in {each.name for each in node.attributes} else ""
    _write(node, {"": ""}, out, language)
    return b"".join(out)


def _write(node: Node, scope: dict[str, str], out: list[bytes], language: str = "") -> None:
    tag = _written(node.name, node.prefix).encode()
    inner = {**scope, node.prefix: node.name.namespace}
    inner |= {each.prefix: each.name.namespace for each in node.attributes if each.prefix}
    out.append(b"<" + tag)
    out += [
        _pair(f"xmlns:{prefix}" if prefix else "xmlns", namespace)
        for prefix, namespace in inner.items()
        if prefix != "xml" and scope.get(prefix) != namespace
    ]
    if language:
        out.append(_pair("xml:lang", language))
    out += [_pair(_written(each.name, each.prefix), each.value) for each in node.attributes]
    out.append(b">")
    for part in node.content:
        if isinstance(part, str):
            out.append(markup.text(part))
        else:
            _write(part, inner, out)
    out.append(b"</" + tag + b">")


def _pair(key: str, value: str) -> bytes:
    return b" " + key.encode() + b'="' + markup.attribute(value) + b'"'


def _written(name: Name, prefix: str) -> str:
    return f"{prefix}:{name.local}" if prefix else name.local
