"""Keywords as groups: a group of that name is all contacts with the keyword, so an edit of it edits the contacts.

The verbs by keyword and uid (`put`, `drop`) are for devices that are shown keywords as group cards.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from contact_service.actions.context import Context
from contact_service.actions.desk import Desk
from contact_service.formats import membership
from contact_service.model.group import Group, Groups
from contact_service.model.ids import BookId, CardId
from contact_service.model.problem import GroupExists, Unprocessable

SLICE = 50
"""Contacts edited between two turns of the event loop."""


async def create(ctx: Context, groups: Groups, word: str, members: Sequence[str]) -> Group:
    """These contacts get the keyword, which nobody has. Raises GroupExists (409), Unprocessable (422): no contact."""
    _is_free(groups, word)
    _somebody(members)
    await _edit(ctx, dict.fromkeys(members, (None, word)))
    return groups.of_word(word, sorted(members))


async def change(
    ctx: Context, groups: Groups, group: Group, word: str, members: Sequence[str]
) -> Group:
    """Exactly these contacts have the keyword, and it is `word`. Raises GroupExists (409), Unprocessable (422)."""
    _somebody(members)
    old = group.name
    if word != old:
        _is_free(groups, word)
    gone, new = dict.fromkeys(group.members, old), dict.fromkeys(members, word)
    edits = {member: (gone.get(member), new.get(member)) for member in (*gone, *new)}
    await _edit(ctx, {member: edit for member, edit in edits.items() if edit[0] != edit[1]})
    return groups.of_word(word, sorted(members))


async def take(ctx: Context, word: str, members: Iterable[str]) -> None:
    """Take the keyword from these contacts."""
    await _edit(ctx, dict.fromkeys(members, (word, None)))


async def put(
    ctx: Context, groups: Groups, word: str, new: str, uids: Collection[str], book: BookId
) -> None:
    """Exactly the contacts of the book with these uids have the keyword, and it is called `new`; uids that nobody in
    the book has are passed over. Raises GroupExists (409): others have a keyword of that name.
    """
    if new != word and _of(groups, new, book):
        _is_free(groups, new)
    found = (_in(groups, groups.holder(uid, book), book) for uid in uids)
    wanted = {card for card in found if card is not None}
    held = _of(groups, word, book)
    edits: dict[str, tuple[str | None, str | None]] = dict.fromkeys(held - wanted, (word, None))
    edits |= dict.fromkeys(wanted - held, (None, new))
    if new != word:
        edits |= dict.fromkeys(wanted & held, (word, new))
    await _edit(ctx, edits)


async def drop(ctx: Context, groups: Groups, word: str, book: BookId) -> None:
    """No contact of the book has the keyword any more."""
    await take(ctx, word, _of(groups, word, book))


def _of(groups: Groups, word: str, book: BookId) -> set[str]:
    return {card for card in groups.words.get(word, ()) if groups.said[card].book == book}


def _in(groups: Groups, card: str | None, book: BookId) -> str | None:
    return card if card is not None and groups.said[card].book == book else None


def _is_free(groups: Groups, word: str) -> None:
    if word in groups.words:
        raise GroupExists(groups.of_word(word, ()).id)


def _somebody(members: Sequence[str]) -> None:
    if not members:
        raise Unprocessable("$.members: a keyword is a group of at least one contact")


async def _edit(ctx: Context, edits: Mapping[str, tuple[str | None, str | None]]) -> None:
    """Each contact loses the first keyword and gets the second, in one block of numbers."""
    desk = Desk(ctx)
    cards = {CardId(UUID(card)): change for card, change in edits.items()}
    await desk.lay(list(cards), [])
    for at, (card, (gone, new)) in enumerate(cards.items()):
        words = membership.keywords(desk.last(card).json)
        desk.patch(card, {"keywords": _swapped(words, gone, new)})
        if at % SLICE == 0:
            await asyncio.sleep(0)
    await desk.write()


def _swapped(words: Iterable[str], gone: str | None, new: str | None) -> dict[str, bool] | None:
    """The words with `new` in the place of `gone`, or at the end; None for no word."""
    swapped = [new if word == gone else word for word in words]
    return {word: True for word in (*swapped, new) if word is not None} or None
