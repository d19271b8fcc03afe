"""Micro figures: CPU us of the single steps, each done many times in this process, the least of several runs."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from contact_service.cli.bench import books, people
from contact_service.cli.bench.rows import Figure
from contact_service.formats import jscontact, vcard
from contact_service.matching import emails, phones
from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.vault import cards as sealed_cards
from contact_service.vault import sealing

_RUNS = 5
_US = 1_000_000
_MANY = 2_000


def measure() -> list[Figure]:
    """All micro figures."""
    phones.widen_regex_cache()
    crowd = [people.person(number) for number in range(8 * _MANY)]
    return [
        *_phones(crowd),
        _figure("e-mail, canonical", emails.canonical, [(m,) for p in crowd for m in p.emails]),
        *_cards(crowd[:_MANY]),
    ]


def _phones(crowd: list[people.Person]) -> list[Figure]:
    found = []
    international = [(e164, None) for who in crowd for e164, _ in who.phones]
    found.append(_figure("phone, E.164 of 8 countries", phones.normalise, international[:_MANY]))
    for region in ("US", "DE"):
        dialled = [(n, region) for who in crowd if who.region == region for _, n in who.phones]
        found.append(_figure(f"phone, national {region}", phones.normalise, dialled[:_MANY]))
    return found


def _cards(crowd: list[people.Person]) -> list[Figure]:
    as_json = [books.card(who) for who in crowd]
    as_lines = [books.vcard(who) for who in crowd]
    key = sealing.new("bench", 1)
    ids = [CardId(UUID(int=number)) for number in range(len(crowd))]
    plain = [(i, 1, Card(json)) for i, json in zip(ids, as_json, strict=True)]
    sealed = [
        (i, 1, s) for (i, _, _), s in zip(plain, sealed_cards.seal_many(key, plain), strict=True)
    ]
    return [
        _figure("card read, JSON of 434 bytes", jscontact.read, [(j, "urn:x") for j in as_json]),
        _figure("card read, vCard of 12 lines", vcard.read, [(v, "urn:x") for v in as_lines]),
        _batch("card sealed", lambda: sealed_cards.seal_many(key, plain), len(plain)),
        _batch("card opened", lambda: sealed_cards.open_many(key, sealed), len(sealed)),
        _batch("data key made and 10 cards sealed", lambda: _fresh(plain[:10]), 1),
    ]


def _fresh(cards: list[tuple[CardId, int, Card]]) -> list[bytes]:
    return sealed_cards.seal_many(sealing.new("bench", 1), cards)


def _figure(name: str, step: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Figure:
    def whole() -> None:
        for each in arguments:
            step(*each)

    return _batch(name, whole, len(arguments))


def _batch(name: str, whole: Callable[[], object], size: int) -> Figure:
    # Once without the clock (patterns compile, sub-keys are derived); the collector would count others' garbage.
    whole()
    gc.disable()
    try:
        return Figure(name, min(_once(whole) for _ in range(_RUNS)) * _US / size)
    finally:
        gc.enable()


def _once(whole: Callable[[], object]) -> float:
    started = time.process_time()
    whole()
    return time.process_time() - started
