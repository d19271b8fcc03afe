"""Linked accounts as runs read them: the way to the provider, its cursors, and where an account stands.

How one is linked: linking.py; how it goes: unlink.py; who renews its tokens: account_tokens.py.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from contact_service.actions import account_tokens, edge, revoking, spending, throttle
from contact_service.actions.account_tokens import WHO
from contact_service.actions.context import Context, House
from contact_service.integrations import connectors, oauth
from contact_service.integrations.connector import Connector, MissingScope, Pull, Reauthorise
from contact_service.integrations.fetching import Fetching, Pace, Ports
from contact_service.integrations.oauth_facts import FACTS
from contact_service.model import account as account_options
from contact_service.model import consent
from contact_service.model.account import Account, State, purpose
from contact_service.model.ids import OwnerId
from contact_service.model.problem import NotFound
from contact_service.storage import accounts
from contact_service.storage.accounts import AccountRow

_KIND = "tok"
_SPREAD = 0.2


async def puller(
    house: House,
    owner: OwnerId,
    account: UUID,
    *,
    run: UUID | None = None,
    waiting: Callable[[datetime | None], None] = lambda _: None,
    pace: Pace | None = None,
) -> tuple[Connector, Pull]:
    """What reads the account, for the run of that id (whose money budget it uses up). `waiting` is told until when a
    wait for the provider lasts, None once it is over; `pace` is for tests.

    Raises Reauthorise, MissingScope, before anything is asked of the provider; ConsentRequired (403).
    """
    row = await edge.write(house, owner, WHO, _taken_up, account)
    connector = connectors.of(row.provider)
    manifest = connector.manifest
    if oauth.lacking(manifest.scopes, row.scope):
        raise MissingScope
    app = house.settings.providers[row.provider]
    counted = house.metrics.count
    ports = Ports(
        way=house.outward,
        grant=account_tokens.Held(house, owner, account, row.provider),
        gate=throttle.Shared(house, manifest, app.client_id or "", account),
        purse=spending.Purse(house, owner, row.provider, manifest.cost_micro_usd, run),
        returned=getattr(connector, "returned", None),
        count=lambda outcome: counted(
            "contacts_provider_calls_total", provider=row.provider, outcome=outcome
        ).add(),
    )
    fetch = Fetching(manifest, app.api_url, ports, pace or Pace(waiting=waiting))
    return connector, Pull(fetch, app.api_url, account_options.options(row.options))


async def must_have(house: House, owner: OwnerId, account: UUID) -> Account:
    """The owner's account of that id. Raises NotFound (404)."""
    found = await edge.read(house, owner, WHO, get, account)
    if found is None:
        raise NotFound
    return found


async def get(ctx: Context, account: UUID) -> Account | None:
    """The owner's account of that id; None: there is none."""
    row = await accounts.get(ctx.tx, account)
    return shown(row) if row is not None else None


async def listed(ctx: Context) -> list[Account]:
    """The owner's accounts, oldest first."""
    return [shown(row) for row in await accounts.all_(ctx.tx)]


async def mark(ctx: Context, account: UUID, state: State) -> None:
    """Where it stands from now on; in all states but `connected` its grant is given back, it has no tokens, and the
    clock leaves it alone.
    """
    row = await accounts.get(ctx.tx, account)
    if row is not None and row.tokens is not None and state is not State.CONNECTED:
        tokens = account_tokens.open_(ctx.key, row.id, row.rev, row.tokens)
        await revoking.leave(ctx, row.provider, tokens)
    await accounts.mark(ctx.tx, account, state)
    await ctx.note(f"account.{state.value}", object_kind="account", object_id=str(account))


async def cursor(ctx: Context, account: UUID) -> bytes | None:
    """Where its next read begins: where one was cut, else behind the last whole one; None: with everything."""
    row = await accounts.get(ctx.tx, account)
    if row is None:
        return None
    if row.resume is not None:
        return _opened(ctx, account, "resume", row.resume)
    return _opened(ctx, account, "checkpoint", row.checkpoint)


async def put_cursor(
    ctx: Context, account: UUID, resume: bytes | None, checkpoint: bytes | None
) -> None:
    """Keep where the next read begins, in the transaction of the page that led there. `resume` None: the chain has
    ended; `checkpoint` None: the former one stays.
    """
    await accounts.put_cursor(
        ctx.tx,
        account,
        _sealed(ctx, account, "resume", resume),
        _sealed(ctx, account, "checkpoint", checkpoint),
    )


async def drop_cursor(ctx: Context, account: UUID) -> None:
    """The next read is of everything."""
    await accounts.drop_cursor(ctx.tx, account)


def next_due(provider: str, id_: UUID, now: datetime) -> datetime | None:
    """When the clock reads the account next: spread by a tenth to both sides, always the same way for the same one."""
    every = FACTS[provider].every
    if every is None:
        return None
    share = id_.int % 10_000 / 10_000 - 0.5
    return now + every + timedelta(seconds=every.total_seconds() * _SPREAD * share)


def shown(row: AccountRow) -> Account:
    """The account as its owner sees it."""
    return Account(
        id=row.id,
        provider=row.provider,
        state=row.state,
        scopes=tuple(row.scope.split()),
        options=account_options.options(row.options),
        connected_at=row.connected_at,
        next_due=row.next_due,
    )


async def _taken_up(ctx: Context, account: UUID) -> AccountRow:
    row = await accounts.get(ctx.tx, account)
    if row is None or row.state is not State.CONNECTED:
        raise Reauthorise
    consent.require(ctx.head.consents, consent.Purpose.STORE)
    consent.require(ctx.head.consents, purpose(row.provider))
    turn = next_due(row.provider, account, ctx.now)
    await accounts.used(ctx.tx, account, turn, ctx.now)
    return row


def _sealed(ctx: Context, account: UUID, which: str, cursor: bytes | None) -> bytes | None:
    if cursor is None:
        return None
    return ctx.key.seal(_KIND, account.bytes + which.encode(), 0, cursor)


def _opened(ctx: Context, account: UUID, which: str, sealed: bytes | None) -> bytes | None:
    if sealed is None:
        return None
    return ctx.key.open(_KIND, account.bytes + which.encode(), 0, sealed)
