"""Favourite, ringtone, pronouns, labels, custom fields, X- properties survive every road, by value and byte for byte."""

from collections.abc import Callable

import pytest

import roads
from asking import Api, fresh
from contact_service.actions.context import House
from kept import TABLE, Kept, lacks
from roads import Road, Start

named = pytest.mark.parametrize("kept", TABLE, ids=lambda kept: kept.name)


def travelled(*ways: Road) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("road", ways, ids=lambda road: road.__name__)


@named
@travelled(*roads.OF_BOTH, *roads.OF_APPS)
async def test_what_an_app_keeps_arrives(ann: Api, house: House, road: Road, kept: Kept) -> None:
    card = await road(ann, roads.app(kept))
    found = await roads.arrived(house, ann, card)
    assert lacks(kept.json, found.json) == []


@named
@travelled(*roads.OF_BOTH)
async def test_what_a_device_keeps_arrives_byte_for_byte(
    ann: Api, house: House, road: Road, kept: Kept
) -> None:
    card = await road(ann, roads.phone(kept))
    found = await roads.arrived(house, ann, card)
    assert lacks(kept.told, found.json) == []
    assert set(kept.lines) <= set(found.record.split(b"\r\n"))


@travelled(*roads.OF_BOTH)
@pytest.mark.parametrize("form", [roads.app, roads.phone])
async def test_all_of_it_together_is_exported_and_imported_anew(
    ann: Api, house: House, road: Road, form: Callable[..., Start]
) -> None:
    left = await roads.arrived(house, ann, await road(ann, form(*TABLE)))
    other = ann.other(fresh("bea"))
    await other.consents("store")
    told = await other.post("/v1/contacts:upload", body=left.record, content_type="text/vcard")
    assert (told.json["created"], told.json["rejected"]) == (1, [])
    found = await roads.arrived(house, other, await roads.only(other))
    for kept in TABLE:
        wanted = kept.json if form is roads.app else kept.told
        assert lacks(wanted, found.json) == [], kept.name
    assert found.record == left.record


def test_a_loss_would_be_seen() -> None:
    for kept in TABLE:
        assert lacks(kept.json, roads.app(kept).json) == []
        assert lacks(kept.json, roads.app().json) == list(kept.json)
        assert lacks(kept.told, {"vCardProps": [], "phones": {}}) == list(kept.told)
