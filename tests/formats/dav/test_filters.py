"""addressbook-query: what is read as a filter, and which cards match, against an oracle that takes the RFC by the word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats.dav import collation, criteria, filters, xml
from contact_service.formats.dav.criteria import (
    Filter,
    MatchType,
    ParamFilter,
    PropFilter,
    TextMatch,
)
from contact_service.formats.dav.filters import Value
from contact_service.formats.dav.names import carddav
from contact_service.formats.vcard import lines, text
from contact_service.model.dav_problem import DavRefused
from contact_service.model.problem import Malformed

CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nN:Doe;J\\;o;;;\r\nFN:Jörg Döe\r\nitem1.EMAIL;TYPE=HOME,pref:jo@example.org\r\n"
    "EMAIL;TYPE=WORK:doe@example.com\r\nitem1.X-ABLabel:Club\r\nNOTE:a\\nb\\, c\r\nCATEGORIES:Friends,Club Members\r\n"
    "TEL;TYPE=CELL:+1 4155 \r\n 55\r\nAGENT:\r\nBEGIN:VCARD\r\nNICKNAME:Bond\r\nEND:VCARD\r\nEND:VCARD\r\n"
).encode()


def read(inner: str, attributes: str = "") -> Filter:
    body = f'<q xmlns="urn:ietf:params:xml:ns:carddav"><filter {attributes}>{inner}</filter></q>'
    return criteria.read(xml.parse(body.encode()))


def matches(inner: str, attributes: str = "", card: bytes = CARD) -> bool:
    return filters.matcher(read(inner, attributes))(filters.by_name(lines.parse(card)))


def prop(name: str, inner: str = "", attributes: str = "") -> str:
    return f'<prop-filter name="{name}" {attributes}>{inner}</prop-filter>'


def param(name: str, inner: str = "") -> str:
    return f'<param-filter name="{name}">{inner}</param-filter>'


def match(value: str, attributes: str = "") -> str:
    return f"<text-match {attributes}>{value}</text-match>"


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        ("", True),
        (prop("fn"), True),
        (prop("NICKNAME"), False),
        (prop("NICKNAME", "<is-not-defined/>"), True),
        (prop("FN", "<is-not-defined/>"), False),
        (prop("FN", match("JÖRG")), True),
        (prop("FN", match("jo\u0308rg")), True),
        (prop("FN", match("jorg")), False),
        (prop("FN", match("JÖRG", 'collation="i;ascii-casemap"')), False),
        (prop("FN", match("jÖRG".replace("Ö", "ö"), 'collation="i;ascii-casemap"')), True),
        (prop("FN", match("jörg", 'collation="i;octet"')), False),
        (prop("FN", match("jörg döe", 'match-type="equals"')), True),
        (prop("FN", match("jörg", 'match-type="equals"')), False),
        (prop("FN", match("jör", 'match-type="starts-with"')), True),
        (prop("FN", match("döe", 'match-type="starts-with"')), False),
        (prop("FN", match("DÖE", 'match-type="ends-with"')), True),
        (prop("FN", match("JÖR", 'match-type="ends-with"')), False),
        (prop("FN", match("Jörg", 'negate-condition="yes"')), False),
        (prop("EMAIL", match("example.org", 'negate-condition="yes"')), True),
        (prop("NICKNAME", match("x", 'negate-condition="yes"')), False),
        (prop("EMAIL", match("example.com")), True),
        (prop("item1.EMAIL", match("example.com")), False),
        (prop("ITEM1.email", match("example.org")), True),
        (prop("item2.EMAIL", "<is-not-defined/>"), True),
        (prop("N", match("doe;j;o;;;", 'match-type="equals"')), True),
        (prop("NOTE", match("a\nb, c", 'match-type="equals"')), True),
        (prop("CATEGORIES", match("club members", 'match-type="equals"')), False),
        (prop("CATEGORIES", match("friends,club")), True),
        (prop("TEL", match("4155 55")), True),
        (prop("EMAIL", param("type")), True),
        (prop("EMAIL", param("PID")), False),
        (prop("EMAIL", param("PID", match("1", 'negate-condition="yes"'))), False),
        (prop("EMAIL", param("PID", "<is-not-defined/>")), True),
        (prop("EMAIL", param("TYPE", match("PREF", 'match-type="equals"'))), True),
        (prop("EMAIL", param("TYPE", match("fax"))), False),
        (prop("TEL", param("TYPE", match("cell", 'negate-condition="yes"'))), False),
        (prop("EMAIL", param("TYPE", match("pref", 'negate-condition="yes"'))), True),
    ],
)  # fmt: skip
def test_a_card_matches_as_the_rfc_says(inner: str, told: bool) -> None:
    assert matches(inner) is told


def test_all_tests_must_hold_for_the_same_line() -> None:
    work = param("TYPE", match("work"))
    assert matches(prop("EMAIL", match("jo@") + work))
    assert not matches(prop("EMAIL", match("jo@") + work, 'test="allof"'))
    assert matches(prop("EMAIL", match("doe@") + work, 'test="allof"'))


def test_properties_are_joined_by_any_or_all() -> None:
    both = prop("FN", match("jörg")) + prop("UID", match("2"))
    assert matches(both)
    assert matches(both, 'test="anyof"')
    assert not matches(both, 'test="allof"')
    assert matches(prop("FN", match("jörg")) + prop("UID", match("1")), 'test="allof"')


def test_a_filter_tells_which_properties_it_looks_at() -> None:
    found = read(prop("fn") + prop("item1.Email") + prop("FN", match("a")))
    assert filters.needed(found) == {"FN", "EMAIL"}


@pytest.mark.parametrize(
    "inner",
    [
        "<comp-filter/>",
        prop("FN", "<is-defined/>"),
        prop("FN", "<is-not-defined/>" + match("a")),
        prop("FN", match("a", 'match-type="like"')),
        prop("FN", match("a", 'negate-condition="true"')),
        prop("FN", "", 'test="none"'),
        prop("FN", param("TYPE", match("a") + match("b"))),
        prop("FN", param("TYPE", param("A"))),
        prop("FN", match("a") * criteria.MAX_TESTS),
        prop("FN") * (criteria.MAX_TESTS + 1),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(inner: str) -> None:
    with pytest.raises(DavRefused) as told:
        read(inner)
    assert told.value.precondition == carddav("supported-filter")


@pytest.mark.parametrize("name", ["i;unicode-casemap;x", "", "i;*", "I;OCTET"])
def test_an_unknown_collation_is_refused(name: str) -> None:
    with pytest.raises(DavRefused) as told:
        read(prop("FN", match("a", f'collation="{name}"')))
    assert told.value.precondition == carddav("supported-collation")


@pytest.mark.parametrize("inner", ["<prop-filter/>", prop(""), prop("FN", "<param-filter/>")])
def test_a_filter_names_what_it_looks_at(inner: str) -> None:
    with pytest.raises(Malformed):
        read(inner)


def test_a_query_without_a_filter_is_malformed() -> None:
    with pytest.raises(Malformed):
        criteria.read(xml.parse(b"<q/>"))


NAMES = st.sampled_from(["FN", "TEL", "X-A"])
TEXTS = st.text("aAbéÉ ", max_size=4)
KINDS: st.SearchStrategy[MatchType] = st.sampled_from(
    ["equals", "contains", "starts-with", "ends-with"]
)
RAW_MATCHES = st.tuples(TEXTS, st.sampled_from(sorted(collation.FOLDS)), KINDS, st.booleans())
MATCHES = RAW_MATCHES.map(lambda told: TextMatch(collation.FOLDS[told[1]](told[0]), *told[1:]))
PARAMS = st.builds(ParamFilter, st.sampled_from(["TYPE", "X"]), st.none() | MATCHES) | st.builds(
    ParamFilter, st.sampled_from(["TYPE", "X"]), absent=st.just(value=True)
)
GROUPS = st.sampled_from([None, None, "I1"])
PROPS = st.builds(
    PropFilter, NAMES, GROUPS, st.lists(MATCHES | PARAMS, max_size=3).map(tuple), st.booleans()
) | st.builds(PropFilter, NAMES, GROUPS, absent=st.just(value=True))
FILTERS = st.builds(Filter, st.lists(PROPS, max_size=3).map(tuple), st.booleans())
LINES = st.lists(
    st.builds(
        lambda group, name, params, value: lines.make(f"{group}{name}{params}", text.escape(value)),
        st.sampled_from(["", "i1.", "I1.", "i2."]), st.sampled_from(["FN", "tel", "x-a"]),
        st.sampled_from(["", ";TYPE=a", ";type=A,b", ";X=", ";TYPE=b;X=É"]), TEXTS,
    ),
    max_size=5,
)  # fmt: skip


def holds(asked: TextMatch, told: str) -> bool:
    folded = collation.FOLDS[asked.collation](told)
    return {
        "equals": folded == asked.text,
        "contains": asked.text in folded,
        "starts-with": folded[: len(asked.text)] == asked.text,
        "ends-with": folded[len(folded) - len(asked.text) :] == asked.text
        and len(folded) >= len(asked.text),
    }[asked.kind]


def passes(test: TextMatch | ParamFilter, line: lines.Line) -> bool:
    if isinstance(test, TextMatch):
        return holds(test, text.unescape(line.value)) != test.negated
    if test.absent:
        return test.name not in line.head.params
    if test.name not in line.head.params or test.match is None:
        return test.name in line.head.params
    return (
        any(holds(test.match, each) for each in line.head.params[test.name]) != test.match.negated
    )


def oracle(asked: Filter, card: list[lines.Line]) -> bool:
    told = []
    for one in asked.properties:
        named = [line for line in card if line.head.name.upper() == one.name]
        if one.group is not None:
            named = [line for line in named if line.head.group.upper() == one.group]
        join = all if one.every else any
        good = [
            line
            for line in named
            if not one.tests or join(passes(test, line) for test in one.tests)
        ]
        told.append(not named if one.absent else bool(good))
    return not told or (all(told) if asked.every else any(told))


@given(FILTERS, LINES)
def test_a_filter_matches_what_the_oracle_says(asked: Filter, card: list[lines.Line]) -> None:
    assert filters.matcher(asked)(filters.by_name(card)) == oracle(asked, card)


@given(FILTERS, LINES)
def test_the_needed_properties_are_all_a_filter_looks_at(
    asked: Filter, card: list[lines.Line]
) -> None:
    values, needed = filters.by_name(card), filters.needed(asked)

    def cached(name: str) -> list[Value]:
        assert name in needed
        return list(values(name))

    assert filters.matcher(asked)(cached) == filters.matcher(asked)(values)
