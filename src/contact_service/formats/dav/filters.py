"""Whether a card matches a filter (RFC 6352 10.5), by what its properties say.

The values come from a function, so that a cache that holds the needed few, folded, answers without parsing a card.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from contact_service.formats.dav import collation
from contact_service.formats.dav.criteria import Filter, ParamFilter, PropFilter, TextMatch
from contact_service.formats.vcard import text as vcard_text
from contact_service.formats.vcard.lines import Line


class Value:
    """One line of a property: `text` unescaped and not split, `group` and the names of `params` in upper case.

    It remembers its folded text: to be kept beside the card, with the card's life.
    """

    __slots__ = ("_folded", "group", "params", "text")

    def __init__(
        self, text: str, group: str = "", params: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.text = text
        self.group = group
        self.params = params or {}
        self._folded: str | None = None

    def folded(self, by: str) -> str:
        """The text as that collation of `collation.FOLDS` compares it."""
        if by != collation.UNICODE:
            return collation.FOLDS[by](self.text)
        if self._folded is None:
            self._folded = collation.unicode_casemap(self.text)
        return self._folded


Values = Callable[[str], Sequence[Value]]
"""The lines of one property of one card by its name, in upper case, in order; () where it has none."""
_Test = Callable[[Value], bool]


def by_name(lines: Iterable[Line]) -> Values:
    """The values of a card that was parsed; those of a nested AGENT are somebody else's."""
    found: dict[str, list[Value]] = {}
    depth = 0
    for line in lines:
        head = line.head
        depth += head.name == "BEGIN"
        if depth <= 1:
            value = Value(vcard_text.unescape(line.value), head.group.upper(), head.params)
            found.setdefault(head.name, []).append(value)
        depth -= head.name == "END"
    return lambda name: found.get(name, ())


def needed(asked: Filter) -> frozenset[str]:
    """The names of all properties the filter looks at, in upper case."""
    return frozenset([each.name for each in asked.properties])


def matcher(asked: Filter) -> Callable[[Values], bool]:
    """The filter as a function, made once a query: whether the card with these values matches."""
    tests = [_property(each) for each in asked.properties]
    if len(tests) == 1:
        return tests[0]
    if not tests:
        return lambda _values: True
    combined = all if asked.every else any
    return lambda values: combined([test(values) for test in tests])


def _property(asked: PropFilter) -> Callable[[Values], bool]:
    name = asked.name
    passes = _line(asked) if asked.group is None else _in_group(asked.group, _line(asked))

    def exists(values: Values) -> bool:
        for value in values(name):  # noqa: SIM110  a generator would double the time a card takes
            if passes(value):
                return True
        return False

    return (lambda values: not exists(values)) if asked.absent else exists


def _in_group(group: str, passes: _Test) -> _Test:
    return lambda value: value.group == group and passes(value)


def _line(asked: PropFilter) -> _Test:
    tests = [
        _text(each) if isinstance(each, TextMatch) else _parameter(each) for each in asked.tests
    ]
    if len(tests) == 1:
        return tests[0]
    if not tests:
        return lambda _value: True
    combined = all if asked.every else any
    return lambda value: combined([test(value) for test in tests])


def _text(asked: TextMatch) -> _Test:
    compares, by, negated = _compares(asked), asked.collation, asked.negated
    if negated:
        return lambda value: not compares(value.folded(by))
    return lambda value: compares(value.folded(by))


def _parameter(asked: ParamFilter) -> _Test:
    name, match = asked.name, asked.match
    if asked.absent:
        return lambda value: name not in value.params
    if match is None:
        return lambda value: name in value.params
    compares, fold, negated = _compares(match), collation.FOLDS[match.collation], match.negated

    def test(value: Value) -> bool:
        told = value.params.get(name)
        if told is None:
            return False
        return any(compares(fold(each)) for each in told) is not negated

    return test


def _compares(asked: TextMatch) -> Callable[[str], bool]:
    text = asked.text
    if asked.kind == "contains":
        return lambda folded: text in folded
    if asked.kind == "equals":
        return lambda folded: folded == text
    if asked.kind == "starts-with":
        return lambda folded: folded.startswith(text)
    return lambda folded: folded.endswith(text)
