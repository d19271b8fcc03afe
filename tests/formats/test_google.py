"""A person as Google tells them becomes a Card, and nothing of it is lost in silence."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.formats import google, mapping
from contact_service.model.imports import NO_UID, Delete, Reject, Rename, Upsert
from emulating import schemas
from googling import HERE, READER, read


def published() -> dict[str, Any]:
    document = json.loads((schemas() / "google-people.openapi.json").read_text())
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def unlisted(persons: dict[str, Any], table: mapping.Table) -> set[str]:
    """Properties of `Person`, and members of its entries, that the table has nowhere."""
    found = set(persons["Person"]["properties"]) - table.listed
    for name, said in persons["Person"]["properties"].items():
        if name in table.mapped:
            entry = said["items"]["$ref"].rpartition("/")[2]
            members = {f"{name}.{member}" for member in persons[entry]["properties"]}
            found |= members - table.listed
    return found


def test_every_published_property_is_mapped_residue_or_dropped() -> None:
    persons = published()
    assert len(persons["Person"]["properties"]) == 38
    assert unlisted(persons, google.TABLE) == set()


def test_a_new_property_fails_the_gate() -> None:
    persons = published()
    persons["Person"]["properties"]["aura"] = {"type": "string"}
    persons["Name"]["properties"]["motherName"] = {"type": "string"}
    assert unlisted(persons, google.TABLE) == {"aura", "names.motherName"}


def test_the_table_has_each_property_once_with_a_transform_or_a_reason() -> None:
    table = google.TABLE
    assert len(table.listed) == len(table.mapped) + len(table.residue) + len(table.dropped)
    transforms = READER._transforms
    assert set(table.mapped.values()) == set(transforms)
    assert all(len(why) > 10 for why in (*table.residue.values(), *table.dropped.values()))


def test_the_mask_asks_for_all_that_the_table_keeps() -> None:
    kept = {name for name in (*google.TABLE.mapped, *google.TABLE.residue) if "." not in name}
    # personFields has no fileAses.
    assert set(google.MASK.split(",")) == (kept - {"fileAses"}) | {"metadata"}


def filled(persons: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A person with every text of every mapped or residue property, each another one; the texts by their place."""
    texts: dict[str, str] = {}
    person = {}
    for name, said in persons["Person"]["properties"].items():
        if name in google.TABLE.mapped or name in google.TABLE.residue:
            person[name] = [_entry(persons, said["items"], name, texts)]
    return person, texts


def _entry(persons: dict[str, Any], said: dict[str, Any], path: str, texts: dict[str, str]) -> Any:
    if "$ref" in said:
        said = persons[said["$ref"].rpartition("/")[2]]
    match said["type"]:
        case "object":
            members = said.get("properties", {}).items()
            return {name: _entry(persons, one, f"{path}.{name}", texts) for name, one in members}
        case "array":
            return [_entry(persons, said["items"], path, texts)]
        case "string" if "enum" in said:
            return said["enum"][-1]
        case "string":
            texts[path] = f"text {len(texts)} of it"
            return texts[path]
        case "boolean":
            return False
    return 7


def test_no_text_is_lost() -> None:
    persons = published()
    person, texts = filled(persons)
    persons_photo = person["photos"][0]
    persons_photo["url"] = texts["photos.url"] = "https://lh3.example/p"
    card, residue = read(**person)
    told = json.dumps([card, residue], ensure_ascii=False)
    lost = {path for path, text in texts.items() if json.dumps(text)[1:-1] not in told}
    shown_instead = {
        f"{name}.type" for name in ("phoneNumbers", "addresses", "imClients", "sipAddresses")
    } | {"urls.type", "calendarUrls.type", "events.type"}
    assert {path for path in lost if ".metadata." not in path} == {
        "phoneNumbers.canonicalForm",  # the number as it was typed is no plain one
        "imClients.protocol",  # formattedProtocol stands for it
        "birthdays.text",  # the date stands for it
        *shown_instead,  # formattedType stands for it
    }


