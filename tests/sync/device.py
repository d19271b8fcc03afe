"""A device with an outbox: it edits while offline, sends its edits as one batch until that is answered, and pulls page
by page. Its memory survives a crash; it may also be set back to an old copy of itself, as a phone restored from backup.
"""

import copy
import random
from typing import Any

import msgspec

from sync.protocol import Card, Op, Page, Result, version

_NUMBERS = [f"+1415555010{digit}" for digit in range(6)]
_WORDS = ["family", "work", "club"]


# Contacts enough to edit: the fewer, the more often two devices edit the same.
_FEW = 4


class Memory(msgspec.Struct):
    """All a device keeps. `bases`: what pending edits were made on; `stale`: contacts of which it knows a newer version
    than the content it has.
    """

    mirror: dict[str, Card] = {}
    pending: dict[str, Op] = {}
    bases: dict[str, Card] = {}
    sent: list[Op] = []
    key: str = ""
    stale: dict[str, int] = {}
    token: str | None = None


class Device:
    """Draws its edits from `rnd`; every value it writes is its own."""

    def __init__(self, name: str, rnd: random.Random) -> None:
        self.name = name
        self.rnd = rnd
        self.memory = Memory()
        self._old = copy.deepcopy(self.memory)
        self._written = 0

    def edit(self) -> None:
        """One edit of the user, put into the outbox."""
        mine, rnd = self.memory, self.rnd
        busy = {op.id for op in mine.sent} | mine.stale.keys()
        free = [card for card in mine.mirror if card not in busy]
        if rnd.random() < (0.5 if len(mine.mirror) < _FEW else 0.02):
            self._create()
        elif free:
            self._edit(rnd.choice(free[:_FEW]))

    def _edit(self, card: str) -> None:
        mine, rnd = self.memory, self.rnd
        waiting = mine.pending.get(card)
        if rnd.random() < 0.12:
            mine.pending[card] = Op("delete", card, mine.mirror[card]["etag"])
        elif waiting is None or waiting.op == "delete":
            mine.bases[card] = mine.mirror[card]
            self._change(card, mine.mirror[card])
        else:
            self._change(card, waiting.card or {})

    def _create(self) -> None:
        uid = self._fresh("urn:x:")
        card = {
            "@type": "Card", "version": "1.0", "uid": uid,
            "name": {"full": uid},
            "vCardProps": [["x-odd", {"group": "item1"}, "unknown", uid]],
            "example.com:own": {"a": [1, None, uid]},
        }  # fmt: skip
        self.memory.pending[uid] = Op("create", card=card)

    def _change(self, card: str, shown: Card) -> None:
        base = self.memory.bases[card]["etag"]
        before, made = _own(self.memory.bases[card]), copy.deepcopy(_own(shown))
        for _ in range(self.rnd.randint(1, 2)):
            self._touch(made)
        if self.rnd.random() < 0.3 and "phones" in made:
            # As a client does that speaks vCard.
            made["phones"] = {self._fresh("t"): phone for phone in made["phones"].values()}
        if _without_ids(made) == _without_ids(before):
            made = before
        if self.rnd.random() < 0.5:
            self.memory.pending[card] = Op("patch", card, base, made, _patch(before, made))
        else:
            self.memory.pending[card] = Op("replace", card, base, made)

    def _touch(self, card: Card) -> None:
        touch = (self._own_member, self._phones, self._keywords)[
            self.rnd.choice((0, 0, 1, 1, 1, 2))
        ]
        touch(card)

    def _own_member(self, card: Card) -> None:
        name = self.rnd.choice(["x:a", "x:b"])
        if self.rnd.random() < 0.7:
            card[name] = self._fresh("v")
        else:
            card.pop(name, None)

    def _phones(self, card: Card) -> None:
        phones = card.pop("phones", {})
        number, chance = self.rnd.choice(_NUMBERS), self.rnd.random()
        if chance < 0.4 or not phones:
            if all(phone["number"] != number for phone in phones.values()):
                phones[self._fresh("p")] = {"number": number}
        elif chance < 0.75:
            phones[self.rnd.choice(sorted(phones))]["label"] = self._fresh("l")
        else:
            del phones[self.rnd.choice(sorted(phones))]
        if phones:
            card["phones"] = phones

    def _keywords(self, card: Card) -> None:
        words = set(card.pop("keywords", {})) ^ {self.rnd.choice(_WORDS)}
        if words:
            card["keywords"] = dict.fromkeys(sorted(words), True)

    def _fresh(self, kind: str) -> str:
        self._written += 1
        return f"{kind}{self.name}-{self._written}"

    def outgoing(self) -> tuple[str, list[Op]] | None:
        """The batch to send: the same under the same key until it is answered."""
        mine = self.memory
        if not mine.sent and mine.pending:
            mine.sent = list(mine.pending.values())
            mine.pending = {}
            mine.key = self._fresh("k")
        return (mine.key, mine.sent) if mine.sent else None

    def answered(self, key: str, results: list[Result]) -> None:
        """An answer has arrived; one for a batch it no longer waits for is an echo."""
        mine = self.memory
        if key != mine.key or not mine.sent:
            return
        mine.sent = []
        for result in results:
            if result.id is not None and result.etag is not None:
                self._expect(result.id, version(result.etag))

    def _expect(self, card: str, number: int) -> None:
        shown = self.memory.mirror.get(card)
        if shown is None or version(shown["etag"]) < number:
            self.memory.stale[card] = number

    def pulled(self, page: Page) -> None:
        """A page has arrived: content and token are kept together."""
        mine = self.memory
        for card in page.changed:
            mine.mirror[card["id"]] = card
            if mine.stale.get(card["id"], 0) <= version(card["etag"]):
                mine.stale.pop(card["id"], None)
        for card_id in page.removed:
            mine.mirror.pop(card_id, None)
            mine.stale.pop(card_id, None)
        mine.token = page.token

    def back_up(self) -> None:
        """Keep a copy of all it knows."""
        self._old = copy.deepcopy(self.memory)

    def set_back(self) -> None:
        """Be what it was at the last copy: an old token, an old outbox, keys that were used before."""
        self.memory = copy.deepcopy(self._old)


def _own(card: Card) -> Card:
    return {
        name: value for name, value in card.items() if name not in {"id", "etag", "addressBook"}
    }


def _without_ids(card: Card) -> Card:
    return card | {"phones": list(card.get("phones", {}).values())}


def _patch(before: Card, made: Card) -> dict[str, Any]:
    """PATCH paths (RFC 8620 5.3), into the phones where both have some."""
    changes: dict[str, Any] = {}
    for name in sorted(before.keys() | made.keys()):
        old, new = before.get(name), made.get(name)
        if name == "phones" and old and new:
            changes |= {
                f"phones/{key}": new.get(key)
                for key in sorted(old.keys() | new.keys())
                if old.get(key) != new.get(key)
            }
        elif old != new:
            changes[name] = new
    return changes
