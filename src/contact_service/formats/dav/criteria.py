"""C:filter of an addressbook-query as a value (RFC 6352 10.5). What is not understood is refused, never passed over."""

from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

from contact_service.formats.dav import collation
from contact_service.formats.dav.names import carddav
from contact_service.formats.dav.wanted import grouped
from contact_service.formats.dav.xml import Node
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed

MAX_TESTS = 100
"""Filters and text-matches a query: each is put to every card of the book."""

MatchType = Literal["equals", "contains", "starts-with", "ends-with"]
_MATCH_TYPES: dict[str, MatchType] = {
    "equals": "equals",
    "contains": "contains",
    "starts-with": "starts-with",
    "ends-with": "ends-with",
}
_TESTS = {"anyof": False, "allof": True}
_YES = {"no": False, "yes": True}
_Told = TypeVar("_Told")


class TextMatch(msgspec.Struct, frozen=True):
    """RFC 6352 10.5.4. `text` is folded already by `collation`, one of `collation.FOLDS`."""

    text: str
    collation: str = collation.DEFAULT
    kind: MatchType = "contains"
    negated: bool = False


class ParamFilter(msgspec.Struct, frozen=True):
    """RFC 6352 10.5.2: the parameter is there, with such a value where `match` is given; or not there."""

    name: str
    match: TextMatch | None = None
    absent: bool = False


class PropFilter(msgspec.Struct, frozen=True):
    """RFC 6352 10.5.1: a property of that name passes one test, or `every` one; or there is none.

    `name` is in upper case, `group` too: None stands for any group and for none.
    """

    name: str
    group: str | None = None
    tests: tuple[TextMatch | ParamFilter, ...] = ()
    every: bool = False
    absent: bool = False


class Filter(msgspec.Struct, frozen=True):
    """One of the properties matches, or `every` one. Without any, every card does."""

    properties: tuple[PropFilter, ...] = ()
    every: bool = False


def read(root: Node) -> Filter:
    """The C:filter inside a query.

    Raises Malformed (400) where there is none, DavRefused (403: supported-filter for what is not of RFC 6352 or more
    than MAX_TESTS, supported-collation).
    """
    told = root.first(carddav("filter"))
    if told is None:
        raise Malformed("C:addressbook-query without a filter")
    found = Filter(_each(told, {"prop-filter": _property}), _told(told, "test", _TESTS, "anyof"))
    weight = sum(1 + len(each.tests) for each in found.properties)
    if weight > MAX_TESTS:
        raise _unsupported()
    return found


def _property(node: Node) -> PropFilter:
    group, name = grouped(node)
    if _says_absent(node):
        return PropFilter(name, group, absent=True)
    readers: dict[str, Callable[[Node], TextMatch | ParamFilter]] = {
        "text-match": _text_match,
        "param-filter": _parameter,
    }
    tests = _each(node, readers)
    return PropFilter(name, group, tests, _told(node, "test", _TESTS, "anyof"))


def _parameter(node: Node) -> ParamFilter:
    name = node.attribute("name").strip().upper()
    if not name:
        raise Malformed("C:param-filter without a name")
    if _says_absent(node):
        return ParamFilter(name, absent=True)
    matches = _each(node, {"text-match": _text_match})
    if len(matches) > 1:
        raise _unsupported()
    return ParamFilter(name, matches[0] if matches else None)


def _text_match(node: Node) -> TextMatch:
    chosen = node.attribute("collation", collation.DEFAULT)
    fold = collation.FOLDS.get(chosen)
    if fold is None:
        raise DavRefused(*carddav("supported-collation"))
    kind = _told(node, "match-type", _MATCH_TYPES, "contains")
    return TextMatch(fold(node.text), chosen, kind, _told(node, "negate-condition", _YES, "no"))


def _each(node: Node, readers: dict[str, Callable[[Node], _Told]]) -> tuple[_Told, ...]:
    """All elements inside, each read by its reader."""
    known = {carddav(local): reader for local, reader in readers.items()}
    if any(each.name not in known for each in node.elements()):
        raise _unsupported()
    return tuple([known[each.name](each) for each in node.elements()])


def _says_absent(node: Node) -> bool:
    inside = [each.name for each in node.elements()]
    if carddav("is-not-defined") not in inside:
        return False
    if len(inside) > 1:
        raise _unsupported()
    return True


def _told(node: Node, attribute: str, meanings: dict[str, _Told], default: str) -> _Told:
    told = node.attribute(attribute, default)
    if told not in meanings:
        raise _unsupported()
    return meanings[told]


def _unsupported() -> DavRefused:
    return DavRefused(*carddav("supported-filter"))
