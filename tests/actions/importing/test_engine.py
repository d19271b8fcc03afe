"""Pages of a source become contacts: once, again, changed, gone, renamed, joined."""

import msgspec
import pytest

from acting import Actor, person
from actions.importing.sourcing import ALL, Feed, book, gone, said, says, told, version
from contact_service.actions import cards, consent, desk, importing
from contact_service.actions.context import Context
from contact_service.actions.importing import Ends
from contact_service.model import ids
from contact_service.model.consent import Purpose
from contact_service.model.imports import Counts, Kind, Page, Place, Reject, Rename
from contact_service.model.problem import ConsentRequired


@pytest.fixture
async def dee(ann: Actor) -> Actor:
    return await ann.consents(*ALL)


async def test_without_consent_nothing_is_read(ann: Actor) -> None:
    await ann.consents(Purpose.STORE)
    feed = Feed(ann)
    with pytest.raises(ConsentRequired):
        await feed.delta(told("1", said("A")))
    await ann.consents(Purpose.IMPORT_GOOGLE)
    await ann(consent.withdraw, Purpose.STORE)
    with pytest.raises(ConsentRequired):
        await feed.page(await feed.run(), 1, told("1", said("A")), prepared=False)
    assert await says(ann) == []


async def test_the_same_run_again_changes_nothing(dee: Actor) -> None:
    feed = Feed(dee)
    records = {"1": said("A", "+14155550100"), "2": said("B")}
    assert (await feed.full(records)).counts == Counts(created=2)
    before = await version(dee)
    assert (await feed.full(records)).counts == Counts(unchanged=2)
    assert await version(dee) == before


async def test_the_same_page_twice_is_one_page(dee: Actor) -> None:
    feed = Feed(dee, Kind.FILE, "")
    run = await feed.run(full=False)
    page = [told("", said("A"), 0), told("", said("A"), 1), told("k", said("B"), 2)]
    assert (await feed.page(run, 1, *page)).counts == Counts(created=3)
    assert (await feed.page(run, 1, *page)).counts == Counts(unchanged=3)
    assert (await feed.page(run, 2, told("", said("A"), 3))).counts == Counts(created=1)
    assert [name for name, _ in await says(dee)] == ["A", "A", "A", "B"]
    again = await feed.run(full=False)
    assert (await feed.page(again, 1, *page)).counts == Counts(unchanged=3)
    assert (await feed.page(again, 2, told("", said("A"), 3))).counts == Counts(unchanged=1)


