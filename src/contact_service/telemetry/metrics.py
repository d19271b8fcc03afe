"""Metrics for Prometheus, one registry an App: names `contacts_<what>_<unit>`, labels of few values, no identifier.

The hot path adds to plain numbers, bound once a route; families are built from them when `/metrics` is read.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from contact_service.telemetry.measures import BY_NAME, DURATION, REQUESTS, TABLE, Measure

__all__ = ["BY_NAME", "TABLE", "Measure", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LE = (*map(str, BOUNDS_S), "+Inf")


class Count:
    """A bound counter child."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0

    def add(self, n: int = 1) -> None:
        """Count `n` more."""
        self.n += n


class Route:
    """A bound route: its answers by status, its times in buckets."""

    __slots__ = ("_buckets", "_seconds", "_statuses")

    def __init__(self) -> None:
        self._statuses: dict[int, int] = {}
        self._buckets = [0] * len(_LE)
        self._seconds = 0.0

    def observe(self, status: int, seconds: float) -> None:
        """Note one answer."""
        statuses = self._statuses
        statuses[status] = statuses.get(status, 0) + 1
        self._buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self._seconds += seconds

    def answers(self) -> list[tuple[int, int]]:
        """(status, count), ascending."""
        return sorted(self._statuses.items())

    def histogram(self) -> tuple[list[tuple[str, float]], float]:
        """Cumulative buckets by upper bound, and the sum of seconds."""
        total = 0
        out: list[tuple[str, float]] = []
        for bound, count in zip(_LE, self._buckets, strict=True):
            total += count
            out.append((bound, total))
        return out, self._seconds


class Metrics(Collector):
    """All numbers of one App. Children are made once and kept by who counts."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], Route] = {}
        self._counts: dict[str, dict[tuple[str, ...], Count]] = {}
        self._gauges: dict[str, dict[tuple[str, ...], Callable[[], float]]] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def route(self, method: str, template: str) -> Route:
        """The route's child; the same object for the same route. `template` has no ids in it."""
        return self._routes.setdefault((method, template), Route())

    def count(self, name: str, **labels: str) -> Count:
        """A counter's child. ValueError when the table has no such counter with these labels."""
        return self._counts.setdefault(name, {}).setdefault(
            _labels(name, "counter", labels), Count()
        )

    def watch(self, name: str, read: Callable[[], float], **labels: str) -> None:
        """Have `read` asked for the gauge's value at each scrape. ValueError as for `count`."""
        self._gauges.setdefault(name, {})[_labels(name, "gauge", labels)] = read

    def render(self) -> bytes:
        """The body of `/metrics`, of type CONTENT_TYPE."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """What the registry reads; every metric of the table, those without a child too."""
        yield from self._collect_routes()
        for measure in TABLE:
            if measure.kind == "counter" and measure is not REQUESTS:
                counter = CounterMetricFamily(measure.name, measure.doc, labels=measure.labels)
                for labels, count in self._counts.get(measure.name, {}).items():
                    counter.add_metric(labels, count.n)
                yield counter
            elif measure.kind == "gauge":
                gauge = GaugeMetricFamily(measure.name, measure.doc, labels=measure.labels)
                for labels, read in self._gauges.get(measure.name, {}).items():
                    gauge.add_metric(labels, read())
                yield gauge

    def _collect_routes(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(REQUESTS.name, REQUESTS.doc, labels=REQUESTS.labels)
        duration = HistogramMetricFamily(DURATION.name, DURATION.doc, labels=DURATION.labels)
        for (method, template), route in self._routes.items():
            for status, answers in route.answers():
                requests.add_metric((method, template, str(status)), answers)
            buckets, seconds = route.histogram()
            duration.add_metric((method, template), buckets, seconds)
        yield requests
        yield duration


def _labels(name: str, kind: str, labels: dict[str, str]) -> tuple[str, ...]:
    measure = BY_NAME.get(name)
    if measure is None or measure.kind != kind or set(labels) != set(measure.labels):
        raise ValueError(f"no {kind} {name} with these labels in the table")
    if measure is REQUESTS:
        raise ValueError("requests are counted by route()")
    return tuple(labels[label] for label in measure.labels)
