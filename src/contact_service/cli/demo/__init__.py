"""The demo owner: a book to look at, and a few of its people on the app, of whom some do not wish to be found."""

from contact_service.actions import block, consent, directory, edge, sharing, upload
from contact_service.actions.context import House
from contact_service.cli.demo import book, users
from contact_service.formats.upload import Batch, Source
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId, UserId

OWNER = OwnerId("demo")
_REQUEST = "demo"


async def prepare(house: House) -> OwnerId:
    """Make the demo owner's book where it is not yet; returns the owner. Doing it again changes nothing.

    The book comes last and in one transaction: where it stands, all before it stands too.
    """
    if (await edge.head(house, OWNER)).live_cards:
        return OWNER
    contacts = book.contacts()
    cast = users.cast(contacts)
    await _consent(house, OWNER)
    await edge.write(house, OWNER, _REQUEST, directory.put, [users.OWNER, *(m.user for m in cast)])
    for member in cast:
        await _act(house, member)
    await _upload(house, OWNER, users.batch(contacts))
    return OWNER


async def _act(house: House, member: users.Member) -> None:
    """What the member does with her own account, as she would: through the actions."""
    who = OwnerId(str(member.user.user))
    if member.shares is not None:
        await edge.write(house, who, _REQUEST, sharing.put, member.shares)
    if member.blocks:
        await edge.write(house, who, _REQUEST, block.add, UserId(OWNER))
    if member.knows:
        await _consent(house, who)
        await _upload(house, who, Batch(Source(device_id="demo"), "partial", [users.OWNERS_CARD]))


async def _consent(house: House, owner: OwnerId) -> None:
    policy = house.settings.policy_version
    for purpose in Purpose:
        await edge.write(house, owner, _REQUEST, consent.grant, purpose, policy, "demo")


async def _upload(house: House, owner: OwnerId, batch: Batch) -> None:
    prepared = await upload.prepare(house, owner, _REQUEST, batch)
    await edge.write(house, owner, _REQUEST, upload.apply, prepared)
