"""The budget over HTTP: who pays, what is free, in which order a look-up is refused, and what the client is told."""

import asyncio
from typing import Any

import pytest

from acting import UNFENCED, make_house
from asking import Api, Reply, build, call, fresh, number
from contact_service.actions import idempotency
from contact_service.endpoints import origin
from contact_service.model.owner import State
from contact_service.settings.environment import load
from contact_service.storage import owners
from contact_service.storage.db import Db
from endpoints.conftest import RATES

PATH = "/v1/discovery/lookup"


@pytest.fixture
async def ann(db: Db) -> Api:
    settings = load({**RATES, **UNFENCED, "CONTACT_DISCOVERY_AT_ONCE": "1500"})
    return await Api(build(make_house(db, settings)), fresh("ann")).consents("match")


def some(n: int) -> list[str]:
    found: set[str] = set()
    while len(found) < n:
        found.add(f"tel:{number()}")
    return list(found)


async def lookup(api: Api, identifiers: list[str], *receipts: str, **more: Any) -> Reply:
    return await api.post(PATH, {"identifiers": identifiers, "receipts": receipts}, **more)


async def left(api: Api) -> int:
    told = await api.get("/v1/discovery/budget")
    assert told.status == 200, told
    return int(told.json["left"])


async def restrict(api: Api) -> None:
    async with api.app.doors[PATH]._hall.house.db.write(api.owner) as tx:
        await owners.set_state(tx, State.RESTRICTED)


async def test_the_budget_is_told_before_and_after(ann: Api) -> None:
    told = (await ann.get("/v1/discovery/budget")).json
    assert told == {"left": 1500, "refillPerDay": 500, "nextAt": None, "class": "verified"}
    spent = (await lookup(ann, some(10))).json["budget"]
    assert spent == (await ann.get("/v1/discovery/budget")).json
    assert (spent["left"], spent["nextAt"][-1]) == (1490, "Z")
    assert (await ann.scoped("contacts.read").get("/v1/discovery/budget")).slug == "missing-scope"


async def test_distinct_identifiers_are_charged_and_what_is_none_is_not(ann: Api) -> None:
    one = number()
    told = await lookup(ann, [f"tel:{one}", "bob", f"TEL:{one[:5]} {one[5:]}", "mailto:", ""])
    assert (told.json["invalid"], told.json["budget"]["left"]) == ([1, 3, 4], 1499)
    assert (await lookup(ann, ["bob"])).json["receipt"] is None
    assert (await lookup(ann, [])).json["budget"]["left"] == 1499


async def test_a_request_that_is_not_covered_is_refused_whole(ann: Api, db: Db) -> None:
    await lookup(ann, some(1000))
    told = await lookup(ann, some(501))
    assert (told.status, told.slug) == (429, "discovery-budget")
    assert (told.json["left"], told.json["needed"]) == (500, 501)
    # At half the refill, because a thousand misses look like a scan.
    assert told.headers["retry-after"] == str(told.json["retryAfter"])
    assert 300 < told.json["retryAfter"] <= 346
    assert await left(ann) == 500
    assert (await lookup(ann, some(500))).json["budget"]["left"] == 0


async def test_a_receipt_makes_the_same_set_free_for_its_owner(ann: Api) -> None:
    first, second = some(40), some(30)
    one = (await lookup(ann, first)).json["receipt"]
    two = (await lookup(ann, second)).json["receipt"]
    assert await left(ann) == 1430
    told = await lookup(ann, [*first, *second], one, two)
    assert (told.json["receipt"], told.json["budget"]["left"]) == (None, 1430)
    # New ones behind them are charged alone, and so is their receipt.
    third = some(5)
    told = await lookup(ann, [*first[::-1], *third], one)
    assert told.json["budget"]["left"] == 1425
    three = told.json["receipt"]
    assert (await lookup(ann, [*third, *first], three, one)).json["budget"]["left"] == 1425
    # Receipts in another order than their sets, for a part, for one more, of another owner: all is charged.
    assert (await lookup(ann, [*first, *second], two, one)).json["budget"]["left"] == 1355
    assert (await lookup(ann, first[1:], one)).json["budget"]["left"] == 1316
    assert (await lookup(ann, [*first[1:], third[0]], one)).json["budget"]["left"] == 1276
    bea = await ann.other(fresh("bea")).consents("match")
    assert (await lookup(bea, first, one)).json["budget"]["left"] == 1460
    for receipt in ("", "x" * 47, one[:-1] + "A", "\ud7ff"):
        await lookup(bea, first[:1], receipt)
    assert await left(bea) == 1456