def test_a_deleted_person_and_a_renamed_one() -> None:
    gone = READER.read(b'{"resourceName":"people/c1","metadata":{"deleted":true}}', HERE)
    assert gone.changes == (Delete("people/c1"),)
    told = {
        "resourceName": "people/c2",
        "metadata": {"previousResourceNames": ["people/c1", "people/c2"]},
    }
    rename, upsert = READER.read(json.dumps(told).encode(), HERE).changes
    assert rename == Rename(("people/c1",), "people/c2")
    assert isinstance(upsert, Upsert)


@pytest.mark.parametrize(
    ("person", "code", "reason"),
    [
        (b'{"resourceName":"people/c1","names":7}', "wrong-type", "names cannot be read."),
        (
            b'{"resourceName":"people/c1","names":[{"displayName":7}]}',
            "wrong-type",
            "names cannot be read.",
        ),
        (b'{"resourceName":"people/c1","metadata":7}', "wrong-type", "metadata cannot be read."),
        (
            b'{"resourceName":"people/c1","phoneNumbers":[{"value":"%b"}]}' % (b"1" * 300),
            "invalid",
            None,
        ),
        (b'{"resourceName":"people/c1","names":[{"displayName":"a\\u0000b"}]}', "invalid", None),
        (b'{"resourceName":7}', "no-id", "The record has no resourceName."),
        (b"{}", "no-id", "The record has no resourceName."),
        (b"[]", "wrong-type", "The record is no person."),
        (b"7", "wrong-type", "The record is no person."),
    ],
    ids=["list", "text", "metadata", "long", "nul", "id", "empty", "array", "number"],
)
def test_a_record_that_cannot_be_read_is_a_reject(
    person: bytes, code: str, reason: str | None
) -> None:
    (reject,) = READER.read(person, HERE).changes
    assert isinstance(reject, Reject)
    assert (reject.code, reject.raw, reject.place) == (code, person, HERE)
    assert reason is None or reject.reason == reason
    assert reject.source_id == ("people/c1" if b"people/c1" in person else "")


def test_a_reject_has_the_name_the_owner_knows() -> None:
    told = {"resourceName": "people/c1", "names": [{"displayName": "Eva"}], "urls": 7}
    (reject,) = READER.read(json.dumps(told).encode(), HERE).changes
    assert isinstance(reject, Reject)
    assert (reject.name, "Eva" in reject.reason) == ("Eva", False)


def test_unknown_fields_are_residue_and_counted() -> None:
    told = {"resourceName": "people/c1", "aura": "blue", "names": [{"displayName": "A", "rank": 1}]}
    record = READER.read(json.dumps(told).encode(), HERE)
    (upsert,) = record.changes
    assert isinstance(upsert, Upsert)
    assert json.loads(upsert.residue) == {
        "aura": "blue",
        "names": [{"displayName": "A", "rank": 1}],
    }
    assert record.unknown == 2


def test_null_is_nothing() -> None:
    assert read(names=None, urls=None, metadata=None) == ({}, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3_000) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted({"value", "type", "date", "url", "x"})), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from([*sorted(n for n in google.TABLE.listed if "." not in n), "x"]), JSON
    )
)
@settings(max_examples=200, deadline=None)
def test_any_person_is_a_contact_or_a_reason(person: dict[str, Any]) -> None:
    raw = json.dumps({"resourceName": "people/c1", **person}).encode()
    for change in READER.read(raw, HERE).changes:
        match change:
            case Reject():
                assert change.raw == raw
            case Upsert():
                assert json.loads(change.card.json)["uid"] == NO_UID


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_any_bytes_are_a_reason(raw: bytes) -> None:
    READER.read(raw, HERE)


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_no_person_of_the_published_schema_is_rejected(rnd: Any) -> None:
    persons = published()
    person, _ = filled(persons)
    some = {
        name: entries * rnd.randint(1, 2) for name, entries in person.items() if rnd.random() < 0.5
    }
    card, _ = read(**some)
    assert "\0residue" not in card
