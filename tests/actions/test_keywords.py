"""Edits of groups in the lines of vCards: one line changes, no other; and keywords as devices edit them, by uid."""

from typing import Any

import pytest

from acting import Actor
from contact_service.actions import groups, keywords
from contact_service.model.ids import DEFAULT_BOOK
from contact_service.model.problem import GroupExists
from grouping import cid, lines, made, told, uploaded

APPLE = b"""BEGIN:VCARD\r
VERSION:3.0\r
PRODID:-//Apple Inc.//iOS 17//EN\r
N:Family;;;;\r
FN:Family\r
X-ADDRESSBOOKSERVER-KIND:group\r
X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:one\r
X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:gone\r
item1.X-CUSTOM;X-P=1:  kept as it is\r
UID:family\r
END:VCARD\r
"""
PERSON = b"""BEGIN:VCARD\r
VERSION:3.0\r
N:;Two;;;\r
FN:Two\r
UID:two\r
CATEGORIES:Band,Sch\\,ool\r
item1.TEL:+1 415 555 0100\r
item1.X-ABLabel:boat\r
END:VCARD\r
"""


@pytest.fixture
async def cas(ann: Actor) -> Actor:
    """Has a person and Apple's form of a group, as a device uploaded them."""
    await uploaded(ann, APPLE + PERSON)
    return ann


async def test_a_member_of_an_apple_group_changes_no_other_line(cas: Actor) -> None:
    family = next(g for g in (await told(cas)).values() if g.source == "card")
    assert (family.name, family.unresolved) == ("Family", ("urn:uuid:one", "urn:uuid:gone"))
    two = next(g for g in (await told(cas)).values() if g.name == "Band").members[0]
    await cas(groups.add, family.id, cid(two))
    assert sorted((await lines(cas, family.id)).splitlines()) == sorted(
        [*APPLE.splitlines(), b"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:two"]
    )
    one = await made(cas, "One", uid="one")
    assert (await told(cas))[family.id].members == (one, two)
    await cas(groups.change, family.id, name="Kin", members=[one])
    assert sorted((await lines(cas, family.id)).splitlines()) == sorted(
        line.replace(b"Family", b"Kin") for line in APPLE.splitlines()
    )


async def test_a_keyword_edit_changes_the_categories_line_alone(cas: Actor) -> None:
    band = next(g for g in (await told(cas)).values() if g.name == "Band")
    await cas(groups.change, band.id, name="Big, Band")
    two = band.members[0]
    assert sorted((await lines(cas, two)).splitlines()) == sorted(
        line.replace(b"Band,", b"Big\\, Band,") for line in PERSON.splitlines()
    )
    for group in [g.id for g in (await told(cas)).values() if g.source == "keyword"]:
        await cas(groups.remove, group, cid(two))
    assert (await lines(cas, two)).splitlines() == [
        line for line in PERSON.splitlines() if not line.startswith(b"CATEGORIES")
    ]


async def test_a_device_by_uid_sets_renames_and_drops_a_keyword(cas: Actor) -> None:
    one = await made(cas, "One", uid="urn:uuid:one")

    async def story(ctx: Any, verb: Any, *args: Any) -> Any:
        return await verb(ctx, await groups.standing(ctx), *args)

    await cas(story, keywords.put, "Band", "Band", ["one", "nobody"], DEFAULT_BOOK)
    assert {g.name: g.members for g in (await told(cas)).values()}["Band"] == (one,)
    await cas(story, keywords.put, "Band", "Crew", ["one", "two"], DEFAULT_BOOK)
    found = {g.name: g.members for g in (await told(cas)).values()}
    assert found["Crew"] == tuple(sorted((one, *found["Sch,ool"])))
    assert "Band" not in found
    with pytest.raises(GroupExists):
        await cas(story, keywords.put, "Crew", "Sch,ool", ["one"], DEFAULT_BOOK)
    await cas(story, keywords.drop, "Crew", DEFAULT_BOOK)
    assert "Crew" not in {g.name for g in (await told(cas)).values()}
