"""The gate: the one place that turns a directory entry into something a viewer may learn (discovery.md).

All bits about a target are read by the same statements whoever is asked for, then ANDed; no reason leaves this file.
Not registered, blocked in either direction, objected, restricted and not shared with the viewer look the same: nothing
is listed. Where there is no binding a decoy is asked about, so that a miss costs what a hidden hit costs.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import compress
from typing import TypeVar

import msgspec

from contact_service.actions import epochs, keys
from contact_service.actions.context import Context
from contact_service.model import consent, match
from contact_service.model.consent import Purpose
from contact_service.model.epoch import Kind as Key
from contact_service.model.identifier import Identifier
from contact_service.model.ids import UserId
from contact_service.model.match import Candidate, Disclosed, Profile, Standing
from contact_service.model.owner import State
from contact_service.model.problem import Restricted
from contact_service.storage import directory
from contact_service.storage import disclosure as storage
from contact_service.storage.directory import Entry, Sealed, Target, Terms
from contact_service.vault import blind
from contact_service.vault.blind import Person
from contact_service.vault.sealing import DataKey

K = TypeVar("K")
Ask = Callable[[Sequence[bytes], bytes], Awaitable[list[Target]]]
"""Of keys, and how their decoys begin, what the directory holds, in their order."""
PAIRS = 16
"""Stored pairs are weighed in multiples of so many: one that is hidden costs what one that is not there costs."""


class Registration(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a directory row seals (kind `dir`): the user's canonical identifiers and profile."""

    identifiers: tuple[Identifier, ...] = ()
    display_name: str | None = None
    photo_url: str | None = None


_registration = msgspec.json.Decoder(Registration)
_NOTHING = Registration()
Tell = Callable[[Context, list[UserId], list[Standing]], Awaitable[Mapping[UserId, Registration]]]
"""What is registered for these users, who passed as they stand to the viewer."""


def require_viewer(ctx: Context) -> None:
    """Whether the owner may learn of anybody: asked by each story before the directory is touched.

    Raises ConsentRequired (403) without the consent `match`, Restricted (423).
    """
    consent.require(ctx.head.consents, Purpose.MATCH)
    if ctx.head.state is State.RESTRICTED:
        raise Restricted


async def clock(ctx: Context) -> int:
    """The directory's number now; read it before probing, so that nothing registered meanwhile is skipped."""
    return await directory.clock(ctx.tx)


async def probe(
    ctx: Context, identifiers: Sequence[Identifier], after: int = 0
) -> dict[Identifier, Candidate]:
    """Which identifiers meet a live entry numbered after `after`: pairs to keep, not to show (see `disclose`)."""
    if not identifiers:
        return {}
    epoch = await _epoch(ctx)
    by_tag = dict(zip(_tags(ctx, epoch, identifiers), identifiers, strict=True))
    entries = await directory.probe(ctx.tx, epoch, sorted(by_tag), after)
    return {by_tag[e.tag]: _candidate(e) for e in entries}


async def new_entries(ctx: Context, after: int, most: int) -> list[tuple[bytes, Candidate]] | None:
    """The entries numbered after `after` with their tags (see `tags`); None when there are more than `most`."""
    entries = await directory.new_entries(ctx.tx, await _epoch(ctx), after, most + 1)
    return None if len(entries) > most else [(e.tag, _candidate(e)) for e in entries]


async def tags(ctx: Context, identifiers: Iterable[Identifier]) -> list[bytes]:
    """What `new_entries` tells them by: in memory only, and good for this transaction."""
    return _tags(ctx, await _epoch(ctx), identifiers)


async def live(ctx: Context, users: list[UserId]) -> set[tuple[int, str]]:
    """The (entry, user) bindings of these users that are live now: what stored pairs may rest on."""
    return await directory.live(ctx.tx, await _epoch(ctx), users)


async def find(ctx: Context, identifiers: Sequence[Identifier]) -> dict[Identifier, Disclosed]:
    """Whom of these the viewer (`ctx.owner`) may learn of, in their order. Nothing is kept."""
    epoch = await _epoch(ctx)
    ask = partial(directory.of_tags, ctx.tx, epoch)
    return _met(identifiers, await _find(ctx, _tags(ctx, epoch, identifiers), ask, _profiles))


async def find_matrix(ctx: Context, epoch: int, tags: Sequence[bytes]) -> dict[bytes, Disclosed]:
    """As `find`, by tags over Matrix digests under that epoch's pepper; of ids alone: no profile is opened."""
    ask = partial(directory.of_matrix, ctx.tx, epoch)
    return _met(tags, await _find(ctx, tags, ask, _no_profiles))


async def find_private(
    ctx: Context, epoch: int, digests: Sequence[bytes]
) -> dict[bytes, Disclosed]:
    """As `find`, by digests of private discovery under that epoch's key."""
    ask = partial(directory.of_digests, ctx.tx, await _epoch(ctx), oprf=epoch)
    # In the order of the index, which is a tree: of many, its pages are then walked through once.
    walked = sorted(digests)
    found = _met(walked, await _find(ctx, walked, ask, _profiles))
    return {digest: found[digest] for digest in digests if digest in found}


