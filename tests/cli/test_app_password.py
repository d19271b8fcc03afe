"""`contacts app-password`: what it prints is enough to set a device up, and the password is nowhere else."""

from uuid import UUID

import pytest

from cli.conftest import Contacts
from contact_service.model import app_password


def test_it_is_made_for_machines(contacts: Contacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTACT_PUBLIC_URL", "https://c.example.org")
    told = contacts("app-password", "ann", "--name", "Phone", "--json").json
    assert told["username"] == told["id"]
    assert app_password.read(told["password"]) == told["password"]
    assert told["davUrl"] == "https://c.example.org/dav/"
    link = f"https://c.example.org/v1/app-passwords/{told['id']}/profile.mobileconfig?key="
    assert told["profileUrl"].startswith(link)


def test_it_is_told_to_people_with_a_code_to_scan(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = contacts("app-password", "ann", "--name", "A")
    assert [line.split()[0] for line in plain.out.splitlines()] == [
        "address",
        "username",
        "password",
    ]
    assert "http://127.0.0.1:8080/dav/" in plain.out
    phone = contacts("app-password", "ann", "--name", "A", "--device", "ios")
    assert "profile" in phone.out
    assert "█" in phone.out
    # DAVx5's scheme means TLS, so there is nothing to scan without it.
    assert "█" not in contacts("app-password", "ann", "--name", "A", "--device", "android").out
    monkeypatch.setenv("CONTACT_PUBLIC_URL", "https://c.example.org")
    assert "█" in contacts("app-password", "ann", "--name", "A", "--device", "android").out


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--name", " "),
        ("--name", "a\nb"),
        ("--name", "x" * 256),
        ("--name", "A", "--device", "pager"),
        ("--name", "A", "--access", "all"),
    ],
)
def test_a_wrong_wish_is_one_line(contacts: Contacts, wrong: tuple[str, ...]) -> None:
    said = contacts("app-password", "ann", *wrong)
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1


def test_an_owner_whose_id_has_a_colon_signs_in_by_the_passwords_id(contacts: Contacts) -> None:
    told = contacts("app-password", "@ann:example.org", "--name", "A", "--json").json
    assert str(UUID(told["username"])) == told["username"]
