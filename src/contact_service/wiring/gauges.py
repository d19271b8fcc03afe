"""What the parts of a House count themselves, shown at each scrape."""

from collections.abc import Callable, Iterator

from prometheus_client.core import Metric

from contact_service.actions.context import House
from contact_service.telemetry.metrics import Count, Metrics


class Gauges(Metrics):
    """Metrics that first take over the numbers which other parts keep."""

    def __init__(self) -> None:
        self._taken: list[tuple[Count, Callable[[], int]]] = []
        super().__init__()

    def take(self, count: Count, read: Callable[[], int]) -> None:
        """Let the counter follow `read`, which only grows."""
        self._taken.append((count, read))

    def collect(self) -> Iterator[Metric]:
        """What the registry reads."""
        for count, read in self._taken:
            count.n = read()
        yield from super().collect()


def watch(house: House) -> None:
    """Show the house's caches and keys."""
    metrics, snapshots = house.metrics, house.snapshots
    metrics.watch("contacts_cache_used_bytes", lambda: snapshots.held_bytes, cache="snapshots")
    metrics.watch("contacts_open_keys_entries", lambda: len(house.open_keys))
    if house.neighbours.header_store is not None:
        metrics.watch("contacts_header_store_stale_seconds", lambda: house.neighbours.stale_s)
    if isinstance(metrics, Gauges):
        hits = metrics.count("contacts_cache_hits_total", cache="snapshots")
        misses = metrics.count("contacts_cache_misses_total", cache="snapshots")
        metrics.take(hits, lambda: snapshots.hits)
        metrics.take(misses, lambda: snapshots.misses)
