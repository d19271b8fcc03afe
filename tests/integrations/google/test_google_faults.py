"""Contacts over Google's People API: whatever goes wrong on the way, nobody is deleted, and the book heals."""

import pytest

from breaking import BROKEN, BROKEN_IDS, heals, in_pages, spoilt_record, waits
from contact_emulators.google import LIST
from contact_emulators.google import Google as People
from contact_emulators.knobs import Fault
from contact_service.integrations.connector import (
    ConnectorError,
    CursorExpired,
    MissingScope,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.integrations.google import Google
from contact_service.integrations.outward import Outward
from googling import told, truth
from pulled import Rig, pulling


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        *BROKEN,
        (Fault.FORBIDDEN, "", MissingScope),
        (Fault.FORBIDDEN, "SERVICE_DISABLED", ProviderChanged),
        (Fault.AWAY, "500", Transient),
        (Fault.AWAY, "503", Transient),
        (Fault.CUT, "", Transient),
        (Fault.UNAUTHORISED, "", Reauthorise),
        (Fault.TOO_MANY, "315", RateLimited),
        (Fault.TOO_MANY, "Sun, 01 Mar 2026 00:05:00 GMT", RateLimited),
        (Fault.TOO_MANY, "", RateLimited),
        (Fault.EXPIRED_CURSOR, "", CursorExpired),
        (Fault.AWAY, "400", ProviderChanged),
        (Fault.AWAY, "404", ProviderChanged),
    ],
    ids=[
        *BROKEN_IDS, "scope", "disabled", "500", "503", "cut", "401", "429-s",
        "429-date", "429", "expired", "400", "404",
    ],
)  # fmt: skip
async def test_a_chain_that_breaks_deletes_nothing_and_heals(
    people: People, rig: Rig, fault: Fault, value: str, error: type[ConnectorError]
) -> None:
    def spoil() -> None:
        rig.book.checkpoint = None  # a full read again
        nth = 1 if fault is Fault.EXPIRED_CURSOR else 3
        people.knobs.set(fault, LIST, nth=nth, times=0, value=value)

    await heals(rig, people, spoil, error, lambda: told(rig), lambda: truth(people))


@in_pages
async def test_pages_may_repeat_be_short_or_empty(people: People, rig: Rig, fault: Fault) -> None:
    people.knobs.set(fault, LIST, nth=2, times=2)
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.pages[-1].complete


async def test_a_page_that_was_left_out_deletes_nobody(people: People, rig: Rig) -> None:
    await rig.pull()
    rig.book.checkpoint = None
    people.knobs.set(Fault.MISSING_PAGE, LIST, nth=2)
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.deleted == []
    assert not rig.book.pages[-1].complete


async def test_a_name_that_changes_while_the_list_is_read(people: People, rig: Rig) -> None:
    await rig.pull()
    people.knobs.set(Fault.RENAMED_ID, LIST, nth=1)
    people.book.edit(next(iter(people.book.contacts.people)), nicknames=[{"value": "Nick"}])
    await rig.pull()
    await rig.pull()
    assert told(rig) == truth(people)
    assert rig.book.deleted == []


async def test_a_short_throttle_is_waited_for(people: People, rig: Rig) -> None:
    await waits(rig, people, LIST, 1)
    assert told(rig) == truth(people)


async def test_an_exhausted_quota_parks_the_run_where_it_is(people: People, rig: Rig) -> None:
    people.per_minute = 5
    with pytest.raises(RateLimited):
        await rig.pull()
    assert len(rig.book.pages) == 2, "three calls for groups, two for contacts"
    people.per_minute = None
    await rig.pull()
    assert told(rig) == truth(people)


async def test_a_bad_record_costs_no_neighbour_and_is_not_swept(people: People, rig: Rig) -> None:
    assert await spoilt_record(rig, people, LIST, 2, "names") == "wrong-type"
    (reject,) = rig.book.rejects
    assert reject.reason == "names cannot be read."
    assert reject.source_id in people.book.contacts.people
    assert b'"names":7' in reject.raw
    assert told(rig) == truth(people)
    assert rig.book.pages[-1].complete


async def test_a_record_without_a_name_of_its_own_sweeps_nobody(people: People, rig: Rig) -> None:
    assert await spoilt_record(rig, people, LIST, 2, "resourceName") == "no-id"
    assert (told(rig), rig.book.deleted) == (truth(people), [])
    assert not rig.book.pages[-1].complete


async def test_an_unknown_property_is_kept_and_counted(people: People, rig: Rig) -> None:
    people.knobs.set(Fault.UNKNOWN_FIELD, LIST, value="novelty")
    await rig.pull()
    assert sum(page.unknown for page in rig.book.pages) == 1
    (change,) = [
        c
        for page in rig.book.pages
        for c in page.changes
        if b"novelty" in getattr(c, "residue", b"")
    ]
    assert change.residue == b'{"novelty":"new"}'


async def test_a_missing_scope_is_told_so(people: People, way: Outward) -> None:
    with pulling(Google(), people, way, scopes=("openid",)) as rig, pytest.raises(MissingScope):
        await rig.pull()
    assert people.asked(LIST) == 0


async def test_a_refusal_that_is_not_of_the_kept_token_is_no_expiry(
    people: People, rig: Rig
) -> None:
    await rig.pull(stop_after=2)
    people.knobs.set(Fault.AWAY, LIST, nth=2, value="400")
    with pytest.raises(ProviderChanged):
        await rig.pull()


async def test_a_list_that_ends_without_a_token_is_not_what_google_documents(
    people: People, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.pull()
    before = told(rig)
    rig.book.checkpoint = None
    monkeypatch.setattr(people, "_tokens", lambda *_: {})
    with pytest.raises(ProviderChanged):
        await rig.pull()
    assert (told(rig), rig.book.deleted) == (before, [])
