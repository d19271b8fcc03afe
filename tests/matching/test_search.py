import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.matching import names
from contact_service.matching.search import Index
from contact_service.matching.search_entries import entry
from contact_service.model.card import Email, Fields, Name, Nickname, Organization, Phone, Title

GIVEN = [
    "Anna",
    "Ben",
    "Chloé",
    "David",
    "Elena",
    "Farid",
    "Grace",
    "Hans",
    "Ivan",
    "Jürgen",
    "Karin",
    "Léa",
    "Mary",
    "Noor",
    "Olga",
    "Priya",
]
SURNAMES = [
    "Adams",
    "Brandt",
    "Cohen",
    "Dvořák",
    "Eriksson",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jones",
    "Khan",
    "Larsen",
    "Müller",
    "Novák",
    "Okafor",
    "Petrov",
]


def card(key, full, phone="", mail="", **more):
    fields = Fields(
        name=Name(full=full) if full else None,
        phones={"p": Phone(phone)} if phone else None,
        emails={"e": Email(mail)} if mail else None,
        **more,
    )
    return entry(key, fields, ("tel:" + phone,) if phone.startswith("+") else ())


def book(seed=7, size=300):
    rng = random.Random(seed)
    return [
        card(
            f"c{number:03}",
            f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)}",
            f"+1415555{rng.randrange(10_000):04}",
        )
        for number in range(size)
    ]


BOOK = book()
INDEX = Index.build(BOOK)
FEW = [
    card("anna", "Anna Müller", "+491701234567", "a.mueller@web.example.com"),
    card("bill", "William Turner", "+14155552671"),
    card("ivan", "Иван Щукин", "+79123456789"),
    card("ming", "王小明"),
    card(
        "acme",
        "",
        organizations={"o": Organization(name="Acme Rockets")},
        titles={"t": Title("Supplier")},
    ),
    card("nick", "Edward Paulson", nicknames={"n": Nickname("Duke")}),
    card("smith", "John Smith", "030/1234567"),
    card("smythe", "Smith Johnson"),
    card("obrien", "Conan O'Brien"),
]
SMALL = Index.build(FEW)


def ids(index, text, limit=10, matched=frozenset()):
    return [hit.id for hit in index.search(text, limit, matched)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Anna Müller", "anna"), ("muell", "anna"), ("mull", "anna"), ("müller anna", "anna"), ("ANNA", "anna"),
        ("Shchukin", "ivan"), ("щук", "ivan"), ("ivan", "ivan"), ("xiaoming", "ming"), ("小明", "ming"), ("wxm", "ming"),
        ("acme", "acme"), ("rockets", "acme"), ("supplier", "acme"), ("duke", "nick"), ("ted", "nick"), ("bill", "bill"),
        ("willaim", "bill"), ("turnr", "bill"), ("o'brien", "obrien"), ("obrien", "obrien"), ("jon smth", "smith"),
        ("a.mueller@", "anna"), ("web.example", "anna"), ("mueller", "anna"),
        ("4567", "anna"), ("0170", "anna"), ("00 49 170", "anna"), ("011 49 170", "anna"), ("+49170123", "anna"), ("٠١٧٠", "anna"),
        ("2671", "bill"), ("(415) 555", "bill"), ("030 123", "smith"),
    ],
)  # fmt: skip
def test_a_card_is_found_by_what_people_type(text, first):
    assert ids(SMALL, text)[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "zzzzqq",
        "...",
        "999",
        "@",
        "\ud800",
        "x" * 5000,
        "9" * 300,
        "q1 w2 e3 r4 t5 y6 u7 i8 o9",
    ],
)
def test_what_resembles_nothing_finds_nothing(text):
    assert SMALL.search(text, 10) == []


def test_the_whole_name_comes_before_words_in_order_before_any_order_before_nicknames_before_the_merely_alike():
    cards = [
        card("alike", "Bil Smiht"),
        card("nickname", "William Smith"),
        card("any", "Smithson Bill"),
        card("order", "Bill Smithers"),
        card("whole", "Bill Smith"),
    ]
    assert ids(Index.build(cards), "bill smith") == ["whole", "order", "any", "nickname", "alike"]


def test_equal_hits_come_users_first_then_by_sort_name_then_by_id():
    cards = [card("d", "Ann Lee"), card("b", "Ann Lee"), card("a", "Ann Zed"), card("c", "Ann Lee")]
    index = Index.build(cards)
    assert ids(index, "ann") == ["b", "c", "d", "a"]
    assert ids(index, "ann", matched={"a", "d", "gone"}) == ["d", "a", "b", "c"]


