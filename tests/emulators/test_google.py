"""Google's emulator does what the connector leans on, and as the published schema says."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from contact_emulators import google_people
from contact_emulators.google import CONTACTS, OTHERS, PERSON_FIELDS, Google
from contact_emulators.knobs import Fault
from emulating import schemas, serving_one

FIELDS = ",".join(sorted(PERSON_FIELDS))
LIST = "/v1/people/me/connections"


@pytest.fixture
def google() -> Google:
    made = Google(schemas())
    made.fill(25, seed=5)
    made.let_in("good", (CONTACTS, OTHERS))
    return made


@pytest.fixture
def client(google: Google) -> Iterator[httpx2.Client]:
    with serving_one(google) as url:
        bearer = {"Authorization": "Bearer good"}
        with httpx2.Client(base_url=url, headers=bearer, trust_env=False) as made:
            yield made


def listed(client: httpx2.Client, **params: Any) -> httpx2.Response:
    asked = {"personFields": FIELDS, "requestSyncToken": "true", **params}
    return client.get(LIST, params=asked)


def chain(client: httpx2.Client, **params: Any) -> tuple[list[dict[str, Any]], str]:
    """All people of a list, and its sync token, which the last page alone has."""
    people: list[dict[str, Any]] = []
    answer = listed(client, **params).json()
    people += answer.get("connections", [])
    while "nextPageToken" in answer:
        assert "nextSyncToken" not in answer
        answer = listed(client, **params, pageToken=answer["nextPageToken"]).json()
        people += answer.get("connections", [])
    return people, answer.get("nextSyncToken", "")


def test_pages_are_as_large_as_they_were_asked_for(google: Google, client: httpx2.Client) -> None:
    google.fill(100, seed=6)
    assert len(listed(client).json()["connections"]) == 100
    assert len(listed(client, pageSize=3).json()["connections"]) == 3
    assert listed(client, pageSize=5_000).json()["totalItems"] == 125
    people, _ = chain(client, pageSize=7)
    assert [one["resourceName"] for one in people] == list(google.book.contacts.people)


def test_the_mask_is_kept_and_must_be_there(client: httpx2.Client) -> None:
    (person, *_) = listed(client, personFields="names").json()["connections"]
    assert set(person) == {"resourceName", "etag", "names"}
    assert client.get(LIST).status_code == 400
    assert listed(client, personFields="names,aura").status_code == 400


def test_a_sync_token_brings_what_changed_and_what_went(
    google: Google, client: httpx2.Client
) -> None:
    _, token = chain(client, pageSize=10)
    assert chain(client, pageSize=10, syncToken=token)[0] == []
    first, second, third, *_ = google.book.contacts.people
    google.book.edit(first, urls=[{"value": "https://a.example"}])
    google.book.delete(second)
    new = google.book.rename(third)
    added = google.book.add({"names": [{"displayName": "New"}]})
    people, after = chain(client, pageSize=10, syncToken=token)
    told = {one["resourceName"]: one["metadata"] for one in people}
    assert set(told) == {first, second, new, added}
    assert told[second] == {"deleted": True, "objectType": "PERSON"}
    assert told[new]["previousResourceNames"] == [third]
    assert chain(client, pageSize=10, syncToken=after)[0] == []


def test_without_a_wish_there_is_no_sync_token(client: httpx2.Client) -> None:
    assert "nextSyncToken" not in listed(client, requestSyncToken="false").json()


@pytest.mark.parametrize(
    "changed",
    [{"personFields": "names"}, {"pageSize": 4}, {"requestSyncToken": "false"}, {"sortOrder": "X"}],
    ids=["mask", "size", "wish", "order"],
)
def test_other_parameters_than_the_first_calls_are_refused(
    client: httpx2.Client, changed: dict[str, Any]
) -> None:
    first = listed(client, pageSize=5).json()
    _, token = chain(client, pageSize=5)
    for sent in ({"pageToken": first["nextPageToken"]}, {"syncToken": token}):
        assert listed(client, **{"pageSize": 5, **sent}).status_code == 200
        refused = listed(client, **{"pageSize": 5, **sent, **changed})
        assert refused.status_code == 400
        assert refused.json()["error"]["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("form", "status", "opening", "reason"),
    [
        ("", 400, "Sync token is expired.", None),
        ("410", 410, "Sync token is expired.", "EXPIRED_SYNC_TOKEN"),
        ("reason", 400, "Precondition", "EXPIRED_SYNC_TOKEN"),
    ],
    ids=["field", "410", "documented"],
)
def test_an_expired_token_in_its_forms(
    google: Google, client: httpx2.Client, form: str, status: int, opening: str, reason: str | None
) -> None:
    _, token = chain(client)
    google.knobs.set(Fault.EXPIRED_CURSOR, value=form)
    answer = listed(client, syncToken=token)
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (status, "FAILED_PRECONDITION")
    assert error["message"].startswith(opening)
    assert next((one["reason"] for one in error.get("details", ())), None) == reason


def test_a_week_after_the_full_read_the_token_is_dead(
    google: Google, client: httpx2.Client
) -> None:
    _, token = chain(client)
    google.book.clock_s += 6 * 24 * 3600
    _, renewed = chain(client, syncToken=token)
    google.book.clock_s += 2 * 24 * 3600
    assert listed(client, syncToken=renewed).status_code == 400


def test_a_minutes_quota(google: Google, client: httpx2.Client) -> None:
    google.per_minute = 2
    assert [listed(client).status_code for _ in range(3)] == [200, 200, 429]


def test_groups_people_pictures_and_other_contacts(google: Google, client: httpx2.Client) -> None:
    groups = client.get("/v1/contactGroups", params={"pageSize": 100}).json()["contactGroups"]
    kinds = {group["name"]: group["groupType"] for group in groups}
    assert kinds["starred"] == "SYSTEM_CONTACT_GROUP"
    assert kinds["Clients"] == "USER_CONTACT_GROUP"
    google.book.add({"names": [{"displayName": "Other"}]}, google.book.others)
    others = client.get("/v1/otherContacts", params={"readMask": "names"}).json()
    assert [one["names"][0]["displayName"] for one in others["otherContacts"]] == ["Other"]
    first = next(iter(google.book.contacts.people))
    google.book.edit(first, photos=[{"url": "photo:c1"}])
    told = client.get(f"/v1/{first}", params={"personFields": "photos"}).json()
    picture = client.get(told["photos"][0]["url"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert client.get("/v1/people/c999999", params={"personFields": "names"}).status_code == 404


def test_made_up_people_are_the_same_for_the_same_seed() -> None:
    assert list(google_people.made(20, 1)) == list(google_people.made(20, 1))
    assert list(google_people.made(20, 1)) != list(google_people.made(20, 2))
