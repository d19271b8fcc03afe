"""`contacts directory pull`, and what `doctor` says of the directory's age."""

from pathlib import Path

import pytest

from contact_emulators.header_store import HeaderStore
from contact_emulators.knobs import Fault
from emulating import serving_one

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"


@pytest.fixture
def store(monkeypatch):
    made = HeaderStore(CONTRACTS)
    made.put("a", "mailto:a@example.org.uk")
    made.put("b")
    with serving_one(made) as url:
        monkeypatch.setenv("CONTACT_HEADER_STORE_URL", url)
        monkeypatch.setenv("CONTACT_HEADER_STORE_TOKEN", "demo")
        yield made


def test_it_is_read_now_and_doctor_tells_its_age(contacts, store):
    assert (
        contacts("directory", "pull", "--user", "a", "--user", "nobody").out
        == "1 known to the Header Store.\n"
    )
    doctor = contacts("doctor")
    assert "the Header Store was never read to its end" in doctor.out
    assert doctor.code == 0
    assert contacts("directory", "pull").out == "The directory is as the Header Store.\n"
    assert "as the Header Store was" in contacts("doctor").out
    store.knobs.set(Fault.TRUNCATED)
    said = contacts("directory", "pull", "--json")
    assert (said.code, said.out) == (1, '{"failed": "wrong-schema"}\n')
    assert (
        contacts("directory", "pull", "--confirm-removals", "--json").out == '{"reached": "done"}\n'
    )


def test_without_one_it_says_so(contacts):
    said = contacts("directory", "pull")
    assert said.code == 2
    assert "CONTACT_HEADER_STORE_URL" in said.err
    assert "no Header Store is named" in contacts("doctor").out
