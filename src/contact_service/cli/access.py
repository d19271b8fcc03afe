"""Who may do what: a token for an owner, and the consents of an owner."""

import asyncio
import json
import re
import time
from typing import Annotated

import typer

from contact_service.actions import consent as consents
from contact_service.actions import edge
from contact_service.cli import options
from contact_service.cli.exits import WrongUse
from contact_service.endpoints.auth import SCOPES
from contact_service.model import consent as purposes
from contact_service.model import ids
from contact_service.model.consent import Consent, Purpose
from contact_service.model.ids import OwnerId
from contact_service.model.problem import NotFound
from contact_service.settings.environment import Settings
from contact_service.wiring import house as houses
from contact_service.wiring import keys

OWNERS_OWN = ("contacts.read", "contacts.write", "discovery", "privacy", "imports")
"""What a user's own device needs; the app's backend and its operators ask for more by name."""
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "": 1}
REQUEST = "cli"
"""What audit entries of commands carry in place of a request's id."""


def token(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="The owner, `sub` of the token.")],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="A scope, or several; may be repeated."),
    ] = None,
    ttl: Annotated[
        str, typer.Option("--ttl", metavar="TIME", help="As 900s, 30m, 12h, 7d.")
    ] = "12h",
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Print a bearer token of the embedded issuer."""
    settings = options.settings(data_dir=data_dir, database_url=database_url)
    scopes, seconds, who = _scopes(scope), _seconds(ttl), ids.owner_id(owner)
    if settings.jwt_issuer is not None:
        raise WrongUse("Tokens come from your own issuer here (CONTACT_JWT_ISSUER): ask that one.")
    made = keys.issuer(settings).mint(who, scopes, seconds, time.time())
    if as_json:
        answer = {"token": made, "owner": owner, "scope": " ".join(scopes), "expiresIn": seconds}
        typer.echo(json.dumps(answer))
    else:
        typer.echo(made)


def consent(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Who consents.")],
    purpose: Annotated[list[str], typer.Argument(metavar="PURPOSE…", help="store, match.")],
    *,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take back, and remove what only it allowed.")
    ] = False,
    policy_version: Annotated[
        str | None,
        typer.Option("--policy-version", help="The policy agreed to. [CONTACT_POLICY_VERSION]"),
    ] = None,
    as_json: options.Json = False,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Record or withdraw an owner's consent to purposes."""
    given = {"data_dir": data_dir, "database_url": database_url, "policy_version": policy_version}
    settings, who = options.settings(**given), ids.owner_id(owner)
    wanted = [_purpose(name) for name in purpose]
    standing = asyncio.run(_decide(settings, who, wanted, withdraw=withdraw))
    if as_json:
        typer.echo(json.dumps({"consents": [_shown(each) for each in standing]}))
        return
    for each in standing:
        state = "granted" if each.granted else "withdrawn"
        typer.echo(
            f"{each.purpose}: {state} {each.at:%Y-%m-%d %H:%M} (policy {each.policy_version})"
        )


async def _decide(
    settings: Settings, owner: OwnerId, wanted: list[Purpose], *, withdraw: bool
) -> list[Consent]:
    async with houses.attached(settings) as house:
        for purpose in wanted:
            if withdraw:
                await edge.write(house, owner, REQUEST, consents.withdraw, purpose)
            else:
                version = settings.policy_version
                await edge.write(house, owner, REQUEST, consents.grant, purpose, version, "api")
        return await edge.read(house, owner, REQUEST, consents.listed)


def _shown(each: Consent) -> dict[str, object]:
    return {
        "purpose": each.purpose.value,
        "granted": each.granted,
        "policyVersion": each.policy_version,
        "source": each.source,
        "at": each.at.isoformat(),
    }


def _purpose(name: str) -> Purpose:
    try:
        return purposes.purpose(name)
    except NotFound as error:
        raise WrongUse(str(error)) from None


def _scopes(given: list[str] | None) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(word for text in given or () for word in text.split()))
    unknown = [word for word in wanted if word not in SCOPES]
    if unknown:
        raise WrongUse(f"There is no scope {unknown[0]}. Known: {', '.join(SCOPES)}.")
    return wanted or OWNERS_OWN


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    seconds = int(found[1]) * _UNITS_S[found[2]] if found else 0
    if seconds < 1:
        raise WrongUse("--ttl is a time such as 900s, 30m, 12h or 7d.")
    return seconds
