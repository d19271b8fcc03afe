"""A Group: contacts under one name, as a card of kind group (RFC 9553 2.1.4, 2.1.6) or as a keyword that cards share.

Membership is by uid: who has not arrived, or lies in the trash, stays named in the group and is one of it once there.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from contact_service.model.owner import etag

Source = Literal["card", "keyword"]
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_URN = "urn:uuid:"


class Group(msgspec.Struct, frozen=True):
    """`id` is a contact's, or opaque for a keyword; `members` are ids of contacts that are here, `unresolved` the uids
    of those that have not arrived, or are deleted.
    """

    id: str
    name: str
    source: Source
    members: tuple[str, ...]
    unresolved: tuple[str, ...]
    etag: str


class Said(msgspec.Struct, frozen=True, gc=False):
    """What a live card says of groups. `members` are uids as they stand in it, None where it is no group; `name` is
    read of groups only.
    """

    id: str
    version: int
    book: str
    uid: str
    keywords: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None
    name: str = ""


def bare(uid: str) -> str:
    """The uid as two are compared: vCard clients write `urn:uuid:` before it in a group, also where it is no UUID, and
    UUIDs in either case.

    >>> bare("urn:uuid:4FBE8971-0BC3-424C-9C26-36C3E1EFF6B1"), bare("urn:uuid:Some-One")
    ('4fbe8971-0bc3-424c-9c26-36c3e1eff6b1', 'Some-One')
    """
    cut = uid[len(_URN) :] if uid[: len(_URN)].lower() == _URN else uid
    return cut.lower() if _UUID.fullmatch(cut) else cut


class Groups:
    """All groups of one owner at one version; a newer one is the older one with what changed put in. `said` is by card
    id; `words` has the ids of each keyword's cards, in order.
    """

    __slots__ = ("_cards", "_epoch", "_ids", "_naming", "_order", "_uids", "said", "words")

    def __init__(self, epoch: int, naming: Callable[[str], str]) -> None:
        """No groups: see `updated`. `naming` gives the id of a keyword's group: always the same for a keyword, equal to
        no card's.
        """
        self.said: dict[str, Said] = {}
        self.words: dict[str, list[str]] = {}
        self._epoch = epoch
        self._naming = naming
        self._uids: dict[str, tuple[str, ...]] = {}
        self._cards: set[str] = set()
        self._ids: dict[str, str] = {}
        self._order: list[str] = []

    def updated(self, changed: Iterable[Said], gone: Iterable[str] = ()) -> "Groups":
        """The groups once these cards say other things, and those are no more."""
        new = Groups(self._epoch, self._naming)
        new.said, new.words, new._uids = self.said.copy(), self.words.copy(), self._uids.copy()
        new._cards, new._ids = self._cards.copy(), self._ids.copy()
        own: set[str] = set()
        for card in gone:
            new._take(card, own)
        for said in changed:
            new._take(said.id, own)
            new._put(said, own)
        new._order = sorted((*new._cards, *new._ids))
        return new

    def _put(self, said: Said, own: set[str]) -> None:
        self.said[said.id] = said
        uid = bare(said.uid)
        self._uids[uid] = tuple(sorted((*self._uids.get(uid, ()), said.id)))
        if said.members is not None:
            self._cards.add(said.id)
        for word in said.keywords:
            if word not in self.words:
                self._ids[self._naming(word)] = word
            insort(self._of_own(word, own), said.id)

    def _take(self, card: str, own: set[str]) -> None:
        said = self.said.pop(card, None)
        if said is None:
            return
        uid = bare(said.uid)
        left = tuple(other for other in self._uids.pop(uid) if other != card)
        if left:
            self._uids[uid] = left
        self._cards.discard(card)
        for word in said.keywords:
            ids = self._of_own(word, own)
            del ids[bisect_left(ids, card)]
            if not ids:
                del self.words[word], self._ids[self._naming(word)]
                own.discard(word)

    def _of_own(self, word: str, own: set[str]) -> list[str]:
        """The ids of the keyword's cards, in a list that no older Groups has too; `own` names those there are."""
        if word not in own:
            self.words[word] = self.words.get(word, []).copy()
            own.add(word)
        return self.words[word]

    def after(self, group: str) -> Iterator[Group]:
        """The groups whose ids follow `group` ("": all), by id."""
        start = bisect_right(self._order, group) if group else 0
        return (self._made(each) for each in self._order[start:])

    def get(self, group: str) -> Group | None:
        """The group of that id."""
        return self._made(group) if group in self._ids or group in self._cards else None

    def _made(self, group: str) -> Group:
        word = self._ids.get(group)
        if word is not None:
            return self.of_word(word, self.words[word])
        return self.of_card(self.said[group])

    def of_word(self, word: str, members: Iterable[str]) -> Group:
        """The group that a keyword makes of these cards."""
        ids = tuple(members)
        return Group(self._naming(word), word, "keyword", ids, (), f'"{_digest((word, *ids))}"')

    def of_card(self, said: Said) -> Group:
        """The group that a card is. Its tag is the card's, with one of who is here as the suffix of a representation:
        a member may come or go without a word of the card.
        """
        here: dict[str, None] = {}
        missing: list[str] = []
        for uid in said.members or ():
            card = self.holder(uid, said.book)
            if card is None:
                missing.append(uid)
            else:
                here[card] = None
        tag = f'{etag(self._epoch, said.version)[:-1]}-{_digest((*here, "", *missing))}"'
        return Group(said.id, said.name, "card", tuple(here), tuple(missing), tag)

    def holder(self, uid: str, book: str) -> str | None:
        """The card that has this uid, in any of its spellings: of the same book, else of another."""
        found = self._uids.get(bare(uid), ())
        return next(
            (card for card in found if self.said[card].book == book), next(iter(found), None)
        )


def _digest(parts: Iterable[str]) -> str:
    made = hashlib.blake2b(digest_size=8)
    for part in parts:
        told = part.encode(errors="surrogatepass")
        made.update(len(told).to_bytes(4, "big") + told)
    return made.hexdigest()
