"""The gate: the one place that turns a directory entry into something a viewer may learn (discovery.md).

All bits about a target are read with the same statements whoever asks, then ANDed; no reason leaves this file. Not
registered, blocked in either direction, and not shared with the viewer look the same: nothing is listed.
"""

from collections.abc import Iterable

import msgspec

from contact_service.actions import keys
from contact_service.actions.context import Context
from contact_service.model.identifier import Identifier, Kind
from contact_service.model.ids import UserId
from contact_service.model.match import Candidate, Disclosed, Profile, Standing
from contact_service.model.sharing import Sharing, allows
from contact_service.storage import blocks, directory, matches
from contact_service.storage.directory import UserRow
from contact_service.vault import blind
from contact_service.vault.sealing import DataKey

HIDDEN = Sharing()


class Registration(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a directory row seals (kind `dir`): the user's canonical identifiers and profile."""

    identifiers: tuple[Identifier, ...] = ()
    display_name: str | None = None
    photo_url: str | None = None


_registration = msgspec.json.Decoder(Registration)


async def clock(ctx: Context) -> int:
    """The directory's number now; read it before probing, so that nothing registered meanwhile is skipped."""
    return await directory.clock(ctx.tx)


async def probe(
    ctx: Context, identifiers: list[Identifier], after: int = 0
) -> dict[Identifier, Candidate]:
    """Which identifiers meet a live entry numbered after `after`. Candidates are not for showing: see `disclose`."""
    if not identifiers:
        return {}
    epoch = ctx.house.keyring.epoch
    by_tag = dict(
        zip(blind.tags(ctx.house.keyring.peppers[epoch], identifiers), identifiers, strict=True)
    )
    entries = await directory.probe(ctx.tx, epoch, sorted(by_tag), after)
    return {by_tag[e.tag]: Candidate(e.user, e.kind, e.entry_id) for e in entries}


async def live(ctx: Context, users: list[UserId]) -> set[tuple[int, str]]:
    """The (entry, user) bindings of these users that are live now: what stored pairs may rest on."""
    return await directory.live(ctx.tx, ctx.house.keyring.epoch, users)


async def disclose(ctx: Context, candidates: Iterable[Candidate]) -> dict[Candidate, Disclosed]:
    """The candidates that the viewer (`ctx.owner`) may learn of, with what of the profile they share with her."""
    asked = list(dict.fromkeys(candidates))
    users = list(dict.fromkeys(c.user for c in asked))
    if not users:
        return {}
    bound = await live(ctx, users)
    rows = await directory.standing(ctx.tx, users)
    knows = await matches.who_know(ctx.tx, users, ctx.owner)
    refused = await blocks.mine(ctx.tx, users)
    refusing = await blocks.theirs(ctx.tx, users, ctx.owner)
    shown: dict[Candidate, Standing] = {}
    for candidate in asked:
        row = rows.get(candidate.user)
        standing = Standing(
            sharing=row.sharing if row else HIDDEN,
            active=bool(row and row.active) and (candidate.entry_id, candidate.user) in bound,
            is_viewer=str(candidate.user) == str(ctx.owner),
            knows=candidate.user in knows,
            viewer_blocks=candidate.user in refused,
            target_blocks=candidate.user in refusing,
        )
        if decide(candidate, standing):
            shown[candidate] = standing
    opened = await keys.of_users(ctx, {c.user: rows[c.user].key_gen for c in shown})
    profiles: dict[UserId, Registration] = {}
    for user, key in opened.items():
        profiles[user] = registration(key, rows[user])
    return {
        c: Disclosed(c.user, _cut(profiles.get(c.user, Registration()), standing))
        for c, standing in shown.items()
    }


def decide(candidate: Candidate, standing: Standing) -> bool:
    """The gate's pure half: whether this viewer may learn of this candidate at all."""
    audience = standing.sharing.phone if candidate.kind is Kind.PHONE else standing.sharing.email
    # Every bit is computed before any is used: the work does not tell which one refused.
    bits = (
        standing.active,
        not standing.is_viewer,
        allows(audience, knows=standing.knows),
        not standing.viewer_blocks,
        not standing.target_blocks,
    )
    return all(bits)


def registration(key: DataKey, row: UserRow) -> Registration:
    """Open what a directory row seals. Raises IntegrityBroken (500)."""
    return _registration.decode(key.open("dir", str(row.user).encode(), 0, row.sealed))


def _cut(known: Registration, standing: Standing) -> Profile:
    sharing = standing.sharing
    return Profile(
        display_name=known.display_name if allows(sharing.name, knows=standing.knows) else None,
        photo_url=known.photo_url if allows(sharing.profile_photo, knows=standing.knows) else None,
    )
