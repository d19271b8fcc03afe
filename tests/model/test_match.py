"""The gate's decision, over all there is to decide, against a table that is written the other way round."""

import itertools

import pytest

from contact_service.model.identifier import Kind
from contact_service.model.match import Standing, decide
from contact_service.model.sharing import Audience, Sharing, start

BITS = ("is_viewer", "viewer_blocks", "target_blocks", "objected", "restricted")
"""Each hides by itself."""
ALL = [
    Standing(
        Sharing(phone, email, name, photo, account=account),
        kind,
        active,
        viewer,
        knows,
        mine,
        theirs,
        no,
        held,
    )
    for phone, email, name, photo, account, kind in itertools.product(*[Audience] * 5, Kind)
    for active, viewer, knows, mine, theirs, no, held in itertools.product((False, True), repeat=7)
]


def reasons(standing: Standing) -> set[str]:
    """Why the viewer may not learn of the target."""
    found = {name for name in BITS if getattr(standing, name)}
    if not standing.active:
        found.add("not active")
    by = standing.kind.value.partition(":")[0]
    match getattr(standing.sharing, by):
        case Audience.NOBODY:
            found.add("shared with nobody")
        case Audience.CONTACTS if not standing.knows:
            found.add("shared with contacts, who hold somebody else")
    return found


def test_every_combination_is_decided_as_its_reasons_say() -> None:
    assert len(ALL) == 3**5 * 4 * 2**7
    wrong = [standing for standing in ALL if decide(standing) == bool(reasons(standing))]
    assert wrong == []


def test_some_are_shown_for_each_kind_and_each_audience() -> None:
    shown = [standing for standing in ALL if decide(standing)]
    some = [Audience.EVERYONE, Audience.CONTACTS]
    accounts = [Kind.FACEBOOK, Kind.X]
    told = {(s.kind, s.sharing.phone, s.sharing.email, s.sharing.account) for s in shown}
    assert told == {
        *itertools.product([Kind.PHONE], some, Audience, Audience),
        *itertools.product([Kind.EMAIL], Audience, some, Audience),
        *itertools.product(accounts, Audience, Audience, some),
    }


@pytest.mark.parametrize("discoverable", [True, False, None])
def test_accounts_are_shared_with_nobody_at_the_start(discoverable: bool | None) -> None:
    assert start(discoverable).account is Audience.NOBODY


def test_the_profile_is_cut_by_its_own_audiences() -> None:
    for standing in ALL:
        holding = {Audience.EVERYONE} | ({Audience.CONTACTS} if standing.knows else set())
        assert standing.shows_name == (standing.sharing.name in holding)
        assert standing.shows_photo == (standing.sharing.profile_photo in holding)
