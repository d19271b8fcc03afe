import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_service.matching import name_parts, names
from contact_service.model.card import Component, Email, Fields, Name, Nickname, Organization, Phone

MANY_SCRIPTS = st.text(st.characters(codec="utf-8"), max_size=30)


def named(full):
    return Fields(name=Name(full=full))


@given(MANY_SCRIPTS)
@example("ΐ\u0345İ")
@example("ﷺ")
@example("\u1e9e\u0307")
def test_folding_twice_is_folding_once(text):
    assert names.fold(names.fold(text)) == names.fold(text)


@given(MANY_SCRIPTS)
def test_a_folded_text_has_the_words_of_the_text(text):
    assert names.tokens(names.fold(text)) == names.tokens(text)


@given(st.text(st.characters(max_codepoint=0x24F, categories=["L", "Nd"]), max_size=30))
def test_case_does_not_change_the_fold(text):
    assert names.fold(text.casefold()) == names.fold(text)


@given(MANY_SCRIPTS)
def test_each_word_is_first_of_its_own_spellings_and_none_is_empty(text):
    spelled = names.words(text)
    assert tuple(forms[0] for forms in spelled) == names.tokens(text)
    assert all(form for forms in (*spelled, *names.lookups(text)) for form in forms)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MÜLLER", "muller"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("Işık", "isik"),
        ("Ёлкин", "елкин"),
        ("عَلِيّ", "علي"),
        ("أحمد", "احمد"),
        ("محـــمد", "محمد"),
        ("עִבְרִית", "עברית"),
        ("Ｊｏｈｎ", "john"),
        ("\u202bJohn\u202c", "john"),
        ("Νίκος", "νικοσ"),
        ("👍🏽", "👍"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_what_people_take_for_one_spelling_folds_alike(one, other):
    assert names.fold(one) == names.fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("कि", "क"), ("Йод", "Иод"), ("राम", "रम"), ("가", "나")]
)
def test_marks_that_are_letters_stay(one, other):
    assert names.fold(one) != names.fold(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("O'Brien", ("obrien",)),
        ("O’Brien", ("obrien",)),
        ("Jean-Luc Picard", ("jean", "luc", "picard")),
        ("राम कुमार", ("राम", "कुमार")),
        ("Anna👨\u200d👩\u200d👧", ("anna", "👨👩👧")),
        (" .,- ", ()),
    ],
)
def test_a_text_falls_into_the_words_people_type(text, found):
    assert names.tokens(text) == found


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("Müller", {"muller", "mueller"}),
        ("Ørsted", {"orsted", "oersted"}),
        ("Åse", {"ase", "aase"}),
        ("Щукин", {"щукин", "shchukin"}),
        ("王小明", {"王小明", "小明", "wangxiaoming", "xiaoming", "wxm"}),
        ("김민수", {"민수", "gimminsu", "ᄀᄆᄉ"}),
        ("さくら", {"さくら", "sakura"}),
    ],
)
def test_a_word_is_looked_for_in_either_script(text, looked_for):
    assert looked_for <= set(names.words(text)[0])


@pytest.mark.parametrize(
    ("full", "given", "surname"),
    [
        ("John Smith", "John", "Smith"),
        ("Dr. Anna Müller, PhD", "Anna", "Müller"),
        ("Smith, John Jr.", "John", "Smith"),
        ("John Smith III", "John", "Smith"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("José María de la Cruz", "José María", "de la Cruz"),
        ("Pablo Ruiz y Picasso", "Pablo", "Ruiz y Picasso"),
        ("Петров Иван Сергеевич", "Иван Сергеевич", "Петров"),
        ("Иван Сергеевич Петров", "Иван Сергеевич", "Петров"),
        ("Roman Abramovich", "Roman", "Abramovich"),
        ("Əliyev Vaqif Səməd oğlu", "Vaqif Səməd oğlu", "Əliyev"),
        ("محمد بن سلمان", "محمد", "بن سلمان"),
        ("王小明", "小明", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("김민수", "민수", "김"),
        ("さくら もも", "さくら もも", ""),
        ("Acme GmbH", "Acme GmbH", ""),
        ("Madonna", "Madonna", ""),
        ("Taxi 24", "Taxi 24", ""),
        ("Anna ❤️", "Anna", ""),
        ("Dr.", "Dr.", ""),
        ("", "", ""),
    ],
)
def test_a_one_string_name_falls_into_given_name_and_surname(full, given, surname):
    assert name_parts.split(full) == name_parts.Parts(given, surname)


@given(MANY_SCRIPTS)
def test_any_text_can_be_told_apart_shown_and_sorted(text):
    name_parts.split(text)
    assert names.full_name(named(text)) == text.strip()
    assert names.sort_key(named(text)) == names.sort_key(named(text))


PARTS = (
    Component("given", "Ann"),
    Component("separator", "-"),
    Component("given2", "Lou"),
    Component("surname", "Lee"),
)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (Fields(name=Name(full=" Ann Lee ", components=PARTS)), "Ann Lee"),
        (Fields(name=Name(components=PARTS)), "Ann-Lou Lee"),
        (
            Fields(
                name=Name(full=" "),
                organizations={"o": Organization(), "p": Organization(name="Acme")},
            ),
            "Acme",
        ),
        (Fields(nicknames={"n": Nickname("Annie")}, emails={"e": Email("a@b.co")}), "Annie"),
        (Fields(emails={"e": Email("a@b.co")}, phones={"p": Phone("123")}), "a@b.co"),
        (Fields(phones={"p": Phone("123")}), "123"),
        (Fields(), ""),
    ],
)
def test_a_card_is_shown_by_the_best_name_it_has(fields, shown):
    assert names.full_name(fields) == shown


def test_a_book_is_sorted_by_surname_across_scripts_with_the_unnamed_last():
    book = [
        named("Zoë Adams"),
        named("Анна Бойко"),
        named("Müller, Ann"),
        named("Acme Ltd"),
        Fields(phones={"p": Phone("123")}),
    ]
    shown = [names.full_name(fields) for fields in sorted(book, key=names.sort_key)]
    assert shown == ["Acme Ltd", "Zoë Adams", "Анна Бойко", "Müller, Ann", "123"]


def test_sort_as_beats_the_written_surname():
    fields = Fields(
        name=Name(
            full="Vincent van Gogh",
            components=(Component("surname", "van Gogh"),),
            sort_as={"surname": "Gogh"},
        )
    )
    assert names.sort_key(fields) == "gogh"
