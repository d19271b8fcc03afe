"""Mode A: address books as the attacker's road, and what might bring cards past the charge.

Each time the book holds other people, so nobody waits in it from before. What an upload answers is what it taught.
"""

from collections.abc import Sequence

import msgspec

from contact_service.actions import consent, match, rewind, trash, upload
from contact_service.actions.context import Context
from contact_service.actions.match import Found
from contact_service.cli.bench.enumeration_world import World
from contact_service.formats import upload as wire
from contact_service.model.consent import Purpose
from contact_service.model.identifier import Identifier
from contact_service.model.ids import CardId, OwnerId

_REGIONS = {"ES": "+34", "FR": "+33"}
"""Where one national number of 9 digits that begins with 6 is somebody's each."""


async def uploaded(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """A phone's whole book with a card for each."""
    return await _learnt(world, owner, {number: _number(number) for number in wanted}, node)


async def without_consent(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """The book goes in while the consent to match is withdrawn; then it is given again."""
    held = {number: _number(number) for number in wanted}
    await world.act(owner, consent.withdraw, Purpose.MATCH, node=node)
    await send(world, owner, held, node)
    await world.act(owner, consent.grant, Purpose.MATCH, "1", "api", node=node)
    await world.act(owner, match.refresh, node=node)
    return await _learnt(world, owner, held, node)


async def from_trash(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """All of the book goes to the trash, waiting cards too, and comes back from there."""
    held = {number: _number(number) for number in wanted}
    learnt = await _learnt(world, owner, held, node)
    await send(world, owner, {}, node)
    gone = await world.look(owner, _trashed, node=node)
    for start in range(0, len(gone), 500):
        await world.act(owner, rewind.from_trash, gone[start : start + 500], node=node)
    await world.act(owner, match.refresh, node=node)
    return learnt | await _learnt(world, owner, held, node)


async def elsewhere(
    world: World, owner: OwnerId, wanted: list[Identifier], node: int
) -> set[Identifier]:
    """National numbers, read for one country and then for the other: each time they are other people's."""
    # Both codes have the same length.
    nationals = {Identifier(n[len("tel:+34") :]): n[len("tel:+34") :] for n in wanted}
    learnt: set[Identifier] = set()
    for region, code in _REGIONS.items():
        # With somebody new the book is read for this country; without, it would stay as it was.
        nationals[Identifier(region)] = f"+1212555{world.now.timetuple().tm_yday:04d}"
        told = await send(world, owner, nationals, node, region)
        read = ((Identifier(f"tel:{code}{national}"), hit) for national, hit in told.matches)
        learnt |= {number for number, hit in read if _is(world, number, hit)}
    # What stays in the book would be paid for in the first country again.
    await send(world, owner, {}, node, region)
    return learnt


class Nationals:
    """Pairs of numbers that are dialled alike, one in each of the two countries; see `Numbers`."""

    def __init__(self) -> None:
        self._next = 0
        self._back: list[Identifier] = []

    def take(self, count: int) -> list[Identifier]:
        """`count` numbers: those that were given back, then new pairs."""
        again, self._back = self._back[:count], self._back[count:]
        pairs = -(-(count - len(again)) // len(_REGIONS))
        start, self._next = self._next, self._next + pairs
        nationals = [
            f"6{10_000_000 + n * 7_368_787 % 80_000_000}" for n in range(start, self._next)
        ]
        made = [Identifier(f"tel:{code}{n}") for n in nationals for code in _REGIONS.values()]
        return [*again, *made][:count]

    def give_back(self, numbers: Sequence[Identifier]) -> None:
        """These were not answered."""
        self._back += numbers


async def send(
    world: World,
    owner: OwnerId,
    held: dict[Identifier, str],
    node: int = 0,
    region: str | None = None,
    device: str = "scan",
) -> upload.Uploaded:
    """Upload a whole book: what is on each card, by its id on the phone."""
    batch = wire.read_json(_book(held, region, device))
    prepared = await upload.prepare(world.nodes[node], owner, "bench", batch)
    return await world.act(owner, upload.apply, prepared, node=node)


async def _learnt(
    world: World,
    owner: OwnerId,
    held: dict[Identifier, str],
    node: int,
) -> set[Identifier]:
    told = await send(world, owner, held, node)
    return {Identifier(number) for number, hit in told.matches if _is(world, number, hit)}


def _is(world: World, number: str, hit: Found) -> bool:
    """Whether the card was matched by this number, not by another that it is read as."""
    return world.holders.get(Identifier(number)) == hit.disclosed.user_id


async def _trashed(ctx: Context) -> list[CardId]:
    found: list[CardId] = []
    after: CardId | None = None
    while part := await trash.page(ctx, after, 500):
        found += [each.id for each in part if each.deleted_at == ctx.now]
        after = part[-1].id
    return found


def _number(number: Identifier) -> str:
    return number.removeprefix("tel:")


def _book(held: dict[Identifier, str], region: str | None, device: str) -> bytes:
    contacts = [
        {
            "sourceId": source,
            "card": {
                "@type": "Card",
                "version": "1.0",
                "name": {"full": "N"},
                "phones": {"p": {"number": number}},
            },
        }
        for source, number in held.items()
    ]
    source = {"kind": "android", "deviceId": device, "region": region}
    return msgspec.json.encode({"source": source, "view": "full", "contacts": contacts})
