"""`contacts directory load`: the app's users into the directory, from a file of JSON lines, 500 a transaction."""

import asyncio
import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, BinaryIO, Literal

import msgspec
import typer

from contact_service.actions import directory as registrations
from contact_service.actions import edge
from contact_service.actions.context import House
from contact_service.actions.directory import User
from contact_service.cli import inputs, options, tally
from contact_service.cli.access import REQUEST
from contact_service.matching import identifiers
from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidId
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses

AT_ONCE = 500
ACTOR = OwnerId("contacts.operator")
"""Under whose name the audit keeps what operators do with commands."""
_LONGEST_LINE = 1_048_576
_MOST_IDENTIFIERS = 100


class _Profile(msgspec.Struct, frozen=True, rename="camel"):
    display_name: str | None = None
    photo_url: str | None = None


class _Line(msgspec.Struct, frozen=True, rename="camel"):
    """One user, as `PUT /v1/directory/users/{userId}` takes it."""

    user_id: str
    identifiers: list[str]
    profile: _Profile = _Profile()
    discoverable: bool | None = None
    trust: Literal["verified", "attested"] = msgspec.field(name="class", default="verified")
    state: Literal["active", "suspended"] = "active"


class Refused(msgspec.Struct, frozen=True):
    """A line that registers nobody: its number from 1, and a reason that quotes nothing."""

    line: int
    reason: str


_lines = msgspec.json.Decoder(_Line)


def load(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines; - is stdin.")],
    *,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Register the app's users: lines {userId, identifiers, profile?, discoverable?}."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    refused: list[Refused] = []
    stream, size = inputs.opened(file)
    with stream, tally.bar(size, quiet=as_json) as moved:
        loaded = asyncio.run(_load(settings, _users(stream, refused, moved)))
    if as_json:
        shown = [msgspec.to_builtins(each) for each in refused]
        typer.echo(json.dumps({"loaded": loaded, "rejected": shown}))
        return
    for each in refused:
        typer.echo(f"rejected: line {each.line}: {each.reason}")
    typer.echo(f"loaded {loaded}, rejected {len(refused)}")


async def _load(settings: Settings, users: Iterator[User]) -> int:
    loaded = 0
    async with houses.attached(settings) as house:
        while part := list(islice(users, AT_ONCE)):
            await _put(house, part)
            loaded += len(part)
    return loaded


async def _put(house: House, users: list[User]) -> None:
    await edge.write(house, ACTOR, REQUEST, registrations.put, users)


def _users(stream: BinaryIO, refused: list[Refused], moved: tally.Moved) -> Iterator[User]:
    read_bytes = 0
    for number, raw in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), b""), 1):
        read_bytes += len(raw)
        if raw.strip():
            found = _user(raw)
            if isinstance(found, User):
                yield found
            else:
                refused.append(Refused(number, found))
        if number % AT_ONCE == 0:
            moved(read_bytes)


def _user(raw: bytes) -> User | str:
    """The user of a line, or why there is none in it."""
    try:
        line = _lines.decode(raw)
        user = ids.user_id(line.user_id)
    except msgspec.ValidationError as error:
        return _where(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "not JSON"
    except InvalidId:
        return "userId: 1 to 128 bytes without slashes and control characters"
    if len(line.identifiers) > _MOST_IDENTIFIERS:
        return f"identifiers: more than {_MOST_IDENTIFIERS}"
    found = [identifiers.parse(text) for text in line.identifiers]
    known = tuple(each for each in found if each is not None)
    if len(known) < len(found):
        return f"identifiers[{found.index(None)}]: neither tel:+… nor mailto:… nor account:…"
    who = line.profile
    return User(
        user, known, who.display_name, who.photo_url, line.discoverable, line.trust, line.state
    )


def _where(error: msgspec.ValidationError) -> str:
    # msgspec names types and a path, and a value only where a choice is wrong: so the path alone is told.
    text = str(error)
    return (
        f"{text.rsplit('`', 2)[1].removeprefix('$.')}: wrong" if "at `$" in text else "wrong shape"
    )
