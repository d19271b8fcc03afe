"""Look-ups of hashed addresses: who is found, what it costs, and what the answer does not say."""

import pytest

from asking import Api, fresh, number
from contact_service.actions import matrix
from contact_service.actions.context import House
from contact_service.endpoints import limits
from contact_service.model.ids import OwnerId
from contact_service.model.owner import State
from contact_service.storage import owners
from homeserving import Homeserver
from matrixing import HOME, OTHER, Matrix, code, hashed, registered

from .conftest import changing


async def left(ann: Matrix) -> int:
    user = ann.mxid[1:].partition(":")[0]
    told = await Api(ann.app, user).get("/v1/discovery/budget")
    return int(told.json["left"])


async def strangers(ann: Matrix, n: int) -> list[str]:
    pepper = await ann.pepper()
    return [hashed(f"{fresh('x')}@example.org", "email", pepper) for _ in range(n)]


async def test_phone_and_email_are_found_by_their_hashes(ann: Matrix, api: Api) -> None:
    phone, mail = number(), f"{fresh('b')}@example.org"
    bea = await registered(api, fresh("bea"), f"tel:{phone}", f"mailto:{mail}")
    pepper = await ann.pepper()
    asked = [
        hashed(fresh("x"), "email", pepper),
        hashed(mail, "email", pepper),
        hashed(phone[1:], "msisdn", pepper),
        hashed(phone, "msisdn", pepper),
        hashed(mail, "msisdn", pepper),
    ]
    told = await ann.lookup(*asked)
    assert told.status == 200
    mxid = f"@{bea}:{HOME}"
    assert list(told.json) == ["mappings"]
    assert list(told.json["mappings"].items()) == [(asked[1], mxid), (asked[2], mxid)]


async def test_a_matrix_id_is_told_as_it_is_and_another_user_id_as_a_localpart(
    ann: Matrix, api: Api
) -> None:
    pepper = await ann.pepper()
    told = {}
    for user in (f"@{fresh('m')}:{OTHER}", fresh("Big B")):
        phone = number()
        await registered(api, user, f"tel:{phone}")
        address = hashed(phone[1:], "msisdn", pepper)
        told[user] = (await ann.lookup(address)).json["mappings"][address]
    matrix_id, other = told
    assert told[matrix_id] == matrix_id
    assert told[other] == f"@=42ig=20=42{other[5:]}:{HOME}"


async def test_what_somebody_shares_from_now_on_holds_for_the_next_look_up(
    ann: Matrix, api: Api
) -> None:
    phone = number()
    bea = api.other(await registered(api, fresh("bea"), f"tel:{phone}"))
    address = hashed(phone[1:], "msisdn", await ann.pepper())
    found = []
    for audience in ("contacts", "everyone", "nobody"):
        assert (await bea.put("/v1/privacy/sharing", {"phone": audience})).status == 200
        found.append(address in (await ann.lookup(address)).json["mappings"])
    assert found == [False, True, False]


@changing(MATRIX_SERVER_NAME="")
async def test_without_a_server_name_only_matrix_ids_are_told(ann: Matrix, api: Api) -> None:
    one, two = number(), number()
    user = f"@{fresh('m')}:{OTHER}"
    await registered(api, user, f"tel:{one}")
    await registered(api, fresh("bea"), f"tel:{two}")
    pepper = await ann.pepper()
    asked = [hashed(phone[1:], "msisdn", pepper) for phone in (one, two)]
    assert (await ann.lookup(*asked)).json == {"mappings": {asked[0]: user}}


