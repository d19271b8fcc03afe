"""Private discovery over HTTP: a client's whole way, every refusal, and that a refusal costs nothing."""

import asyncio
from typing import Any

import pytest
from voprf import ristretto

import private_client as client
from asking import Api, call, fresh, many, number
from contact_service.actions import evaluators
from contact_service.actions.context import House
from contact_service.vault.oprf import Key
from vault.ristretto import verifies

EVALUATE = "/v1/discovery/evaluate"
OCTETS = "application/octet-stream"
BLINDED = client.Blinding([f"tel:+1415555{n:04d}" for n in range(5)]).elements


@pytest.fixture
async def ann(ann: Api) -> Api:
    return await ann.consents("store", "match")


@pytest.fixture
async def epoch(ann: Api) -> int:
    return int((await client.params(ann))["epochs"][0]["epoch"])


@pytest.fixture(autouse=True)
def ended(house: House) -> Any:
    yield
    house.evaluators.close()


async def left(who: Api) -> int:
    told = await who.get("/v1/discovery/budget")
    assert told.status == 200, told
    return int(told.json["left"])


async def test_a_client_finds_whom_it_knows_and_the_service_sees_no_identifier(ann, bea, cas):
    found, hidden, nobody = number(), number(), number()
    await ann.register(bea, f"tel:{found}", f"mailto:{bea.owner}@example.com")
    await ann.register(cas, f"tel:{hidden}")
    assert (await cas.put("/v1/privacy/sharing", {"phone": "contacts"})).status == 200
    asked = [f"tel:{found}", f"mailto:{bea.owner}@example.com", f"tel:{hidden}", f"tel:{nobody}"]
    live, digests = await client.digests(ann, *asked)
    tags = await client.tags(ann, live)
    assert [d[:4] in tags for d in digests] == [True, True, False, False]
    assert await client.resolve(ann, live, digests) == dict.fromkeys(digests[:2], bea.owner)


async def test_params_are_the_same_bytes_for_everybody(house, ann, bea):
    one, other = await many(ann.get("/v1/discovery/params"), bea.get("/v1/discovery/params"))
    assert one.body == other.body
    told = one.json
    (live,) = told.pop("epochs")
    assert isinstance(told.pop("directorySeq"), int)
    assert told == {
        "suite": "ristretto255-SHA512",
        "mode": "voprf",
        "maxBatch": 1000,
        "tagBytes": 4,
    }
    key = Key.derive(house.keyring.oprf[live["epoch"]], live["epoch"])
    assert client.raw(live["publicKey"]) == key.public
    assert set(live) == {"epoch", "publicKey", "bits", "from", "until"}


async def test_what_is_answered_holds_by_the_published_key(ann, epoch):
    (live,) = (await client.params(ann))["epochs"]
    told = (await client.evaluate(ann, epoch, BLINDED)).json
    evaluated = [client.raw(one) for one in told["elements"]]
    public, proof = client.raw(live["publicKey"]), client.raw(told["proof"])
    assert verifies(public, BLINDED, evaluated, proof)
    assert not verifies(Key.derive(bytes(32), epoch).public, BLINDED, evaluated, proof)
    # The library's client, with another key pinned: it panics, which is no Exception.
    whole = ristretto.VerifiableBatchOutput.deserialize(proof + b"".join(evaluated))
    blinds = [ristretto.Client.blind(b"x")[0] for _ in BLINDED]
    other = ristretto.PublicKey.deserialize(Key.derive(bytes(32), epoch).public)
    with pytest.raises(BaseException) as refused:  # noqa: PT011  a panic has no narrower class to name
        ristretto.Client.finalize_batch(blinds, whole, other)
    assert type(refused.value).__name__ == "PanicException"


async def test_bytes_and_json_say_the_same(ann, epoch):
    as_json = await client.evaluate(ann, epoch, BLINDED)
    assert as_json.json["budget"]["left"] == 2000 - len(BLINDED)
    as_bytes = await ann.post(
        f"{EVALUATE}?epoch={epoch}", body=b"".join(BLINDED), content_type=OCTETS
    )
    assert as_bytes.headers["content-type"] == OCTETS
    elements = as_bytes.body[:-64]
    assert client.cut(elements, 32) == [client.raw(one) for one in as_json.json["elements"]]
    (live,) = (await client.params(ann))["epochs"]
    public = client.raw(live["publicKey"])
    assert verifies(public, BLINDED, client.cut(elements, 32), as_bytes.body[-64:])
    assert await left(ann) == 2000 - 2 * len(BLINDED)


