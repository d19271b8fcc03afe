"""The grant ends, or lacks something: the owner is told to connect again, nothing is lost, and then it goes on."""

from contact_emulators.google import CONTACTS
from contact_emulators.knobs import Fault
from imports.conftest import Linking
from imports.editing import several
from imports.stack import PAGES, Account

SCOPES = {"google": CONTACTS, "microsoft": "Contacts.Read"}


async def test_a_revoked_grant_asks_to_connect_again_and_deletes_nobody(account: Account) -> None:
    await account.run()
    book = await account.book()
    account.emulator.authority.withdraw()
    several(account)
    failed = await account.run()
    assert (failed["state"], failed["report"]["error"]) == ("failed", "reauthorise")
    assert await account.state() == "reauthorise"
    assert await account.book() == book
    assert (await account.ask()).slug == "not-connected"
    linked = account.id
    assert "is connected" in await account.link(again=True)
    assert account.id == linked
    assert await account.state() == "connected"
    done = await account.run()
    assert (done["state"], done["removed"]) == ("done", 1)
    assert await account.book() == account.truth()


async def test_a_grant_that_ends_in_the_middle_keeps_what_came(account: Account) -> None:
    several(account)
    account.emulator.knobs.set(Fault.UNAUTHORISED, PAGES[account.provider][0], nth=2, times=2)
    failed = await account.run()
    assert (failed["state"], failed["report"]["error"]) == ("failed", "reauthorise")
    assert failed["created"] == len(await account.cards()) == 4
    assert "is connected" in await account.link(again=True)
    await account.mended()
    assert (await account.run())["state"] == "done"
    assert await account.book() == account.truth()


async def test_a_token_that_expires_in_the_middle_is_renewed_unseen(account: Account) -> None:
    account.emulator.knobs.set(Fault.UNAUTHORISED, PAGES[account.provider][0], nth=2)
    done = await account.run()
    assert done["state"] == "done"
    assert await account.book() == account.truth()


async def test_a_scope_that_was_not_granted_is_told_before_anything_is_read(
    linking: Linking,
) -> None:
    for provider, scope in SCOPES.items():
        account = await linking(provider, link=False)
        account.emulator.authority.unticked = frozenset({scope})
        page = await account.link()
        assert "is connected" not in page
        assert await account.state() is None
        assert account.pages_asked == 0


async def test_a_scope_that_is_taken_away_later_deletes_nobody(account: Account) -> None:
    await account.run()
    book = await account.book()
    for grant in account.emulator.authority.grants:
        for token in grant.tokens:
            account.emulator.let_in(token, ("openid",))
    failed = await account.run()
    assert (failed["state"], failed["report"]["error"]) == ("failed", "missing-scope")
    assert await account.state() == "reauthorise"
    assert await account.book() == book
