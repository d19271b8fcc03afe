"""From what the directory held of users to what it is to hold: which rows of which index change, in all epochs at once.

`compare` is pure; `carry_out` writes, behind the directory's locked counter. A binding that stays keeps its entry id.
What can turn a miss into a hit takes a new number, and so does what leaves: clients that hold a state ask for the rest.
"""

from collections.abc import Iterable, Mapping

import msgspec

from contact_service.actions.context import Context
from contact_service.actions.disclosure import Registration
from contact_service.actions.marks import Marks
from contact_service.model import epoch, identifier, sharing
from contact_service.model.identifier import Identifier, Kind
from contact_service.model.ids import UserId
from contact_service.model.sharing import Audience, Sharing
from contact_service.storage import indexes
from contact_service.storage.indexes import Binding, Logged
from contact_service.storage.registrations import Registered

_WIDTH = {Audience.NOBODY: 0, Audience.CONTACTS: 1, Audience.EVERYONE: 2}


class Held(msgspec.Struct, frozen=True):
    """A user of the directory: the row, and what it seals."""

    row: Registered
    known: Registration


class Changes(msgspec.Struct, frozen=True):
    """`gone` from all indexes; `hidden` from the buckets alone; `wider`: may be hits now; `shown`: of them, those that
    come into buckets; `new`: to be bound, with their audience.
    """

    gone: list[Binding] = []
    hidden: list[Binding] = []
    wider: list[Binding] = []
    shown: list[tuple[Identifier, Binding]] = []
    new: list[tuple[Identifier, UserId, Audience]] = []

    @property
    def numbers(self) -> int:
        """How many numbers of the counter they take."""
        return bool(self.gone or self.hidden) + bool(self.wider) + len(self.new)

    def private(self) -> list[Identifier]:
        """What comes into buckets."""
        new = [i for i, _, audience in self.new if in_buckets(identifier.kind(i), audience)]
        return [*new, *(i for i, _ in self.shown)]


def audience(shared: Sharing, i: Identifier) -> Audience:
    """Who may find somebody who shares so by this identifier."""
    return sharing.finders(shared, identifier.kind(i))


def in_buckets(kind: Kind, who: Audience) -> bool:
    """Whether private discovery has such an identifier: what everyone may find, unless it is an account elsewhere."""
    return who is Audience.EVERYONE and not identifier.is_account(kind)


def listable(held: Held) -> dict[Identifier, Audience]:
    """By what this user is to be found at all, and by whom; objections are another matter."""
    if held.row.state != "active":
        return {}
    wide = {i: audience(held.row.sharing, i) for i in held.known.identifiers}
    return {i: who for i, who in wide.items() if who is not Audience.NOBODY}


def compare(
    before: Mapping[UserId, Held],
    wanted: Mapping[UserId, Mapping[Identifier, Audience]],
    standing: Iterable[Binding],
    marks: Marks,
) -> Changes:
    """What changes for these users: `before` as they were, `wanted` by what they are to be found, `standing` how they
    are found now, with tags of the live epoch.
    """
    open_ = {
        (user, marks.live[i]): (i, who)
        for user, found in wanted.items()
        for i, who in found.items()
    }
    changes = Changes()
    for binding in standing:
        found = open_.pop((binding.user, binding.tag), None)
        if found is None:
            changes.gone.append(binding)
            continue
        held = before.get(binding.user)
        was = sharing.finders(held.row.sharing, binding.kind) if held else Audience.NOBODY
        _stays(changes, found[0], binding, was, found[1])
    changes.new.extend((i, user, who) for (user, _), (i, who) in open_.items())
    return changes


def _stays(changes: Changes, i: Identifier, binding: Binding, was: Audience, now: Audience) -> None:
    if _WIDTH[now] > _WIDTH[was]:
        changes.wider.append(binding)
        if in_buckets(binding.kind, now):
            changes.shown.append((i, binding))
    elif in_buckets(binding.kind, was) and now is not was:
        changes.hidden.append(binding)


async def carry_out(ctx: Context, changes: Changes, marks: Marks, seq: int) -> None:
    """Write the changes; `seq` is the last of the numbers that were taken for them."""
    log: list[Logged] = []
    left = seq - changes.numbers + 1
    if changes.gone or changes.hidden:
        digests = await indexes.drop(ctx.tx, changes.gone) if changes.gone else []
        digests += await indexes.drop_private(ctx.tx, changes.hidden) if changes.hidden else []
        log += [marks.line(e, digest, user, left, added=False) for e, digest, user in digests]
    if changes.wider:
        await indexes.renumber(ctx.tx, changes.wider, seq)
    new = [
        (i, Binding(b"", identifier.kind(i), seq - n, user, seq, marks.objections[i]))
        for n, (i, user, _) in enumerate(changes.new)
    ]
    if new:
        await indexes.put_entries(ctx.tx, marks.places(epoch.Kind.PEPPER, new))
        hashed = [pair for pair in new if not identifier.is_account(pair[1].kind)]
        await indexes.put_matrix(ctx.tx, marks.places(epoch.Kind.MATRIX, hashed))
    everyone = [
        pair
        for pair, (_, _, who) in zip(new, changes.new, strict=True)
        if in_buckets(pair[1].kind, who)
    ]
    places = marks.places(epoch.Kind.OPRF, [*everyone, *changes.shown])
    if places:
        await indexes.put_private(ctx.tx, places)
        log += [marks.logged(place, seq) for place in places]
    if log:
        await indexes.log(ctx.tx, log, ctx.now)
