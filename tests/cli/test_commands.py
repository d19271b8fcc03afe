"""What every command has in common, and the small ones."""

import json
import subprocess
import sys
import time

import pytest

from contact_service.cli import main as cli
from contact_service.model.problem import Unauthenticated
from contact_service.vault import access
from contact_service.vault.access import Verifier
from faults.running import command, environ

ISSUER = {"CONTACT_JWT_ISSUER": "https://issuer.example.org"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["serve", "--prt", "1"], "No such option: --prt"),
        (["serve", "--port", "http"], "Invalid value for '--port'"),
        (["serve", "--port", "70000"], "CONTACT_PORT: out of range. Accepted: 0 to 65535."),
        (["serve", "--demo", "--workers", "2"], "--demo runs with one worker"),
        (["sreve"], "No such command 'sreve'"),
        (["token"], "Missing argument 'OWNER'"),
        (["token", "a/b"], "invalid-id"),
        (["token", "ann", "--ttl", "soon"], "--ttl is a time such as 900s"),
        (["token", "ann", "--ttl", "0h"], "--ttl is a time such as 900s"),
        (["token", "ann", "--scope", "contacts.raed"], "There is no scope contacts.raed"),
        (["consent", "ann", "sell"], "No such purpose"),
        (["import", "nowhere.vcf", "--owner", "ann"], "nowhere.vcf: no such file"),
        (["import", "x.vcf"], "Missing option '--owner'"),
        (
            ["import", __file__, "--owner", "ann", "--view", "half"],
            "--view is one of full, partial",
        ),
        (["import", __file__, "--owner", "ann", "--kind", "fax"], "--kind is one of ios"),
        (["import", __file__, "--owner", "ann", "--region", "USA"], "--region is an ISO 3166"),
        (["export", "--owner", "ann", "--format", "pdf"], "--format is one of vcard, jscontact"),
        (["directory"], "Missing command"),
        (["directory", "load", "nowhere"], "nowhere: no such file"),
        (["doctor", "--database-url", "mysql://x"], ""),
    ],
)
def test_a_wrong_argument_is_one_clear_line(contacts, line, told, tmp_path):
    said = contacts(*line, data_dir=None)
    if line[0] == "doctor":
        assert said.code == 1
        assert "CONTACT_DATABASE_URL: not a URL of an accepted scheme" in said.out
        return
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("contacts: ")
    assert told in said.err
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


def test_an_unknown_setting_stops_every_command(contacts, monkeypatch):
    monkeypatch.setenv("CONTACT_PROT", "1")
    said = contacts("token", "ann")
    assert said.code == 2
    assert said.err == "contacts: CONTACT_PROT: unknown setting, perhaps CONTACT_PORT is meant.\n"


def test_every_command_of_the_table_is_offered_and_says_what_it_does(contacts):
    for each in cli.COMMANDS:
        said = contacts(*each.name.split(), "--help", data_dir=None)
        assert said.code == 0
        assert each.doc.split(";")[0][:40] in " ".join(said.out.split())


def test_no_arguments_show_the_commands(contacts):
    said = contacts(data_dir=None)
    assert all(each.name.split()[0] in said.out for each in cli.COMMANDS)


def test_the_module_is_the_command():
    told = subprocess.run(
        command("version", "--json"), env=environ(), capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout)["version"] == "0.1.0"


def test_a_reader_that_goes_away_is_no_traceback():
    line = f"{sys.executable} -m contact_service | true; exit ${{PIPESTATUS[0]}}"
    told = subprocess.run(
        ["bash", "-c", line], env=environ(), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in told.stderr


def test_a_token_is_alone_on_stdout_and_says_who_and_how_long(contacts, data_dir):
    said = contacts("token", "ann", "--ttl", "30m", "--scope", "privacy discovery")
    verifier = Verifier([access.open_issuer(data_dir / "keys" / "issuer.json").trust()])
    now = time.time()
    claims = verifier.verify(said.out.removesuffix("\n"), now)
    assert claims.owner == "ann"
    assert claims.scopes == {"privacy", "discovery"}
    assert abs(claims.expires_at - now - 1800) < 5
    with pytest.raises(Unauthenticated):
        verifier.verify(said.out.strip(), now + 1801)


def test_a_token_has_an_owners_scopes_and_no_others_unless_asked(contacts):
    told = contacts("token", "ann", "--json").json
    assert told["expiresIn"] == 12 * 3600
    assert "directory.write" not in told["scope"]
    assert "admin" not in told["scope"]
    assert "contacts.read" in told["scope"]


def test_no_token_is_minted_that_the_service_would_not_believe(contacts, monkeypatch, tmp_path):
    (tmp_path / "jwks").write_text("{}")
    monkeypatch.setenv("CONTACT_JWT_ISSUER", ISSUER["CONTACT_JWT_ISSUER"])
    monkeypatch.setenv("CONTACT_JWT_JWKS_FILE", str(tmp_path / "jwks"))
    said = contacts("token", "ann")
    assert (said.code, said.out) == (2, "")
    assert "your own issuer" in said.err


def test_consents_are_recorded_and_withdrawn(contacts):
    given = contacts("consent", "con", "store", "match", "--policy-version", "7", "--json").json
    assert {(c["purpose"], c["granted"], c["policyVersion"]) for c in given["consents"]} == {
        ("store", True, "7"),
        ("match", True, "7"),
    }
    left = contacts("consent", "con", "match", "--withdraw")
    assert left.code == 0
    assert "match: withdrawn" in left.out
    assert "store: granted" in left.out


def test_migrate_has_nothing_to_do_the_second_time(contacts):
    contacts("migrate")
    assert contacts("migrate", "--json").json == {"applied": []}
    assert contacts("migrate", "--dry-run").out == "Nothing to do.\n"


def test_migrate_tells_what_is_pending_and_leaves_it(contacts, folder):
    said = contacts("migrate", "--dry-run", "--json", data_dir=folder / "d").json
    assert said["pending"][0] == "0001_pre_first"
    assert contacts("migrate", "--json", data_dir=folder / "d").json == {"applied": said["pending"]}
