"""Buckets over HTTP: their forms, their refusals, and that a block reaches them by its errand."""

import pytest

import private_client as client
from asking import Api, fresh, number
from contact_service.actions import block, errands
from contact_service.actions.context import House
from contact_service.model.ids import OwnerId
from contact_service.storage import outbox

PATH = "/v1/discovery/buckets"


@pytest.fixture
async def ann(ann: Api) -> Api:
    return await ann.consents("store", "match")


@pytest.fixture
async def epoch(ann: Api) -> int:
    return int((await client.params(ann))["epochs"][0]["epoch"])


async def carried(house: House, owner: str) -> None:
    """Do the errands of that owner, as the worker would."""
    for each in await outbox.waiting(house.db, [errands.BLOCK], 1_000):
        if each.owner == owner:
            await block.carry(house, each)


async def registered(ann: Api, user: Api) -> bytes:
    """The tag of a user who has just come: what a bucket tells beside what it told before."""
    live = (await client.params(ann))["epochs"][0]["epoch"]
    before, _ = await client.bucket(ann, live)
    await ann.register(user, f"tel:{number()}")
    _, told = await client.bucket(ann, live, since=before)
    (tag,) = client.cut(client.raw(told["added"]), 4)
    assert told["removed"] == ""
    return tag


async def test_a_blocker_leaves_the_viewers_buckets_and_nobody_elses(house, ann, bea, cas, epoch):
    await cas.consents("store", "match")
    tag = await registered(ann, bea)
    for viewer in (ann, cas):
        assert tag in await client.tags(viewer, epoch)
    since, _ = await client.bucket(ann, epoch)
    assert (await bea.put(f"/v1/blocks/{ann.owner}")).status == 204
    await carried(house, bea.owner)
    assert tag not in await client.tags(ann, epoch)
    assert tag in await client.tags(cas, epoch)
    now, told = await client.bucket(ann, epoch, since=since)
    assert told == {"id": 0, "added": "", "removed": client.text(tag)}
    assert (await bea.delete(f"/v1/blocks/{ann.owner}")).status == 204
    await carried(house, bea.owner)
    _, told = await client.bucket(ann, epoch, since=now)
    assert told == {"id": 0, "added": client.text(tag), "removed": ""}


async def test_who_leaves_everyone_leaves_the_buckets(ann, bea, epoch):
    tag = await registered(ann, bea)
    since, _ = await client.bucket(ann, epoch)
    assert (await bea.put("/v1/privacy/sharing", {"phone": "contacts"})).status == 200
    _, told = await client.bucket(ann, epoch, since=since)
    assert told == {"id": 0, "added": "", "removed": client.text(tag)}
    assert tag not in await client.tags(ann, epoch)


async def test_one_bucket_is_read_with_a_tag_of_its_bytes(ann, bea, epoch):
    await registered(ann, bea)
    one = await ann.get(f"{PATH}/{epoch}/0")
    assert one.status == 200
    assert one.headers["cache-control"].startswith("private")
    posted = await ann.post(PATH, {"epoch": epoch, "buckets": [{"id": 0}]})
    assert one.body == posted.body
    again = await ann.get(f"{PATH}/{epoch}/0", if_none_match=one.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    await ann.register(Api(ann.app, fresh("new")), f"tel:{number()}")
    other = await ann.get(f"{PATH}/{epoch}/0", if_none_match=one.headers["etag"])
    assert other.status == 200
    delta = await ann.get(f"{PATH}/{epoch}/0?since={one.json['seq']}")
    assert len(client.raw(delta.json["buckets"][0]["added"])) == 4


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        ({"buckets": []}, 422, "nothing-asked"),
        ({"buckets": [{"id": n} for n in range(1025)]}, 413, "too-large"),
        ({"buckets": [{"id": 1}]}, 422, "invalid-parameter"),
        ({"buckets": [{"id": -1}]}, 422, "invalid-parameter"),
        ({"buckets": [{"id": 0}, {"id": 0}]}, 422, "invalid-parameter"),
        ({"buckets": [{"id": "0"}]}, 422, "unprocessable"),
        ({"buckets": [{"id": 0}], "epoch": 99}, 409, "epoch-mismatch"),
    ],
)
async def test_a_wrong_request_is_refused(ann, epoch, sent, status, slug):
    told = await ann.post(PATH, {"epoch": epoch} | sent)
    assert (told.status, told.slug) == (status, slug)


@pytest.mark.parametrize(
    "path", ["{}/1", "{}/x", "x/0", "{}/0?since=x", "{}/0?since=-1", "{}/" + "9" * 40]
)
async def test_a_wrong_address_is_refused(ann, epoch, path):
    told = await ann.get(f"{PATH}/{path.format(epoch)}")
    assert (told.status, told.slug) == (422, "invalid-parameter")


@pytest.mark.parametrize("since", [-5, 10**18])
async def test_a_number_that_was_never_told_brings_the_whole(ann, epoch, since):
    _, told = await client.bucket(ann, epoch, since=since)
    assert told["full"] is True


async def test_what_is_asked_costs_nothing_and_may_carry_a_key(ann, epoch):
    sent = {"epoch": epoch, "buckets": [{"id": 0}]}
    one = await ann.post(PATH, sent, idempotency_key="k")
    again = await ann.post(PATH, sent, idempotency_key="k")
    assert one.status == again.status == 200
    other = await ann.post(PATH, {"epoch": epoch, "buckets": []}, idempotency_key="k")
    assert other.slug == "nothing-asked"
    assert (await ann.get("/v1/discovery/budget")).json["left"] == 2000


async def test_a_restricted_viewer_is_shown_no_bucket(house, ann, epoch):
    async def restrict(tx):
        await tx.run("UPDATE owners SET state = 'restricted' WHERE owner_id = $1::text", tx.owner)

    await house.db.writing(OwnerId(ann.owner), restrict)
    for told in (
        await ann.post(PATH, {"epoch": epoch, "buckets": [{"id": 0}]}),
        await ann.get(f"{PATH}/{epoch}/0"),
        await client.evaluate(ann, epoch, client.Blinding(["tel:+14155550100"]).elements),
    ):
        assert (told.status, told.slug) == (423, "restricted")
