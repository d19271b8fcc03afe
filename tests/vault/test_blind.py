"""The blind index: the known answer, and that many equal one by one."""

from hypothesis import given
from hypothesis import strategies as st

from contact_service.vault import blind

PEPPERS = st.binary(min_size=32, max_size=32)


def test_the_tag_is_the_known_answer() -> None:
    assert blind.tag(bytes(32), "tel:+14155550123").hex() == "a144aab41e4a49d7fb9d1ccc06f01f98"


@given(PEPPERS, st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_many_tags_are_each_tag(pepper: bytes, identifiers: list[str]) -> None:
    assert blind.tags(pepper, identifiers) == [blind.tag(pepper, one) for one in identifiers]


@given(PEPPERS, PEPPERS)
def test_another_pepper_gives_another_tag(pepper: bytes, other: bytes) -> None:
    same = blind.tag(pepper, "mailto:a@b.c") == blind.tag(other, "mailto:a@b.c")
    assert same == (pepper == other)