@pytest.mark.parametrize(
    "address",
    ["", "x", "=" * 43, "é" * 43, "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "+" * 43],
)
async def test_an_address_that_is_no_hash_meets_nobody_and_costs_nothing(
    ann: Matrix, address: str
) -> None:
    before = await left(ann)
    told = await ann.lookup(address)
    assert (told.status, told.json) == (200, {"mappings": {}})
    assert await left(ann) == before


async def test_each_distinct_address_costs_a_unit(ann: Matrix) -> None:
    before = await left(ann)
    asked = await strangers(ann, 5)
    assert (await ann.lookup(*asked, asked[0], "no hash")).json == {"mappings": {}}
    assert await left(ann) == before - 5
    await ann.lookup(*asked)
    assert await left(ann) == before - 10


async def test_nothing_asked_costs_nothing(ann: Matrix) -> None:
    before = await left(ann)
    assert (await ann.lookup()).json == {"mappings": {}}
    assert await left(ann) == before


async def test_a_large_set_asked_again_whole_is_free(ann: Matrix) -> None:
    before = await left(ann)
    asked = await strangers(ann, matrix.LEAST_SET)
    await ann.lookup(*asked)
    assert await left(ann) == before - len(asked)
    await ann.lookup(*reversed(asked), asked[0])
    assert await left(ann) == before - len(asked)
    await ann.lookup(*asked, *(await strangers(ann, 1)))
    assert await left(ann) == before - 2 * len(asked) - 1
    for times in (1, 2):  # a part of it is another set, and a small one is charged each time
        await ann.lookup(*asked[1:])
        assert await left(ann) == before - (2 + times) * len(asked) - 1 + times


async def test_a_set_that_another_paid_for_is_not_free(
    ann: Matrix, app: object, home: Homeserver, house: House
) -> None:
    bea = await (await Matrix(ann.app, home, f"@{fresh('bea')}:{HOME}").sign_in()).accept()
    asked = await strangers(ann, matrix.LEAST_SET)
    before = await left(bea)
    await ann.lookup(*asked)
    await bea.lookup(*asked)
    assert await left(bea) == before - len(asked)
    rows = "SELECT mac FROM matrix_sets WHERE owner_id = $1::text"
    macs = set()
    for one in (ann, bea):
        user = OwnerId(one.mxid[1:].partition(":")[0])
        (row,) = await house.db.reading(user, lambda tx, user=user: tx.rows(rows, user))
        macs.add(row["mac"])
    assert len(macs) == 2
    assert {len(mac) for mac in macs} == {16}


async def test_an_account_has_so_many_sets_and_the_oldest_go(
    ann: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "MOST_SETS", 2)
    sets = [await strangers(ann, matrix.LEAST_SET) for _ in range(3)]
    for asked in sets:
        await ann.lookup(*asked)
    before = await left(ann)
    await ann.lookup(*sets[2])
    await ann.lookup(*sets[1])
    assert await left(ann) == before
    await ann.lookup(*sets[0])
    assert await left(ann) == before - matrix.LEAST_SET


@changing(DISCOVERY_AT_ONCE="3")
async def test_over_the_budget_nothing_is_told_and_nothing_charged(ann: Matrix, api: Api) -> None:
    phone = number()
    await registered(api, fresh("bea"), f"tel:{phone}")
    hit = hashed(phone[1:], "msisdn", await ann.pepper())
    told = await ann.lookup(hit, *(await strangers(ann, 3)))
    assert code(told) == (429, "M_LIMIT_EXCEEDED")
    assert told.json["retry_after_ms"] == int(told.headers["retry-after"]) * 1000 > 0
    assert set(told.json) == {"errcode", "error", "retry_after_ms"}
    assert await left(ann) == 3
    assert hit in (await ann.lookup(hit)).json["mappings"]


@changing(LIMIT_DISCOVERY="0.01/2")
async def test_who_asks_too_fast_waits(ann: Matrix) -> None:
    pepper = await ann.pepper()
    assert (await ann.lookup(pepper=pepper)).status == 200
    told = await ann.lookup(pepper=pepper)
    assert code(told) == (429, "M_LIMIT_EXCEEDED")
    assert told.json["retry_after_ms"] == int(told.headers["retry-after"]) * 1000 > 0


async def test_a_pepper_that_is_not_in_use_is_told_the_one_that_is(ann: Matrix) -> None:
    pepper = await ann.pepper()
    before = await left(ann)
    for wrong in ("matrixrocks", "", pepper + "=", pepper.swapcase()):
        told = await ann.lookup("x", *(await strangers(ann, 2)), pepper=wrong)
        assert code(told) == (400, "M_INVALID_PEPPER")
        assert (told.json["algorithm"], told.json["lookup_pepper"]) == ("sha256", pepper)
    assert await left(ann) == before


async def test_another_algorithm_is_refused(ann: Matrix) -> None:
    for algorithm in ("none", "sha512", "SHA256", ""):
        told = await ann.lookup("x", algorithm=algorithm)
        assert code(told) == (400, "M_INVALID_PARAM")
    told = await ann("GET", "hash_details")
    assert told.json["algorithms"] == ["sha256"]
    assert len(told.json["lookup_pepper"]) >= 22  # 128 bits in base64


@changing(MATRIX_PLAIN="on")
async def test_addresses_come_plain_where_the_operator_allows_it(ann: Matrix, api: Api) -> None:
    phone, mail = number(), f"{fresh('b')}@example.org"
    bea = await registered(api, fresh("bea"), f"tel:{phone}", f"mailto:{mail}")
    assert (await ann("GET", "hash_details")).json["algorithms"] == ["sha256", "none"]
    before = await left(ann)
    asked = [f"{phone[1:]} msisdn", f"{mail} email", f"{fresh('x')}@example.org email"]
    bad = [f"{phone} tel", mail, f"{mail}  email", f"{mail} email ", " email", ""]
    told = await ann.lookup(*bad, *asked, algorithm="none")
    assert told.json == {"mappings": {asked[0]: f"@{bea}:{HOME}", asked[1]: f"@{bea}:{HOME}"}}
    assert await left(ann) == before - 3
    told = await ann.lookup(*asked, algorithm="none", pepper="matrixrocks")
    assert code(told) == (400, "M_INVALID_PEPPER")
    assert told.json["algorithm"] == "none"


async def test_too_many_addresses_are_refused(ann: Matrix) -> None:
    asked = ["x"] * (limits.LOOKUP + 1)
    assert code(await ann.lookup(*asked)) == (400, "M_INVALID_PARAM")
    assert (await ann.lookup(*asked[1:])).status == 200


@pytest.mark.parametrize("lacking", ["algorithm", "pepper", "addresses"])
async def test_each_member_of_a_look_up_is_needed(ann: Matrix, lacking: str) -> None:
    sent = {"algorithm": "sha256", "pepper": await ann.pepper(), "addresses": []}
    for wrong in (7, None, {}, [7]):
        told = await ann("POST", "lookup", {**sent, lacking: wrong})
        assert code(told) == (400, "M_INVALID_PARAM")
    del sent[lacking]
    assert code(await ann("POST", "lookup", sent)) == (400, "M_MISSING_PARAMS")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "M_NOT_JSON"),
        (b"{", "M_NOT_JSON"),
        (b'{"pepper": "\xff"}', "M_NOT_JSON"),
        (b"[" * 100_000, "M_NOT_JSON"),
        (b'{"addresses": ["\\ud800 email"]}', "M_NOT_JSON"),
        (b"[]", "M_BAD_JSON"),
        (b"null", "M_BAD_JSON"),
        (b'"text"', "M_BAD_JSON"),
    ],
)
async def test_a_body_that_is_no_json_object_is_told_apart(
    ann: Matrix, body: bytes, told: str
) -> None:
    assert code(await ann("POST", "lookup", body=body)) == (400, told)


