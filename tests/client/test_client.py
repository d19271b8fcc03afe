"""Each method against the application itself."""

from datetime import UTC, datetime, timedelta

import pytest

from asking import Api, fresh, item, number, person
from client.faulty import Net, client
from contact_client import Client, Operation, Record, Source, problems
from picturing import plain


async def test_a_contact_is_made_read_changed_and_deleted(contacts: Client) -> None:
    made = await contacts.create(person("Ann", "+14155550123", x={"y": [1]}))
    assert made.card["x"] == {"y": [1]}
    assert await contacts.get(made.id) == made
    other = await contacts.replace(made.id, {**made.card, "name": {"full": "Bea"}})
    assert other.etag != made.etag
    patched = await contacts.patch(made.id, {"phones/p0/number": "+14155550124", "x": None})
    assert patched.card["phones"]["p0"]["number"] == "+14155550124"
    assert "x" not in patched.card
    await contacts.delete(made.id, if_match=patched.etag)
    with pytest.raises(problems.NotFound):
        await contacts.get(made.id)


async def test_a_card_is_a_fresh_copy_each_time(contacts: Client) -> None:
    made = await contacts.create(person("Ann"))
    made.card["name"]["full"] = "other"
    assert made.card["name"]["full"] == "Ann"


async def test_the_list_goes_over_all_pages(contacts: Client) -> None:
    made = [(await contacts.create(person(f"n{n}"))).id for n in range(5)]
    assert [one.id async for one in contacts.list(page=2)] == sorted(made)
    since = datetime.now(UTC) + timedelta(hours=1)
    assert [one async for one in contacts.list(updated_since=since)] == []


async def test_a_stale_edit_is_refused_with_how_the_contact_stands(contacts: Client) -> None:
    made = await contacts.create(person("Ann"))
    now = await contacts.patch(made.id, {"name/full": "Bea"})
    with pytest.raises(problems.StaleRevision) as refused:
        await contacts.replace(made.id, made.card, if_match=made.etag)
    assert refused.value.current == now
    assert "Bea" not in f"{refused.value} {refused.value!r} {refused.value.args}"


async def test_a_batch_tells_each_operation_in_its_place(contacts: Client) -> None:
    made = await contacts.create(person("Ann"))
    done = await contacts.batch(
        [
            Operation("create", "a", card=person("Bea")),
            Operation("create", "b", card={"name": 7}),
            Operation("patch", "c", made.id, made.etag, patch={"name/full": "Cid"}),
            Operation("delete", "d", made.id, base='"00000000.1"'),
        ]
    )
    assert [(one.client_id, one.status) for one in done.results] == [
        ("a", 201), ("b", 422), ("c", 200), ("d", 409),
    ]  # fmt: skip
    assert isinstance(done.results[1].problem, problems.Unprocessable)
    assert isinstance(done.results[3].problem, problems.EditedSince)
    assert done.results[2].etag == (await contacts.get(made.id)).etag
    with pytest.raises(ValueError, match="500"):
        await contacts.batch([Operation("create", card={})] * 501)


async def test_search_finds_and_keeps_names_out_of_urls(contacts: Client, net: Net) -> None:
    made = await contacts.create(person("Zoë Quux"))
    found = await contacts.search("quux")
    assert [hit.contact for hit in found] == [made]
    assert found[0].score > 0
    assert found[0].matched_on[0].path.startswith("name")
    assert not any("quux" in str(one.url).lower() for one in net.sent)


async def test_the_pages_of_the_feed_join_to_the_book(contacts: Client) -> None:
    made = [(await contacts.create(person(f"n{n}"))).id for n in range(3)]
    await contacts.delete(made[0])
    seen, token, more = [], None, True
    while more:
        page = await contacts.changes(token, limit=1)
        seen += [one.id for one in page.changed]
        token, more = page.sync_token, page.more
    assert seen == made[1:]
    assert (await contacts.changes(token)).changed == ()
    await contacts.delete(made[1])
    assert (await contacts.changes(token)).removed == (made[1],)
    with pytest.raises(problems.Malformed):
        await contacts.changes("garbage")


@pytest.mark.parametrize(
    "text", ['{\n "name": {\r\n "full": "Ann"}}', '{"name":{"full":"a\\u2028b\\u0085c"}}']
)
async def test_a_card_with_line_breaks_in_its_json_is_one_row_of_the_feed(
    contacts: Client, ann: Api, text: str
) -> None:
    told = await ann.post("/v1/contacts", body=text.encode())
    assert told.status == 201, told
    page = await contacts.changes()
    assert [one.card["uid"] for one in page.changed] == [told.json["uid"]]


