"""Every metric in one table: docs/reference/metrics.md is held to it by a test. Names `contacts_<what>_<unit>`."""

import msgspec


class Measure(msgspec.Struct, frozen=True):
    """One metric: docs/reference/metrics.md is held to this table. `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    labels: tuple[str, ...]
    doc: str


REQUESTS = Measure(
    "contacts_requests_total",
    "counter",
    ("method", "route", "status"),
    "Requests answered, by route template.",
)
DURATION = Measure(
    "contacts_request_duration_seconds",
    "histogram",
    ("method", "route"),
    "Time from request to answer.",
)
TABLE: tuple[Measure, ...] = (
    REQUESTS,
    DURATION,
    Measure("contacts_cache_hits_total", "counter", ("cache",), "Look-ups that a cache answered."),
    Measure(
        "contacts_cache_misses_total",
        "counter",
        ("cache",),
        "Look-ups that a cache could not answer.",
    ),
    Measure(
        "contacts_cache_evictions_total",
        "counter",
        ("cache",),
        "Entries that made room for others.",
    ),
    Measure("contacts_cache_used_bytes", "gauge", ("cache",), "Bytes a cache holds."),
    Measure(
        "contacts_coalescer_batches_total",
        "counter",
        ("read",),
        "Statements that coalesced reads became.",
    ),
    Measure(
        "contacts_coalescer_keys_total", "counter", ("read",), "Keys read in those statements."
    ),
    Measure(
        "contacts_database_connections", "gauge", ("pool", "state"), "Connections, idle and used."
    ),
    Measure(
        "contacts_database_retries_total", "counter", ("cause",), "Actions run again at the edge."
    ),
    Measure(
        "contacts_database_wait_timeouts_total",
        "counter",
        ("pool",),
        "Requests that got no connection in time.",
    ),
    Measure("contacts_limits_refused_total", "counter", ("limit",), "Requests over a rate limit."),
    Measure(
        "contacts_admission_refused_total", "counter", ("lane",), "Requests refused under overload."
    ),
    Measure(
        "contacts_auth_refused_total",
        "counter",
        ("reason",),
        "Requests without a valid token or scope.",
    ),
    Measure(
        "contacts_integrity_broken_total",
        "counter",
        (),
        "Stored values that did not open: an alarm.",
    ),
    Measure("contacts_open_keys_entries", "gauge", (), "Data keys open in memory."),
    Measure(
        "contacts_cards_written_total", "counter", ("action",), "Cards created, updated, removed."
    ),
    Measure(
        "contacts_jobs_total",
        "counter",
        ("task", "outcome"),
        "Background jobs: done, tried again, given up.",
    ),
    Measure(
        "contacts_jobs_wait_seconds",
        "gauge",
        (),
        "How long the last job waited before it was taken up.",
    ),
    Measure("contacts_jobs_held_entries", "gauge", (), "Jobs given up that wait for the operator."),
    Measure(
        "contacts_retention_rows_total",
        "counter",
        ("kind",),
        "Rows let go of because their time was over.",
    ),
    Measure(
        "contacts_rematched_total",
        "counter",
        ("outcome",),
        "Books that the nightly round matched again, or could not.",
    ),
    Measure(
        "contacts_imports_total",
        "counter",
        ("kind", "outcome"),
        "Imports that ended: done, failed, cancelled, undone.",
    ),
    Measure("contacts_import_pages_total", "counter", ("kind",), "Pages of imports applied."),
    Measure(
        "contacts_import_records_total",
        "counter",
        ("kind", "outcome"),
        "Records of imports: created, updated, unchanged, removed, rejected.",
    ),
    Measure("contacts_discovery_identifiers_total", "counter", ("mode",), "Identifiers asked for."),
    Measure(
        "contacts_discovery_units_total", "counter", (), "Units of the discovery budget spent."
    ),
    Measure(
        "contacts_discovery_refused_total",
        "counter",
        ("fence",),
        "Requests that the budget or the network's fence did not cover.",
    ),
    Measure(
        "contacts_discovery_slowed_total",
        "counter",
        ("sign",),
        "Accounts whose refill was halved: few hits, runs of near numbers.",
    ),
    Measure(
        "contacts_provider_calls_total",
        "counter",
        ("provider", "outcome"),
        "Calls to providers of contacts: by class of status, lost, overlong, resting.",
    ),
    Measure(
        "contacts_accounts_due_total",
        "counter",
        ("outcome",),
        "Linked accounts whose turn had come: an import began, the grant lapsed, or another hour.",
    ),
    Measure(
        "contacts_provider_refreshes_total",
        "counter",
        ("provider", "outcome"),
        "Renewals of an account's tokens: done, lost, away.",
    ),
    Measure(
        "contacts_validations_total",
        "counter",
        ("kind", "source"),
        "Numbers and addresses judged before an invitation, by who judged.",
    ),
    Measure(
        "contacts_neighbours_failed_total",
        "counter",
        ("neighbour", "reason"),
        "Calls to neighbours without a usable answer; resting: not made because of those before.",
    ),
    Measure(
        "contacts_header_store_total",
        "counter",
        ("outcome",),
        "What a Header Store told: users changed, ignored, removed; identifiers that are none.",
    ),
    Measure(
        "contacts_header_store_stale_seconds",
        "gauge",
        (),
        "How old the directory is where a Header Store feeds it; as seen at /metrics and /readyz.",
    ),
    Measure(
        "contacts_people_matcher_added_total",
        "counter",
        (),
        "People the People Matcher ranked who were no candidates; left out.",
    ),
    Measure(
        "contacts_discovery_alarms_total",
        "counter",
        (),
        "Days whose units reached a multiple of the week's median: an alarm.",
    ),
)
BY_NAME = {measure.name: measure for measure in TABLE}
