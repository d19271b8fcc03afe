"""vCard 2.1, 3.0 and 4.0 (RFC 6350, RFC 2426, RFC 9555): a lossless line model under a JSContact view.

`split` cuts a file into records, `read` makes a record a Card, `write` gives a Card's vCard back, `rewrite` carries an
edit of the JSON into the lines.

What clients are shown and send back: `versions` (another version of vCard), `projection` (an edit of what was shown),
`media` (binary values apart), `groups`.
"""

from contact_service.formats.vcard.reading import BOUNDS, read, uid, unfolded, version, with_uid
from contact_service.formats.vcard.records import ACCEPTED, Record, split
from contact_service.formats.vcard.rewriting import rewrite, write

__all__ = [
    "ACCEPTED",
    "BOUNDS",
    "Record",
    "read",
    "rewrite",
    "split",
    "uid",
    "unfolded",
    "version",
    "with_uid",
    "write",
]
