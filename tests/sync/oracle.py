"""The oracle of T4 (reliability.md): what each contact must say at each version, known from the accepted operations
alone. It shares no code with the merge, and sees what the server answered even where the answer got lost.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from sync.protocol import Card, Op, Page, Result, version

_OURS = ("id", "etag", "addressBook")
_ENCODE = msgspec.json.Encoder(order="deterministic").encode


class Violation(AssertionError):
    """What a server must never do."""


class Said(msgspec.Struct, frozen=True):
    """What a contact says, without the ids of its entries: members a device writes, phones with their label, keywords;
    `rest` is what no device touches, unknown members and received lines among it.
    """

    own: dict[str, Any]
    phones: dict[str, Any]
    words: frozenset[str]
    rest: bytes


def said(card: Card) -> Said:
    rest = {name: value for name, value in card.items() if name not in _OURS}
    phones = [(p["number"], p.get("label")) for p in rest.pop("phones", {}).values()]
    if len(dict(phones)) != len(phones):
        raise Violation("one phone stands there twice")
    words = frozenset(rest.pop("keywords", {}))
    own = {name: rest.pop(name) for name in list(rest) if name.startswith("x:")}
    return Said(own, dict(phones), words, _ENCODE(rest))


def over(base: Said, mine: Said, theirs: Said) -> Said:
    """Mine, made on base, over theirs: the later accepted edit wins, property by property."""
    names = base.own.keys() | mine.own.keys() | theirs.own.keys()
    own = {n: _later(base.own.get(n), mine.own.get(n), theirs.own.get(n)) for n in names}
    phones = {}
    for number in mine.phones.keys() | theirs.phones.keys():
        before = (number in base.phones, base.phones.get(number))
        here = (number in mine.phones, mine.phones.get(number))
        there = (number in theirs.phones, theirs.phones.get(number))
        if here[0] and there[0]:
            phones[number] = _later(before[1], here[1], there[1])
        elif (here if here[0] else there) != before:  # an edit is worth more than a removal
            phones[number] = here[1] if here[0] else there[1]
    words = (theirs.words - (base.words - mine.words)) | (mine.words - base.words)
    return Said({n: v for n, v in own.items() if v is not None}, phones, words, theirs.rest)


def _later(base: Any, mine: Any, theirs: Any) -> Any:
    return theirs if mine == base else mine


class Oracle:
    """Hears every operation and every page. Raises Violation."""

    def __init__(self) -> None:
        self.contents: dict[tuple[str, int], Said] = {}
        self.live: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.answers: dict[str, list[Result]] = {}
        self.holders: dict[str, str] = {}
        self.top = 0

    def accepted(self, key: str, operations: Sequence[Op], results: list[Result]) -> None:
        """The server's answer to a batch, whoever receives it."""
        if key in self.answers:
            _hold(self.answers[key] == results, "a replay was answered otherwise")
            return
        self.answers[key] = results
        _hold(len(results) == len(operations), "not every operation was answered")
        top = self.top
        for operation, result in zip(operations, results, strict=True):
            if operation.op == "create":
                self._created(operation, result, top)
            elif operation.op == "delete":
                self._deleted(operation, result)
            else:
                self._edited(operation, result, top)

    def _created(self, operation: Op, result: Result, top: int) -> None:
        content = said(operation.card or {})
        holder = self.holders.get(operation.card["uid"])
        if holder in self.live:
            equal = content == self.contents[holder, self.live[holder]]
            _hold(result.status == (200 if equal else 409), "one uid, two contacts")
            return
        _hold(result.status == 201, f"a create was answered {result.status}")
        _hold(result.id not in self.last, "a new contact has an old id")
        self.holders[operation.card["uid"]] = result.id or ""
        self._stands(result, content, top)

    def _deleted(self, operation: Op, result: Result) -> None:
        card = operation.id or ""
        stands = self.live.get(card)
        expected = (
            404 if stands is None else 204 if stands == version(operation.base or "") else 409
        )
        _hold(result.status == expected, f"a delete was answered {result.status}, not {expected}")
        if expected == 204:
            del self.live[card]

    def _edited(self, operation: Op, result: Result, top: int) -> None:
        card = operation.id or ""
        base = self.contents[card, version(operation.base or "")]
        mine, before = said(operation.card or {}), self.contents[card, self.last[card]]
        if card not in self.live and mine == base:
            _hold(result.status == 404, "an edit of nothing revived a contact")
            return
        uid = operation.card["uid"]
        if card not in self.live and self.holders[uid] in self.live:
            _hold(result.status == 409, "one uid, two contacts")
            return
        _hold(result.status == 200, f"an edit was answered {result.status}")
        self.holders[uid] = card
        expected = over(base, mine, before)
        if expected != before or version(result.etag or "") != self.live.get(card):
            self._stands(result, expected, top)

    def _stands(self, result: Result, content: Said, top: int) -> None:
        card, number = result.id or "", version(result.etag or "")
        _hold(number > top, "a version did not grow")
        _hold(number not in self.live.values(), "two contacts have one version")
        self.contents[card, number] = content
        self.live[card] = self.last[card] = number
        self.top = max(self.top, number)

    def paged(self, since: str | None, limit: int, page: Page) -> None:
        """A page as the server gave it: all of it stands now, none of it is what nobody wrote."""
        rows = len(page.changed) + len(page.removed)
        _hold(rows <= limit, "a page is longer than asked for")
        _hold(not page.more or rows == limit, "a page is short and not the last")
        _hold(not rows or page.token != since, "a token did not grow")
        for card in page.changed:
            number = version(card["etag"])
            _hold((card["id"], number) in self.contents, "a version nobody wrote")
            _hold(said(card) == self.contents[card["id"], number], "a value nobody wrote, or lost")
            _hold(self.live.get(card["id"]) == number, "a contact that does not stand")
        for card_id in page.removed:
            _hold(card_id in self.last and card_id not in self.live, "a live contact is removed")

    def synced(self, mirror: dict[str, Card]) -> None:
        """A device right after the last page of a sync."""
        found = {card_id: version(card["etag"]) for card_id, card in mirror.items()}
        _hold(found.keys() >= self.live.keys(), "a contact was missed")
        _hold(found.keys() <= self.live.keys(), "a removal was missed")
        _hold(found == self.live, "a change was missed")


def _hold(held: bool, broken: str) -> None:
    if not held:
        raise Violation(broken)
