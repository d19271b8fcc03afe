"""The emulated Microsoft Graph: links that compute changes, ids with and without Prefer, and what it refuses."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from contact_emulators.knobs import Fault
from contact_emulators.microsoft import Microsoft
from contact_emulators.microsoft_mailbox import DEFAULT
from emulating import schemas

IMMUTABLE = 'IdType="ImmutableId"'
ME = "/v1.0/me"


class Reader:
    """A client of the delta functions, as the documentation tells to be one."""

    def __init__(self, graph: Microsoft, size: int = 3, prefer: str = IMMUTABLE) -> None:
        graph.let_in("t", ["Contacts.Read"])
        self.client = TestClient(graph.app)
        self.headers = {"Authorization": "Bearer t"}
        self.headers["Prefer"] = f"odata.maxpagesize={size}, {prefer}".rstrip(", ")
        self.links: dict[str, str] = {}
        self.where: dict[str, str] = {}

    def get(self, url: str) -> httpx2.Response:
        answer: Any = self.client.get(url, headers=self.headers)
        return answer

    def read(self, folder: str = DEFAULT) -> list[dict[str, Any]]:
        start = f"{ME}/contactFolders/{folder}/contacts/delta"
        url = self.links.get(folder, start)
        found = []
        while True:
            page = self.get(url).json()
            found += page["value"]
            if "@odata.deltaLink" in page:
                self.links[folder] = page["@odata.deltaLink"]
                return found
            url = page["@odata.nextLink"]

    def follow(self, folder: str) -> None:
        for item in self.read(folder):
            if "@removed" not in item:
                self.where[item["id"]] = folder
            elif self.where.get(item["id"]) == folder:
                del self.where[item["id"]]


@pytest.fixture
def graph() -> Iterator[Microsoft]:
    made = Microsoft(schemas())
    yield made
    assert made.wrong == []


_edits = st.lists(
    st.tuples(
        st.sampled_from(["add", "edit", "move", "remove", "read"]), st.integers(0, 9), st.integers(0, 2)
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(_edits)
def test_whoever_follows_the_links_knows_where_each_contact_is(
    edits: list[tuple[str, int, int]],
) -> None:
    graph = Microsoft(schemas())
    reader = Reader(graph)
    folders = [DEFAULT, graph.box.add_folder("A"), graph.box.add_folder("B")]
    for verb, which, folder in edits:
        _edit(graph, reader, verb, which, folders[folder])
    for folder in folders:
        reader.follow(folder)
    assert reader.where == {key: kept.folder for key, kept in graph.box.contacts.items()}
    assert graph.wrong == []


def _edit(graph: Microsoft, reader: Reader, verb: str, which: int, folder: str) -> None:
    keys = list(graph.box.contacts)
    match verb:
        case "add":
            graph.box.add(folder, displayName="x")
        case "edit" if keys:
            graph.box.edit(keys[which % len(keys)], displayName="y")
        case "move" if keys:
            graph.box.move(keys[which % len(keys)], folder)
        case "remove" if keys:
            graph.box.remove(keys[which % len(keys)])
        case "read":
            reader.follow(folder)


def test_an_immutable_id_survives_a_move_and_an_ordinary_one_does_not(graph: Microsoft) -> None:
    club = graph.box.add_folder("Club")
    key = graph.box.add(displayName="Ann")
    usual, immutable = Reader(graph, prefer=""), Reader(graph)
    (before,), (same,) = usual.read(), immutable.read()
    graph.box.move(key, club)
    (after,), (kept,) = usual.read(club), immutable.read(club)
    assert same["id"] == kept["id"] == key
    assert before["id"] != after["id"]
    assert usual.get(f"{ME}/contacts/{before['id']}").status_code == 404
    assert usual.get(f"{ME}/contacts/{after['id']}").json()["displayName"] == "Ann"


def test_lists_are_paged_by_top_and_skip(graph: Microsoft) -> None:
    graph.fill(25, seed=1)
    reader = Reader(graph)
    url, found = f"{ME}/contacts?$top=4", []
    while url:
        page = reader.get(url).json()
        found += [one["id"] for one in page["value"]]
        url = page.get("@odata.nextLink", "")
    assert found == graph.box.within(DEFAULT)
    assert len(reader.get(f"{ME}/contactFolders").json()["value"]) == 2
    assert set(reader.get(f"{ME}/contacts/{found[0]}?$select=id").json()) == {"id"}


def test_photos_are_a_call_of_their_own(graph: Microsoft) -> None:
    seen, unseen = graph.box.add(photo=b"\xff\xd8picture"), graph.box.add()
    reader = Reader(graph)
    answer = reader.get(f"{ME}/contacts/{seen}/photo/$value")
    assert (answer.content, answer.headers["content-type"]) == (b"\xff\xd8picture", "image/jpeg")
    assert reader.get(f"{ME}/contacts/{unseen}/photo/$value").status_code == 404
    assert not any("photo" in item for item in reader.read())


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ("", 410, "SyncStateNotFound"),
        ("400 resyncRequired", 400, "resyncRequired"),
        ("404 SyncStateNotFound", 404, "SyncStateNotFound"),
    ],
    ids=["410", "400", "404"],
)
def test_links_it_forgot_are_refused_and_new_ones_taken(
    graph: Microsoft, form: str, status: int, code: str
) -> None:
    graph.fill(5, seed=1)
    reader = Reader(graph)
    reader.read()
    graph.expire(form)
    answer = reader.get(reader.links[DEFAULT])
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    begin = answer.headers.get("location")
    assert (begin is not None) == (status == 410)
    reader.links = {DEFAULT: begin} if begin else {}
    assert {item["id"] for item in reader.read()} == set(graph.box.within(DEFAULT))
    assert reader.read() == []


def test_a_made_up_link_is_refused(graph: Microsoft) -> None:
    reader = Reader(graph)
    for token in ("x", "!!", "e30"):
        assert reader.get(f"{ME}/contacts/delta?$deltatoken={token}").status_code == 410


def test_a_throttle_says_how_long_in_both_forms(graph: Microsoft) -> None:
    reader = Reader(graph)
    for value in ("41", "Sun, 01 Mar 2026 00:05:00 GMT"):
        graph.knobs.set(Fault.TOO_MANY, value=value)
        answer = reader.get(f"{ME}/contacts/delta")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, value)
        assert answer.json()["error"]["code"] == "ApplicationThrottled"
        graph.knobs.clear()


def test_scopes_and_tokens_are_held(graph: Microsoft) -> None:
    reader = Reader(graph)
    graph.let_in("t", ["User.Read"])
    assert reader.get(f"{ME}/contacts/delta").status_code == 403
    graph.shut_out("t")
    assert reader.get(f"{ME}/contacts/delta").status_code == 401


def test_its_refresh_tokens_rotate_and_the_old_one_dies(graph: Microsoft) -> None:
    graph.authority.person = "allow"
    client = TestClient(graph.app, follow_redirects=False)
    asked = {"client_id": "app", "redirect_uri": "http://app/cb", "response_type": "code"}
    asked["scope"] = "Contacts.Read offline_access"
    came = client.get("/common/oauth2/v2.0/authorize", params=asked)
    code = httpx2.URL(came.headers["location"]).params["code"]
    form = {"client_id": "app", "redirect_uri": "http://app/cb", "grant_type": "authorization_code"}
    token = "/common/oauth2/v2.0/token"
    first = client.post(token, data={**form, "code": code}).json()
    again = {"client_id": "app", "grant_type": "refresh_token"}
    second = client.post(token, data={**again, "refresh_token": first["refresh_token"]}).json()
    assert second["refresh_token"] != first["refresh_token"]
    lost = client.post(token, data={**again, "refresh_token": first["refresh_token"]})
    assert (lost.status_code, lost.json()["error"]) == (400, "invalid_grant")