BAD = b"\xff" * 32
LIVE = {"epoch": None}
"""Stands for the epoch that is live."""
REFUSED = [
    ([], {}, 422, "nothing-asked", {}),
    (BLINDED[:1] * 1001, {}, 413, "too-large", {"limit": 1000}),
    (BLINDED, {"epoch": 99}, 409, "epoch-mismatch", LIVE),
    (BLINDED, {"epoch": 0}, 409, "epoch-mismatch", LIVE),
    (BLINDED, {"epoch": -1}, 409, "epoch-mismatch", LIVE),
    ([*BLINDED, BAD], {}, 400, "invalid-element", {"index": 5}),
    ([bytes(32), *BLINDED], {}, 400, "invalid-element", {"index": 0}),
    ([*BLINDED, BLINDED[0][:31]], {}, 400, "invalid-element", {"index": 5}),
    # The epoch is looked at before the elements.
    ([BAD], {"epoch": 99}, 409, "epoch-mismatch", LIVE),
]


@pytest.mark.parametrize(("elements", "changed", "status", "slug", "members"), REFUSED)
async def test_a_refused_evaluation_costs_nothing(
    ann, epoch, elements, changed, status, slug, members
):
    sent = {"epoch": epoch, "elements": [client.text(one) for one in elements]} | changed
    told = await ann.post(EVALUATE, sent)
    assert (told.status, told.slug) == (status, slug)
    expected = {"epoch": epoch} if members is LIVE else members
    assert expected.items() <= told.json.items()
    raw = await ann.post(
        f"{EVALUATE}?epoch={sent['epoch']}", body=b"".join(elements), content_type=OCTETS
    )
    if sent["epoch"] >= 0:
        assert (raw.status, raw.slug) == (status, slug)
        assert expected.items() <= raw.json.items()
    assert await left(ann) == 2000


@pytest.mark.parametrize(
    "element",
    [
        "",
        "!" * 43,
        "A" * 43 + "=",
        "A" * 42,
        "A" * 44,
        "A" * 42 + "é",
        # Of the last letter two bits are spare: there is one way to write an element.
        client.text(BLINDED[0])[:-1] + chr(ord(client.text(BLINDED[0])[-1]) + 1),
    ],
    # Blinded anew in each process: values must not be names.
    ids=["empty", "no letters", "padded", "short", "long", "not ascii", "spare bits"],
)
async def test_an_element_is_spelled_in_one_way(ann, epoch, element):
    sent = {"epoch": epoch, "elements": [client.text(BLINDED[0]), element]}
    told = await ann.post(EVALUATE, sent)
    assert (told.status, told.slug, told.json["index"]) == (400, "invalid-element", 1)
    assert await left(ann) == 2000


@pytest.mark.parametrize("query", ["", "?epoch=", "?epoch=x", "?epoch=-1", "?epoch=²"])
async def test_bytes_need_an_epoch(ann, query):
    told = await ann.post(f"{EVALUATE}{query}", body=BLINDED[0], content_type=OCTETS)
    assert (told.status, told.slug) == (422, "invalid-parameter")


async def test_more_than_is_left_is_refused_whole(ann, epoch):
    for _ in range(2):
        assert (await client.evaluate(ann, epoch, BLINDED[:1] * 999)).status == 200
    told = await client.evaluate(ann, epoch, BLINDED)
    assert (told.status, told.slug) == (429, "discovery-budget")
    assert (told.json["left"], told.json["needed"]) == (2, 5)
    assert int(told.headers["retry-after"]) > 0
    assert (await client.evaluate(ann, epoch, BLINDED[:2])).json["budget"]["left"] == 0


async def test_the_same_key_is_charged_once_and_evaluated_again(ann, epoch):
    first = await client.evaluate(ann, epoch, BLINDED, idempotency_key="k1")
    again = await client.evaluate(ann, epoch, BLINDED, idempotency_key="k1")
    assert first.status == again.status == 200
    assert first.json["elements"] == again.json["elements"]
    assert first.json["proof"] != again.json["proof"], "made anew, and not kept"
    assert first.json["budget"]["left"] == again.json["budget"]["left"] == 1995
    other = await client.evaluate(ann, epoch, BLINDED[::-1], idempotency_key="k1")
    assert (other.status, other.slug) == (422, "idempotency-key-reused")
    assert await left(ann) == 1995
    # Also where nothing is left for another.
    for _ in range(2):
        await client.evaluate(ann, epoch, BLINDED[:1] * 997)
    assert await left(ann) == 1
    assert (await client.evaluate(ann, epoch, BLINDED, idempotency_key="k1")).status == 200
    assert (await client.evaluate(ann, epoch, BLINDED)).status == 429


async def test_a_refused_request_leaves_its_key_free(ann, epoch):
    bad = await client.evaluate(ann, epoch, [BAD], idempotency_key="k2")
    assert bad.slug == "invalid-element"
    assert (await client.evaluate(ann, epoch, BLINDED, idempotency_key="k2")).status == 200


