"""Grant and withdraw: the history grows, and a withdrawal takes away at once what only that consent allowed."""

import hashlib

from contact_service.actions import runs, unlink, unlinking
from contact_service.actions.context import Context
from contact_service.model import consent
from contact_service.model.consent import SOURCES, Consent, Purpose
from contact_service.model.problem import InvalidParameter
from contact_service.storage import (
    consents,
    match_queue,
    matches,
    matrix,
    owners,
    social_edges,
    validations,
)


async def grant(ctx: Context, purpose: Purpose, policy_version: str, source: str) -> Consent:
    """Record a grant. A repeat under the same policy changes nothing. Raises InvalidParameter (422)."""
    if source not in SOURCES:
        raise InvalidParameter("source", f"one of {', '.join(SOURCES)}")
    standing = {c.purpose: c for c in await consents.latest(ctx.tx)}.get(purpose)
    if standing is not None and standing.granted and standing.policy_version == policy_version:
        return standing
    given = Consent(
        ctx.owner, purpose, granted=True, policy_version=policy_version, source=source, at=ctx.now
    )
    await _record(ctx, given)
    await owners.set_consents(ctx.tx, ctx.head.consents | consent.BITS[purpose])
    await ctx.note("consent.granted", object_kind="purpose", object_id=purpose.value)
    return given


async def withdraw(ctx: Context, purpose: Purpose) -> None:
    """Record a withdrawal and remove what only this consent allowed; nothing happens when it was not given."""
    if not consent.given(ctx.head.consents, purpose):
        return
    policy = ctx.house.settings.policy_version
    await _record(
        ctx,
        Consent(ctx.owner, purpose, granted=False, policy_version=policy, source="api", at=ctx.now),
    )
    await owners.set_consents(ctx.tx, ctx.head.consents & ~consent.BITS[purpose])
    if purpose is Purpose.MATCH:
        await social_edges.unpay(ctx.tx)
        await matches.drop_all(ctx.tx)
        await match_queue.drop_all(ctx.tx)
        await matrix.drop_sets(ctx.tx)
        ctx.house.identifiers.drop(ctx.owner)
        ctx.house.pulse.forget(ctx.owner)
    elif purpose is Purpose.VALIDATE:
        await validations.drop_all(ctx.tx)
    elif purpose is Purpose.STORE:
        await runs.cancel_all(ctx)
        await unlinking.forget_all(ctx)
    else:
        await unlink.withdrawn(ctx, purpose.value.removeprefix("import."))
    await ctx.note("consent.withdrawn", object_kind="purpose", object_id=purpose.value)


async def listed(ctx: Context) -> list[Consent]:
    """The newest decision on each purpose that was ever decided on."""
    return await consents.latest(ctx.tx)


async def _record(ctx: Context, decision: Consent) -> None:
    # Without a text of its own the version stands for the policy.
    policy = ctx.house.policy_text or ctx.house.settings.policy_version.encode()
    await consents.add(
        ctx.tx,
        decision,
        policy_sha256=hashlib.sha256(policy).digest(),
        request_id=ctx.request_id,
    )
