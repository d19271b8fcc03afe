"""Refusals that CardDAV alone tells, each off a route: a status, and the precondition or the sentence in the body."""

from collections.abc import Awaitable, Callable

import pytest

from asking import Reply
from contact_service.actions import books
from contact_service.endpoints import problems

from .conftest import XMLNS, Dav, error, vcard

Story = Callable[[Dav], Awaitable[Reply]]


async def _two_cards(dav: Dav) -> Reply:
    return await dav.put("a.vcf", vcard("a") + vcard("b"))


async def _unknown_report(dav: Dav) -> Reply:
    return await dav.report(f"<D:version-tree {XMLNS}/>")


async def _book_again(dav: Dav) -> Reply:
    return await dav("MKCOL", "")


async def _into_no_book(dav: Dav) -> Reply:
    return await dav.put(f"{dav.home}none/a.vcf", vcard("a"))


async def _other_uid(dav: Dav) -> Reply:
    await dav.put("a.vcf", vcard("a"))
    return await dav.put("a.vcf", vcard("b"))


async def _books_without_end(dav: Dav) -> Reply:
    # The default book is one of them.
    for n in range(1, books.MAX_BOOKS):
        assert (await dav("MKCOL", f"{dav.home}b{n}/")).status == 201
    return await dav("MKCOL", f"{dav.home}more/")


TOLD: dict[str, tuple[Story, int, str | None]] = {
    "not-one-card": (_two_cards, 403, "valid-address-data"),
    "dav-refused": (_unknown_report, 403, "supported-report"),
    "book-exists": (_book_again, 405, None),
    "no-parent": (_into_no_book, 409, None),
    "wrong-uid": (_other_uid, 409, "no-uid-conflict"),
    "too-many-books": (_books_without_end, 507, "quota-not-exceeded"),
}
KINDS = {kind.slug: kind for kind in problems.every() if problems.of_carddav(kind)}


def test_the_table_has_every_refusal_of_this_face() -> None:
    assert set(TOLD) == set(KINDS)


@pytest.mark.parametrize("slug", TOLD)
async def test_it_is_told_as_webdav_tells_it(dav: Dav, slug: str) -> None:
    story, status, precondition = TOLD[slug]
    told = await story(dav)
    assert told.status == status
    if precondition is not None:
        assert error(told) == precondition
    else:
        assert told.body.decode() == f"{KINDS[slug].title}.\n"
