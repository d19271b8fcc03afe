"""Friends over the Facebook Graph API: only those who use the app, edges and no contacts, errors by their codes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from breaking import BROKEN, BROKEN_IDS, heals
from contact_emulators.facebook import Facebook as Emulated
from contact_emulators.knobs import Fault
from contact_service.integrations import facebook
from contact_service.integrations.connector import (
    ConnectorError,
    CursorExpired,
    Fetched,
    MissingScope,
    ProviderChanged,
    RateLimited,
    Reauthorise,
    Transient,
)
from contact_service.integrations.facebook import Facebook
from contact_service.integrations.outward import Outward
from emulating import schemas
from pulled import Rig, pulling


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Emulated:
    monkeypatch.setattr(facebook, "PAGE", 4)
    made = Emulated(schemas())
    made.fill(14, seed=3)
    return made


@pytest.fixture
def rig(there: Emulated, way: Outward) -> Iterator[Rig]:
    with pulling(Facebook(), there, way, "/v23.0") as made:
        yield made


def truth(there: Emulated) -> dict[tuple[str, str], str]:
    return {("friend", who): name for who, name in there.friends.items()}


async def test_a_read_has_every_friend_who_uses_the_app(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    assert rig.book.edges == truth(there)
    assert rig.book.pages[-1].complete
    assert rig.book.cards == {}


async def test_no_link_is_kept_with_the_token_it_came_with(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    assert not any(b"a-token" in (page.resume or b"") for page in rig.book.pages)
    assert all("a-token" not in str(seen) for seen in there.seen)


async def test_who_is_no_friend_any_more_goes_by_the_next_read(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    there.friends.pop(next(iter(there.friends)))
    there.friends["9"] = "New"
    await rig.pull()
    assert rig.book.edges == truth(there)


async def test_a_permission_that_was_taken_back_loses_nobody(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    there.let_in("a-token", ["public_profile"])
    with pytest.raises(MissingScope):
        await rig.pull()
    assert rig.book.edges == truth(there)
    assert there.asked("friends") == 4


@pytest.mark.parametrize("stop", range(1, 5))
async def test_a_run_killed_behind_any_page_goes_on(there: Emulated, rig: Rig, stop: int) -> None:
    await rig.pull(stop_after=stop)
    await rig.pull()
    assert rig.book.edges == truth(there)


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        *((Fault.FORBIDDEN, code, RateLimited) for code in ("4", "17", "32", "613")),
        (Fault.FORBIDDEN, "190", Reauthorise),
        *((Fault.FORBIDDEN, code, MissingScope) for code in ("10", "200", "299")),
        (Fault.FORBIDDEN, "2", Transient),
        (Fault.FORBIDDEN, "300", ProviderChanged),
        (Fault.UNAUTHORISED, "", Reauthorise),
        *BROKEN,
        (Fault.FOREIGN_LINK, "https://elsewhere.example/next", ProviderChanged),
        (Fault.FOREIGN_LINK, "{url}.elsewhere.example/next", ProviderChanged),
        (Fault.EXPIRED_CURSOR, "", ProviderChanged),
        (Fault.AWAY, "503", Transient),
    ],
    ids=[
        *"4 17 32 613 190 10 200 299 2 300 401".split(),
        *BROKEN_IDS,
        *"foreign near expired away".split(),
    ],
)
async def test_a_chain_that_breaks_loses_nobody_and_heals(
    there: Emulated, rig: Rig, fault: Fault, value: str, error: type[ConnectorError]
) -> None:
    def spoil() -> None:
        told_value = value.format(url=rig.ctx.base.removesuffix("/v23.0"))
        there.knobs.set(fault, "friends", nth=2, times=0, value=told_value)

    await heals(rig, there, spoil, error, lambda: dict(rig.book.edges), lambda: truth(there))


@pytest.mark.parametrize(
    ("header", "value", "pause"),
    [
        ("", "", timedelta(hours=1)),
        ("x-app-usage", '{"call_count":100}', timedelta(hours=1)),
        ("x-app-usage", "[" * 5_000, timedelta(hours=1)),
        (
            "x-business-use-case-usage",
            '{"7":[{"type":"x","estimated_time_to_regain_access":19}]}',
            timedelta(minutes=19),
        ),
        ("x-app-usage", '{"estimated_time_to_regain_access":99999999}', timedelta(days=1)),
    ],
    ids=["none", "unsaid", "deep", "said", "forever"],
)
def test_a_throttle_lasts_as_long_as_is_said(header: str, value: str, pause: timedelta) -> None:
    answer = Fetched(400, {header: value}, b'{"error":{"code":17}}')
    refused = facebook._refused(answer)
    assert isinstance(refused, RateLimited)
    assert abs(refused.until - datetime.now(UTC) - pause) < timedelta(minutes=1)


@pytest.mark.parametrize("fault", [Fault.SHORT_PAGE, Fault.REPLAYED_ITEM], ids=lambda fault: fault.value)  # fmt: skip
async def test_pages_may_be_short_or_repeat(there: Emulated, rig: Rig, fault: Fault) -> None:
    there.knobs.set(fault, times=0)
    await rig.pull()
    assert rig.book.edges == truth(there)


async def test_a_friend_without_an_id_costs_nobody(there: Emulated, rig: Rig) -> None:
    await rig.pull()
    there.knobs.set(Fault.WRONG_TYPE, "friends", value="id")
    await rig.pull()
    assert not rig.book.pages[-1].complete
    assert rig.book.edges == truth(there)


async def test_an_unknown_property_is_counted(there: Emulated, rig: Rig) -> None:
    there.knobs.set(Fault.UNKNOWN_FIELD, "friends")
    await rig.pull()
    assert sum(page.unknown for page in rig.book.pages) == 1


async def test_a_cursor_of_another_release_is_an_expired_one(rig: Rig) -> None:
    for cursor in (b"{", b'{"v":2}'):
        rig.book.resume = cursor
        with pytest.raises(CursorExpired):
            await rig.pull()
