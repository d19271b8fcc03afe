"""An index of the directory filled under a new key: what is live is copied, user by user, in the order of their ids.

A page is read and hashed first; then, behind the directory's counter, it is read once more, written, and its last id
noted as the epoch's position. So a registration comes before the page, which copies it, or after, and writes both.
"""

from collections.abc import Callable
from functools import partial

import msgspec

from contact_service.actions import epochs, listed
from contact_service.actions.context import House
from contact_service.actions.disclosure import Registration
from contact_service.actions.listed import Held
from contact_service.actions.marks import Marks
from contact_service.model import identifier
from contact_service.model.epoch import Epoch, Epochs, Kind, State
from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId, UserId
from contact_service.model.sharing import Audience
from contact_service.storage import epochs as rows
from contact_service.storage import indexes, owners, rebuild, registrations
from contact_service.storage.db import Tx
from contact_service.storage.indexes import Binding, Place
from contact_service.storage.registrations import Registered
from contact_service.vault import sealing

PAGE = 500
"""Users copied in one transaction: it holds the directory's counter for some tens of milliseconds."""
SAMPLE = 1_000
"""Random users compared before an epoch goes live."""
NOBODY = OwnerId("")

_registration = msgspec.json.Decoder(Registration)
_Pairs = list[tuple[Identifier, Binding]]


class IndexesDiffer(Exception):
    """An index under its new key does not say what the live one says; it is being filled anew."""


class Going(msgspec.Struct, frozen=True):
    """Whether to go on after a page, and who is told how many users are done."""

    on: Callable[[], bool]
    moved: Callable[[int], None]


ON = Going(lambda: True, lambda _: None)


async def fill(house: House, kind: Kind, going: Going) -> bool:
    """Copy what is left of the users; whether all are. Raises Unavailable (503)."""
    done = 0
    while True:
        copied = await _page(house, kind)
        if not copied:
            return True
        done += copied
        going.moved(done)
        if not going.on():
            return False


async def compare(house: House, kind: Kind) -> None:
    """Compare what the new epoch says with the live one: all counts, and some users in full. Raises Unavailable (503).

    Raises IndexesDiffer, after which the epoch is empty and filled from the start.
    """
    if not await house.db.reading(NOBODY, partial(_agree, house, kind)):
        await _again(house, kind)
        raise IndexesDiffer


def building(found: Epochs, kind: Kind) -> Epoch | None:
    """The epoch of that kind that is being filled."""
    return next((e for e in found.all if e.kind is kind and e.state is State.BUILDING), None)


async def _page(house: House, kind: Kind) -> int:
    """Copy the next users; how many, 0 when none is left."""

    async def ahead(tx: Tx) -> tuple[Epoch | None, Epochs, dict[UserId, Held]]:
        found = await _needed(house, tx, kind)
        made = building(found, kind)
        users = await rebuild.page(tx, made.position, PAGE) if made else []
        return made, found, await _opened(house, tx, users, {})

    made, found, seen = await house.db.reading(NOBODY, ahead)
    if made is None or not seen:
        return 0
    marks = Marks(house.keyring, found)
    await _hash(kind, seen, marks)
    last = max(seen)

    async def copy(tx: Tx) -> None:
        await registrations.take(tx, 0)
        current = await _needed(house, tx, kind)
        stands = building(current, kind)
        if stands is None or (stands.epoch, stands.position) != (made.epoch, made.position):
            return  # another process has copied this page
        marks.follow(current)
        users = await rebuild.between(tx, made.position, last)
        people = await _opened(house, tx, users, seen)
        places = await _expected(tx, kind, people, marks, made.epoch)
        if places:
            await rebuild.fill(tx, kind, places)
        await rows.move(tx, kind, made.epoch, last)

    await house.db.sharing(copy)
    return len(seen)


async def _needed(house: House, tx: Tx, kind: Kind) -> Epochs:
    """The directory's live epoch and the one that is being filled, whose keys are there. Raises Unavailable (503)."""
    found = await epochs.of(tx, house.keyring)
    made = building(found, kind)
    wanted = [found.live(Kind.PEPPER), *([made] if made else [])]
    epochs.held(wanted, house.keyring)
    return Epochs(tuple(wanted))


