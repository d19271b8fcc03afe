"""Named SQL: `sql/<family>.sql` holds `-- name --`, a purpose line, the meaning of `$n`, then one statement."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

_NAME = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)


@cache
def load(family: str) -> Mapping[str, str]:
    """The family's statements by name, without comments. Raises ValueError for a file that breaks the form."""
    return MappingProxyType({name: _statement(text) for name, text in sections(family).items()})


@cache
def sections(family: str) -> Mapping[str, str]:
    """As `load`, with the comments: for the lint, which reads the purpose lines."""
    text = (resources.files(__package__) / "sql" / f"{family}.sql").read_text(encoding="utf-8")
    before, *parts = _NAME.split(text)
    if before.strip() or not parts:
        raise ValueError(f"{family}.sql starts without `-- name --`")
    names = parts[::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{family}.sql names a statement twice")
    return MappingProxyType(dict(zip(names, parts[1::2], strict=True)))


def families() -> list[str]:
    """The names of all families, sorted."""
    folder = resources.files(__package__) / "sql"
    return sorted(
        file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql")
    )


def _statement(section: str) -> str:
    # Comments go: asyncpg's cache and the server's statistics are keyed by text, and the wire should not carry prose.
    return "\n".join(
        line for line in section.splitlines() if line.strip() and not line.startswith("--")
    )
