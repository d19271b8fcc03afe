"""Metrics: one registry an App, the text format read back by Prometheus' own parser."""

import re
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from contact_service.telemetry import metrics
from contact_service.telemetry.metrics import BOUNDS_S, TABLE, Metrics

SECONDS = st.floats(0, 20) | st.sampled_from(BOUNDS_S)


def _samples(made: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(made.render().decode())
        for sample in family.samples
    }


@given(st.lists(st.tuples(st.sampled_from([200, 304, 404, 500]), SECONDS), max_size=30))
def test_what_was_observed_is_what_is_scraped(answers: list[tuple[int, float]]) -> None:
    made = Metrics()
    route = made.route("GET", "/v1/contacts/{id}")
    for status, seconds in answers:
        route.observe(status, seconds)
    samples = _samples(made)
    labels = (("method", "GET"), ("route", "/v1/contacts/{id}"))
    for status in {status for status, _ in answers}:
        key = ("contacts_requests_total", (*labels, ("status", str(status))))
        assert samples[key] == sum(one == status for one, _ in answers)
    name = "contacts_request_duration_seconds"
    assert samples[f"{name}_count", labels] == len(answers)
    assert samples[f"{name}_sum", labels] == pytest.approx(sum(seconds for _, seconds in answers))
    for bound in BOUNDS_S:
        key = (f"{name}_bucket", (("le", str(bound)), *labels))
        assert samples[key] == sum(seconds <= bound for _, seconds in answers)
    assert bisect_left(BOUNDS_S, BOUNDS_S[3]) == 3


def test_a_route_is_bound_once() -> None:
    made = Metrics()
    assert made.route("GET", "/a") is made.route("GET", "/a")
    assert made.route("GET", "/a") is not made.route("PUT", "/a")


def test_counters_and_gauges_show_their_values() -> None:
    made = Metrics()
    hits = made.count("contacts_cache_hits_total", cache="snapshot")
    hits.add()
    made.count("contacts_cache_hits_total", cache="snapshot").add(2)
    made.count("contacts_integrity_broken_total").add()
    held = [5.0]
    made.watch("contacts_cache_used_bytes", lambda: held[0], cache="snapshot")
    held[0] = 7.0
    samples = _samples(made)
    assert samples["contacts_cache_hits_total", (("cache", "snapshot"),)] == 3
    assert samples["contacts_integrity_broken_total", ()] == 1
    assert samples["contacts_cache_used_bytes", (("cache", "snapshot"),)] == 7


def test_two_apps_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.count("contacts_integrity_broken_total").add()
    assert ("contacts_integrity_broken_total", ()) not in _samples(second)


def test_every_metric_of_the_table_is_announced_before_its_first_value() -> None:
    text = Metrics().render().decode()
    for measure in TABLE:
        assert f"# HELP {measure.name} " in text, measure.name
        assert f"# TYPE {measure.name} {measure.kind}" in text, measure.name


@pytest.mark.parametrize("measure", TABLE, ids=lambda measure: measure.name)
def test_names_say_what_and_in_which_unit(measure: metrics.Measure) -> None:
    unit = {
        "counter": "total",
        "histogram": "seconds",
        "gauge": "(bytes|entries|connections|seconds)",
    }
    assert re.fullmatch(rf"contacts_[a-z_]+_{unit[measure.kind]}", measure.name)
    assert measure.doc.endswith(".")
    forbidden = {"owner", "user", "path", "phone", "email", "name"}
    assert not forbidden & set(measure.labels)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("contacts_unknown_total", {}),
        ("contacts_cache_hits_total", {}),
        ("contacts_cache_hits_total", {"owner": "ann"}),
        ("contacts_cache_used_bytes", {"cache": "snapshot"}),
        ("contacts_requests_total", {"method": "GET", "route": "/", "status": "200"}),
    ],
)
def test_what_the_table_lacks_cannot_be_counted(name: str, labels: dict[str, str]) -> None:
    made = Metrics()
    with pytest.raises(ValueError, match=r"in the table|by route"):
        made.count(name, **labels)
    assert made.render()