async def test_what_could_not_be_read_moves_no_set(ann: Api) -> None:
    first = some(3)
    receipt = (await lookup(ann, [first[0], "bob", *first])).json["receipt"]
    told = await lookup(ann, ["bob", *first, "ann"], receipt)
    assert (told.json["receipt"], told.json["invalid"]) == (None, [0, 4])


async def test_the_same_key_again_is_free_and_gives_the_same_receipt(ann: Api) -> None:
    asked = some(20)
    first = await lookup(ann, asked, idempotency_key="k")
    again = await lookup(ann, asked, idempotency_key="k")
    assert again.json == first.json | {"budget": again.json["budget"]}
    assert again.json["budget"]["left"] == first.json["budget"]["left"] == 1480
    assert (await lookup(ann, asked, first.json["receipt"])).json["budget"]["left"] == 1480
    told = await lookup(ann, asked[1:], idempotency_key="k")
    assert (told.status, told.slug) == (422, "idempotency-key-reused")
    assert await left(ann) == 1480
    many = await asyncio.gather(*(lookup(ann, asked, idempotency_key="j") for _ in range(6)))
    assert {told.status for told in many} == {200}
    assert await left(ann) == 1460


async def test_a_repeat_goes_by_the_receipts_that_were_valid_the_first_time(ann: Api) -> None:
    """A receipt that ran out between the two would else be charged for in the new receipt, without a charge."""
    first, new = some(3), some(2)
    old = (await lookup(ann, first)).json["receipt"]
    once = await lookup(ann, [*first, *new], old, idempotency_key="k")
    async with ann.app.doors[PATH]._hall.house.db.write(ann.owner) as tx:
        sql = "UPDATE idempotency_keys SET at = at - interval '20 h' WHERE owner_id = $1"
        await tx.run(sql, ann.owner)
    again = await lookup(ann, [*first, *new], old, idempotency_key="k")
    assert again.json["receipt"] != once.json["receipt"]
    told = await lookup(ann, [*new, *first], again.json["receipt"], old)
    assert told.json["receipt"] is None


async def test_a_refused_request_does_not_use_up_its_key(ann: Api) -> None:
    await lookup(ann, some(1000))
    asked = some(600)
    assert (await lookup(ann, asked, idempotency_key="k")).status == 429
    await ann.post(PATH, {"identifiers": asked[:10]})
    assert (await lookup(ann, asked[:400], idempotency_key="k")).status == 200


async def test_of_a_look_up_only_the_key_and_a_mac_of_its_body_rest(ann: Api) -> None:
    asked = some(3)
    told = await lookup(ann, asked, idempotency_key="a-key")
    async with ann.app.doors[PATH]._hall.house.db.read(ann.owner) as tx:
        (row,) = await tx.rows(
            "SELECT * FROM idempotency_keys WHERE owner_id = $1 AND fingerprint IS NOT NULL "
            "AND answer = ''",
            ann.owner,
        )
    assert (row["status"], row["answer"], len(row["fingerprint"])) == (200, b"", 16)
    assert told.json["receipt"] not in str(row)
    assert idempotency.KEPT.days == 1


