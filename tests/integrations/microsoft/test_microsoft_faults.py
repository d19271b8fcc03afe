"""Contacts over Microsoft Graph when something goes wrong: nobody is deleted by it, and the next run mends the book."""

from typing import Any

import pytest

from breaking import BROKEN, BROKEN_IDS, heals, in_pages, spoilt_record, waits
from contact_emulators.knobs import Fault
from contact_emulators.microsoft import Microsoft as Graph
from contact_service.integrations.connector import (
    ConnectorError,
    CursorExpired,
    MissingScope,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.integrations.microsoft import Microsoft
from contact_service.integrations.microsoft_wire import NoMailbox
from contact_service.integrations.outward import Outward
from mailboxes import told, truth
from pulled import Rig, pulling

CHAINS = ("contacts.delta", "folder.contacts.delta")


@pytest.mark.parametrize(
    "form",
    ["", "400 resyncRequired", "404 SyncStateNotFound", "409 syncStateNotFound"],
    ids=["410", "400", "404", "409"],
)
async def test_an_expired_cursor_is_one_full_read_and_then_the_same_book(
    graph: Graph, rig: Rig, form: str
) -> None:
    await rig.pull()
    graph.expire(form)
    graph.box.remove(next(iter(graph.box.contacts)))
    with pytest.raises(CursorExpired):
        await rig.pull()
    assert rig.book.deleted == []
    await rig.pull_again()
    assert told(rig) == truth(graph)
    full_reads = sum(page.complete for page in rig.book.pages)
    assert full_reads == 2
    await rig.pull()
    assert sum(page.complete for page in rig.book.pages) == full_reads


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        *BROKEN,
        (Fault.FOREIGN_LINK, "https://elsewhere.example/next", ProviderChanged),
        (Fault.FOREIGN_LINK, "{url}.elsewhere.example/next", ProviderChanged),
        (Fault.FORBIDDEN, "", MissingScope),
        (Fault.FORBIDDEN, "MailboxNotEnabledForRESTAPI", MissingScope),
        (Fault.AWAY, "503", Transient),
        (Fault.CUT, "", Transient),
        (Fault.EXPIRED_CURSOR, "", CursorExpired),
        (Fault.TOO_MANY, "315", RateLimited),
        (Fault.TOO_MANY, "Sun, 01 Mar 2026 00:05:00 GMT", RateLimited),
        (Fault.AWAY, "404", CursorExpired),
        (Fault.AWAY, "418", ProviderChanged),
    ],
    ids=[
        *BROKEN_IDS, "foreign", "near-foreign", "forbidden", "forbidden-code",
        "away", "cut", "expired", "429-s", "429-date", "404", "418",
    ],
)  # fmt: skip
@pytest.mark.parametrize("operation", CHAINS, ids=["default", "folder"])
async def test_a_chain_that_breaks_deletes_nothing_and_heals(
    graph: Graph, rig: Rig, fault: Fault, value: str, error: type[ConnectorError], operation: str
) -> None:
    def spoil() -> None:
        rig.book.checkpoint = None  # a full read again
        told_value = value.format(url=rig.ctx.base.removesuffix("/v1.0"))
        graph.knobs.set(fault, operation, nth=2, times=0, value=told_value)

    said = await heals(rig, graph, spoil, error, lambda: told(rig), lambda: truth(graph))
    assert "elsewhere" not in said


@in_pages
async def test_pages_may_repeat_be_short_or_empty(graph: Graph, rig: Rig, fault: Fault) -> None:
    graph.knobs.set(fault, nth=2, times=2)
    await rig.pull()
    assert told(rig) == truth(graph)


async def test_a_short_throttle_is_waited_for(graph: Graph, rig: Rig) -> None:
    await waits(rig, graph, "contacts.delta", 2)
    assert told(rig) == truth(graph)


async def test_a_grant_that_is_gone_asks_to_connect_again(graph: Graph, rig: Rig) -> None:
    graph.knobs.set(Fault.UNAUTHORISED, "folder.contacts.delta", nth=2)
    await rig.pull()  # refreshed once, unseen
    graph.knobs.set(Fault.UNAUTHORISED, times=0)
    with pytest.raises(Reauthorise):
        await rig.pull()
    assert rig.book.deleted == []


async def test_an_account_without_the_scope_is_told_so(graph: Graph, way: Outward) -> None:
    with (
        pulling(Microsoft(), graph, way, "/v1.0", scopes=("User.Read",)) as rig,
        pytest.raises(MissingScope),
    ):
        await rig.pull()


async def test_a_mailbox_on_premises_is_told_so(graph: Graph, rig: Rig, monkeypatch: Any) -> None:
    monkeypatch.setattr(graph, "refusal", _refusing(graph))
    graph.knobs.set(Fault.AWAY, "folders.delta", value="404")
    with pytest.raises(NoMailbox) as raised:
        await rig.pull()
    assert raised.value.slug == "no-mailbox"


def _refusing(graph: Graph) -> Any:
    usual = graph.refusal
    return lambda status, _="": usual(status, "MailboxNotEnabledForRESTAPI")


async def test_an_unknown_property_is_kept_and_counted(graph: Graph, rig: Rig) -> None:
    graph.knobs.set(Fault.UNKNOWN_FIELD, "contacts.delta", value="novelty")
    await rig.pull()
    assert sum(page.unknown for page in rig.book.pages) == 1
    (change,) = [c for page in rig.book.pages for c in page.changes if b"novelty" in c.residue]
    assert change.source_id in graph.box.contacts


async def test_a_bad_record_costs_no_neighbour_and_is_not_swept(graph: Graph, rig: Rig) -> None:
    assert await spoilt_record(rig, graph, "contacts.delta", 1, "businessPhones") == "wrong-type"
    (reject,) = rig.book.rejects
    assert reject.source_id in graph.box.contacts
    assert reject.reason == "businessPhones cannot be read."
    assert (told(rig), rig.book.deleted) == (truth(graph), [])


async def test_a_record_without_an_id_ends_no_read_as_whole(graph: Graph, rig: Rig) -> None:
    assert await spoilt_record(rig, graph, "contacts.delta", 1, "id") == "no-id"
    assert not rig.book.pages[-1].complete
    assert (told(rig), rig.book.deleted) == (truth(graph), [])