async def _opened(
    house: House, tx: Tx, users: list[Registered], seen: dict[UserId, Held]
) -> dict[UserId, Held]:
    """These users with what they seal; who was `seen` and has not changed is not opened again.

    A user whose key is gone is being erased and has no place in any index.
    """
    same = {u.user for u in users if u.user in seen and seen[u.user].row.sealed == u.sealed}
    wrapped = await owners.wrapped_keys_of(tx, [u.user for u in users if u.user not in same])
    found = {}
    for row in users:
        if row.user in same:
            found[row.user] = Held(row, seen[row.user].known)
        elif row.user in wrapped:
            # Not by way of the keys in use: a walk over everybody would push them out.
            key = sealing.unwrap(house.keyring, row.user, *wrapped[row.user])
            plain = key.open("dir", str(row.user).encode(), 0, row.sealed)
            found[row.user] = Held(row, _registration.decode(plain))
    return found


async def _hash(kind: Kind, people: dict[UserId, Held], marks: Marks) -> None:
    listable = [(i, who) for held in people.values() for i, who in listed.listable(held).items()]
    marks.know(i for i, _ in listable)
    if kind is Kind.OPRF:
        await marks.know_private(i for i, who in listable if _in_buckets(i, who))


async def _expected(
    tx: Tx, kind: Kind, people: dict[UserId, Held], marks: Marks, epoch: int
) -> list[Place]:
    """How these users are to stand in that epoch: as in the live directory, under their entry ids and numbers."""
    whose = {
        (user, marks.live[i]): i for user, held in people.items() for i in listed.listable(held)
    }
    pairs: _Pairs = []
    for bound in await indexes.bound(tx, marks.live_epoch, list(people)):
        i = whose.get((bound.user, bound.tag))
        if i is not None and _stands(kind, people[bound.user], i):
            objection = marks.objections[i]
            pairs.append((i, msgspec.structs.replace(bound, objection=objection)))
    return [place for place in marks.places(kind, pairs) if place.epoch == epoch]


def _stands(kind: Kind, held: Held, i: Identifier) -> bool:
    """Whether the index of that kind has what the directory has."""
    if kind is Kind.OPRF:
        return _in_buckets(i, listed.audience(held.row.sharing, i))
    return kind is Kind.PEPPER or not identifier.is_account(identifier.kind(i))


def _in_buckets(i: Identifier, who: Audience) -> bool:
    return listed.in_buckets(identifier.kind(i), who)


async def _agree(house: House, kind: Kind, tx: Tx) -> bool:
    every = await epochs.of(tx, house.keyring)
    found, made = await _needed(house, tx, kind), building(every, kind)
    if made is None:
        return True  # another process made it live
    live = await rebuild.count(tx, kind, every.live(kind).epoch)
    if live != await rebuild.count(tx, kind, made.epoch):
        return False
    _, users = await rebuild.progress(tx, "")
    percent = min(100.0, 200.0 * SAMPLE / max(1, users))
    some = await rebuild.some(tx, percent, SAMPLE)
    people = await _opened(house, tx, some, {})
    marks = Marks(house.keyring, found)
    await _hash(kind, people, marks)
    places = await _expected(tx, kind, people, marks, made.epoch)
    numbered = kind is Kind.PEPPER
    expected = {
        (p.tag, p.binding.entry_id, p.binding.user, p.binding.seq if numbered else 0)
        for p in places
    }
    return expected == set(await rebuild.read(tx, kind, made.epoch, list(people)))


async def _again(house: House, kind: Kind) -> None:
    async def drop(tx: Tx) -> int:
        await registrations.take(tx, 0)
        made = building(await epochs.of(tx, house.keyring), kind)
        if made is None:
            return 0
        await rows.move(tx, kind, made.epoch, "")
        return await rebuild.drop(tx, kind, made.epoch, PAGE)

    while await house.db.sharing(drop):
        pass
