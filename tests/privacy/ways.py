"""The ways on which ann could learn of bea: each is a request, and its answer is the same whyever bea is hidden.

A new way in is a line in WAYS; bytes, statements and time are then held to it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import private_client
from asking import Reply, item
from contact_service.vault import oprf
from matrixing import V2, hashed
from privacy.hidden import ACCOUNT, MORE, OTHER, PHONE, World

ASKED = [PHONE, OTHER, MORE, "+14155550155"]
LOOKUP = {"identifiers": [*(f"tel:{each}" for each in ASKED), "tel:1", f"account:x:{ACCOUNT}"]}
Way = Callable[[World, int], Awaitable[Reply]]
"""Asks for the n-th time."""


async def matches(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/matches")


async def page_of_matches(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/matches?limit=1")


async def matches_again(world: World, _n: int) -> Reply:
    """With the tag of what is held: a 304 says no more."""
    held = await world.ann.get("/v1/matches")
    return await world.ann.get("/v1/matches", if_none_match=held.headers["etag"])


async def matched_contacts(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/contacts?matched=true")


async def other_contacts(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/contacts?matched=false")


async def search(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/search?q=bea")


async def lookup(world: World, _n: int) -> Reply:
    return await world.ann.post("/v1/discovery/lookup", LOOKUP)


async def repeated_lookup(world: World, n: int) -> Reply:
    for _ in range(2):
        told = await world.ann.post("/v1/discovery/lookup", LOOKUP, idempotency_key=f"k{n}")
    return told


async def linked_people(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/social/edges?linked=true")


async def counted_people(world: World, _n: int) -> Reply:
    return await world.ann.get("/v1/social/counts")


async def matrix(world: World, _n: int) -> Reply:
    details = (await world.ann.get(f"{V2}/hash_details")).json
    pepper = details["lookup_pepper"]
    addresses = [hashed(each[1:], "msisdn", pepper) for each in ASKED]
    sent = {"algorithm": "sha256", "pepper": pepper, "addresses": addresses}
    return await world.ann.post(f"{V2}/lookup", sent)


async def resolve(world: World, _n: int) -> Reply:
    """By what a client would get of an evaluation."""
    ring = world.house.keyring
    digests = oprf.keys(ring)[ring.oprf_epoch].digests([f"tel:{each}".encode() for each in ASKED])
    sent = {"epoch": ring.oprf_epoch, "digests": [private_client.text(d) for d in digests]}
    return await world.ann.post("/v1/discovery/resolve", sent)


async def upload(world: World, _n: int) -> Reply:
    """What is there already."""
    return await world.ann.upload(item("1", "Bea", PHONE), item("2", "Cas", OTHER))


async def whole_upload(world: World, _n: int) -> Reply:
    return await world.ann.upload(item("1", "Bea", PHONE), item("2", "Cas", OTHER), view="full")


async def new_upload(world: World, n: int) -> Reply:
    """A contact of another device."""
    return await world.ann.upload(item(f"new-{n}", "Bea", PHONE), device="d2")


async def new_contact(world: World, n: int) -> Reply:
    sent = item("", "Bea by hand", PHONE, uid=f"uid-{n}")["card"]
    return await world.ann.post("/v1/contacts", sent)


WAYS: Mapping[str, Way] = {
    way.__name__.replace("_", " "): way
    for way in (
        matches,
        page_of_matches,
        matches_again,
        matched_contacts,
        other_contacts,
        search,
        lookup,
        repeated_lookup,
        linked_people,
        counted_people,
        matrix,
        resolve,
        upload,
        whole_upload,
        new_upload,
        new_contact,
    )
}
"""By name, in the order they are gone: the last ones make contacts, which the first ones would show."""

_CHANCE = re.compile(rb'"(receipt|nextAt)":"[^"]*"')
_MADE = re.compile(rb'"id":"[^"]*"')


def comparable(told: Reply) -> tuple[Any, ...]:
    """Status, headers and body without what chance and the clock put there; its length counts.

    A new contact has an id and a tag of its own.
    """
    varying = {b"x-request-id", b"ratelimit", b"date"}
    body = _CHANCE.sub(rb"\1", told.body)
    if told.status == 201:
        varying |= {b"location", b"etag"}
        body = _MADE.sub(b"id", body)
    headers = sorted(pair for pair in told.pairs if pair[0] not in varying)
    return told.status, headers, body, len(told.body)