async def test_a_record_that_changed_changes_its_contact_alone(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100"), "2": said("B")})
    before = await book(dee)
    done = await feed.delta(told("1", said("A2", "+14155550101")))
    assert done.counts == Counts(updated=1)
    after = await book(dee)
    assert (after[0]["id"], after[0]["uid"]) == (before[0]["id"], before[0]["uid"])
    assert await says(dee) == [("A2", ["+14155550101"]), ("B", [])]


async def test_a_removed_record_goes_and_an_unknown_one_is_nothing(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A"), "2": said("B")})
    assert (await feed.delta(gone("1"), gone("never"))).counts == Counts(removed=1)
    assert await says(dee) == [("B", [])]
    assert (await feed.delta(gone("1"))).counts == Counts()


async def test_a_hand_edited_contact_outlives_its_source_as_it_is(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100")})
    await edit(dee, "A", {"notes": {"n": {"note": "mine"}}})
    await feed.delta(gone("1"))
    assert await says(dee) == [("A", ["+14155550100"])]


async def test_a_repeated_old_value_undoes_no_edit(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", "+14155550100", "+14155550101")})
    await edit(dee, "A", {"phones/p0": None, "name": {"full": "Mine"}})
    done = await feed.delta(told("1", said("A", "+14155550100", "+14155550101", "+14155550102")))
    assert done.counts == Counts(updated=1)
    assert await says(dee) == [("Mine", ["+14155550101", "+14155550102"])]


async def test_the_last_word_on_a_record_counts(dee: Actor) -> None:
    feed = Feed(dee)
    done = await feed.delta(
        told("1", said("A"), 0), told("2", said("B"), 1), told("1", said("A2"), 2), gone("2")
    )
    assert done.counts == Counts(created=1, unchanged=2)
    assert await says(dee) == [("A2", [])]
    done = await feed.delta(gone("1"), told("1", said("A3")))
    assert done.counts == Counts(updated=1)
    assert await says(dee) == [("A3", [])]


async def test_in_a_file_the_first_of_two_with_one_id_stays_and_the_other_is_told(
    dee: Actor,
) -> None:
    feed = Feed(dee, Kind.FILE, "")
    run = await feed.run(full=False)
    one, other = said("A", uid="u1"), said("Another", uid="u1")
    done = await feed.page(run, 1, told("u1", one, 0), told("u1", other, 1), told("u1", one, 2))
    assert (done.counts, done.rejects[0].code) == (Counts(1, 0, 1, 0, 1), "duplicate-id")
    assert (done.rejects[0].raw, done.rejects[0].name) == (other.json, "Another")
    done = await feed.page(run, 2, told("u1", other, 3))
    assert done.counts == Counts(rejected=1)
    assert [name for name, _ in await says(dee)] == ["A"]


async def test_a_rename_keeps_the_contact(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"old": said("A", "+14155550100"), "other": said("A", "+14155550101")})
    before = {card["id"] for card in await book(dee)}
    done = await feed.delta(
        Rename(("old", "other"), "new"), told("new", said("A", "+14155550100", "+14155550101"))
    )
    assert done.counts == Counts(updated=1, removed=1)
    (after,) = await book(dee)
    assert after["id"] in before
    assert (await feed.delta(gone("old"))).counts == Counts()
    assert (await feed.delta(gone("new"))).counts == Counts(removed=1)


async def test_what_a_complete_run_does_not_see_goes(dee: Actor) -> None:
    feed, other = Feed(dee), Feed(dee, account="a2")
    await feed.full({"1": said("A"), "2": said("B")})
    await other.full({"1": said("C")})
    await dee(cards.create, person("By hand"))
    assert (await feed.full({"2": said("B")})).counts == Counts(unchanged=1, removed=1)
    assert [name for name, _ in await says(dee)] == ["B", "By hand", "C"]


async def test_what_a_last_page_brings_and_what_it_takes_are_numbered_apart(dee: Actor) -> None:
    """Where a number stood twice, or beyond the owner's own, devices would miss what has it."""
    feed = Feed(dee)
    await feed.full({"1": said("A"), "2": said("B"), "3": said("C")})
    before = await version(dee)
    news = {str(n): said(f"P{n}") for n in range(4, 9)}
    done = await feed.full({"3": said("C2"), **news})
    assert done.counts == Counts(created=5, updated=1, removed=2)

    async def numbers(ctx: Context) -> list[int]:
        asked = "SELECT version FROM cards WHERE owner_id = $1 ORDER BY 1"
        return [row["version"] for row in await ctx.tx.rows(asked, ctx.owner)]

    after = await version(dee)
    assert await dee.read(numbers) == list(range(before + 1, after + 1))
    assert after == before + 8


async def test_a_record_that_cannot_be_read_is_not_absent(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A"), "2": said("B")})
    run = await feed.run()
    refused = Reject(Place(0), "invalid-card", "wrong", b"{}", "A", "1")
    done = await feed.page(run, 1, refused, told("2", said("B")), ends=Ends())
    assert (done.counts, done.rejects) == (Counts(unchanged=1, rejected=1), (refused,))
    assert [name for name, _ in await says(dee)] == ["A", "B"]


async def test_many_removals_at_once_wait_for_the_owners_word(dee: Actor) -> None:
    feed = Feed(dee)
    many = {str(n): said(f"P{n}") for n in range(42)}
    await feed.full(many)
    few = {name: many[name] for name in list(many)[:20]}
    held = await feed.full(few)
    assert (held.held, held.counts) == (22, Counts(unchanged=20))
    assert len(await says(dee)) == 42
    half = {name: many[name] for name in list(many)[:21]}
    assert (await feed.full(half)).held == 0
    assert len(await says(dee)) == 21
    assert (await feed.full({}, confirm=True)).counts == Counts(removed=21)
    assert await says(dee) == []


async def test_a_run_that_does_not_read_all_sweeps_nothing(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A")})
    run = await feed.run(full=False)
    assert (await feed.page(run, 1, ends=Ends(confirm=True))).counts == Counts()
    assert len(await says(dee)) == 1


async def test_a_full_book_refuses_what_is_more_one_by_one(
    dee: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contact_service.actions.import_plan.MAX_CARDS", 2)
    assert desk.MAX_CARDS == 50_000
    done = await Feed(dee).delta(*(told(str(n), said(f"P{n}"), n) for n in range(3)))
    assert (done.counts, done.rejects[0].code) == (Counts(created=2, rejected=1), "book-full")
    assert done.rejects[0].place == Place(2)


async def test_a_uid_joins_sources_and_two_records_of_one_never_share_a_contact(
    dee: Actor,
) -> None:
    google, file = Feed(dee), Feed(dee, Kind.FILE, "")
    await google.full({"1": said("A", "+14155550100", uid="u")})
    done = await file.delta(told("u", said("A b", "+14155550101", uid="u")))
    assert done.counts == Counts(updated=1)
    assert await says(dee) == [("A", ["+14155550100", "+14155550101"])]
    done = await google.delta(told("2", said("Z", uid="u")))
    assert (done.counts, done.rejects[0].code) == (Counts(rejected=1), "duplicate-uid")


async def test_a_uid_that_another_contact_has_is_refused(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A", uid="ua"), "2": said("B", uid="ub")})
    done = await feed.delta(told("1", said("A", uid="ub")))
    assert (done.counts, done.rejects[0].code) == (Counts(rejected=1), "uid-taken")


async def test_the_same_content_joins_sources_but_not_two_records_of_one(dee: Actor) -> None:
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await dee(cards.create, person("A", "+14155550100", prodId="x", updated="2024-01-01T00:00:00Z"))
    assert (await google.full({"1": said("A", "+14155550100")})).counts == Counts(unchanged=1)
    done = await outlook.full({"x": said("A", "+14155550100"), "y": said("A", "+14155550100")})
    assert done.counts == Counts(created=1, unchanged=1)
    assert (await outlook.full({})).counts == Counts(removed=1)
    assert await says(dee) == [("A", ["+14155550100"])]


async def test_an_equal_name_or_number_alone_joins_nothing(dee: Actor) -> None:
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await google.full({"1": said("A", "+14155550100")})
    run = await outlook.run(auto_merge=True)
    done = await outlook.page(
        run, 1, told("1", said("A", "+14155550101")), told("2", said("B", "+14155550100"))
    )
    assert done.counts == Counts(created=2)


async def test_with_the_owners_leave_surely_the_same_person_is_joined(dee: Actor) -> None:
    google, outlook = Feed(dee), Feed(dee, Kind.MICROSOFT)
    await google.full({"1": said("Ann Lee", "+14155550100")})
    twin = told("1", said("ann lee", "(415) 555-0100", "+14155550199"))
    assert (await outlook.delta(twin)).counts == Counts(created=1)
    await outlook.undo()
    assert (await outlook.delta(twin, auto_merge=True)).counts == Counts(updated=1)
    assert await says(dee) == [("Ann Lee", ["+14155550100", "+14155550199"])]


async def test_a_preview_tells_what_would_be_and_writes_nothing(dee: Actor) -> None:
    feed = Feed(dee, Kind.FILE, "")
    await dee(cards.create, person("Ann", "+14155550100"))
    before = await version(dee)
    run = msgspec.structs.replace(await feed.run(full=False), number=0)
    seen = importing.Seen()
    pages = [
        [told("", said("Bob"), 0), told("", said("Bob"), 1), told("u", said("C", uid="u"), 2)],
        [told("", said("Bob"), 3), told("", said("Ann"), 4), told("u", said("D", uid="u"), 5)],
    ]
    found = [await dee.read(importing.preview, run, Page(tuple(page)), seen) for page in pages]
    assert [one.counts for one in found] == [
        Counts(created=3),
        Counts(created=2, rejected=1),
    ]
    assert [one.possible_duplicates for one in found] == [0, 1]
    assert await version(dee) == before
    real = await feed.run(full=False)
    applied = [await feed.page(real, n, *page) for n, page in enumerate(pages, 1)]
    assert [one.counts for one in applied] == [one.counts for one in found]


async def test_a_contact_deleted_by_hand_stays_so_until_the_source_changes_it(dee: Actor) -> None:
    feed = Feed(dee)
    await feed.full({"1": said("A")})
    (card,) = await book(dee)
    await dee(cards.delete, ids.card_id(card["id"]))
    assert (await feed.full({"1": said("A")})).counts == Counts(unchanged=1)
    assert await says(dee) == []
    assert (await feed.delta(told("1", said("A2")))).counts == Counts(created=1)


async def edit(actor: Actor, name: str, changes: dict[str, object]) -> None:
    found = next(card for card in await book(actor) if card["name"]["full"] == name)
    await actor(cards.patch, ids.card_id(found["id"]), changes)