async def _find(
    ctx: Context, asked: Sequence[bytes], ask: Ask, tell: Tell
) -> list[Disclosed | None]:
    return await _weigh(ctx, await ask(asked, _near(ctx, asked[:1])), tell)


async def disclose(ctx: Context, candidates: Iterable[Candidate]) -> dict[Candidate, Disclosed]:
    """The candidates that the viewer (`ctx.owner`) may learn of, with what of the profile they share with her."""
    return (await disclose_at(ctx, candidates))[1]


async def disclose_at(
    ctx: Context, candidates: Iterable[Candidate]
) -> tuple[int, dict[Candidate, Disclosed]]:
    """The directory's number now, and what `disclose` tells."""
    asked = list(dict.fromkeys(candidates))
    # Filled up with at least one: no pair at all is asked about like one that is hidden.
    spare = PAIRS - len(asked) % PAIRS
    near = _near(ctx, [b"%08d" % 0])
    decoys = [near + b"%08d" % place for place in range(len(asked) + spare)]
    users = [c.user for c in asked] + [UserId(decoy.hex()) for decoy in decoys[len(asked) :]]
    entries = [c.entry_id for c in asked] + [0] * spare
    epoch = await _epoch(ctx)
    number, targets = await directory.of_pairs(ctx.tx, epoch, users, entries, decoys)
    return number, _met(asked, (await _weigh(ctx, targets, _profiles))[: len(asked)])


def registration(key: DataKey, row: Sealed) -> Registration:
    """Open what a directory row seals. Raises IntegrityBroken (500)."""
    return _registration.decode(key.open("dir", str(row.user).encode(), 0, row.sealed))


async def _epoch(ctx: Context) -> int:
    return (await epochs.read(ctx)).live(Key.PEPPER).epoch


def _tags(ctx: Context, epoch: int, identifiers: Iterable[Identifier]) -> list[bytes]:
    return blind.tags(ctx.house.keyring.peppers[epoch], identifiers)


def _near(ctx: Context, first: Sequence[bytes]) -> bytes:
    """How the decoys of a question begin, ids that nobody has; its first key gives it, so that asking twice tells
    nothing either.

    They are neighbours: the many misses of one question share pages of an index, and cost a fifth.
    """
    made = blind.of_bytes(ctx.house.keyring.fixed("decoy"), first, Person.DECOY)
    return made[0][: directory.NEAR_BYTES] if made else b""


def _candidate(entry: Entry) -> Candidate:
    return Candidate(entry.user, entry.kind, entry.entry_id)


async def _weigh(ctx: Context, targets: Sequence[Target], tell: Tell) -> list[Disclosed | None]:
    """The gate: for each target what the viewer may learn of it. Always the same statements, a key a target each."""
    users = [user for user, _ in targets]
    found = await storage.between(ctx.tx, users, ctx.owner)
    knows, refused, refuses, inactive = found.knows, found.refused, found.refuses, found.inactive
    viewer = str(ctx.owner)
    judged = [
        _judged(
            terms,
            (user == viewer, user in knows, user in refused, user in refuses, user in inactive),
        )
        for user, terms in targets
    ]
    passed = [passes for passes, _ in judged]
    standings = [standing for _, standing in compress(judged, passed)]
    known = await tell(ctx, list(compress(users, passed)), standings)
    return [
        Disclosed(user, _cut(known.get(user, _NOTHING), standing)) if passes else None
        for user, (passes, standing) in zip(users, judged, strict=True)
    ]


@cache
def _judged(terms: Terms, bits: tuple[bool, bool, bool, bool, bool]) -> tuple[bool, Standing]:
    """What `decide` says of these bits: there are few, and a look-up weighs them a thousand times."""
    is_viewer, knows, viewer_blocks, target_blocks, restricted = bits
    standing = Standing(
        sharing=terms.sharing,
        kind=terms.kind,
        active=terms.live,
        is_viewer=is_viewer,
        knows=knows,
        viewer_blocks=viewer_blocks,
        target_blocks=target_blocks,
        objected=terms.objected,
        restricted=restricted,
    )
    return match.decide(standing), standing


def _met(asked: Iterable[K], told: Iterable[Disclosed | None]) -> dict[K, Disclosed]:
    return {key: hit for key, hit in zip(asked, told, strict=True) if hit is not None}


async def _profiles(
    ctx: Context, users: list[UserId], standings: list[Standing]
) -> dict[UserId, Registration]:
    """What is registered for those of the disclosed users who show something of it to the viewer."""
    shown = {u for u, s in zip(users, standings, strict=True) if s.shows_name or s.shows_photo}
    if not shown:
        return {}
    rows = {row.user: row for row in await directory.profiles(ctx.tx, sorted(shown))}
    opened = await keys.of_users(ctx, {user: row.key_gen for user, row in rows.items()})
    return {user: registration(key, rows[user]) for user, key in opened.items()}


async def _no_profiles(
    _ctx: Context, _users: list[UserId], _standings: list[Standing]
) -> dict[UserId, Registration]:
    return {}


def _cut(known: Registration, standing: Standing) -> Profile:
    return Profile(
        display_name=known.display_name if standing.shows_name else None,
        photo_url=known.photo_url if standing.shows_photo else None,
    )
