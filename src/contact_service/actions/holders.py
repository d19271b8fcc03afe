"""Whose each verified identifier is, shared with anybody or not, and the discovery budget that goes with it."""

from collections.abc import Mapping

from contact_service.actions import budget
from contact_service.actions.context import Context
from contact_service.actions.listed import Held
from contact_service.actions.marks import Marks
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.storage import indexes, registrations

People = Mapping[UserId, Held]


async def move(ctx: Context, before: People, after: People, marks: Marks) -> None:
    """Identifiers that change hands: whose they are, and what budget goes with them."""
    left, entered = _moved(after, before), _moved(before, after)
    if left:
        users = [user for user, _ in left]
        await indexes.release(ctx.tx, [marks.holders[i] for _, i in left], users)
    if entered:
        tags = [marks.holders[i] for _, i in entered]
        await indexes.hold(ctx.tx, tags, [user for user, _ in entered])
    for user, identifiers in _by_user(left).items():
        last = not after[user].known.identifiers
        await budget.leave(ctx, user, identifiers, last=last)
    # One question for all of a batch: hardly ever anything lies there.
    tags = [marks.carries[i] for _, i in entered]
    carried = await registrations.carried(ctx.tx, tags) if tags else set()
    with_budget = [(user, i) for user, i in entered if marks.carries[i] in carried]
    for user, identifiers in _by_user(with_budget).items():
        await budget.join(ctx, user, identifiers)


def _moved(than: People, of: People) -> list[tuple[UserId, Identifier]]:
    """What users hold in `of` and not in `than`."""
    nothing: tuple[Identifier, ...] = ()
    return [
        (user, i)
        for user, held in of.items()
        for i in held.known.identifiers
        if i not in (than[user].known.identifiers if user in than else nothing)
    ]


def _by_user(moved: list[tuple[UserId, Identifier]]) -> dict[UserId, list[Identifier]]:
    found: dict[UserId, list[Identifier]] = {}
    for user, i in moved:
        found.setdefault(user, []).append(i)
    return found
