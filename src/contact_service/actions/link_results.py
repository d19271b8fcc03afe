"""What a code leads to: tokens, and with them an account; or the reason why not, and then the grant is given back."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from contact_service.actions import account_tokens, edge, revoking
from contact_service.actions import accounts as account
from contact_service.actions.context import Context, House
from contact_service.integrations import connectors, oauth
from contact_service.integrations.oauth import Granted, GrantGone, OAuthAway, Wanted
from contact_service.model import consent
from contact_service.model.account import Account, State, purpose
from contact_service.model.account_problem import LinkRefused, ScopesNotGranted
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.problem import ConsentRequired, Problem, Unavailable
from contact_service.storage import accounts
from contact_service.storage.accounts import AccountRow, Linked

_KIND = "tok"
_WHO = "linking"
_WAIT_S = 5


class Pending(msgspec.Struct, frozen=True, array_like=True):
    """A link under way, as it rests sealed. `browser`, `ticket`: hashes of the cookie and of the ticket, b"" for none
    yet; `granted`: what the way back said was granted, "" where it said nothing.
    """

    provider: str
    wanted: Wanted
    return_url: str | None
    options: str
    account: UUID | None
    browser: bytes
    ticket: bytes = b""
    granted: str = ""


class NotLinked(msgspec.Struct, frozen=True):
    """Why there is no account."""

    problem: Problem

    @property
    def slug(self) -> str:
        """The Problem's."""
        return self.problem.slug


async def link(
    house: House, owner: OwnerId, pending: Pending, params: Mapping[str, str]
) -> Account | NotLinked:
    """Tokens for the code of these parameters, and the account with them. The link is used up by now."""
    app = house.settings.providers[pending.provider]
    try:
        granted = await oauth.exchange(
            house.outward, pending.provider, app, pending.wanted, params["code"]
        )
    except GrantGone:
        return NotLinked(LinkRefused())
    except OAuthAway:
        return NotLinked(Unavailable(_WAIT_S, "The provider gave no answer that can be used."))
    said = params.get("granted_scopes") or params.get("scope") or pending.granted
    return await edge.write(house, owner, _WHO, _keep, pending, granted, said)


async def _keep(ctx: Context, pending: Pending, granted: Granted, said: str) -> Account | NotLinked:
    tokens = account_tokens.of(granted, ctx.now.timestamp())
    problem = _problem(ctx, pending, granted, said)
    if problem is not None:
        await revoking.leave(ctx, pending.provider, tokens)
        return NotLinked(problem)
    former = await _former(ctx, pending, granted.subject)
    id_ = former.id if former is not None else ctx.new_id()
    rev = former.rev + 1 if former is not None else 1
    subject = granted.subject
    linked = Linked(
        subject=_seal(ctx, id_, subject) if subject is not None else None,
        tokens=account_tokens.seal(ctx.key, id_, rev, tokens),
        rev=rev,
        scope=_scope(pending, granted, said),
        options=pending.options,
        next_due=account.next_due(pending.provider, id_, ctx.now),
    )
    if former is not None:
        await accounts.connect(ctx.tx, id_, linked, ctx.now)
    else:
        await accounts.add(ctx.tx, id_, pending.provider, linked, ctx.now)
    await ctx.note("account.linked", object_kind="account", object_id=str(id_))
    found = await account.get(ctx, id_)
    assert found is not None, "kept just now"
    return found


def _scope(pending: Pending, granted: Granted, said: str) -> str:
    """As the answer says, else as the way back said, else as asked for (RFC 6749 5.1)."""
    asked = " ".join(pending.wanted.scopes)
    return " ".join((granted.scope or said.replace(",", " ") or asked).split())


def _problem(ctx: Context, pending: Pending, granted: Granted, said: str) -> Problem | None:
    for needed in (purpose(pending.provider), Purpose.STORE):
        if not consent.given(ctx.head.consents, needed):
            return ConsentRequired(needed.value)
    reading = connectors.of(pending.provider).manifest.scopes
    lacking = oauth.lacking(reading, _scope(pending, granted, said))
    return ScopesNotGranted(lacking) if lacking else None


async def _former(ctx: Context, pending: Pending, subject: str | None) -> AccountRow | None:
    """The account that this is: the one that was to be connected again, or one of the same person at the provider.

    Where the provider does not say whose it is, an owner has one account of it.
    """
    standing = [row for row in await accounts.all_(ctx.tx) if row.provider == pending.provider]
    standing = [row for row in standing if row.state is not State.UNLINKING]
    for row in standing:
        named = _open(ctx, row) if row.subject is not None else None
        if named == subject and (subject is not None or pending.account in (None, row.id)):
            return row
    return next((r for r in standing if r.id == pending.account and r.subject is None), None)


def _seal(ctx: Context, id_: UUID, subject: str) -> bytes:
    return ctx.key.seal(_KIND, id_.bytes + b"subject", 0, subject.encode())


def _open(ctx: Context, row: AccountRow) -> str:
    assert row.subject is not None, "the caller looked"
    return ctx.key.open(_KIND, row.id.bytes + b"subject", 0, row.subject).decode()
