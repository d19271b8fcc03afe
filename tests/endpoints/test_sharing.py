"""Sharing over HTTP: each field hides from the next request on, on every node, and the user's own word beats the app's."""

from typing import Any

import pytest

from acting import make_house
from asking import Api, build, number, person
from contact_service.actions.context import House
from contact_service.storage.db import Db

PROFILE = {"displayName": "Bea B.", "photoUrl": "https://example.org/bea.jpg"}
OPEN = dict.fromkeys(("phone", "email", "name", "profilePhoto", "account"), "everyone")
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


async def acquainted(ann: Api, bea: Api) -> tuple[str, str, str]:
    """ann holds bea's number; the app registers number, address and account. Returns these."""
    phone, mail = f"tel:{number()}", f"mailto:{bea.owner}@example.org"
    account = f"account:x:{phone.removeprefix('tel:+')}"
    await ann.consents("match")
    await ann.register(bea, phone, mail, account, profile=PROFILE)
    assert (await bea.put(SHARING, OPEN)).status == 200
    await ann.post("/v1/contacts", person("Bea", phone.removeprefix("tel:")))
    return phone, mail, account


@pytest.mark.parametrize("audience", ["contacts", "nobody"])
@pytest.mark.parametrize("field", [*OPEN, "suggestMe"])
async def test_each_field_narrows_from_the_next_request_on_all_nodes(
    ann: Api, bea: Api, elsewhere: House, field: str, audience: str
) -> None:
    phone, mail, account = await acquainted(ann, bea)
    there = Api(build(elsewhere), ann.owner)
    expected = {phone: PROFILE, mail: PROFILE, account: PROFILE, "match": PROFILE}
    nodes = [Told(ann, phone, mail, account), Told(there, phone, mail, account)]
    assert [await told() for told in nodes] == [expected] * 2
    value: Any = audience != "nobody" if field == "suggestMe" else audience
    assert (await bea.put(SHARING, {field: value})).json[field] == value
    hides = {"phone": [phone, "match"], "email": [mail], "account": [account]}
    if field in hides:
        expected = {key: said for key, said in expected.items() if key not in hides[field]}
    elif field != "suggestMe":
        gone = {"name": "displayName", "profilePhoto": "photoUrl"}[field]
        left = {key: said for key, said in PROFILE.items() if key != gone}
        expected = dict.fromkeys(expected, left)
    assert [await told() for told in nodes] == [expected] * 2


@pytest.mark.parametrize("blocker", ["ann", "bea"])
async def test_a_block_hides_from_the_next_request_on_all_nodes(
    ann: Api, bea: Api, elsewhere: House, blocker: str
) -> None:
    held = await acquainted(ann, bea)
    nodes = [Told(ann, *held), Told(Api(build(elsewhere), ann.owner), *held)]
    expected = dict.fromkeys([*held, "match"], PROFILE)
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
    phone, mail, account = await acquainted(ann, bea)
    chosen = {
        "phone": "nobody",
        "email": "everyone",
        "name": "nobody",
        "profilePhoto": "everyone",
        "suggestMe": True,
        "account": "everyone",
    }
    assert (await bea.put(SHARING, chosen)).json == chosen
    more = {} if discoverable is None else {"discoverable": discoverable}
    path = f"/v1/directory/users/{bea.owner}"
    sent = {"identifiers": [phone, mail, account], "profile": PROFILE, **more}
    assert (await ann.put(path, sent)).status == 200
    assert (await bea.get(SHARING)).json == chosen
    shown = {"photoUrl": PROFILE["photoUrl"]}
    assert await Told(ann, phone, mail, account)() == {mail: shown, account: shown}


async def test_a_choice_made_before_the_app_registers_holds(ann: Api, bea: Api) -> None:
    await ann.consents("match")
    phone = f"tel:{number()}"
    assert (await bea.put(SHARING, {"phone": "nobody"})).status == 200
    await ann.register(bea, phone)
    assert await Told(ann, phone)() == {}


async def test_widened_sharing_is_seen_at_the_next_match(ann: Api, bea: Api) -> None:
    phone, *_ = await acquainted(ann, bea)
    await bea.put(SHARING, {"phone": "nobody"})
    assert await Told(ann, phone)() == {}
    await bea.put(SHARING, {"phone": "everyone"})
    assert await Told(ann, phone)() == {phone: PROFILE, "match": PROFILE}
