"""Sharing over HTTP: each field hides from the next request on, on every node, and the user's own word beats the app's."""

from typing import Any

import pytest

from acting import make_house
from asking import Api, build, number, person
from contact_service.actions.context import House
from contact_service.storage.db import Db

PROFILE = {"displayName": "Bea B.", "photoUrl": "https://example.org/bea.jpg"}
OPEN = {"phone": "everyone", "email": "everyone", "name": "everyone", "profilePhoto": "everyone"}
SHARING = "/v1/privacy/sharing"


class Told:
    """What ann is told of bea, at one node, by each way."""

    def __init__(self, ann: Api, *identifiers: str) -> None:
        self.ann = ann
        self.identifiers = list(identifiers)

    async def __call__(self) -> dict[str, Any]:
        """Profile by identifier; and under `match` that of the stored pair."""
        sent = {"identifiers": self.identifiers}
        looked = (await self.ann.post("/v1/discovery/lookup", sent)).json["matches"]
        stored = (await self.ann.get("/v1/matches")).json["matches"]
        told = {m["identifier"]: m["profile"] for m in looked}
        return told | ({"match": stored[0]["profile"]} if stored else {})


@pytest.fixture
def elsewhere(db: Db, house: House) -> House:
    """Another node."""
    return make_house(db, house.settings)


async def acquainted(ann: Api, bea: Api) -> tuple[str, str]:
    """ann holds bea's number; the app registers number and address. Returns both."""
    phone, mail = f"tel:{number()}", f"mailto:{bea.owner}@example.org"
    await ann.consents("match")
    await ann.register(bea, phone, mail, profile=PROFILE)
    assert (await bea.put(SHARING, OPEN)).status == 200
    await ann.post("/v1/contacts", person("Bea", phone.removeprefix("tel:")))
    return phone, mail


@pytest.mark.parametrize("audience", ["contacts", "nobody"])
@pytest.mark.parametrize("field", [*OPEN, "suggestMe"])
async def test_each_field_narrows_from_the_next_request_on_all_nodes(
    ann: Api, bea: Api, elsewhere: House, field: str, audience: str
) -> None:
    phone, mail = await acquainted(ann, bea)
    there = Api(build(elsewhere), ann.owner)
    expected = {phone: PROFILE, mail: PROFILE, "match": PROFILE}
    nodes = [Told(ann, phone, mail), Told(there, phone, mail)]
    assert [await told() for told in nodes] == [expected] * 2
    value: Any = audience != "nobody" if field == "suggestMe" else audience
    assert (await bea.put(SHARING, {field: value})).json[field] == value
    if field == "phone":
        expected = {mail: PROFILE}
    elif field == "email":
        expected = {phone: PROFILE, "match": PROFILE}
    elif field != "suggestMe":
        gone = {"name": "displayName", "profilePhoto": "photoUrl"}[field]
        left = {key: said for key, said in PROFILE.items() if key != gone}
        expected = dict.fromkeys(expected, left)
    assert [await told() for told in nodes] == [expected] * 2


@pytest.mark.parametrize("blocker", ["ann", "bea"])
async def test_a_block_hides_from_the_next_request_on_all_nodes(
    ann: Api, bea: Api, elsewhere: House, blocker: str
) -> None:
    phone, mail = await acquainted(ann, bea)
    nodes = [Told(ann, phone, mail), Told(Api(build(elsewhere), ann.owner), phone, mail)]
    expected = {phone: PROFILE, mail: PROFILE, "match": PROFILE}
    assert [await told() for told in nodes] == [expected] * 2
    who, whom = (ann, bea) if blocker == "ann" else (bea, ann)
    assert (await who.put(f"/v1/blocks/{whom.owner}")).status == 204
    assert [await told() for told in nodes] == [{}] * 2
    assert (await who.delete(f"/v1/blocks/{whom.owner}")).status == 204
    assert [await told() for told in nodes] == [expected] * 2


@pytest.mark.parametrize("discoverable", [True, False, None])
async def test_the_users_own_choice_beats_every_later_registration(
    ann: Api, bea: Api, discoverable: bool | None
) -> None:
    phone, mail = await acquainted(ann, bea)
    chosen = {
        "phone": "nobody",
        "email": "everyone",
        "name": "nobody",
        "profilePhoto": "everyone",
        "suggestMe": True,
    }
    assert (await bea.put(SHARING, chosen)).json == chosen
    more = {} if discoverable is None else {"discoverable": discoverable}
    path = f"/v1/directory/users/{bea.owner}"
    sent = {"identifiers": [phone, mail], "profile": PROFILE, **more}
    assert (await ann.put(path, sent)).status == 200
    assert (await bea.get(SHARING)).json == chosen
    shown = {"photoUrl": PROFILE["photoUrl"]}
    assert await Told(ann, phone, mail)() == {mail: shown}


async def test_a_choice_made_before_the_app_registers_holds(ann: Api, bea: Api) -> None:
    await ann.consents("match")
    phone = f"tel:{number()}"
    assert (await bea.put(SHARING, {"phone": "nobody"})).status == 200
    await ann.register(bea, phone)
    assert await Told(ann, phone)() == {}


async def test_widened_sharing_is_seen_at_the_next_match(ann: Api, bea: Api) -> None:
    phone, _ = await acquainted(ann, bea)
    await bea.put(SHARING, {"phone": "nobody"})
    assert await Told(ann, phone)() == {}
    await bea.put(SHARING, {"phone": "everyone"})
    assert await Told(ann, phone)() == {phone: PROFILE, "match": PROFILE}