@given(
    st.randoms(use_true_random=False),
    st.sampled_from(["an", "mu", "ivan pet", "415555", "jurgn", "e", "khan grace"]),
)
def test_the_order_the_cards_come_in_changes_nothing(rng, text):
    shuffled = list(BOOK)
    rng.shuffle(shuffled)
    assert Index.build(shuffled).search(text, 20) == INDEX.search(text, 20)


@given(st.sampled_from(BOOK), st.data())
def test_every_beginning_of_a_name_finds_its_card(one, data):
    full = dict(one.texts)["name/full"]
    start = full[: data.draw(st.integers(1, len(full)))]
    assert one.id in ids(INDEX, start, limit=len(BOOK))


@given(st.sampled_from(BOOK), st.data())
def test_any_order_of_beginnings_finds_the_card(one, data):
    words = [
        word[: data.draw(st.integers(1, len(word)))]
        for word in names.tokens(dict(one.texts)["name/full"])
    ]
    for order in itertools.permutations(words):
        assert one.id in ids(INDEX, " ".join(order), limit=len(BOOK))


@given(st.sampled_from(BOOK), st.integers(4, 11))
def test_at_least_four_last_digits_find_the_card(one, count):
    assert one.id in ids(INDEX, one.numbers[0][-count:], limit=len(BOOK))


@given(st.text(max_size=30))
def test_no_query_raises_and_scores_fall_along_the_list(text):
    hits = SMALL.search(text, 5)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({hit.id for hit in hits}) == len(hits) <= 5


@given(st.text("anmuelr üöИванщ小wi1457 0'.@", max_size=14))
def test_fragments_join_to_the_text_they_were_cut_from(text):
    texts = {one.id: dict(one.texts) for one in FEW}
    for hit in SMALL.search(text, 10):
        for place in hit.matched_on:
            assert (
                "".join(fragment.text for fragment in place.fragments) == texts[hit.id][place.path]
            )
            assert any(fragment.hit for fragment in place.fragments)


@pytest.mark.parametrize(
    ("text", "path", "marked"),
    [
        ("jo smi", "name/full", ["Jo", "Smi"]),
        ("mueller", "name/full", ["Müller"]),
        ("mue", "name/full", ["Mü"]),
        ("bill", "name/full", ["William"]),
        ("turnr", "name/full", ["Turner"]),
        ("o'bri", "name/full", ["O'Bri"]),
        ("щук", "name/full", ["Щук"]),
        ("acme", "organizations/o/name", ["Acme"]),
        ("030 12", "phones/p/number", ["030/12"]),
        ("0170", "phones/p/number", ["170"]),
        ("4567", "phones/p/number", ["4567"]),
        ("a.mue", "emails/e/address", ["a.mue"]),
    ],
)
def test_a_hit_shows_where_it_was_made(text, path, marked):
    place = next(place for place in SMALL.search(text, 1)[0].matched_on if place.path == path)
    assert [fragment.text for fragment in place.fragments if fragment.hit] == marked


def test_a_write_is_found_at_once_and_the_old_index_stays():
    changed = card("anna", "Anna Schulz")
    after = INDEX.updated([card("new", "Xaver Quandt"), changed], ["c001"])
    assert ids(after, "xaver") == ["new"]
    assert ids(after, "schulz")[0] == "anna"
    assert ids(INDEX, "xaver quandt") == []
    assert "c001" not in ids(after, BOOK[1].numbers[0])
    assert len(after) == len(BOOK) + 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["write", "remove"]), st.integers(0, 40), st.sampled_from(GIVEN)),
        max_size=12,
    ),
    st.data(),
)
def test_an_index_after_writes_answers_as_one_built_anew(writes, data):
    cards = {one.id: one for one in BOOK[:40]}
    index = Index.build(cards.values())
    for kind, number, name in writes:
        key = f"c{number:03}"
        if kind == "remove":
            cards.pop(key, None)
            index = index.updated([], [key])
        else:
            cards[key] = card(key, f"{name} Quandt")
            index = index.updated([cards[key]])
    assert sorted(index.ids()) == sorted(cards)
    text = data.draw(st.sampled_from(["an", "quandt", "grace", "415555", "m"]))
    assert index.search(text, 5) == Index.build(cards.values()).search(text, 5)


def test_an_empty_book_finds_nothing_and_can_grow():
    assert Index.build([]).search("anna", 5) == []
    assert ids(Index.build([]).updated([FEW[0]]), "anna") == ["anna"]
