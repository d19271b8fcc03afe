"""`contacts`: the table of commands, and the door through which all of them answer."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import typer
import typer.core

from contact_service.cli import (
    access,
    app_password,
    checkup,
    directory,
    exits,
    exporting,
    header_store,
    import_list,
    importing,
    keys,
    restored,
    retention,
    serving,
    worker,
)
from contact_service.cli.bench import command as bench
from contact_service.cli.exits import WrongUse


class Command(msgspec.Struct, frozen=True):
    """A command: its name as typed, what it does (the first docstring line), and the exit codes it has."""

    name: str
    run: Callable[..., Any]
    codes: tuple[int, ...]

    @property
    def doc(self) -> str:
        """What it does."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


_USUAL = (exits.DONE, exits.FAILED, exits.WRONG_USE)

COMMANDS: tuple[Command, ...] = (
    Command("serve", serving.serve, _USUAL),
    Command("demo", serving.demo, _USUAL),
    Command("worker", worker.worker, _USUAL),
    Command("migrate", checkup.migrate, _USUAL),
    Command("doctor", checkup.doctor, _USUAL),
    Command("token", access.token, _USUAL),
    Command("app-password", app_password.app_password, _USUAL),
    Command("consent", access.consent, _USUAL),
    Command("import", importing.import_, (*_USUAL, exits.NO_CONSENT)),
    Command("imports list", import_list.list_, _USUAL),
    Command("imports cancel", import_list.cancel, _USUAL),
    Command("imports undo", import_list.undo, _USUAL),
    Command("export", exporting.export, _USUAL),
    Command("directory load", directory.load, _USUAL),
    Command("directory pull", header_store.pull, _USUAL),
    Command("keys list", keys.list_, _USUAL),
    Command("keys rotate", keys.rotate, _USUAL),
    Command("retention run", retention.run, _USUAL),
    Command("db restored", restored.restored, _USUAL),
    Command("bench", bench.bench, _USUAL),
    Command("version", checkup.version, (exits.DONE,)),
)
"""docs/reference/commands.md is held to this table by a test."""


def build(commands: Sequence[Command] = COMMANDS) -> typer.core.TyperGroup:
    """The command tree."""
    settings: dict[str, Any] = {
        "rich_markup_mode": None,
        # A traceback with local values would show what must never be shown.
        "pretty_exceptions_enable": False,
        "add_completion": False,
    }
    top = typer.Typer(help="The address books of a messaging app's users.", **settings)
    groups: dict[str, typer.Typer] = {}
    for command in commands:
        group, _, name = command.name.rpartition(" ")
        place = top
        if group and group not in groups:
            groups[group] = typer.Typer(help=f"Commands on the {group}.", **settings)
            top.add_typer(groups[group], name=group)
        if group:
            place = groups[group]
        place.command(name)(command.run)
    return typer.main.get_group(top)


def main(arguments: list[str]) -> int:
    """Carry out one command line; its exit code. Every expected refusal is one line on stderr."""
    try:
        answered = build().main(arguments or ["--help"], "contacts", standalone_mode=False)
    except (typer.TyperException, WrongUse) as error:
        exits.say(exits.of_argument(error))
        return exits.WRONG_USE
    except exits.KNOWN as error:
        exits.say(exits.line(error))
        return exits.code(error)
    except (KeyboardInterrupt, typer.Abort):
        return exits.INTERRUPTED
    return answered if isinstance(answered, int) else exits.DONE


def run() -> None:
    """The entry point."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing is left to tell, also not at exit.
        sys.stdout = None
        code = exits.FAILED
    sys.exit(code)
