"""Options that several commands take, and the settings they make together with the environment."""

import os
from pathlib import Path
from typing import Annotated

import typer

from contact_service.settings import environment
from contact_service.settings.environment import Settings
from contact_service.settings.table import BY_NAME, PREFIX

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Keys and the embedded database. [CONTACT_DATA_DIR]"
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", metavar="URL", help="A PostgreSQL of your own. [CONTACT_DATABASE_URL]"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]
Owner = Annotated[str, typer.Option("--owner", metavar="OWNER", help="Whose address book it is.")]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", metavar="CC", help="Country (ISO 3166) in which national numbers are dialled."
    ),
]


def settings(**given: object) -> Settings:
    """The environment's settings, those given on the command line before them (None: not given). Raises BadSetting."""
    environ = dict(os.environ)
    for field, value in given.items():
        if value is not None:
            name = BY_NAME[field.upper()].name
            environ[PREFIX + name] = str(value)
            environ.pop(f"{PREFIX}{name}_FILE", None)
    return environment.load(environ)


def repeated(data_dir: Path | None, database_url: str | None) -> list[str]:
    """The options that say where, as they were typed: for a command that we tell the reader to run."""
    line = ["--data-dir", str(data_dir)] if data_dir is not None else []
    # Not the URL itself: it may hold a password.
    return [*line, "--database-url", "URL"] if database_url is not None else line
