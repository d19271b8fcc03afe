"""What one vCard may weigh (privacy.md, API rules). The quick answer costs two counts of the bytes."""

import re

from contact_service.formats.vcard import lines

MAX_CARD_BYTES = 262_144
MAX_LINE_BYTES = 262_144
MAX_PROPERTIES = 1_000
# Media are stored apart, under the limit of a photo upload; 20 MB in base64 and its folds.
MAX_MEDIA_BYTES = 28_000_000

_MEDIA = re.compile(rb"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|X-MS-CARDPICTURE)[;:]", re.IGNORECASE)


def broken(raw: bytes) -> str | None:
    """The slug of the bound one card's bytes break; None when it keeps them all."""
    if len(raw) <= MAX_CARD_BYTES and raw.count(b"\n") <= MAX_PROPERTIES:
        return None
    chunks = lines.logical(raw)
    if sum(1 for chunk in chunks if not chunk.isspace()) > MAX_PROPERTIES:
        return "too-many-properties"
    weight = 0
    for chunk in chunks:
        size = len(chunk)
        if _MEDIA.match(chunk):
            if size > MAX_MEDIA_BYTES:
                return "media-too-large"
        elif size > MAX_LINE_BYTES and len(lines.unfold(chunk)) > MAX_LINE_BYTES:
            return "line-too-long"
        else:
            weight += size
    return "card-too-large" if weight > MAX_CARD_BYTES else None
