"""Settings: a wrong, unknown or contradicting value refuses in one line that never repeats the value."""

from contextlib import suppress
from datetime import time
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.settings import environment, neighbours, providers
from contact_service.settings.environment import BadSetting, Settings
from contact_service.settings.kinds import Rate
from contact_service.settings.table import TABLE


def _refused(environ: dict[str, str]) -> BadSetting:
    with pytest.raises(BadSetting) as refused:
        environment.load(environ)
    assert "\n" not in str(refused.value)
    return refused.value


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = environment.load({})
    assert settings == environment.load({setting.variable: "" for setting in TABLE})
    assert settings.data_dir == Path("var/contacts")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)
    assert settings.database_url is None
    assert settings.jwt_max_ttl == 900
    assert settings.limits["reads"] == Rate(50, 500)


def test_the_table_and_the_struct_name_the_same_settings() -> None:
    gathered = tuple(f"{name.upper()}_" for name in providers.NAMES)
    fields = {s.field for s in TABLE if not s.name.startswith(("LIMIT_", *gathered))}
    fields |= {"limits", "providers", "neighbours"}
    fields -= set(neighbours.Neighbours.__struct_fields__)
    assert fields == set(Settings.__struct_fields__)
    assert len({setting.name for setting in TABLE}) == len(TABLE)


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_each_row_of_the_table_is_complete_and_its_default_readable(setting) -> None:
    assert setting.doc.endswith(".")
    assert setting.kind.accepted
    if setting.default:
        setting.kind.read(setting.default)


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("DATA_DIR", "/srv/c", "data_dir", Path("/srv/c")),
        ("DATABASE_URL", "postgresql:///c?host=/run", "database_url", "postgresql:///c?host=/run"),
        ("DATABASE_PREPARED", "off", "database_prepared", False),
        ("PORT", "0", "port", 0),
        ("PUBLIC_URL", "https://c.example.org/x/", "public_url", "https://c.example.org/x"),
        ("LOG_FORMAT", "text", "log_format", "text"),
        ("RETENTION_AT", "23:59", "retention_at", time(23, 59)),
        ("JOBS", "off", "jobs", False),
        ("DEFAULT_REGION", "DE", "default_region", "DE"),
        ("LIMITS_URL", "redis://:pw@cache:6379/1", "limits_url", "redis://:pw@cache:6379/1"),
        (
            "TRUSTED_PROXIES",
            "10.0.0.0/8, ::1",
            "trusted_proxies",
            (ip_network("10.0.0.0/8"), ip_network("::1")),
        ),
    ],
)
def test_a_value_is_read(tmp_path: Path, name: str, text: str, field: str, value: object) -> None:
    assert getattr(environment.load({f"CONTACT_{name}": text}), field) == value
    path = tmp_path / "value"
    path.write_text(f" {text}\n")
    assert getattr(environment.load({f"CONTACT_{name}_FILE": str(path)}), field) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "mysql://ann:secret-7@host/db"),
        ("DATABASE_URL", "postgresql://h:99999/secret-7"),
        ("DATABASE_PREPARED", "yes"),
        ("DATA_DIR", "a\0b"),
        ("HOST", "a b"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("PORT", "9" * 5000),
        ("WORKERS", "0"),
        ("PUBLIC_URL", "c.example.org"),
        ("PUBLIC_URL", "https://u:secret-7@c.example.org"),
        ("PUBLIC_URL", "https://c.example.org/?a=1"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.1,,"),
        ("LOG_LEVEL", "INFO"),
        ("DEFAULT_REGION", "us"),
        ("JWT_JWKS_URL", "http://id.example.org/jwks"),
        ("JWT_JWKS_URL", "https://"),
        ("JWT_JWKS_URL", "https://u@id.example.org/"),
        ("RETENTION_AT", "24:00"),
        ("RETENTION_AT", "3:17"),
        ("RETENTION_TOMBSTONES_DAYS", "89"),
        ("RETENTION_HISTORY_DAYS", "29"),
        ("LIMIT_READS", "50"),
        ("LIMIT_READS", "0/5"),
        ("LIMIT_READS", "5/0"),
        ("LIMIT_READS", "nan/5"),
        ("LIMIT_READS", "1e9/5"),
        ("LIMITS_URL", "http://x"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_repeated(name: str, text: str) -> None:
    refused = _refused({f"CONTACT_{name}": text})
    assert refused.variable == f"CONTACT_{name}"
    assert str(refused).startswith(f"CONTACT_{name}: ")
    assert f"Accepted: {refused.accepted}." in str(refused)
    assert refused.accepted
    assert "secret-7" not in str(refused)


@given(st.sampled_from(TABLE), st.text(max_size=40))
def test_any_text_is_read_or_refused(setting, text: str) -> None:
    with suppress(BadSetting):
        environment.load({setting.variable: text})


def test_an_unknown_setting_is_refused_and_the_near_one_named() -> None:
    assert "perhaps CONTACT_PORT is meant" in str(_refused({"CONTACT_PROT": "1"}))
    assert "unknown" in str(_refused({"CONTACT_XYZZY_QUUX": "1"}))


def test_other_variables_and_those_of_the_test_run_are_let_be() -> None:
    environ = {"PATH": "/bin", "CONTACT_TEST_SEED": "7", "CONTACTS": "x"}
    assert environment.load(environ) == environment.load({})


def test_a_setting_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.write_text("81")
    assert "twice" in str(_refused({"CONTACT_PORT": "80", "CONTACT_PORT_FILE": str(path)}))


@pytest.mark.parametrize("content", [None, b"\xff", b"1" * 70_000], ids=["absent", "latin", "long"])
def test_a_file_that_cannot_be_read_is_named_by_its_setting(tmp_path, content) -> None:
    path = tmp_path / "value"
    if content is not None:
        path.write_bytes(content)
    assert _refused({"CONTACT_PORT_FILE": str(path)}).variable == "CONTACT_PORT_FILE"


def test_a_wrong_value_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "value").write_text("secret-7")
    refused = _refused({"CONTACT_PORT_FILE": str(tmp_path / "value")})
    assert "secret-7" not in str(refused)


def test_a_setting_whose_name_ends_in_file_is_a_path_itself(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    environ = {"CONTACT_JWT_JWKS_FILE": str(path), "CONTACT_JWT_ISSUER": "https://id.example.org"}
    assert environment.load(environ).jwt_jwks_file == path
    assert environment.load({"CONTACT_POLICY_TEXT_FILE": "/p.txt"}).policy_text_file == Path(
        "/p.txt"
    )


@pytest.mark.parametrize(
    "names",
    [
        {"JWT_JWKS_URL": "https://i.example.org/", "JWT_JWKS_FILE": "/k", "JWT_ISSUER": "i"},
        {"JWT_JWKS_FILE": "/k"},
        {"JWT_ISSUER": "https://i.example.org"},
        {"DATABASE_DIRECT_URL": "postgresql://h/db"},
        {"RETENTION_HISTORY_DAYS": "181"},
    ],
)
def test_settings_that_contradict_each_other_are_refused(names: dict[str, str]) -> None:
    _refused({f"CONTACT_{name}": text for name, text in names.items()})


def test_the_direct_database_is_the_database_unless_said_otherwise() -> None:
    environ = {"CONTACT_DATABASE_URL": "postgresql://pool/db"}
    assert environment.load(environ).database_direct_url == "postgresql://pool/db"
    environ["CONTACT_DATABASE_DIRECT_URL"] = "postgresql://straight/db"
    assert environment.load(environ).database_direct_url == "postgresql://straight/db"


def test_settings_are_frozen_and_show_no_secret() -> None:
    settings = environment.load({"CONTACT_DATABASE_URL": "postgresql://u:secret-7@h/db"})
    assert "secret-7" not in repr(settings)
    assert "port=8080" in repr(settings)
    with pytest.raises(AttributeError):
        settings.port = 1
    assert msgspec.structs.replace(settings, port=1).port == 1


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://id.example.org/jwks", True),
        ("http://127.0.0.1:8081/jwks", True),
        ("http://[::1]/jwks", True),
        ("http://localhost/jwks", True),
        ("http://127.0.0.1.example.org/jwks", False),
        ("http://127.0.0.1@example.org/jwks", False),
        ("file:///etc/passwd", False),
        ("https://a b/", False),
        ("https://[::1/", False),
    ],
)
def test_only_https_and_this_machine_may_be_fetched_from(url: str, allowed: bool) -> None:
    environ = {"CONTACT_JWT_JWKS_URL": url, "CONTACT_JWT_ISSUER": "i"}
    if allowed:
        assert environment.load(environ).jwt_jwks_url == url
    else:
        _refused(environ)
