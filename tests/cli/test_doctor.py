"""`contacts doctor`: each thing that can be wrong is named, and makes it exit 1."""

import shutil

import pytest


def checks(said):
    return {each["check"]: each["ok"] for each in said.json["checks"]}


def test_all_is_well_on_a_directory_in_use(contacts):
    contacts("migrate")
    said = contacts("doctor", "--json")
    assert said.code == 0
    assert said.json["ok"] is True
    assert set(checks(said)) == {
        "settings", "disk", "issuer", "dns", "database", "durable", "schema", "keyring", "directory", "clock"
    }  # fmt: skip


def test_all_but_the_schema_is_well_on_an_empty_directory(contacts, folder):
    said = contacts("doctor", "--json", data_dir=folder / "d")
    assert said.code == 1
    assert [check for check, ok in checks(said).items() if not ok] == ["schema"]


def test_a_keyring_open_to_others_is_found(contacts, data_dir):
    contacts("migrate")
    ring = data_dir / "keys" / "keyring.json"
    ring.chmod(0o644)
    try:
        said = contacts("doctor", "--json")
    finally:
        ring.chmod(0o600)
    assert (said.code, checks(said)["keyring"]) == (1, False)
    assert "FAILED" not in contacts("doctor").out


@pytest.fixture
def without_keyring(contacts, data_dir):
    contacts("consent", "ann", "store")
    ring = data_dir / "keys" / "keyring.json"
    shutil.move(ring, data_dir / "away")
    yield
    ring.unlink(missing_ok=True)
    shutil.move(data_dir / "away", ring)


def test_a_keyring_that_is_gone_is_found_and_never_replaced(contacts, data_dir, without_keyring):
    assert checks(contacts("doctor", "--json"))["keyring"] is False
    said = contacts("consent", "ann", "match")
    assert said.code == 1
    assert "restore it" in said.err
    assert said.err.count("\n") == 1
    assert not (data_dir / "keys" / "keyring.json").exists()


def test_a_server_that_may_forget_is_found_and_nothing_is_written_to_it(contacts, postgres, folder):
    # The tests' own server runs without fsync.
    said = contacts("doctor", "--json", "--database-url", postgres, data_dir=folder)
    assert (said.code, checks(said)["durable"]) == (1, False)
    refused = contacts("migrate", "--database-url", postgres, data_dir=folder)
    assert refused.code == 1
    assert "switch on fsync" in refused.err
    assert not (folder / "keys").exists()


def test_a_server_that_is_not_there_is_one_line(contacts, folder):
    url = "postgresql://x@127.0.0.1:9/x"
    assert (
        checks(contacts("doctor", "--json", "--database-url", url, data_dir=folder))["database"]
        is False
    )
    said = contacts("export", "--owner", "ann", "--database-url", url, data_dir=folder)
    assert said.code == 1
    assert said.err.count("\n") == 1


def test_the_records_by_which_devices_find_the_service_are_told(contacts, monkeypatch):
    monkeypatch.setenv("CONTACT_PUBLIC_URL", "https://contacts.example.org")
    told = contacts("doctor", "--json").json["checks"]
    detail = next(each["detail"] for each in told if each["check"] == "dns")
    assert "_carddavs._tcp.contacts.example.org. SRV 0 1 443 contacts.example.org." in detail
    assert '_carddavs._tcp.contacts.example.org. TXT "path=/dav/"' in detail
