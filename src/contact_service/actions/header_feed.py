"""Our own directory as a Header Store: the default, and what docs/contracts/header-store.openapi.yaml asks of any.

A user's version is the place of the last change in the order of all changes: it grows with each.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from contact_service.actions import directory
from contact_service.actions.context import Context, House
from contact_service.actions.listed import Held
from contact_service.integrations import header_store
from contact_service.integrations.header_store import HeaderUser, Page, Profile, Removed
from contact_service.model.ids import UserId
from contact_service.model.problem import NotFound, SyncTokenExpired
from contact_service.model.sharing import Audience
from contact_service.storage import headers
from contact_service.storage.headers import Header

KEPT = timedelta(days=30)
"""How long it is told that somebody is no user any more; older tokens are refused."""
_TOKEN = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


async def user(ctx: Context, wanted: UserId) -> HeaderUser:
    """What is registered of one user. Raises NotFound (404)."""
    found = await batch(ctx, [wanted])
    if not found:
        raise NotFound
    return found[0]


async def batch(ctx: Context, wanted: Sequence[UserId]) -> list[HeaderUser]:
    """Those of these that are users, in their order."""
    users = list(dict.fromkeys(wanted))
    known = await headers.get_many(ctx.tx, users)
    return await _shown(ctx, [known[user] for user in users if user in known])


async def changes(ctx: Context, since: str | None) -> Page:
    """Up to 500 changes after a token, None for all users there are. Raises SyncTokenExpired (410)."""
    last, floor = await headers.feed(ctx.tx)
    begun, after = (last, 0) if since is None else _place(since, floor, last)
    rows = await headers.page(ctx.tx, after, header_store.MOST + 1)
    page = rows[: header_store.MOST]
    more = len(rows) > len(page)
    return Page(
        changed=await _shown(ctx, [row for row in page if not row.gone]),
        removed=[Removed(row.user, row.seq) for row in page if row.gone],
        more=more,
        token=f"{begun}-{page[-1].seq}" if more else f"{last}-{last}",
    )


async def forget(house: House, now: datetime) -> int:
    """Removals that were told for 30 days are told no longer; how many. For the clock."""
    return await house.db.sharing(lambda tx: headers.forget(tx, now - KEPT))


def _place(token: str, floor: int, last: int) -> tuple[int, int]:
    """When the reading of a token began, and how far it has come: the last number then, and the place.

    Raises SyncTokenExpired (410): it is none of ours, or began before the removals that are still told.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise SyncTokenExpired(0)
    begun, after = int(found[1]), int(found[2])
    # A page of all users stands before removals that nobody needs who began behind them.
    if max(begun, after) > last or max(begun, after) < floor:
        raise SyncTokenExpired(0)
    return begun, after


async def _shown(ctx: Context, rows: Sequence[Header]) -> list[HeaderUser]:
    held = await directory.known(ctx, [row.user for row in rows if not row.gone])
    return [_header(row, held[row.user]) for row in rows if row.user in held]


def _header(row: Header, held: Held) -> HeaderUser:
    shared = held.row.sharing
    return HeaderUser(
        row.user,
        row.seq,
        "suspended" if held.row.state == "suspended" else "active",
        list(held.known.identifiers),
        Profile(held.known.display_name, held.known.photo_url),
        discoverable={shared.phone, shared.email} != {Audience.NOBODY},
        suggestible=row.suggestible,
        class_="attested" if held.row.trust == "attested" else "verified",
    )