async def test_without_the_consent_nothing_is_told(house, bea, epoch):
    digest = client.text(bytes(16))
    for told in (
        await client.evaluate(bea, epoch, BLINDED),
        await bea.post("/v1/discovery/buckets", {"epoch": epoch, "buckets": [{"id": 0}]}),
        await bea.get(f"/v1/discovery/buckets/{epoch}/0"),
        await bea.post("/v1/discovery/resolve", {"epoch": epoch, "digests": [digest]}),
    ):
        assert (told.status, told.slug) == (403, "consent-required")
    assert not house.evaluators._running, "nothing was evaluated"
    assert (await bea.get("/v1/discovery/params")).status == 200


async def test_a_full_pool_is_told_before_it_costs_anything(house, ann, epoch, app):
    others = [fresh("o") for _ in range(house.evaluators.at_once * (1 + evaluators.WAITING_EACH))]
    with_places = [house.evaluators.place(name) for name in others]
    for one in with_places:
        one.__enter__()
    told = await client.evaluate(ann, epoch, BLINDED)
    assert (told.status, told.slug) == (503, "overloaded")
    assert int(told.headers["retry-after"]) >= 1
    assert await left(ann) == 2000
    with_places.pop().__exit__(None, None, None)
    assert (await client.evaluate(ann, epoch, BLINDED)).status == 200
    for one in with_places:
        one.__exit__(None, None, None)


async def test_one_owner_does_not_take_all_places(house, ann, epoch):
    with house.evaluators.place(ann.owner), house.evaluators.place(ann.owner):
        assert (await client.evaluate(ann, epoch, BLINDED)).slug == "overloaded"
        with house.evaluators.place(fresh("o")):
            pass
    assert await left(ann) == 2000
    assert (await client.evaluate(ann, epoch, BLINDED)).status == 200


async def test_others_are_served_while_a_thousand_are_evaluated(ann, epoch):
    """Structural: were it done on the loop, nobody could see the charge before the answer is there."""
    whole = asyncio.ensure_future(client.evaluate(ann, epoch, BLINDED * 199))
    between = 0
    while not whole.done():
        charged = await left(ann) < 2000
        between += charged and not whole.done()
    assert (await whole).status == 200
    assert between > 0


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        ({"digests": []}, 422, "nothing-asked"),
        ({"digests": [client.text(bytes(16))] * 1001}, 413, "too-large"),
        ({"digests": [client.text(bytes(15))]}, 422, "unprocessable"),
        ({"digests": ["?" * 22]}, 422, "unprocessable"),
        ({"digests": [client.text(bytes(16))], "epoch": 99}, 409, "epoch-mismatch"),
    ],
)
async def test_a_wrong_resolve_is_refused(ann, epoch, sent, status, slug):
    told = await ann.post("/v1/discovery/resolve", {"epoch": epoch} | sent)
    assert (told.status, told.slug) == (status, slug)


async def test_resolving_costs_nothing_and_lists_hits_in_request_order(ann, bea, cas, epoch):
    one, other = number(), number()
    await ann.register(bea, f"tel:{one}")
    await ann.register(cas, f"tel:{other}")
    live, (a, b, c) = await client.digests(ann, f"tel:{one}", f"tel:{other}", f"tel:{number()}")
    before = await left(ann)
    assert list((await client.resolve(ann, live, [c, b, a, b])).items()) == [
        (b, cas.owner),
        (a, bea.owner),
    ]
    assert await left(ann) == before
    assert (await bea.put(f"/v1/blocks/{ann.owner}")).status == 204
    assert await client.resolve(ann, live, [c, b, a]) == {b: cas.owner}
    missed = {"epoch": live, "digests": [client.text(c)]}
    hidden = {"epoch": live, "digests": [client.text(a)]}
    for_nobody = await ann.post("/v1/discovery/resolve", missed)
    for_blocked = await ann.post("/v1/discovery/resolve", hidden)
    assert for_nobody.comparable == for_blocked.comparable


async def test_all_of_it_needs_the_scope(app, ann, epoch):
    reader = ann.scoped("contacts.read")
    for told in (
        await reader.get("/v1/discovery/params"),
        await client.evaluate(reader, epoch, BLINDED),
        await reader.post("/v1/discovery/buckets", {"epoch": epoch, "buckets": [{"id": 0}]}),
        await reader.post("/v1/discovery/resolve", {"epoch": epoch, "digests": ["x"]}),
    ):
        assert (told.status, told.slug) == (403, "missing-scope")
    assert (await call(app, "GET", "/v1/discovery/params")).status == 401
