"""What a file was found to be, and the kinds that are read (imports.md, Files)."""

import msgspec

ACCEPTED = (
    "vCard 2.1, 3.0 and 4.0",
    "jCard",
    "JSContact",
    "CSV of Google, Outlook, Windows Live Mail, Yahoo, Thunderbird, LinkedIn",
    "LDIF",
    "the Facebook archive in JSON",
    "the X archive",
    "a ZIP of these",
)


class Detected(msgspec.Struct, frozen=True):
    """`format`: vcard, jcard, jscontact, csv, ldif, facebook, x or zip. `charset`: what its text is decoded with,
    Python's name, None for a ZIP whose members are judged one by one. `sample`: its first telling line, decoded, at
    most 200 characters, so that the owner can see whether the charset was guessed right.
    """

    format: str
    charset: str | None
    sample: str
