"""What people bring that is no address book, and what each should export instead: one clear refusal a kind."""

import re
from collections.abc import Iterable

from contact_service.formats.files.kinds import ACCEPTED
from contact_service.model.imports_problem import UnsupportedFile

DETAILS = {
    "unknown": "The file is in no format that is read. Export the contacts as vCard (.vcf) or CSV.",
    "empty": "The file is empty.",
    "outlook-message": "This is an Outlook message or an old Office file. In Outlook: File, Open & Export, "
    "Import/Export, export to a file, CSV; or save the contact as vCard.",
    "outlook-store": "This is an Outlook data file (.pst, .ost). In Outlook: File, Open & Export, Import/Export, "
    "export the contacts to a CSV file.",
    "spreadsheet": "This is a spreadsheet. Save it as CSV (UTF-8) and import that.",
    "document": "This is a text document. Export the contacts from the program they are in, as vCard or CSV.",
    "pdf": "A PDF holds no contacts as such. Export them from the program they are in, as vCard or CSV.",
    "image": "This is a picture. Export the contacts as vCard or CSV.",
    "web-page": "This is a web page. Ask for the archive in JSON instead of HTML, or export as vCard or CSV.",
    "xml": "XML is not read. Export the contacts as vCard or CSV.",
    "chat": "This is the export of a chat: it has messages, no contacts. Export the contacts of the phone as vCard.",
    "database": "This is a database of a program (Apple's .abbu and .abcddb, Android's contacts2.db). In the Contacts "
    "app: select all, File, Export, vCard.",
    "apple-archive": "This is an archive of Apple's Contacts. There: select all, File, Export, Export vCard.",
    "mork": "This is an old address book of Thunderbird (.mab). In Thunderbird: Address Book, Tools, "
    "Export, as vCard or LDIF.",
    "packed": "This is a packed file that is no ZIP. Unpack it, or pack it as ZIP.",
    "x-archive": "This file of an X archive has no contacts: data/follower.js, following.js and contact.js do.",
    "json": "This JSON has none of the keys that are known. JSContact, jCard and Facebook's your_friends.json and "
    "your_address_books.json are read.",
    "zip-empty": "No file in this ZIP is an address book that is read.",
    "zip-encrypted": "The ZIP has a password. Unpack it, or make one without.",
    "zip-damaged": "The ZIP is damaged or packed in a way that is not read. Make it anew.",
    "zip-twice": "The ZIP holds two files of one name. Make it anew.",
    "zip-ratio": "The ZIP unpacks to more than a hundred times its size. Unpack it and import the files.",
}
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "outlook-message"),
    (b"!BDN", "outlook-store"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"SQLite format 3\0", "database"),
    (b"bplist0", "apple-archive"),
    (b"// <!-- <mdb:mork", "mork"),
    (b"\x1f\x8b", "packed"),
    (b"7z\xbc\xaf\x27\x1c", "packed"),
    (b"Rar!\x1a\x07", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ\0", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
    (b"{\\rtf", "document"),
)
_BRANDED = {b"WEBP": "image", b"ftyp": "image"}
_TEXTS = (
    (re.compile(r"\A\s*(?:<!doctype html|<html|<head|<body)", re.IGNORECASE), "web-page"),
    (re.compile(r"\A\s*<(?:\?xml|!doctype|\w)", re.IGNORECASE), "xml"),
    # `31.12.23, 22:15 - Ann: …`, `[31/12/2023, 10:15:01 PM] Ann: …`
    (
        re.compile(
            r"^\u200e?\[?\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?[ \t]+\d{1,2}:\d\d[^\n]{0,20}?(?:\]| -) ",
            re.MULTILINE,
        ),
        "chat",
    ),
    (re.compile(r'"(?:date_unixtime|sender_name|timestamp_ms)"\s*:'), "chat"),
)
_MEMBERS = (
    (re.compile(r"(?:^|/)xl/workbook\.|(?:^|/)Index/Tables/|\.numbers/"), "spreadsheet"),
    (re.compile(r"(?:^|/)word/document\.|(?:^|/)Index/Document\.iwa\Z|\.pages/"), "document"),
    (re.compile(r"(?:^|/)content\.xml\Z"), "spreadsheet"),
    (re.compile(r"\.abbu/|\.abcddb\Z|\.abcdp\Z"), "apple-archive"),
    (re.compile(r"(?:^|/)_chat\.txt\Z|WhatsApp[^/]*\.txt\Z"), "chat"),
)


def refusal(found: str) -> UnsupportedFile:
    """The Problem (422) for a kind above."""
    return UnsupportedFile(found, DETAILS[found], ACCEPTED)


def of_bytes(head: bytes) -> str | None:
    """The kind that the first bytes prove."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    return _BRANDED.get(head[8:12]) or _BRANDED.get(head[4:8])


def of_text(head: str) -> str | None:
    """The kind that some kB of text seem to be."""
    return next((found for pattern, found in _TEXTS if pattern.search(head)), None)


def of_members(names: Iterable[str]) -> str | None:
    """The kind that the names within a ZIP tell."""
    told = list(names)
    for pattern, found in _MEMBERS:
        if any(pattern.search(name) for name in told):
            return found
    return None
