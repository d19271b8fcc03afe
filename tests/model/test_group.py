"""Groups of a book: members resolved by uid in any spelling, keywords beside cards."""

from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.group import Groups, Said, bare

UID = "4FBE8971-0BC3-424C-9C26-36C3E1EFF6B1"
UIDS = ["a", "b", "c", UID, UID.lower(), f"urn:uuid:{UID}", "urn:uuid:a", "x:y"]
uids = st.sampled_from(UIDS)
words = st.lists(st.sampled_from(["One", "Two", "two"]), unique=True).map(tuple)


@st.composite
def books(draw: st.DrawFn) -> list[Said]:
    found = []
    for at in range(draw(st.integers(0, 6))):
        members = draw(st.none() | st.lists(uids, max_size=5).map(tuple))
        book = draw(st.sampled_from(["contacts", "b1"]))
        found.append(Said(f"{at}", at + 1, book, draw(uids), draw(words), members, "G"))
    return found


def groups(said: list[Said]) -> Groups:
    return Groups(7, naming).updated(said)


def naming(word: str) -> str:
    return f"k-{word}"


def everything(found: Groups) -> object:
    """All that can be asked of it."""
    holders = {(u, b): found.holder(u, b) for u in UIDS for b in ("contacts", "b1")}
    return list(found.after("")), dict(found.said), dict(found.words), holders


def test_uids_compare_equal_in_every_spelling_of_clients() -> None:
    assert bare(f"URN:UUID:{UID}") == bare(UID) == bare(UID.lower())
    assert bare("urn:uuid:Some-One") == bare("Some-One") != bare("some-one")


@given(books())
def test_each_member_is_here_or_unresolved_and_never_both(said: list[Said]) -> None:
    found = groups(said)
    for one in said:
        if one.members is None:
            assert found.get(one.id) is None
            continue
        group = found.of_card(one)
        here = {bare(found.said[card].uid) for card in group.members}
        assert here | {bare(uid) for uid in group.unresolved} == {bare(u) for u in one.members}
        assert not here & {bare(uid) for uid in group.unresolved}
        assert len(set(group.members)) == len(group.members)


@given(books())
def test_a_keyword_is_the_group_of_exactly_its_contacts(said: list[Said]) -> None:
    found = groups(said)
    listed = [group for group in found.after("") if group.source == "keyword"]
    assert {g.name: set(g.members) for g in listed} == {
        word: {one.id for one in said if word in one.keywords}
        for word in {word for one in said for word in one.keywords}
    }


@given(books(), st.integers(0, 10))
def test_pages_by_id_join_to_the_whole(said: list[Said], at: int) -> None:
    found = groups(said)
    whole = list(found.after(""))
    assert [group.id for group in whole] == sorted(group.id for group in whole)
    if whole:
        cut = at % len(whole)
        assert list(found.after(whole[cut].id)) == whole[cut + 1 :]


@given(books())
def test_equal_tags_are_of_equal_groups(said: list[Said]) -> None:
    by_tag: dict[tuple[str, str], object] = {}
    for one in said:
        for version in (1, 2):
            for left in range(len(said)):
                less = [each for each in said if each.id != str(left) or each.id == one.id]
                now = Said(one.id, version, one.book, one.uid, one.keywords, one.members or (), "G")
                group = groups(less).of_card(now)
                key = (group.id, group.etag)
                assert by_tag.setdefault(key, group) == group


@given(books(), books(), st.sets(st.integers(0, 6).map(str)))
def test_what_changed_put_in_is_the_whole_made_anew(
    before: list[Said], after: list[Said], gone: set[str]
) -> None:
    older = groups(before)
    told = everything(older)
    now = {one.id: one for one in before if one.id not in gone} | {one.id: one for one in after}
    assert everything(older.updated(after, gone)) == everything(groups(list(now.values())))
    assert everything(older) == told, "the older one stays as it was"


def test_a_member_of_the_groups_own_book_comes_first() -> None:
    said = [
        Said("1", 1, "b1", "u"),
        Said("2", 2, "contacts", "u"),
        Said("3", 3, "contacts", "g", (), ("u",), "G"),
    ]
    group = groups(said).get("3")
    assert group is not None
    assert group.members == ("2",)
