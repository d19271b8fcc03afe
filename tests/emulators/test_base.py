"""What all emulators have in common: knobs, tokens, a log without secrets, answers held against a schema."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contact_emulators import __main__ as command
from contact_emulators import emulators
from contact_emulators.answers import Answer, Listing
from contact_emulators.emulator import Call, Emulator, Operation
from contact_emulators.knobs import Fault, Knob
from emulating import schemas, serving

LISTING = Listing("items", "next", "page")


class Shop(Emulator):
    """Two pages of two items, by a schema that wants numbers."""

    name = "shop"
    schema_file = "shop.json"
    error_schema = "Error"

    def operations(self) -> Sequence[Operation]:
        return (
            Operation("list", "/items", self._list, scopes=frozenset({"read"}), listing=LISTING),
            Operation("open", "/open", self._open, open=True),
        )

    def refusal(self, status: int, reason: str = "") -> Answer:
        return Answer({"error": reason or str(status)}, status)

    async def _list(self, call: Call) -> Answer:
        place = int(call.request.query_params.get("page", "0"))
        items = [{"id": str(place + at), "price": place + at} for at in (1, 2)]
        body: dict[str, Any] = {"items": items, "next": "2"} if place == 0 else {"items": items}
        return Answer(body, schema="Items")

    async def _open(self, _: Call) -> Answer:
        return Answer({"items": "none"}, schema="Items")


def _closed(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "additionalProperties": False}


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    item = _closed(id={"type": "string"}, price={"type": "integer"})
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
    kinds = {
        "Item": item,
        "Items": _closed(items=items, next={"type": "string"}),
        "Error": _closed(error={"type": "string"}),
    }
    made = tmp_path_factory.mktemp("schemas")
    (made / "shop.json").write_text(json.dumps({"components": {"schemas": kinds}}))
    return made


@pytest.fixture
def shop(published: Path) -> Shop:
    made = Shop(published)
    made.let_in("good", ("read",))
    made.let_in("poor", ("write",))
    return made


@pytest.fixture
def client(shop: Shop) -> Iterator[httpx2.Client]:
    with serving(shop.app) as url:
        bearer = {"Authorization": "Bearer good"}
        with httpx2.Client(base_url=url, headers=bearer, trust_env=False) as made:
            yield made


def statuses(client: httpx2.Client, count: int) -> list[int]:
    return [client.get("/items").status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("nth", "times", "expected"),
    [
        (1, 1, [503, 200, 200, 200]),
        (2, 1, [200, 503, 200, 200]),
        (2, 2, [200, 503, 503, 200]),
        (3, 0, [200, 200, 503, 503]),
    ],
    ids=["first", "second", "two", "for-good"],
)
def test_a_knob_says_when(
    shop: Shop, client: httpx2.Client, nth: int, times: int, expected: list[int]
) -> None:
    shop.knobs.set(Fault.AWAY, "list", nth=nth, times=times)
    assert statuses(client, 4) == expected


def test_a_knob_is_for_its_operation_and_clear_takes_it_away(
    shop: Shop, client: httpx2.Client
) -> None:
    shop.knobs.set(Fault.AWAY, "open", times=0)
    assert statuses(client, 1) == [200]
    shop.knobs.set(Fault.AWAY, times=0)
    assert statuses(client, 1) == [503]
    shop.knobs.clear()
    assert statuses(client, 1) == [200]


@pytest.mark.parametrize("token", ["bad", "-", "poor"], ids=["unknown", "none", "other-scope"])
def test_only_tokens_with_the_scope_come_in(client: httpx2.Client, token: str) -> None:
    answer = client.get("/items", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (403 if token == "poor" else 401)


def test_a_token_dies_when_its_time_is_over_or_it_is_shut_out(shop: Shop) -> None:
    shop.let_in("short", ("read",), lives_s=-1)
    assert shop.granted("short") is None
    shop.shut_out("good")
    assert shop.granted("good") is None


@pytest.mark.parametrize(
    "value", ["", "30", "Fri, 31 Dec 1999 23:59:59 GMT"], ids=["none", "s", "date"]
)
def test_too_many_with_and_without_retry_after(
    shop: Shop, client: httpx2.Client, value: str
) -> None:
    shop.knobs.set(Fault.TOO_MANY, value=value)
    answer = client.get("/items")
    assert (answer.status_code, answer.headers.get("retry-after", "")) == (429, value)


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_FIELD, Fault.WRONG_TYPE, Fault.WRONG_SHAPE])
def test_what_breaks_the_schema_is_meant_to(
    shop: Shop, client: httpx2.Client, fault: Fault
) -> None:
    whole = client.get("/items").json()
    shop.knobs.set(fault)
    assert client.get("/items").json() != whole
    assert shop.wrong == []


def test_the_common_faults_of_a_list(shop: Shop, client: httpx2.Client) -> None:
    shop.knobs.set(Fault.UNKNOWN_FIELD, nth=1, value="novelty")
    shop.knobs.set(Fault.WRONG_TYPE, nth=2, value="id")
    shop.knobs.set(Fault.REPLAYED_ITEM, nth=3)
    shop.knobs.set(Fault.FOREIGN_LINK, nth=4, value="https://e.example/")
    shop.knobs.set(Fault.ENDLESS, nth=5)
    told = [client.get("/items", params={"page": "2"}).json() for _ in range(5)]
    first, second = {"id": "3", "price": 3}, {"id": "4", "price": 4}
    assert told[0]["items"] == [{**first, "novelty": "new"}, second]
    assert told[1]["items"] == [{**first, "id": 7}, second]
    assert told[2]["items"] == [first, second, second]
    assert (told[3]["next"], told[4]["next"]) == ("https://e.example/", "2")


def test_a_wrong_answer_is_found(shop: Shop, client: httpx2.Client) -> None:
    client.get("/open")
    assert shop.wrong == ["Items: $.items: 'none' is not of type 'array'"]


def test_truncated_is_whole_http_and_half_a_json(shop: Shop, client: httpx2.Client) -> None:
    shop.knobs.set(Fault.TRUNCATED)
    answer = client.get("/items")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_cut_is_a_broken_connection(shop: Shop, client: httpx2.Client) -> None:
    shop.knobs.set(Fault.CUT)
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/items")
    assert statuses(client, 1) == [200]


def test_a_slow_body_comes_whole(shop: Shop, client: httpx2.Client) -> None:
    whole = client.get("/items").content
    shop.knobs.set(Fault.SLOW_BODY, value="0.1")
    with client.stream("GET", "/items") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == whole
    assert len(pieces) > 1


def test_the_log_has_no_secret(shop: Shop, client: httpx2.Client) -> None:
    client.get("/items", params={"page": "2", "access_token": "tell-nobody", "code": "nor-this"})
    (seen,) = shop.seen
    assert (seen.operation, seen.path, seen.params, seen.status) == (
        "list",
        "/items",
        (("page", "2"),),
        200,
    )
    assert shop.asked("list") == 1


def test_knobs_and_tokens_can_be_set_over_http(shop: Shop, client: httpx2.Client) -> None:
    assert client.post("/_admin/knobs", json={"fault": "away", "value": "500"}).status_code == 200
    assert shop.knobs.listed() == [Knob(Fault.AWAY, value="500")]
    assert statuses(client, 2) == [500, 200]
    assert client.post("/_admin/knobs", json={"fault": "nothing"}).status_code == 400
    assert client.delete("/_admin/knobs").json() == []
    assert [seen["status"] for seen in client.get("/_admin/seen").json()] == [500, 200]
    client.post("/_admin/tokens", json={"token": "new", "scopes": ["read"]})
    assert shop.granted("new") == {"read"}


def test_all_emulators_stand_on_one_port() -> None:
    made = emulators.made(schemas())
    emulators.filled(made, 3, 1)
    with serving(emulators.app(made)) as url:
        for one in made:
            assert httpx2.get(f"{url}/{one.name}/_admin/knobs", trust_env=False).json() == []
    assert len({one.name for one in made}) == len(made)


def test_the_command_takes_a_port_and_a_size() -> None:
    asked = command._arguments(["--port", "1", "--contacts", "7", "--schemas", "somewhere"])
    assert (asked.port, asked.contacts, asked.schemas) == (1, 7, Path("somewhere"))