async def test_a_restricted_account_finds_nobody(ann: Matrix, house: House) -> None:
    user = OwnerId(ann.mxid[1:].partition(":")[0])
    await house.db.writing(user, lambda tx: owners.set_state(tx, State.RESTRICTED))
    told = await ann("POST", "lookup", body=b"not json")
    assert code(told) == (403, "M_FORBIDDEN")


async def test_the_terms_come_before_restriction_and_that_before_shape(
    stranger: Matrix, house: House
) -> None:
    eve = await stranger.sign_in()
    user = OwnerId(eve.mxid[1:].partition(":")[0])
    await house.db.writing(user, lambda tx: owners.set_state(tx, State.RESTRICTED))
    told = await eve("POST", "lookup", body=b"not json")
    assert code(told) == (403, "M_TERMS_NOT_SIGNED")


@changing(MATRIX_PLAIN="on")
async def test_what_was_charged_is_weighed_as_a_scan_or_none(
    ann: Matrix, api: Api, house: House
) -> None:
    phone = number()
    await registered(api, fresh("bea"), f"tel:{phone}")
    hit = hashed(phone[1:], "msisdn", await ann.pepper())
    user = OwnerId(ann.mxid[1:].partition(":")[0])
    sql = "SELECT asked, hits, near FROM budgets WHERE owner_id = $1::text"

    async def window() -> tuple[int, ...]:
        return tuple(await house.db.reading(user, lambda tx: tx.row(sql, user)))

    asked = [hit, *(await strangers(ann, matrix.LEAST_SET))]
    await ann.lookup(*asked)
    assert await window() == (len(asked), 1, 0)
    await ann.lookup(*asked)  # free, and weighed no second time
    assert await window() == (len(asked), 1, 0)
    run = [f"4915112340{n:03} msisdn" for n in range(9)]
    await ann.lookup(*run, f"{fresh('x')}@example.org email", algorithm="none")
    assert await window() == (len(asked) + 10, 1, 9)
