"""What people do to their books at a provider."""

from typing import Any

from contact_emulators.google_book import Book
from contact_emulators.google_people import made
from contact_emulators.microsoft_mailbox import Mailbox
from imports.stack import Account

EDITS = ("added", "changed", "deleted", "renamed")
WHOLE = {"google": (2, 2), "microsoft": (1, 1)}
"""What a whole read creates and removes after one of each: without a sync token Google tells of no former id."""


def edit(account: Account, kind: str) -> None:
    """Do it once; `renamed` is another id of the same person (Google), or a move to another folder (Microsoft)."""
    if account.provider == "google":
        _google(account.emulator.book, kind)
    else:
        _microsoft(account.emulator.box, kind)


def several(account: Account) -> None:
    """One of each."""
    for kind in EDITS:
        edit(account, kind)


def _google(book: Book, kind: str) -> None:
    first, second, third, *_ = book.contacts.people
    match kind:
        case "added":
            (person,) = made(1, seed=99)
            book.add(person)
        case "changed":
            number = {"value": "+12025550188", "canonicalForm": "+12025550188", "type": "home"}
            name: dict[str, Any] = {"displayName": "Another Name", "givenName": "Another"}
            book.edit(first, names=[name], phoneNumbers=[number])
        case "deleted":
            book.delete(second)
        case "renamed":
            book.rename(third)
        case "group":
            group = next(iter(book.groups))
            book.groups[group] = "Another group"


def _microsoft(box: Mailbox, kind: str) -> None:
    first, second, third, *_ = box.contacts
    match kind:
        case "added":
            box.add(displayName="Somebody New", mobilePhone="+1 415 555 0188")
        case "changed":
            box.edit(first, displayName="Another Name", mobilePhone="+1 415 555 0177")
        case "deleted":
            box.remove(second)
        case "renamed":
            box.move(third, _elsewhere(box, third))
        case "group":
            box.rename_folder(next(iter(box.folders)), "Another folder")


def _elsewhere(box: Mailbox, key: str) -> str:
    return next(folder for folder in box.folders if folder != box.contacts[key].folder)
