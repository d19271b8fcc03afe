"""Contacts of Outlook.com and Exchange Online over Microsoft Graph v1.0 (delta-query-overview, contact: delta).

Folders first, then one chain of changes a folder; all links are kept in one cursor. An id that left a folder may have
come into another: what went is told last, and only when nobody has it any more (docs/decisions/0026).
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from contact_service.formats import microsoft
from contact_service.integrations import chain
from contact_service.integrations import microsoft_wire as wire
from contact_service.integrations.chain import Chain
from contact_service.integrations.connector import (
    CursorExpired,
    Limit,
    Manifest,
    ProviderChanged,
    Pull,
)
from contact_service.integrations.microsoft_wire import Folder, Item, Listing, State
from contact_service.model.imports import Change, Delete, Page, Place, Reject, Upsert

PAGE, PAGE_WITH_PHOTOS = 200, 48
"""Contacts a page, at most; the server may send fewer. What is fetched slowly is applied and told the sooner."""
AT_ONCE = 4
REMOVALS = 100
"""So many ids that left a folder are asked for before the next page."""
PHOTOS_A_RUN = 500
LARGEST_PHOTO = 180_000
"""Bytes; with it a Card is under its own bound."""
_DEFAULT = ""
"""The key of the default folder, which has no entry of its own in the list of folders."""


T = TypeVar("T")


class Microsoft:
    """The connector. Options: `photos` reads pictures of contacts that are new or changed, at most 500 a run."""

    manifest = Manifest(
        provider="microsoft",
        scopes=("Contacts.Read", "offline_access"),
        origins=("https://graph.microsoft.com", "https://login.microsoftonline.com"),
        limits=(Limit(10_000, 600, "account"),),
        at_once=AT_ONCE,
    )

    async def pull(self, ctx: Pull, cursor: bytes | None) -> AsyncIterator[Page]:
        """The pages; the last has nothing but the checkpoint. Raises as `Connector` says, and NoMailbox."""
        async for page in _Pulling(ctx, wire.begun(cursor)).pages():
            yield page


class _Pulling:
    """One pull. `_added`: the folder that each contact of this pull was last seen in."""

    def __init__(self, ctx: Pull, state: State) -> None:
        self._ctx = ctx
        self._state = state
        self._photos = ctx.options.get("photos", False)
        size = PAGE_WITH_PHOTOS if self._photos else PAGE
        # Sent with every request: an id without it is another one (outlook-immutable-id).
        self._prefer = {"Prefer": f'IdType="ImmutableId", odata.maxpagesize={size}'}
        self._chain = Chain(state.pages)
        self._added: dict[str, str] = {}
        self._gone = dict.fromkeys(state.gone)
        scheme, _, rest = ctx.base.partition("://")
        self._origin = f"{scheme}://{rest.partition('/')[0]}/"

    async def pages(self) -> AsyncIterator[Page]:
        state = self._state
        if not state.todo and not self._gone:
            await self._list_folders()
        while state.todo:
            changes, unknown = await self._step()
            if not state.todo and state.full and not state.again:
                # What moved behind our back while the folders were read is in their links.
                state.todo, state.again = [_DEFAULT, *state.folders], True
            if changes:
                yield Page(tuple(changes), resume=self._saved(), unknown=unknown)
        while self._gone:
            deletes = await self._removals()
            if deletes:
                yield Page(tuple(deletes), resume=self._saved())
        whole = state.full and not state.lost
        yield Page((), checkpoint=msgspec.json.encode(state.settled()), complete=whole)

    def _saved(self) -> bytes:
        self._state.pages = self._chain.pages
        self._state.gone = list(self._gone)
        return msgspec.json.encode(self._state)

    async def _list_folders(self) -> None:
        """Which folders there are now; a folder that is new, or has another name, is read from its beginning."""
        state = self._state
        url = state.folders_link or f"{self._ctx.base}/me/contactFolders/delta"
        while True:
            listing = await self._listing(url)
            for raw in listing.value:
                self._take_folder(chain.decoded(bytes(raw), wire.FOLDER))
            if not listing.next:
                break
            url = listing.next
            self._chain.step(url, len(listing.value))
        state.folders_link = listing.delta
        state.todo = [_DEFAULT, *state.folders]

    def _take_folder(self, folder: Folder) -> None:
        state = self._state
        if folder.removed is not None:
            if state.folders.pop(folder.id, None) is not None and not state.full:
                # Its contacts went with it, and no chain tells so: only a full read does.
                raise CursorExpired
        elif state.folders.get(folder.id) != (folder.name or ""):
            state.folders[folder.id] = folder.name or ""
            if folder.id in state.links and folder.id not in state.anew:
                state.anew.append(folder.id)

    async def _step(self) -> tuple[list[Change], int]:
        """One page of the folder whose turn it is: its changes, and how many unknown properties they had."""
        state = self._state
        key = state.todo[0]
        if key and key == state.default:
            # The default folder once more, by its id.
            del state.todo[0], state.folders[key]
            return [], 0
        link = "" if key in state.anew else state.links.get(key, "")
        listing = await self._listing(state.at or link or self._start(key))
        found = self._found(listing.value, key)
        if listing.next:
            self._chain.step(listing.next, len(listing.value))
            state.at = listing.next
        else:
            self._ended(key, listing.delta)
        changes = await self._pictured([record.change for record in found])
        return changes, sum(record.unknown for record in found)

    def _ended(self, key: str, link: str) -> None:
        state = self._state
        state.at = ""
        if key in state.anew:
            # Who is there was told, under the folder's new name; who went since is told by the link that it had.
            state.anew.remove(key)
            return
        state.links[key] = link
        del state.todo[0]

    def _start(self, key: str) -> str:
        where = f"contactFolders/{quote(key, safe='')}/contacts" if key else "contacts"
        return f"{self._ctx.base}/me/{where}/delta"

    def _found(self, items: list[msgspec.Raw], key: str) -> list[microsoft.Record]:
        """The page's contacts, each as it is told last; ids that went are kept for the end."""
        state = self._state
        found: dict[str, microsoft.Record] = {}
        for each in items:
            raw, place = bytes(each), Place(state.read)
            state.read += 1
            item = _item(raw)
            if item is None:
                lost = Reject(place, "no-id", "The record has no id that can be read.", raw)
                found[f"\0{place.index}"] = microsoft.Record(lost)
                state.lost = True
                continue
            found.pop(item.id, None)
            if item.removed is None:
                found[item.id] = microsoft.read(raw, place, state.folders.get(key, ""))
                self._came(item, key)
            elif self._added.get(item.id, key) == key:
                self._gone[item.id] = None
        return list(found.values())

    def _came(self, item: Item, key: str) -> None:
        self._added[item.id] = key
        self._gone.pop(item.id, None)
        if key == _DEFAULT and isinstance(item.parent, str):
            self._state.default = item.parent

    async def _removals(self) -> list[Change]:
        """Of the next ids that left a folder, those that are in none."""
        asked = list(self._gone)[:REMOVALS]
        deletes: list[Change] = []
        for at in range(0, len(asked), AT_ONCE):
            some = asked[at : at + AT_ONCE]
            lost = await _all([self._is_lost(source_id) for source_id in some])
            deletes += [Delete(one) for one, is_lost in zip(some, lost, strict=True) if is_lost]
        for source_id in asked:
            del self._gone[source_id]
        return deletes

    async def _is_lost(self, source_id: str) -> bool:
        url = f"{self._ctx.base}/me/contacts/{quote(source_id, safe='')}"
        answer = await self._ctx.fetch(url, params={"$select": "id"}, headers=self._prefer)
        if answer.status != 200 and not wire.is_gone(answer):
            raise wire.refused(answer)
        return answer.status != 200

    async def _pictured(self, changes: list[Upsert | Reject]) -> list[Change]:
        """With their photos, where the owner wants them and as far as this run may ask."""
        made: list[Change] = list(changes)
        if not self._photos:
            return made
        wanted = [(at, each) for at, each in enumerate(changes) if isinstance(each, Upsert)]
        wanted = wanted[: max(0, PHOTOS_A_RUN - self._state.photos)]
        self._state.photos += len(wanted)
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            done = await _all([self._with_photo(each) for _, each in some])
            for (at, _), each in zip(some, done, strict=True):
                made[at] = each
        return made

    async def _with_photo(self, change: Upsert) -> Upsert:
        url = f"{self._ctx.base}/me/contacts/{quote(change.source_id, safe='')}/photo/$value"
        answer = await self._ctx.fetch(url, headers=self._prefer)
        media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Most contacts have none: 404.
        is_one = answer.status == 200 and media.startswith("image/")
        if not is_one or not 0 < len(answer.body) <= LARGEST_PHOTO:
            return change
        return microsoft.pictured(change, answer.body, media)

    async def _listing(self, url: str) -> Listing:
        """A page. Links that lead elsewhere are refused before it is applied: else they were kept, and asked again."""
        answer = await self._ctx.fetch(url, headers=self._prefer)
        if answer.status != 200:
            raise wire.refused(answer)
        listing = chain.decoded(answer.body, wire.LISTING)
        link = listing.next or listing.delta
        if not link.startswith(self._origin):
            raise ProviderChanged
        return listing


async def _all(asked: list[Coroutine[Any, Any, T]]) -> list[T]:
    """The answers, once none is under way any more. Raises what the first that failed did."""
    done = await asyncio.gather(*asked, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return [one for one in done if not isinstance(one, BaseException)]


def _item(raw: bytes) -> Item | None:
    try:
        return wire.ITEM.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
