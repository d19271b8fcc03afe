"""The keys of an installation: keyring and issuer's key below `keys/` in the data directory, and who is believed."""

from pathlib import Path
from typing import Any

import asyncpg

from contact_service.integrations.jwks import KeySetUrl
from contact_service.model.epoch import Kind
from contact_service.settings.environment import BadSetting, Settings
from contact_service.storage.db import Db
from contact_service.vault import access, jose, keyring, rekeying
from contact_service.vault.access import Issuer, Trust
from contact_service.vault.jose import KeySetUnreadable
from contact_service.vault.keyring import Keyring, KeyringMissing
from contact_service.wiring.belief import Belief

_INDEXES = {
    Kind.PEPPER: "directory_entries",
    Kind.MATRIX: "directory_matrix",
    Kind.OPRF: "directory_private",
}


def folder(settings: Settings) -> Path:
    """Where keys live: 0700, the caller's own."""
    return settings.data_dir / "keys"


def keyring_file(settings: Settings) -> Path:
    """The keyring's file, 0600."""
    return folder(settings) / "keyring.json"


async def open_keyring(settings: Settings, db: Db) -> Keyring:
    """The installation's keyring; made only for a database without rows: a new one would turn those into noise.

    A file of before private discovery and Matrix gets its first keys for them, for the same reason only while the
    database has no rows of theirs. Raises KeyringMissing, also for a key that the directory is in use with;
    KeyringUnreadable; OSError for a folder that cannot be written.
    """
    path = keyring_file(settings)
    fresh = not path.exists() and await db.ask(is_empty)
    ring = keyring.open_(path, fresh=fresh)
    used = await db.ask(in_use)
    for kind in (Kind.OPRF, Kind.MATRIX):
        if kind not in used:
            rekeying.complete(ring, kind)
    for kind, epochs in used.items():
        missing = sorted(epochs - ring.of(kind).keys())
        if missing:
            raise KeyringMissing(
                f"The keyring at {path} lacks key {missing[0]} of the directory's {kind.value}: restore it; "
                "without it nobody is found."
            )
    return ring


def issuer_file(settings: Settings) -> Path:
    """The embedded issuer's key file, 0600."""
    return folder(settings) / "issuer.json"


def issuer(settings: Settings) -> Issuer:
    """The embedded issuer, its key made on first use. Raises IssuerKeyUnreadable."""
    return access.open_issuer(issuer_file(settings))


async def believe(settings: Settings) -> Belief:
    """Whose tokens are believed: the issuer that the settings name, else the embedded one.

    Raises BadSetting for a JWKS file that cannot be used, IssuerKeyUnreadable. A JWKS URL that does not answer yet is
    no reason not to start: it is asked again when a token needs it.
    """
    if settings.jwt_jwks_url is not None:
        belief = Belief(_trust(settings), KeySetUrl(settings.jwt_jwks_url))
        await belief.renew()
        return belief
    if settings.jwt_jwks_file is not None:
        return Belief(_trust(settings), None, _from_file(settings.jwt_jwks_file))
    return Belief(issuer(settings).trust())


def _trust(settings: Settings) -> Trust:
    assert settings.jwt_issuer is not None, "settings refuse a JWKS without its issuer"
    return Trust(settings.jwt_issuer, settings.jwt_audience, {}, settings.jwt_max_ttl)


def _from_file(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        jose.read_jwks(raw)
    except OSError as error:
        raise BadSetting(
            "CONTACT_JWT_JWKS_FILE", f"the file cannot be read ({error.strerror})"
        ) from None
    except KeySetUnreadable as error:
        raise BadSetting("CONTACT_JWT_JWKS_FILE", str(error).rstrip(".")) from None
    return raw


async def in_use(con: "asyncpg.Connection[Any]") -> dict[Kind, set[int]]:
    """By kind, the key epochs that the directory has rows of and that are not gone."""
    found: dict[Kind, set[int]] = {}
    if await con.fetchval("SELECT to_regclass('directory_epochs')") is None:
        return found
    for row in await con.fetch("SELECT kind, epoch FROM directory_epochs WHERE state <> 'gone'"):
        found.setdefault(Kind(row["kind"]), set()).add(row["epoch"])
    for kind, table in _INDEXES.items():
        if kind not in found:
            newest = await con.fetchval(f"SELECT max(epoch) FROM {table}")  # noqa: S608  a name of our own
            if newest is not None:
                found[kind] = {newest}
    return found


async def is_empty(con: "asyncpg.Connection[Any]") -> bool:
    """Whether the database holds no row that was sealed with a keyring."""
    # Asked of the whole installation, before the schema may exist: no statement of an owner's story.
    if await con.fetchval("SELECT to_regclass('vault.data_keys')") is None:
        return True
    return bool(await con.fetchval("SELECT NOT EXISTS (SELECT 1 FROM vault.data_keys)"))
