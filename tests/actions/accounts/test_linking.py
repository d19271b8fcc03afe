"""Linking: what a browser brings back counts once, in time, from the right provider and for the one who began."""

import pytest

from acting import Actor
from contact_service.actions import account_list, accounts, consent, linking
from contact_service.actions.context import Context
from contact_service.actions.linking import Back, Wish
from contact_service.model.account import State
from contact_service.model.account_problem import LinkRefused, ProviderNotOffered, TooManyAccounts
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.problem import ConsentRequired, InvalidParameter
from providing import OURS, RETURN, World, come_back, linked, visit

BOTH = (Purpose.STORE, Purpose.IMPORT_GOOGLE, Purpose.IMPORT_MICROSOFT)


@pytest.fixture
async def ann(there: World, owner: OwnerId) -> Actor:
    return await Actor(there.house, owner).consents(*BOTH)


@pytest.fixture
async def bea(there: World, owner: OwnerId) -> Actor:
    return await Actor(there.house, OwnerId(f"b-{owner}")).consents(*BOTH)


@pytest.mark.parametrize("provider", ["google", "microsoft"])
async def test_an_account_is_linked_in_the_browser_that_began(ann: Actor, provider: str) -> None:
    account = await linked(ann, provider, options={"photos": False})
    assert account.state is State.CONNECTED
    assert account.options == {"photos": False}
    assert account.scopes
    (shown,) = await ann.read(account_list.listed)
    assert (shown.account, shown.last_import) == (account, None)


async def test_linked_again_it_is_the_same_account(ann: Actor) -> None:
    first = await linked(ann, "google")
    await ann(accounts.put_cursor, first.id, None, b"where it was")
    again = await linked(ann, "google", options={"otherContacts": True})
    assert again.id == first.id
    assert any("contacts.other" in scope for scope in again.scopes)
    assert await ann.read(accounts.cursor, first.id) == b"where it was"


@pytest.mark.parametrize("given", [(), (Purpose.IMPORT_GOOGLE,), (Purpose.STORE,)], ids=str)
async def test_without_both_consents_no_link_is_begun(
    there: World, owner: OwnerId, given: tuple[Purpose, ...]
) -> None:
    ann = await Actor(there.house, owner).consents(*given)
    with pytest.raises(ConsentRequired) as refused:
        await ann(linking.begin, Wish("google"), OURS)
    lacking = Purpose.STORE if Purpose.IMPORT_GOOGLE in given else Purpose.IMPORT_GOOGLE
    assert refused.value.members["purpose"] == lacking


@pytest.mark.parametrize("provider", ["x", "facebook", "myspace", "google/../x"])
async def test_a_provider_that_is_not_set_up_is_not_offered(ann: Actor, provider: str) -> None:
    with pytest.raises(ProviderNotOffered):
        await ann(linking.begin, Wish(provider), OURS)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        RETURN + "/",
        RETURN + "?x=1",
        RETURN + "#",
        RETURN.upper(),
        "",
        "//evil",
    ],
)
async def test_the_browser_is_sent_to_none_but_the_operators_addresses(
    ann: Actor, url: str
) -> None:
    with pytest.raises(InvalidParameter):
        await ann(linking.begin, Wish("google", return_url=url), OURS)


async def test_a_state_is_used_once(ann: Actor) -> None:
    begun = await ann(linking.begin, Wish("google"), OURS)
    params, jar = await visit(begun.url), {begun.cookie: begun.browser}
    assert (await linking.back(ann.house, params, jar)).slug == ""
    assert (await linking.back(ann.house, params, jar)).slug == "link-refused"


@pytest.mark.parametrize("cut", ["", "x", "made-up", "ä" * 20, "A" * 500], ids=range(5))
async def test_a_state_of_somebody_elses_making_is_refused(ann: Actor, cut: str) -> None:
    begun = await ann(linking.begin, Wish("google"), OURS)
    params = await visit(begun.url)
    for state in (cut, params["state"][:-4] + "AAAA", params["state"] + "A"):
        told = await linking.back(
            ann.house, {**params, "state": state}, {begun.cookie: begun.browser}
        )
        assert told == Back("link-refused")


async def test_a_state_tells_nobody_whose_it_is(ann: Actor) -> None:
    begun = await ann(linking.begin, Wish("google"), OURS)
    assert ann.owner not in begun.url
    assert linking.sealed_states.open_(ann.house.keyring, "ticket", begun.state) is None


async def test_another_browser_links_nothing(ann: Actor, there: World) -> None:
    """Else whoever sends his link to somebody has her contacts in his account."""
    begun = await ann(linking.begin, Wish("google"), OURS)
    params = await visit(begun.url)
    other = await ann(linking.begin, Wish("google"), OURS)
    told = await linking.back(ann.house, params, {begun.cookie: other.browser})
    assert told == Back("link-refused")
    assert (await linking.back(ann.house, params, {begun.cookie: begun.browser})).slug != ""
    assert await ann.read(accounts.listed) == []
    assert there.google.authority.grants == []


