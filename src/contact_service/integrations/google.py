"""Contacts of a Google account over the People API v1: people.connections, otherContacts, contactGroups.

Groups first, for memberships carry ids alone. Then one chain a list; only its last page has the sync token. A group
with another name, another field mask or another wish of the owner's voids the chain: everything is read once.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from contact_service.formats import google, images
from contact_service.integrations import chain
from contact_service.integrations import google_wire as wire
from contact_service.integrations.chain import Chain
from contact_service.integrations.connector import (
    CursorExpired,
    Fetched,
    Limit,
    Manifest,
    ProviderChanged,
    Pull,
    RateLimited,
    Transient,
)
from contact_service.integrations.google_wire import People, State
from contact_service.model.imports import Change, Page, Place, Reject, Upsert

PAGE = 1_000
SLICE = 50
"""Persons between two turns of the event loop."""
SCOPE = "https://www.googleapis.com/auth/contacts.readonly"
AT_ONCE = 4
PHOTOS_A_PAGE = 48
"""A page of ours ends there: what was fetched so slowly is applied and told."""
PHOTOS_A_RUN = 1_000
LARGEST_PHOTO = 180_000
"""Bytes; with it a Card is under its own bound."""
PHOTO_PX = "400"
_CONNECTIONS, _OTHERS = "connections", "otherContacts"
_PATHS = {_CONNECTIONS: "/v1/people/me/connections", _OTHERS: "/v1/otherContacts"}


class Google:
    """The connector. Options: `otherContacts` also reads whom the owner only wrote to, off by default and with a scope
    of its own; `photos`, on by default, brings pictures in, at most 1,000 a run: the rest stay links.
    """

    manifest = Manifest(
        provider="google",
        scopes=(SCOPE,),
        origins=(
            "https://people.googleapis.com",
            *(f"https://lh{number}.googleusercontent.com" for number in range(3, 7)),
        ),
        limits=(Limit(300, 60, "account"), Limit(3_000, 60, "app")),
        at_once=AT_ONCE,
    )

    async def pull(self, ctx: Pull, cursor: bytes | None) -> AsyncIterator[Page]:
        """The pages; the last one has the checkpoint. Raises as `Connector` says."""
        others = ctx.options.get("otherContacts", False)
        async for page in _Pulling(ctx, wire.begun(cursor, size=PAGE, others=others)).pages():
            yield page


class _Pulling:
    """One pull. `_resumed`: the token at hand was kept by an earlier one, and may have died since."""

    def __init__(self, ctx: Pull, state: State) -> None:
        self._ctx = ctx
        self._state = state
        self._chain = Chain(state.pages)
        self._resumed = bool(state.page)
        self._wants_photos = ctx.options.get("photos", True)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def pages(self) -> AsyncIterator[Page]:
        state = self._state
        if not state.todo:
            await self._begin()
        reader = google.Reader(state.groups)
        while state.todo:
            listing = await self._listing()
            raws = listing.connections or listing.other_contacts
            records = await self._records(reader, raws)
            parts = self._parts(records)
            for part in parts[:-1]:
                page = await self._page(part)
                self._applied(raws, len(part))
                yield msgspec.structs.replace(page, resume=self._saved())
            page = await self._page(parts[-1])
            self._advance(listing, raws)
            yield self._at_end(page, listing)

    async def _begin(self) -> None:
        """A new round, with the groups as they are named now. Raises CursorExpired when a name has changed."""
        state = self._state
        groups = await self._groups()
        if any(name in groups and groups[name] != word for name, word in state.groups.items()):
            # No member of a renamed group is told as changed: only a full read has the new name.
            raise CursorExpired
        state.groups, state.used, state.syncs = groups, state.syncs, {}
        state.todo = [_CONNECTIONS, _OTHERS] if state.others else [_CONNECTIONS]

    async def _groups(self) -> dict[str, str | None]:
        """The keyword of each group. Google has at most some hundred."""
        params = {"groupFields": "groupType,name", "pageSize": str(PAGE)}
        found: dict[str, str | None] = {}
        pages = Chain()
        while True:
            listing = chain.decoded(await self._asked("/v1/contactGroups", params), wire.GROUPS)
            found |= {group.resource_name: group.keyword for group in listing.contact_groups}
            if not listing.next_page_token:
                return found
            pages.step(listing.next_page_token, len(listing.contact_groups))
            params["pageToken"] = listing.next_page_token

    async def _listing(self) -> People:
        """The page whose turn it is. All parameters but the tokens are those of the chain's first call."""
        state = self._state
        which = state.todo[0]
        params = {"pageSize": str(PAGE), "requestSyncToken": "true"}
        if which == _CONNECTIONS:
            params |= {"personFields": google.MASK, "sources": wire.SOURCE}
        else:
            params["readMask"] = google.OTHER_MASK
        if which in state.used:
            params["syncToken"] = state.used[which]
        if state.page:
            params["pageToken"] = state.page
        listing = chain.decoded(await self._asked(_PATHS[which], params), wire.PEOPLE)
        self._resumed = False
        return listing

    async def _asked(self, path: str, params: dict[str, str]) -> bytes:
        answer = await self._ctx.fetch(self._ctx.base + path, params=params)
        if answer.status != 200:
            raise wire.refused(answer, resumed=self._resumed)
        return answer.body

    async def _records(self, reader: google.Reader, raws: list[msgspec.Raw]) -> list[google.Record]:
        """The persons of the page, without those that were applied before it broke off."""
        state = self._state
        count, found = state.done
        if count and wire.check_sum(raws[:count]) != found:
            # Another page by now: what is applied twice is unchanged the second time.
            state.done = (0, 0)
        first = state.done[0]
        records: list[google.Record] = []
        for at, raw in enumerate(raws[first:], first):
            if at % SLICE == 0:
                await asyncio.sleep(0)
            records.append(reader.read(bytes(raw), Place(state.read + at)))
        return records

    def _parts(self, records: list[google.Record]) -> list[list[google.Record]]:
        """The page in pieces of so many pictures; the last one may be empty."""
        parts: list[list[google.Record]] = [[]]
        pictures = 0
        for record in records:
            parts[-1].append(record)
            pictures += bool(record.photo) and self._may_ask()
            if pictures >= PHOTOS_A_PAGE:
                parts.append([])
                pictures = 0
        return parts

    def _applied(self, raws: list[msgspec.Raw], more: int) -> None:
        count = self._state.done[0] + more
        self._state.done = (count, wire.check_sum(raws[:count]))

    def _advance(self, listing: People, raws: list[msgspec.Raw]) -> None:
        """Where to go on after the page. Raises ProviderChanged where neither a next page nor a sync token is."""
        state = self._state
        state.done = (0, 0)
        state.read += len(raws)
        state.seen += len({bytes(raw) for raw in raws})
        if listing.next_page_token:
            self._chain.step(listing.next_page_token, len(raws))
            state.page = listing.next_page_token
            return
        if not listing.next_sync_token:
            raise ProviderChanged
        state.syncs[state.todo.pop(0)] = listing.next_sync_token
        total = _total(listing)
        # Fewer than there are: some page was left out, and what was on it is not gone.
        state.whole = state.whole and (total is None or state.seen >= total)
        state.total, state.seen, state.page = state.total + (total or 0), 0, ""

    def _at_end(self, page: Page, listing: People) -> Page:
        """The page with where to go on, or the checkpoint."""
        state = self._state
        total = (state.total + (_total(listing) or 0) * bool(state.page)) or None
        total = total if state.full else None
        if state.todo:
            return msgspec.structs.replace(page, resume=self._saved(), total=total)
        rested = State(size=state.size, others=state.others, groups=state.groups, syncs=state.syncs)
        return msgspec.structs.replace(
            page, checkpoint=wire.saved(rested), complete=state.full and state.whole, total=total
        )

    def _saved(self) -> bytes:
        self._state.pages = self._chain.pages
        return wire.saved(self._state)

    async def _page(self, records: list[google.Record]) -> Page:
        """Their changes, with pictures."""
        with_photo = [record for record in records if record.photo]
        pictured = iter(await asyncio.gather(*map(self._pictured, with_photo)))
        found = [next(pictured) if record.photo else record.changes for record in records]
        changes = tuple(change for one in found for change in one)
        if any(isinstance(one, Reject) and not one.source_id for one in changes):
            # Whose record it is cannot be read: of whom we had before, nobody is known to be gone.
            self._state.whole = False
        return Page(changes, unknown=sum(record.unknown for record in records))

    async def _pictured(self, record: google.Record) -> tuple[Change, ...]:
        """The record's changes; the link to its picture becomes the picture, as far as this run may ask for it."""
        upsert = record.changes[-1]
        if not isinstance(upsert, Upsert):
            return record.changes
        async with self._turns:
            answer = await self._photo(record.photo) if self._may_ask() else None
        if answer is None or answer.status != 200 or not 0 < len(answer.body) <= LARGEST_PHOTO:
            return record.changes
        # What is no picture by its own bytes would cost the whole contact later.
        picture = images.header(answer.body)
        if picture is None or not 0 < picture.pixels <= images.MOST_PIXELS:
            return record.changes
        return (*record.changes[:-1], google.pictured(upsert, answer.body, picture.media))

    async def _photo(self, url: str) -> Fetched | None:
        """What its host answers. One that is away, or asks for silence, is asked for no more pictures in this pull: it
        keeps no contact waiting.
        """
        self._state.photos += 1
        try:
            return await self._ctx.fetch(url, params=None if "?" in url else {"sz": PHOTO_PX})
        except (RateLimited, Transient):
            self._wants_photos = False
        except ProviderChanged:
            pass
        return None

    def _may_ask(self) -> bool:
        return self._wants_photos and self._state.photos < PHOTOS_A_RUN


def _total(listing: People) -> int | None:
    return listing.total_items if listing.total_items is not None else listing.total_size
