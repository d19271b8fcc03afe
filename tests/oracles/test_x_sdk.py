"""Our edges of an X account are the users that X's own SDK reads (imports.md, Must hold 5)."""

from collections.abc import Iterator

import pytest

from contact_emulators.knobs import Fault
from contact_emulators.x import X as Emulated
from contact_service.integrations import x
from contact_service.integrations.connector import MissingScope
from contact_service.integrations.outward import Outward
from contact_service.integrations.x import X
from emulating import schemas
from pulled import TOKEN, Rig, pulling
from sdks import Ask

SIZE = "9"


@pytest.fixture
def there() -> Emulated:
    made = Emulated(schemas())
    made.fill(50, seed=3)
    return made


@pytest.fixture
def rig(there: Emulated, way: Outward, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(x, "PAGE", int(SIZE))
    with pulling(X(), there, way, "/2") as made:
        made.purse.left = 1_000
        yield made


async def same(rig: Rig, ask: Ask) -> bool:
    told = await ask("x_sdk.py", rig.ctx.base.removesuffix("/2"), TOKEN, SIZE)
    await rig.pull()
    kinds = {"follower": told["followers"], "following": told["following"]}
    theirs = {(kind, who): name for kind, people in kinds.items() for who, name in people.items()}
    return len(theirs) > 50 and rig.book.edges == theirs


async def test_both_lists_and_who_left_them(there: Emulated, rig: Rig, ask: Ask) -> None:
    assert await same(rig, ask)
    there.followers.pop(next(iter(there.followers)))
    there.following["7"] = "Newcomer"
    assert await same(rig, ask)


async def test_short_pages_are_whole_lists_to_both(there: Emulated, rig: Rig, ask: Ask) -> None:
    there.knobs.set(Fault.SHORT_PAGE, times=0)
    assert await same(rig, ask)


async def test_a_refusal_is_one_in_both_eyes(there: Emulated, rig: Rig, ask: Ask) -> None:
    there.knobs.set(Fault.FORBIDDEN, "followers", times=0)
    told = await ask("x_sdk.py", rig.ctx.base.removesuffix("/2"), TOKEN, SIZE)
    assert told == {"error": 403}
    with pytest.raises(MissingScope):
        await rig.pull()
