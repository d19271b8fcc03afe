"""Groups: cards of kind group and keywords in one list, edited alike. Deleting a group never deletes its members."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Literal

import msgspec

from contact_client import places
from contact_client.values import Group
from contact_client.wire import Ask, Wire


class _Page(msgspec.Struct, frozen=True):
    groups: tuple[Group, ...]
    next: str | None


_PAGE = msgspec.json.Decoder(_Page)
_GROUP = msgspec.json.Decoder(Group)


class Groups:
    """`contacts.groups`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def list(self, *, page: int = 200) -> AsyncIterator[Group]:
        """The groups by id, fetched `page` (1 to 1000) at a time."""
        query: dict[str, str | int] = {"limit": page}
        while True:
            found = (await self._wire.ask(Ask("GET", "/v1/groups", query))).read(_PAGE)
            for group in found.groups:
                yield group
            if found.next is None:
                return
            query["cursor"] = found.next

    async def get(self, group_id: str) -> Group:
        """The group. Raises NotFound."""
        return (await self._wire.ask(Ask("GET", places.group(group_id)))).read(_GROUP)

    async def create(
        self,
        name: str,
        members: Iterable[str] = (),
        *,
        source: Literal["card", "keyword"] = "card",
    ) -> Group:
        """A new group of these contacts; a keyword is theirs who have it, so it needs one."""
        asked = {"name": name, "members": [*members], "source": source}
        return (await self._wire.post("/v1/groups", msgspec.json.encode(asked))).read(_GROUP)

    async def change(
        self,
        group_id: str,
        *,
        name: str | None = None,
        members: Iterable[str] | None = None,
        if_match: str | None = None,
    ) -> Group:
        """Another name, other members, or both. Raises NotFound, StaleRevision."""
        asked: dict[str, Any] = {}
        if name is not None:
            asked["name"] = name
        if members is not None:
            asked["members"] = [*members]
        path, raw = places.group(group_id), msgspec.json.encode(asked)
        return (await self._wire.change("PATCH", path, if_match, raw)).read(_GROUP)

    async def delete(self, group_id: str, *, if_match: str | None = None) -> None:
        """The group goes, its members stay. Raises NotFound, StaleRevision."""
        await self._wire.change("DELETE", places.group(group_id), if_match)

    async def add(self, group_id: str, contact_id: str) -> None:
        """The contact becomes a member; a repeat changes nothing. Raises NotFound."""
        await self._wire.ask(Ask("PUT", places.member(group_id, contact_id)))

    async def remove(self, group_id: str, contact_id: str) -> None:
        """The contact is a member no more, and stays. Raises NotFound."""
        await self._wire.ask(Ask("DELETE", places.member(group_id, contact_id)))
