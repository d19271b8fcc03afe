"""The environment -> Settings. A wrong, unknown or contradicting CONTACT_ value refuses the start in one clear line."""

import difflib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

import msgspec

from contact_service.settings import neighbours, providers
from contact_service.settings.kinds import Network, Rate
from contact_service.settings.table import BY_NAME, PREFIX, TABLE, Setting

# The test run's own variables (CONTACT_TEST_SEED), which a service started by a test inherits.
_NOT_OURS = PREFIX + "TEST_"
_LARGEST_FILE = 65_536


class BadSetting(Exception):
    """A setting cannot be used. `str` is one line: which, why, what is accepted; never the value."""

    def __init__(self, variable: str, reason: str, accepted: str = "") -> None:
        super().__init__(f"{variable}: {reason}." + (f" Accepted: {accepted}." if accepted else ""))
        self.variable = variable
        self.reason = reason
        self.accepted = accepted


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose; units and defaults: settings/table.py. None is unset. The repr hides secrets."""

    data_dir: Path
    database_url: str | None
    database_direct_url: str | None
    database_prepared: bool
    postgres_bin: Path | None
    db_user: str
    host: str
    port: int
    workers: int
    public_url: str | None
    profile_cert_file: Path | None
    profile_key_file: Path | None
    trusted_proxies: tuple[Network, ...]
    log_level: str
    log_format: str
    default_region: str | None
    jwt_jwks_url: str | None
    jwt_jwks_file: Path | None
    jwt_issuer: str | None
    jwt_audience: str
    jwt_max_ttl: int
    cache_bytes: int
    discovery_at_once: int
    discovery_at_once_attested: int
    discovery_per_day: int
    discovery_earned: int
    discovery_after_per_day: int
    discovery_most: int
    discovery_network_per_day: int
    discovery_hits_percent: int
    discovery_hits_from: int
    discovery_runs_percent: int
    discovery_alarm_times: int
    matrix_homeservers: dict[str, str]
    matrix_server_name: str | None
    matrix_terms_url: str | None
    matrix_plain: bool
    matrix_token_days: int
    matrix_pepper_days: int
    providers: dict[str, providers.App]
    oauth_return_urls: tuple[str, ...]
    budget_run: int
    budget_owner: int
    budget_day: int
    neighbours: neighbours.Neighbours
    rematch_interval_s: int
    retention_history_days: int
    retention_tombstones_days: int
    retention_at: time
    jobs: bool
    jobs_sweep_ms: int
    imports_at_once: int
    policy_version: str
    policy_text_file: Path | None
    limits_url: str
    limits: dict[str, Rate]
    """By name in lower case: reads, writes, dav, sign_in, sync, uploads, search, discovery, privacy, directory, …"""

    def __repr__(self) -> str:
        secret = {setting.field for setting in TABLE if setting.secret}
        shown = [f for f in self.__struct_fields__ if f not in secret]
        return f"Settings({', '.join(f'{f}={getattr(self, f)!r}' for f in shown)})"


def load(environ: Mapping[str, str]) -> Settings:
    """The settings of that environment. Reads the files that CONTACT_…_FILE names. Raises BadSetting."""
    _refuse_unknown(environ)
    values: dict[str, Any] = {"limits": {}}
    for setting in TABLE:
        value = _value(setting, _text(setting, environ))
        if setting.name.startswith("LIMIT_"):
            values["limits"][setting.name.removeprefix("LIMIT_").lower()] = value
        else:
            values[setting.field] = value
    values["trusted_proxies"] = values["trusted_proxies"] or ()
    values["matrix_homeservers"] = values["matrix_homeservers"] or {}
    values["providers"] = providers.taken(values)
    values["oauth_return_urls"] = values["oauth_return_urls"] or ()
    _refuse_contradictions(values)
    _refuse_lone(values)
    values["neighbours"] = neighbours.taken(values)
    values["database_direct_url"] = values["database_direct_url"] or values["database_url"]
    return Settings(**values)


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {setting.variable for setting in TABLE}
    known |= {variable + "_FILE" for variable in known}
    for variable in sorted(environ):
        if variable in known or not variable.startswith(PREFIX) or variable.startswith(_NOT_OURS):
            continue
        near = difflib.get_close_matches(variable, known, n=1)
        raise BadSetting(
            variable, "unknown setting" + (f", perhaps {near[0]} is meant" if near else "")
        )


def _text(setting: Setting, environ: Mapping[str, str]) -> str:
    """The text given, straight or in a file, else the default. Empty is unset: compose files pass empty variables."""
    text = environ.get(setting.variable, "")
    named = environ.get(setting.variable + "_FILE", "")
    # CONTACT_X_FILE of one setting may be another setting's own name; then it is that one's.
    if not named or setting.name + "_FILE" in BY_NAME:
        return text or setting.default
    if text:
        raise BadSetting(setting.variable, f"given twice, here and as {setting.variable}_FILE")
    return _file(setting, Path(named)) or setting.default


def _file(setting: Setting, path: Path) -> str:
    variable = setting.variable + "_FILE"
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise BadSetting(variable, f"the file cannot be read ({error.strerror})") from None
    except ValueError:
        raise BadSetting(variable, "not a path") from None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadSetting(variable, "the file is not UTF-8 text") from None
    if len(raw) > _LARGEST_FILE:
        raise BadSetting(variable, "the file is larger than 64 KiB")
    return text.strip()


def _value(setting: Setting, text: str) -> object:
    if not text:
        return None
    try:
        return setting.kind.read(text)
    except ValueError as reason:
        raise BadSetting(setting.variable, str(reason), setting.kind.accepted) from None


def _refuse_lone(values: Mapping[str, Any]) -> None:
    """One of two settings that have no effect without the other."""
    for name, other in neighbours.PAIRS:
        if values[name.lower()] is not None and values[other.lower()] is None:
            raise BadSetting(PREFIX + name, f"has no effect without {PREFIX}{other}")


def _refuse_contradictions(values: Mapping[str, Any]) -> None:
    """Settings that make sense together only; a setting without effect would deceive the operator."""
    keys = [name for name in ("jwt_jwks_url", "jwt_jwks_file") if values[name] is not None]
    if len(keys) == 2:
        raise BadSetting(
            "CONTACT_JWT_JWKS_FILE", "given beside CONTACT_JWT_JWKS_URL", "one of the two"
        )
    if keys and values["jwt_issuer"] is None:
        raise BadSetting(
            "CONTACT_JWT_ISSUER", "needed with a JWKS", BY_NAME["JWT_ISSUER"].kind.accepted
        )
    if values["jwt_issuer"] is not None and not keys:
        raise BadSetting(
            "CONTACT_JWT_ISSUER",
            "has no effect without CONTACT_JWT_JWKS_URL or CONTACT_JWT_JWKS_FILE",
        )
    if values["database_direct_url"] is not None and values["database_url"] is None:
        raise BadSetting(
            "CONTACT_DATABASE_DIRECT_URL", "has no effect without CONTACT_DATABASE_URL"
        )
    if (values["profile_cert_file"] is None) != (values["profile_key_file"] is None):
        raise BadSetting("CONTACT_PROFILE_CERT_FILE", "needs CONTACT_PROFILE_KEY_FILE beside it")
    # A tombstone that went before its contact's trash would take the contact with it.
    if values["retention_tombstones_days"] < values["retention_history_days"]:
        raise BadSetting(
            "CONTACT_RETENTION_TOMBSTONES_DAYS", "less than CONTACT_RETENTION_HISTORY_DAYS"
        )
