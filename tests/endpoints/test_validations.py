"""POST /v1/validations: one identifier, judged; a validator is asked only by leave, once in 30 days, within the budget."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from acting import make_house
from asking import Api, build, fresh, number
from contact_emulators.kickbox import Kickbox
from contact_emulators.knobs import Fault
from contact_emulators.twilio import Twilio
from contact_service.actions import retention
from contact_service.actions.context import House
from contact_service.integrations.breaker import FAILURES
from contact_service.integrations.neighbours import Neighbours
from contact_service.model.ids import OwnerId
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from emulating import schemas, serving_one
from endpoints.conftest import RATES

PATH = "/v1/validations"
CENTS = 100


class Place:
    """The application beside a Twilio and a Kickbox."""

    def __init__(self, db: Db, twilio: Twilio, kickbox: Kickbox, urls: dict[str, str]) -> None:
        self.twilio = twilio
        self.kickbox = kickbox
        self._db = db
        self._urls = urls
        self.made: list[House] = []

    def house(self, **settings: str) -> House:
        given = {
            "CONTACT_BUDGET_OWNER": str(CENTS), "CONTACT_BUDGET_DAY": str(10**6), "CONTACT_BUDGET_RUN": "1",
            "CONTACT_TWILIO_ACCOUNT": "AC-demo", "CONTACT_TWILIO_SECRET": "demo-secret",
            "CONTACT_KICKBOX_KEY": "demo-key", **self._urls, **RATES, **settings,
        }  # fmt: skip
        house = make_house(self._db, load(given))
        house = dataclasses.replace(house, neighbours=Neighbours(house.settings.neighbours))
        self.made.append(house)
        return house


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Twilio, Kickbox, dict[str, str]]]:
    twilio, kickbox = Twilio(schemas()), Kickbox(schemas())
    with ExitStack() as stack:
        urls = {
            "CONTACT_TWILIO_URL": stack.enter_context(serving_one(twilio)),
            "CONTACT_KICKBOX_URL": stack.enter_context(serving_one(kickbox)),
        }
        yield twilio, kickbox, urls


@pytest.fixture
async def place(db: Db, served) -> AsyncIterator[Place]:
    twilio, kickbox, urls = served
    for each in (twilio, kickbox):
        each.knobs.clear()
        each.seen.clear()
    made = Place(db, twilio, kickbox, urls)
    yield made
    for house in made.made:
        await house.neighbours.aclose()


@pytest.fixture
def house(place: Place) -> House:
    return place.house()


@pytest.fixture
async def ann(house: House) -> Api:
    return await consenting(house)


async def consenting(house: House) -> Api:
    made = Api(build(house), fresh("ann"))
    await allow(made)
    return made


async def allow(ann: Api) -> None:
    told = await ann.put("/v1/privacy/consents/validate", {"policyVersion": "1", "source": "api"})
    assert told.status == 200, told


async def verdict(ann: Api, identifier: str, **headers: str) -> dict:
    told = await ann.post(PATH, {"identifier": identifier}, **headers)
    assert told.status == 200, told
    return told.json


def mail() -> str:
    return f"mailto:{fresh('bea')}@example.org.uk"


async def test_by_default_the_machine_alone_says(db: Db, app, ann: Api) -> None:
    alone = Api(app, fresh("bea"))
    phone = (await verdict(alone, "tel:+447400123456"))["phone"]
    assert (phone["valid"], phone["lineType"], phone["country"], phone["source"]) == (
        True,
        "mobile",
        "GB",
        "offline",
    )
    told = await verdict(alone, "mailto:root@mailinator.com")
    assert told["email"]["outcome"] == "risky"
    assert set(told) == {"email"}


async def test_without_the_consent_nobody_is_asked(house: House, place: Place) -> None:
    bea = Api(build(house), fresh("bea"))
    for identifier in (f"tel:{number()}", mail()):
        told = await verdict(bea, identifier)
        assert told["missing"] == "consent"
        assert {each["source"] for each in told.values() if isinstance(each, dict)} == {"offline"}
    assert (place.twilio.seen, place.kickbox.seen) == ([], [])


async def test_with_it_the_validator_says_and_the_next_time_it_is_remembered(
    ann: Api, place: Place
) -> None:
    tel, address = f"tel:{number()}", mail()
    first = [await verdict(ann, tel), await verdict(ann, address)]
    assert [first[0]["phone"]["source"], first[1]["email"]["source"]] == ["twilio", "kickbox"]
    assert (first[1]["email"]["outcome"], first[1]["email"]["costMicroUsd"]) == (
        "deliverable",
        10_000,
    )
    assert [await verdict(ann, tel), await verdict(ann, address)] == first
    assert [await verdict(ann, tel.replace("+1", "+1 ")), first[1]] == first
    assert (place.twilio.asked("lookup"), place.kickbox.asked("verify")) == (1, 1)


async def test_what_is_no_number_or_address_is_asked_of_nobody(ann: Api, place: Place) -> None:
    for text, reason in (("tel:+1415", "too_short"), ("tel:Ann", "not_a_number")):
        told = await verdict(ann, text)
        assert (told["phone"]["valid"], told["phone"]["reason"]) == (False, reason)
    told = await verdict(ann, "mailto:ann@@example.org")
    assert (told["email"]["outcome"], told["email"]["reasons"]) == (
        "undeliverable",
        ["invalid_email"],
    )
    assert "missing" not in told
    await verdict(ann, "mailto:ann@mailinator.com")
    assert (place.twilio.seen, place.kickbox.seen) == ([], [])


@pytest.mark.parametrize(
    "text", ["", "Sentinel", "sip:ann@example.org", "tel", "mailto:" + "a" * 2000, "+14155550123"]
)
async def test_other_texts_are_refused_without_repeating_them(ann: Api, text: str) -> None:
    told = await ann.post(PATH, {"identifier": text})
    assert (told.status, told.slug) == (422, "invalid-parameter")
    assert len(text) < 4 or text not in told.body.decode()


@pytest.mark.parametrize(
    "body", [{}, {"identifier": 7}, {"identifiers": ["tel:+14155550123"]}, []], ids=str
)
async def test_one_identifier_a_call(ann: Api, body: object) -> None:
    assert (await ann.post(PATH, body)).status == 422


async def test_a_registered_user_is_judged_like_anybody(ann: Api, place: Place) -> None:
    tel = f"tel:{number()}"
    before = (await verdict(ann, tel))["phone"]
    bea = ann.other(fresh("bea"))
    await bea.register(bea, tel)
    await allow(bea)
    after = (await verdict(bea, tel))["phone"]
    assert {**before, "checkedAt": ""} == {**after, "checkedAt": ""}


async def test_no_call_without_money_and_never_more_than_the_budget(place: Place) -> None:
    poor = place.house(CONTACT_BUDGET_OWNER="0")
    ann = await consenting(poor)
    told = await verdict(ann, mail())
    assert (told["missing"], told["email"]["source"]) == ("budget", "offline")
    assert (await verdict(ann, f"tel:{number()}"))["phone"]["source"] == "twilio"  # free
    assert place.kickbox.seen == []
    some = place.house(CONTACT_BUDGET_OWNER="5")  # of 1 cent each
    ann = await consenting(some)
    told = await asyncio.gather(*(verdict(ann, mail()) for _ in range(12)))
    assert sorted(each.get("missing", "none") for each in told) == ["budget"] * 7 + ["none"] * 5
    assert place.kickbox.asked("verify") == 5


async def test_each_paid_call_has_its_row_before_it(ann: Api, house: House, place: Place) -> None:
    place.kickbox.knobs.set(Fault.AWAY, times=1)
    await verdict(ann, mail())
    await verdict(ann, mail())
    rows = await house.db.ask(
        lambda con: con.fetch(
            "SELECT provider, micro_usd, settled FROM provider_spend WHERE owner_id = $1 ORDER BY at",
            ann.owner,
        )
    )
    # What the call without an answer cost is not known: it counts.
    assert [tuple(row) for row in rows] == [("kickbox", 10_000, False), ("kickbox", 10_000, True)]


@pytest.mark.parametrize("fault", [Fault.AWAY, Fault.TOO_MANY, Fault.TRUNCATED, Fault.CUT], ids=str)
async def test_a_validator_that_is_away_costs_the_verdict_only_its_word(
    ann: Api, house: House, place: Place, fault: Fault
) -> None:
    place.twilio.knobs.set(fault, times=0)
    told = [await verdict(ann, f"tel:{number()}") for _ in range(FAILURES + 3)]
    assert {
        (each["missing"], each["phone"]["source"], each["phone"]["valid"]) for each in told
    } == {("away", "offline", True)}
    assert place.twilio.asked("lookup") == FAILURES
    failed = house.metrics.count(
        "contacts_neighbours_failed_total", neighbour="twilio", reason="resting"
    )
    assert failed.n == 0


async def test_a_withdrawal_takes_all_verdicts_and_nothing_else(
    ann: Api, house: House, place: Place
) -> None:
    created = await ann.post(
        "/v1/contacts", {"@type": "Card", "version": "1.0", "name": {"full": "Bea"}}
    )
    tel = f"tel:{number()}"
    await verdict(ann, tel)
    await ann("DELETE", "/v1/privacy/consents/validate")
    assert await kept(house, ann) == 0
    assert (await verdict(ann, tel))["missing"] == "consent"
    assert (await ann.get(f"/v1/contacts/{created.json['id']}")).status == 200


async def test_verdicts_go_after_30_days(ann: Api, house: House) -> None:
    tel = f"tel:{number()}"
    await verdict(ann, tel)
    age = "UPDATE validations SET at = at - interval '30 days 1 second' WHERE owner_id = $1"
    await house.db.ask(lambda con: con.execute(age, ann.owner))
    gone = await retention.tidy(house, OwnerId(ann.owner), datetime.now(UTC))
    assert (gone.validations, await kept(house, ann)) == (1, 0)


async def test_an_old_verdict_is_asked_for_anew(ann: Api, house: House, place: Place) -> None:
    tel = f"tel:{number()}"
    await verdict(ann, tel)
    age = "UPDATE validations SET at = at - interval '30 days 1 second' WHERE owner_id = $1"
    await house.db.ask(lambda con: con.execute(age, ann.owner))
    await verdict(ann, tel)
    assert place.twilio.asked("lookup") == 2


async def test_nothing_readable_is_kept_and_two_owners_do_not_meet(ann: Api, house: House) -> None:
    tel, address = f"tel:{number()}", mail()
    bea = ann.other(fresh("bea"))
    await allow(bea)
    for each in (ann, bea):
        await verdict(each, tel)
        await verdict(each, address)
    rows = await house.db.ask(
        lambda con: con.fetch(
            "SELECT * FROM validations WHERE owner_id = ANY($1::text[])", [ann.owner, bea.owner]
        )
    )
    assert len({row["tag"] for row in rows}) == 4
    held = b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))
    for secret in (tel[4:], address[7:], "deliverable", "twilio", "example.org"):
        assert secret.encode() not in held


async def test_a_key_used_for_another_identifier_is_refused(ann: Api, place: Place) -> None:
    tel = f"tel:{number()}"
    first = await verdict(ann, tel, idempotency_key="k1")
    assert await verdict(ann, tel, idempotency_key="k1") == first
    assert place.twilio.asked("lookup") == 1
    other = await ann.post(PATH, {"identifier": mail()}, idempotency_key="k1")
    assert (other.status, other.slug) == (422, "idempotency-key-reused")


async def test_it_has_a_scope_and_a_rate_of_its_own(place: Place) -> None:
    house = place.house(CONTACT_LIMIT_VALIDATIONS="0.001/3")
    ann = await consenting(house)
    assert (
        await ann.scoped("contacts.read").post(PATH, {"identifier": "tel:+14155550123"})
    ).slug == "missing-scope"
    told = [await ann.post(PATH, {"identifier": f"tel:{number()}"}) for _ in range(5)]
    assert [each.status for each in told] == [200, 200, 200, 429, 429]


async def kept(house: House, ann: Api) -> int:
    return await house.db.ask(
        lambda con: con.fetchval("SELECT count(*) FROM validations WHERE owner_id = $1", ann.owner)
    )
