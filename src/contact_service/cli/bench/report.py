"""The results as a page for people and as JSON for machines; both are one file, docs/benchmarks.md."""

from pathlib import Path

import msgspec

from contact_service.cli.bench.rows import Figure, Row

_FENCE = "```json\n"
_WORSE = 0.25
_HEAD = ("what", "ours", "peer", "ratio", "min to max", "must hold", "goal", "met")
_INTRO = """# Benchmarks

Written by `contacts bench --write docs/benchmarks.md` (`make bench`); no figure here was typed. Ours and the peer take
turns in one run, A B B A: the server on one processor, the load generator and PostgreSQL on another, 32 requests open;
the ratio is the median of the rounds, with the least and greatest. pgbench reads single cards with the service's own
statement, prepared, its two parameters bound, by 8 clients. A round in which the host took more than 5 % of the time,
or other programs more than half a processor, is repeated at most 3 times; then it counts, and the row is marked noisy.
Access tokens, rate limits and metrics are on; fsync is on. Compare figures inside one row only.
"""


class Results(msgspec.Struct, frozen=True):
    """All of a run. `settings` are those that were raised."""

    rows: list[Row]
    micro: list[Figure]
    settings: dict[str, str]


def encode(results: Results) -> str:
    """The results as JSON, a row a line."""
    rows = ",\n".join(msgspec.json.encode(_rounded(row)).decode() for row in results.rows)
    micro = msgspec.json.encode(_rounded(results.micro)).decode()
    settings = msgspec.json.encode(results.settings).decode()
    return f'{{"rows":[\n{rows}\n],"micro":{micro},\n"settings":{settings}}}'


def page(results: Results) -> str:
    """docs/benchmarks.md."""
    parts = [_INTRO, _table(results.rows), _beside(results.rows), _micro(results.micro)]
    told = "\n".join(f"- `{name}={value}`" for name, value in sorted(results.settings.items()))
    parts += [f"## Settings of the run\n\n{told}\n", _FENCE + encode(results) + "\n```\n"]
    return "\n".join(part for part in parts if part)


def read(file: Path) -> Results | None:
    """The results that a page holds; None when there is no page, or none that can be read."""
    try:
        block = file.read_text().rpartition(_FENCE)[2].partition("\n```")[0]
        return msgspec.json.decode(block, type=Results)
    except (OSError, msgspec.DecodeError):
        return None


def merged(old: Results | None, new: Results) -> Results:
    """A page's results with those just measured put in their places: for runs of a part."""
    if old is None:
        return new
    fresh = {row.name: row for row in new.rows}
    rows = [fresh.pop(row.name, row) for row in old.rows]
    return Results([*rows, *fresh.values()], new.micro or old.micro, new.settings)


def worse(committed: Results, now: list[Row]) -> list[str]:
    """The names of rows whose ratio is more than 25 % worse than the committed one."""
    before = {row.name: row.ratio for row in committed.rows}
    return [row.name for row in now if _much_worse(row, before.get(row.name))]


def _much_worse(row: Row, before: float | None) -> bool:
    if row.ratio is None or before is None:
        return False
    return row.ratio < before * (1 - _WORSE) if row.more else row.ratio > before / (1 - _WORSE)


def line(row: Row) -> str:
    """A row for a terminal, on two lines."""
    title, ours, peer, ratio, spread, must, goal, met = _cells(row)
    beside = f" beside {peer}" if peer else ""
    judged = f"{ratio} ({spread}): {ours}{beside}" if ratio else f"{ours} ({spread})"
    return f"{title}\n    {judged}; must {must}, goal {goal}: {met.replace('*', '')}"


def _cells(row: Row) -> tuple[str, ...]:
    judged_ratio = row.ratio is not None
    sign = ">=" if row.more else "<="
    # A ratio that must be high is a share of the peer's speed; one that must be low is a multiple.
    told = _percent if judged_ratio and row.must < 1 else _figure
    return (
        row.title,
        f"{_figure(row.ours)} {row.unit}",
        "" if row.peer is None else _figure(row.peer),
        told(row.ratio) if row.ratio is not None else "",
        f"{told(row.least)} to {told(row.most)}",
        f"{sign} {told(row.must)}",
        f"{sign} {told(row.goal)}",
        _met(row),
    )


def _met(row: Row) -> str:
    word = "yes, and the goal" if row.met and row.goal_met else "yes" if row.met else "**no**"
    return f"{word}, noisy" if row.noisy else word


def _table(rows: list[Row]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(cells)} |" for cells in (_HEAD, *map(_cells, rows))]
    lines.insert(1, "|---" * len(_HEAD) + "|")
    return "\n".join([*lines, "", *_machines(rows), ""])


def _machines(rows: list[Row]) -> list[str]:
    made = {f"{r.cpu}; Python {r.python}; PostgreSQL {r.postgres}; commit {r.commit}" for r in rows}
    return [f"Measured on: {one}." for one in sorted(made)]


def _beside(rows: list[Row]) -> str:
    told = [
        f"- {row.title}: {', '.join(f'{name} {_figure(v)}' for name, v in row.beside.items())}"
        for row in rows
        if row.beside
    ]
    return "\n".join(["## Beside the ratios", "", *told, ""]) if told else ""


def _micro(figures: list[Figure]) -> str:
    if not figures:
        return ""
    lines = [f"| {figure.name} | {figure.us:.2f} |" for figure in figures]
    return "\n".join(["## Single steps, CPU us", "", "| step | us |", "|---|---|", *lines, ""])


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _figure(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _rounded(value: object) -> object:
    """Plain values with figures of 5 digits: no more is known."""
    plain = msgspec.to_builtins(value)
    return _cut(plain)


def _cut(value: object) -> object:
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_cut(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