async def test_without_a_cookie_the_app_hands_the_ticket_in(ann: Actor) -> None:
    begun = await ann(linking.begin, Wish("google", return_url=RETURN), OURS)
    told = await linking.back(ann.house, await visit(begun.url), {})
    assert (told.slug, told.return_url) == ("", RETURN)
    assert told.ticket
    assert await ann.read(accounts.listed) == []
    account = await linking.finish(ann.house, ann.owner, told.ticket)
    assert await ann.read(accounts.listed) == [account]
    with pytest.raises(LinkRefused):
        await linking.finish(ann.house, ann.owner, told.ticket)


async def test_a_ticket_that_went_astray_links_nobody(ann: Actor, bea: Actor) -> None:
    begun = await ann(linking.begin, Wish("google", return_url=RETURN), OURS)
    told = await linking.back(ann.house, await visit(begun.url), {})
    assert told.ticket is not None
    for who in (bea, ann):
        with pytest.raises(LinkRefused):
            await linking.finish(who.house, who.owner, told.ticket)


async def test_a_code_that_waits_for_its_app_is_not_taken_twice(ann: Actor) -> None:
    begun = await ann(linking.begin, Wish("google", return_url=RETURN), OURS)
    params = await visit(begun.url)
    told = await linking.back(ann.house, params, {})
    assert (await linking.back(ann.house, params, {})).slug == "link-refused"
    assert told.ticket is not None
    with pytest.raises(LinkRefused):
        await linking.finish(ann.house, ann.owner, told.ticket)


async def test_a_link_ends_after_ten_minutes(ann: Actor) -> None:
    begun = await ann(linking.begin, Wish("google"), OURS)
    params = await visit(begun.url)

    async def age(ctx: Context) -> None:
        sql = "UPDATE oauth_states SET expires_at = expires_at - interval '10 min' WHERE owner_id = $1"
        await ctx.tx.run(sql, ann.owner)

    await ann(age)
    told = await linking.back(ann.house, params, {begun.cookie: begun.browser})
    assert told.slug == "link-refused"


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"iss": "https://evil.example"}, "link-refused"),
        ({"iss": "https://accounts.google.com.evil.example"}, "link-refused"),
        ({"error": "access_denied"}, "access-denied"),
        ({"error": "server_error"}, "provider-refused"),
        ({"code": ""}, "provider-refused"),
        ({"code": "made-up"}, "link-refused"),
    ],
    ids=["iss", "iss-prefix", "denied", "error", "no-code", "wrong-code"],
)
async def test_an_answer_that_is_none_links_nothing(
    ann: Actor, changed: dict[str, str], slug: str
) -> None:
    begun = await ann(linking.begin, Wish("google", return_url=RETURN), OURS)
    params = {k: v for k, v in {**await visit(begun.url), **changed}.items() if v}
    told = await linking.back(ann.house, params, {begun.cookie: begun.browser})
    assert told == Back(slug, RETURN)
    assert await ann.read(accounts.listed) == []


async def test_a_person_who_says_no_is_told_so_kindly(ann: Actor, there: World) -> None:
    there.google.authority.person = "deny"
    assert (await come_back(ann, "google")).slug == "access-denied"


async def test_an_unticked_box_is_told_before_anything_is_read(ann: Actor, there: World) -> None:
    there.google.authority.unticked = frozenset(
        {"https://www.googleapis.com/auth/contacts.readonly"}
    )
    assert (await come_back(ann, "google")).slug == "scopes-not-granted"
    assert await ann.read(accounts.listed) == []
    assert there.google.asked("connections.list") == 0


async def test_a_consent_withdrawn_meanwhile_links_nothing(ann: Actor) -> None:
    begun = await ann(linking.begin, Wish("google"), OURS)
    params = await visit(begun.url)
    await ann(consent.withdraw, Purpose.IMPORT_GOOGLE)
    told = await linking.back(ann.house, params, {begun.cookie: begun.browser})
    assert told.slug == "consent-required"
    assert await ann.read(accounts.listed) == []


async def test_an_owner_has_no_more_than_so_many_accounts(
    ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked(ann, "google")
    monkeypatch.setattr(linking, "MOST", 1)
    with pytest.raises(TooManyAccounts):
        await ann(linking.begin, Wish("microsoft"), OURS)


async def test_only_so_many_links_are_under_way(ann: Actor) -> None:
    first = await ann(linking.begin, Wish("google"), OURS)
    params = await visit(first.url)
    for _ in range(linking.WAITING):
        await ann(linking.begin, Wish("google"), OURS)
    told = await linking.back(ann.house, params, {first.cookie: first.browser})
    assert told.slug == "link-refused"
