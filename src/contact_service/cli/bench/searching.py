"""Search as you type in a book of 10,000: what a keystroke costs (p50, p99), and what the index costs to build."""

import gc
import random
import statistics
import time

from contact_service.cli.bench import people, rounds, rows
from contact_service.cli.bench.rows import Aim, Row, Scale
from contact_service.matching import search, search_entries
from contact_service.matching.search import Index
from contact_service.model.card import Email, Fields, Name, Organization, Phone

BOOK = 10_000
_MS = 1_000
_AT_MOST = 20


def _aim(name: str, title: str, goal_ms: float) -> Aim:
    return Aim(f"search-{name}", title, "ms of CPU", goal_ms, goal_ms, more=False, has_ratio=False)


P50 = _aim("p50", "search as you type, 10,000 cards, p50", 1.5)
P99 = _aim("p99", "search as you type, 10,000 cards, p99", 5.0)
BUILD = _aim("build", "index of 10,000 cards, built", 30.0)


def measure(scale: Scale) -> list[Row]:
    """The rows of search."""
    crowd = [people.person(number) for number in range(BOOK)]
    entries = [
        search_entries.entry(f"c{who.number:05d}", _fields(who), who.identifiers) for who in crowd
    ]
    typed = _typed(crowd, scale.queries)
    found: list[tuple[tuple[float, float, float], bool]] = []
    gc.collect()
    gc.disable()
    try:
        found += [
            rounds.quiet(lambda: _round(entries, typed), scale.again) for _ in range(scale.rounds)
        ]
    finally:
        gc.enable()
    beside = {"queries": float(len(typed))}
    return [
        rows.alone(aim, [(figures[place], noisy) for figures, noisy in found], beside)
        for place, aim in enumerate((P50, P99, BUILD))
    ]


def _fields(who: people.Person) -> Fields:
    return Fields(
        name=Name(full=who.full),
        phones={f"p{n}": Phone(e164) for n, (e164, _) in enumerate(who.phones)},
        emails={f"e{n}": Email(mail) for n, mail in enumerate(who.emails)} or None,
        organizations={"o": Organization(name=who.firm)},
    )


def _typed(crowd: list[people.Person], names: int) -> list[str]:
    """What is in the field at each keystroke of these names; some are misspelt, some are numbers or addresses."""
    chance = random.Random(3)  # noqa: S311  queries of a benchmark
    typed = ["415", "0170", "1415555", "zzzzqq", "anna.b"]
    for who in chance.sample(crowd, names):
        full = who.full
        typed += [full[:end] for end in range(1, len(full) + 1)]
        swap = chance.randrange(1, len(full) - 2)
        typed.append(full[:swap] + full[swap + 1] + full[swap] + full[swap + 2 :])
        typed.append(who.phones[0][0][3:9])
    return typed


def _round(entries: list[search.Entry], typed: list[str]) -> tuple[float, float, float]:
    """(p50, p99, build) in ms."""
    started = time.process_time()
    index = Index.build(entries)
    built = time.process_time() - started
    index.search("zz", 1)
    taken = [_keystroke(index, text) for text in typed]
    cuts = statistics.quantiles(taken, n=100)
    return cuts[49] * _MS, cuts[98] * _MS, built * _MS


def _keystroke(index: Index, text: str) -> float:
    started = time.process_time_ns()
    index.search(text, _AT_MOST)
    return (time.process_time_ns() - started) / 1e9
