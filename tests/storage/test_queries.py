import pytest

from contact_service.storage import queries


def test_a_family_is_read_by_name_without_comments():
    sql = queries.load("coalesced")
    assert set(sql) == {"heads", "wrapped_keys", "dav_logins", "app_passwords"}
    assert sql["heads"].startswith("SELECT owner_id")
    assert "--" not in sql["heads"]


def test_statements_cannot_be_changed_by_a_caller():
    with pytest.raises(TypeError):
        queries.load("coalesced")["heads"] = "SELECT 1"


@pytest.mark.parametrize("text", ["SELECT 1", "", "-- a --\nSELECT 1\n-- a --\nSELECT 2"])
def test_a_file_out_of_form_is_refused(text, tmp_path, monkeypatch):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "odd.sql").write_text(text)
    monkeypatch.setattr(queries.resources, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match=r"odd\.sql"):
        queries.sections.__wrapped__("odd")


def test_every_file_is_a_family():
    assert {"coalesced", "owners", "cards", "blocks"} <= set(queries.families())
