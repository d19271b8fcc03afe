"""Look-up by Matrix clients (discovery.md, Mode B2): who stands behind hashed addresses, paid for before it is told.

The hash hides little from this service, which can guess numbers; nothing of a request is kept but, of large sets, one
keyed hash of the whole set, so that a client that asks for its unchanged book each day pays once a pepper's life.
"""

from collections.abc import Sequence

import msgspec

from contact_service.actions import budget, disclosure, epochs
from contact_service.actions.context import Context
from contact_service.formats import matrix as spelling
from contact_service.model.epoch import Kind
from contact_service.model.identifier import Identifier
from contact_service.storage import matrix
from contact_service.vault import blind, matrix_pepper
from contact_service.vault.blind import Person

LEAST_SET = 32
"""A smaller one is charged each time: its MAC would be near to a hash of one person, who may not be registered."""
MOST_SETS = 256
_HASHED = Identifier("mailto:")
"""An address of which no more is known than that it was asked for."""


class Asked(msgspec.Struct, frozen=True):
    """What a client asks: addresses as it spells them, under the pepper it names. `plain`: not hashed."""

    addresses: list[str]
    pepper: str
    plain: bool = False


class Paid(msgspec.Struct, frozen=True):
    """A look-up that may be answered: the pepper's epoch, the digest of each address that can be one, and what was
    charged as far as it can be weighed: numbers where they came plain, else only how many.
    """

    epoch: int
    digests: dict[str, bytes]
    charged: list[Identifier] = []


async def pepper(ctx: Context) -> str:
    """The pepper that clients hash with."""
    live = (await epochs.read(ctx)).live(Kind.MATRIX)
    return matrix_pepper.spelled(ctx.house.keyring.matrix[live.epoch])


async def pay(ctx: Context, asked: Asked) -> Paid | None:
    """Charge a unit for each address; none for a large set that was paid for whole. None: the pepper is not in use.

    To be committed before `find`. Raises ConsentRequired (403), Restricted (423), DiscoveryBudget (429).
    """
    disclosure.require_viewer(ctx)
    epoch = await _epoch(ctx, asked.pepper)
    if epoch is None:
        return None
    digests = _digests(asked)
    distinct = sorted(set(digests.values()))
    metrics = ctx.house.metrics
    metrics.count("contacts_discovery_identifiers_total", mode="matrix").add(len(distinct))
    mac = _mac(ctx, distinct) if len(distinct) >= LEAST_SET else None
    if mac is not None and await matrix.paid(ctx.tx, epoch, mac):
        return Paid(epoch, digests)
    await budget.spend(ctx, len(distinct))
    if mac is not None:
        await matrix.add_set(ctx.tx, epoch, mac, ctx.now, MOST_SETS)
    return Paid(epoch, digests, [_weight(text) if asked.plain else _HASHED for text in digests])


async def find(ctx: Context, paid: Paid) -> dict[str, str]:
    """The Matrix ids behind the addresses, in their order, of those whom the owner may learn of.

    A user who has no Matrix id is left out. Raises ConsentRequired (403), Restricted (423).
    """
    disclosure.require_viewer(ctx)
    digests = list(dict.fromkeys(paid.digests.values()))
    tags = dict(zip(digests, matrix_pepper.tags(ctx.house.keyring, digests), strict=True))
    found = await disclosure.find_matrix(ctx, paid.epoch, list(tags.values()))
    server = ctx.house.settings.matrix_server_name
    told: dict[str, str] = {}
    for address, digest in paid.digests.items():
        hit = found.get(tags[digest])
        mxid = spelling.id_of(hit.user_id, server) if hit is not None else None
        if mxid is not None:
            told[address] = mxid
    return told


async def weigh(ctx: Context, paid: Paid, shown: int) -> None:
    """Have what was charged weighed as a scan or none, once it is known how many the owner was shown."""
    await budget.judge(ctx, paid.charged, shown)


async def _epoch(ctx: Context, pepper: str) -> int | None:
    keys = ctx.house.keyring.matrix
    for each in (await epochs.read(ctx)).readable(Kind.MATRIX):
        if matrix_pepper.spelled(keys[each.epoch]) == pepper:
            return each.epoch
    return None


def _digests(asked: Asked) -> dict[str, bytes]:
    """Of addresses that are none there is no digest: they meet nobody and cost nothing."""
    if asked.plain:
        written = [text for text in dict.fromkeys(asked.addresses) if _is_written(text)]
        return dict(zip(written, matrix_pepper.hashed(asked.pepper, written), strict=True))
    read = {text: spelling.digest(text) for text in asked.addresses}
    return {text: digest for text, digest in read.items() if digest is not None}


def _is_written(text: str) -> bool:
    address, _, medium = text.partition(" ")
    return bool(address) and medium in {"email", "msisdn"}


def _mac(ctx: Context, distinct: Sequence[bytes]) -> bytes:
    """Of the whole set and its owner: two who ask for the same people have nothing in common in the database."""
    told = b"%b\x00%b" % (ctx.owner.encode(), b"".join(distinct))
    return blind.of_bytes(ctx.house.keyring.fixed("retry"), [told], Person.RETRY)[0]


def _weight(text: str) -> Identifier:
    number = text.removesuffix(" msisdn")
    is_number = number != text and number.isascii() and number.isdigit() and len(number) <= 15
    return Identifier(f"tel:+{number}") if is_number else _HASHED