async def test_uploads_take_records_lines_and_vcards(contacts: Client, ann: Api) -> None:
    await ann.consents("store")
    phone = Source("ios", "d1")
    done = await contacts.uploads.records(phone, [Record("a", person("Ann")), Record("", {})])
    assert (done.created, [one.reason for one in done.rejected]) == (1, ["missing-source-id"])
    again = [part async for part in contacts.uploads.stream(phone, _records(5), most=2)]
    assert [(part.created, part.unchanged) for part in again] == [(1, 1), (2, 0), (1, 0)]
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:v1\r\nFN:Vic\r\nEND:VCARD\r\n"
    assert (await contacts.uploads.vcards(Source("android", "d2"), card)).created == 1
    gone = await contacts.uploads.records(phone, [Record("a", removed=True)])
    assert gone.removed == 1


def _records(count: int) -> list[Record]:
    return [Record("abcdefgh"[n], person("Ann" if n == 0 else f"n{n}")) for n in range(count)]


async def test_without_the_consent_an_upload_is_refused(contacts: Client) -> None:
    with pytest.raises(problems.ConsentRequired) as refused:
        await contacts.uploads.records(Source(), [])
    assert refused.value.members["purpose"] == "store"


async def test_matches_and_look_ups_tell_who_is_a_user(contacts: Client, ann: Api) -> None:
    bea, phone = ann.other(fresh("bea")), number()
    await bea.register(bea, f"tel:{phone}")
    await bea.consents("store", "match")
    await ann.consents("store", "match")
    await ann.upload(item("1", "Bea", phone))
    (match,) = [one async for one in contacts.discovery.matches()]
    assert match.user_id == bea.owner
    found = await contacts.discovery.lookup([f"tel:{phone}", "tel:nonsense"])
    assert [one.user_id for one in found.matches] == [bea.owner]
    assert found.invalid == (1,)
    with pytest.raises(ValueError, match="1000"):
        await contacts.discovery.lookup(["x"] * 1001)


async def test_groups_are_made_changed_and_left(contacts: Client) -> None:
    made = await contacts.create(person("Ann"))
    group = await contacts.groups.create("Friends", [made.id])
    assert group.members == (made.id,)
    await contacts.groups.remove(group.id, made.id)
    assert (await contacts.groups.get(group.id)).members == ()
    await contacts.groups.add(group.id, made.id)
    named = await contacts.groups.change(group.id, name="Pals")
    assert (named.name, named.members) == ("Pals", (made.id,))
    word = await contacts.groups.create("work", [made.id], source="keyword")
    assert {one.id for one in [g async for g in contacts.groups.list(page=1)]} == {
        group.id,
        word.id,
    }
    await contacts.groups.delete(group.id)
    assert await contacts.get(made.id)


async def test_what_was_comes_back_from_history_and_trash(contacts: Client) -> None:
    made = await contacts.create(person("Ann"))
    before = datetime.now(UTC)
    await contacts.patch(made.id, {"name/full": "Bea"})
    revisions = [one async for one in contacts.history.of(made.id, page=1)]
    assert revisions[0].changed == ("name",)
    back = await contacts.history.restore(made.id, revisions[-1].revision)
    assert back.card == made.card
    await contacts.delete(made.id)
    assert [one.contact.card async for one in contacts.history.trash(page=1)] == [made.card]
    assert (await contacts.history.restore_book(only=[made.id])).restored == 1
    assert (await contacts.history.restore_book(before)).restored == 0
    await contacts.delete(made.id)
    await contacts.history.wipe(made.id)
    assert [one async for one in contacts.history.trash()] == []
    with pytest.raises(ValueError, match="zone"):
        await contacts.history.restore_book(before.replace(tzinfo=None))


async def test_a_photo_is_put_got_and_taken_away(contacts: Client) -> None:
    made = await contacts.create(person("Ann"))
    await contacts.photos.put(made.id, plain(), "image/png", if_match=made.etag)
    photo = await contacts.photos.get(made.id)
    assert photo is not None
    assert photo.media == "image/jpeg"
    assert await contacts.photos.get(made.id, known=photo.etag) is None
    await contacts.photos.delete(made.id)
    with pytest.raises(problems.NotFound):
        await contacts.photos.get(made.id)


async def test_the_history_names_the_device(net: Net, ann: Api) -> None:
    async with client(net, ann.token, device="Ann's phone") as phone:
        made = await phone.create(person("Ann"))
        assert [one.device async for one in phone.history.of(made.id)] == ["Ann's phone"]