async def test_a_refusal_comes_in_the_order_scope_consent_state_shape_budget(ann: Api) -> None:
    full, bad = {"identifiers": some(1000), "receipts": []}, b"{"
    await ann.post(PATH, full)
    cut = ann.scoped("contacts.read")
    bea = ann.other(fresh("bea"))
    await bea.get("/v1/discovery/budget")
    await restrict(bea)
    for body in (bad, b'{"identifiers":1}'):
        assert (await cut.post(PATH, body=body)).slug == "missing-scope"
        assert (await bea.post(PATH, body=body)).slug == "consent-required"
    cas = await ann.other(fresh("cas")).consents("match")
    await restrict(cas)
    for body in (bad, b'{"identifiers":1}'):
        assert (await cas.post(PATH, body=body)).slug == "restricted"
    assert (await cas.post(PATH, full)).status == 423
    assert (await ann.post(PATH, body=bad)).status == 400
    assert (await ann.post(PATH, body=b'{"identifiers":1}')).status == 422
    assert (await lookup(ann, some(1) * 1001)).status == 413
    assert (await lookup(ann, [], *["x"] * 1001)).status == 413
    assert (await lookup(ann, some(600))).status == 429


async def test_many_at_once_never_spend_more_than_there_is(ann: Api) -> None:
    told = await asyncio.gather(*(lookup(ann, some(400)) for _ in range(6)))
    assert sorted(reply.status for reply in told) == [200] * 3 + [429] * 3
    assert await left(ann) == 300


async def test_a_scan_by_look_ups_halves_the_refill(ann: Api) -> None:
    first = int(number()[1:]) // 10_000 * 10_000
    await lookup(ann, [f"tel:+{first + n}" for n in range(501)])
    assert (await ann.get("/v1/discovery/budget")).json["refillPerDay"] == 250


async def test_young_accounts_of_one_address_share_a_fence(db: Db) -> None:
    settings = load({**RATES, "CONTACT_DISCOVERY_NETWORK_PER_DAY": "100"})
    app = build(make_house(db, settings))

    async def asked(owner: str, n: int, client: str) -> Reply:
        api = await Api(app, owner).consents("match")

        async def moved(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "client": (client, 1)}, receive, send)

        body = b'{"identifiers":["' + '","'.join(some(n)).encode() + b'"]}'
        sent = [("authorization", f"Bearer {api.token}"), ("content-type", "application/json")]
        return await call(moved, "POST", PATH, sent, body)

    net = f"2001:db8:{int(number()[-5:]) % 65_536:x}"
    assert (await asked(fresh("a"), 80, f"{net}:1::1")).status == 200
    told = await asked(fresh("b"), 21, f"{net}:2::9")
    assert (told.status, told.json["left"]) == (429, 20)
    assert (await asked(fresh("c"), 20, f"{net}:3::9")).status == 200
    assert (await asked(fresh("d"), 50, f"{net}::9".replace(":db8:", ":db9:"))).status == 200


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("192.0.2.77", 1), "192.0.2.0/24"),
        (("::ffff:192.0.2.78", 1), "192.0.2.0/24"),
        (("2001:db8:1:2::3", 1), "2001:db8:1::/48"),
        (("testclient", 1), "unknown"),
        (None, "unknown"),
    ],
)
def test_an_address_is_told_by_its_network(client: Any, network: str) -> None:
    assert origin.network({"client": client}) == network


def test_a_scope_without_a_client_is_of_the_unknown_network() -> None:
    assert origin.network({}) == origin.UNKNOWN


async def test_what_is_charged_is_committed_before_the_directory_is_asked(fresh_db: Db) -> None:
    """And stays so when that fails: an error after the charge gives nothing back, its key makes the next try free."""
    ann = await Api(build(make_house(fresh_db)), fresh("ann")).consents("match")
    asked = some(7)
    async with fresh_db.shared() as tx:
        await tx.run("ALTER TABLE directory_entries RENAME TO elsewhere")
    assert (await lookup(ann, asked, idempotency_key="k")).status >= 500
    assert await left(ann) == 1993
    async with fresh_db.shared() as tx:
        await tx.run("ALTER TABLE elsewhere RENAME TO directory_entries")
    assert (await lookup(ann, asked, idempotency_key="k")).json["budget"]["left"] == 1993
