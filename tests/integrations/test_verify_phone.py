"""Numbers before an invitation: by the metadata here, by an emulated Twilio, and what neither may do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_emulators.knobs import Fault
from contact_emulators.twilio import Twilio as Emulated
from contact_service.integrations import verify_phone
from contact_service.integrations.neighbour import NeighbourAway
from contact_service.integrations.verify_phone import Twilio
from contact_service.model.verdict import LineType, PhoneReason
from emulating import schemas, serving_one

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def emulated() -> Emulated:
    return Emulated(schemas())


@pytest.fixture
async def twilio(emulated: Emulated) -> AsyncIterator[Twilio]:
    with serving_one(emulated) as url:
        made = Twilio(url, "AC-demo", "demo-secret")
        yield made
        await made.aclose()


@pytest.mark.parametrize(
    ("text", "valid", "possible", "line", "country", "reason"),
    [
        ("+14155550123", True, True, LineType.FIXED_OR_MOBILE, "US", PhoneReason.ASSIGNED_RANGE),
        ("+447400123456", True, True, LineType.MOBILE, "GB", PhoneReason.ASSIGNED_RANGE),
        ("+18002345678", True, True, LineType.TOLL_FREE, "US", PhoneReason.ASSIGNED_RANGE),
        ("+15555550123", False, True, None, None, PhoneReason.UNASSIGNED_RANGE),
        ("+1415555012", False, False, None, None, PhoneReason.TOO_SHORT),
        ("+141555501234567", False, False, None, None, PhoneReason.TOO_LONG),
        ("+999123456789", False, False, None, None, PhoneReason.UNKNOWN_CODE),
        ("Ann", False, False, None, None, PhoneReason.NOT_A_NUMBER),
        ("4155550123", False, False, None, None, PhoneReason.NOT_A_NUMBER),
        ("", False, False, None, None, PhoneReason.NOT_A_NUMBER),
    ],
    ids=["us", "gb-mobile", "toll-free", "unassigned", "short", "long", "no-country", "words", "no-plus", "nothing"],
)  # fmt: skip
def test_the_machine_alone_says(text, valid, possible, line, country, reason) -> None:
    told = verify_phone.offline(text, NOW)
    assert (told.valid, told.possible, told.line_type, told.country, told.reason) == (
        valid, possible, line, country, reason,
    )  # fmt: skip
    assert (told.source, told.checked_at, told.cost_micro_usd) == ("offline", NOW, 0)


@given(st.text(max_size=300) | st.from_regex(r"\+[0-9]{4,18}", fullmatch=True))
def test_of_any_text_the_machine_says_what_the_library_says(text: str) -> None:
    told = verify_phone.offline(text, NOW)
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        assert not told.valid
    else:
        assert told.valid == phonenumbers.is_valid_number(number)


async def test_twilio_is_asked_for_what_is_free_and_signed_in(
    twilio: Twilio, emulated: Emulated
) -> None:
    told = await twilio.check("+14155550123", NOW)
    assert (told.valid, told.possible, told.country) == (True, True, "US")
    assert (told.reason, told.source, told.line_type) == (
        PhoneReason.ASSIGNED_RANGE,
        "twilio",
        None,
    )
    assert twilio.cost_micro_usd == 0
    [seen] = emulated.seen
    assert (seen.path, seen.params, seen.status) == ("/v2/PhoneNumbers/+14155550123", (), 200)


@pytest.mark.parametrize(
    ("errors", "possible", "reason"),
    [
        (["TOO_SHORT"], False, PhoneReason.TOO_SHORT),
        (["INVALID_BUT_POSSIBLE"], True, PhoneReason.UNASSIGNED_RANGE),
        (["INVALID_COUNTRY_CODE"], False, PhoneReason.UNKNOWN_CODE),
        (["INVALID_LENGTH", "TOO_LONG"], False, PhoneReason.INVALID_LENGTH),
        (["NOT_A_NUMBER"], False, PhoneReason.NOT_A_NUMBER),
    ],
    ids=["short", "possible", "code", "two", "none"],
)
async def test_what_twilio_finds_wrong_is_told_in_our_words(
    twilio: Twilio, emulated: Emulated, errors: list[str], possible: bool, reason: PhoneReason
) -> None:
    emulated.errors["+14155550123"] = errors
    told = await twilio.check("+14155550123", NOW)
    assert (told.valid, told.possible, told.reason) == (False, possible, reason)


async def test_a_word_of_twilio_that_is_new_is_unknown(emulated: Emulated) -> None:
    emulated._schemas = None  # a word that the published schema does not have
    emulated.errors["+14155550123"] = ["IN_SPACE"]
    with serving_one(emulated) as url:
        twilio = Twilio(url, "AC-demo", "demo-secret")
        told = await twilio.check("+14155550123", NOW)
        await twilio.aclose()
    assert (told.valid, told.reason) == (False, PhoneReason.UNKNOWN)


@pytest.mark.parametrize(
    "fault",
    [Fault.TOO_MANY, Fault.UNAUTHORISED, Fault.AWAY, Fault.TRUNCATED, Fault.CUT],
    ids=lambda fault: fault.value,
)
async def test_twilio_that_does_not_answer_is_away(
    twilio: Twilio, emulated: Emulated, fault: Fault
) -> None:
    emulated.knobs.set(fault)
    with pytest.raises(NeighbourAway):
        await twilio.check("+14155550123", NOW)
    assert (await twilio.check("+14155550123", NOW)).valid


async def test_an_answer_about_another_number_is_none(
    twilio: Twilio, emulated: Emulated, monkeypatch
) -> None:
    told = emulated._told
    monkeypatch.setattr(emulated, "_told", lambda _: told("+14155550999"))
    with pytest.raises(NeighbourAway, match="wrong-schema"):
        await twilio.check("+14155550123", NOW)
