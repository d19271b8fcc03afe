"""What becomes of drafts, where no road of the network leads there often."""

import msgspec

from contact_client import Conflict
from contact_client.replica import drafts
from contact_client.replica.store import UNSEEN, Change, Draft, Held


def json(**members: object) -> bytes:
    return msgspec.json.encode(members)


SENT = Held("c", '"e.5"', json(a=1), round=UNSEEN, settled=False)
WAITING = Draft("c", json(a=1), json(a=1, b=1), '"e.5"', waits=True, seq=7)
BLIND = Draft("c", json(a=1), json(a=1, b=1), '"e.5"', blind=True, seq=7)


def test_an_edit_of_what_was_sent_and_not_told_of_waits() -> None:
    change = drafts.edited([], SENT, json(a=2), flies=False)
    assert change.added == (Draft("c", json(a=1), json(a=2), '"e.5"', waits=True),)


def test_an_edit_of_what_is_on_its_way_is_made_on_what_was_sent() -> None:
    flying = Draft("c", json(a=1), json(a=2), '"e.5"', seq=7)
    change = drafts.edited([flying], SENT, json(a=3), flies=True)
    assert change.added == (Draft("c", json(a=2), json(a=3), waits=True),)


def test_a_page_tells_what_a_waiting_or_blind_draft_did_not_know() -> None:
    for draft in (WAITING, BLIND):
        change, conflicts = drafts.settled([draft], '"e.9"', json(a=5, b=2))
        (moved,) = change.altered
        assert moved == Draft("c", json(a=5, b=2), json(a=5, b=1), '"e.9"', seq=7)
        assert conflicts == (Conflict("b", 1, 2, "c"),)


def test_a_draft_that_knew_what_it_was_made_on_is_left_to_the_services_merge() -> None:
    known = Draft("c", json(a=1), json(a=2), '"e.5"', seq=7)
    assert drafts.settled([known], '"e.9"', json(a=3)) == (Change(), ())
    assert drafts.removed([known]) == Change()


def test_a_deletion_that_waited_stays_at_what_its_owner_had_seen() -> None:
    change, _ = drafts.settled([Draft("c", json(a=1), b"", '"e.5"', waits=True)], '"e.9"', json())
    assert change.altered == (Draft("c", json(a=1), b"", '"e.5"'),)


def test_a_waiting_edit_of_what_was_deleted_goes_on_as_the_difference_alone() -> None:
    change = drafts.removed([WAITING])
    assert change.altered == (BLIND,)
    assert BLIND.op == "patch"
    assert drafts.removed([Draft("c", json(a=1), b"", seq=7)]).done == (7,)


def test_what_made_no_difference_there_is_how_it_stands() -> None:
    settled = Held("c", '"e.5"', json(a=9))
    draft = Draft("c", json(a=1), json(a=9), '"e.4"', seq=6)
    change, _ = drafts.accepted(draft, [WAITING], SENT, settled)
    assert change.held == ()
    assert change.altered[-1] == Draft("c", json(a=9), json(a=9, b=1), '"e.5"', seq=7)
    change, _ = drafts.accepted(draft, [WAITING], SENT, SENT)
    assert change.held == (SENT,)
    assert change.altered == (WAITING,)
