"""Why a record is no contact: each code with the one clear line that its owner is told. No line quotes a value."""

from contact_service.formats import vcard
from contact_service.model.imports import Place, Reject
from contact_service.model.problem import InvalidCard, Problem, TooLarge

REASONS = {
    "truncated": "The file was cut within this record.",
    "no-begin": "The record ends here, but its beginning is missing.",
    "undecodable": "The text is in no charset that is known; name one with `charset`.",
    "no-content": "The record says nothing about anybody.",
    "nested-too-deep": "Cards within cards within cards are not read.",
    "unsupported-version": "The vCard has a version other than 2.1, 3.0 and 4.0.",
    "line-too-long": "A line is longer than 262,144 bytes.",
    "too-many-properties": "The record has more than 1,000 properties.",
    "card-too-large": "The record has more than 262,144 bytes without its pictures.",
    "media-too-large": "A picture is larger than 20 MB.",
    "malformed": "The record breaks the rules of its format.",
    "wrong-type": "A value of the record is of another type than the format has there.",
    "invalid-card": "The contact breaks a rule of RFC 9553.",
    "not-an-addition": "Only entries that add somebody are read: no changes, deletions and renamings.",
    "unsupported-member": "This file of the ZIP is no address book that can be read.",
    "nested-archive": "A ZIP within the ZIP is not opened: unpack it.",
    "damaged-member": "This file of the ZIP is damaged; what could be read of it was.",
}
MAX_RAW_BYTES = 1 << 20
_SAME = {"bad-encoding": "undecodable"}


def reject(place: Place, code: str, raw: bytes = b"", name: str = "", reason: str = "") -> Reject:
    """The Reject of a code above. Raw records over 1 MB are told without their bytes."""
    code = _SAME.get(code, code)
    kept = raw if len(raw) <= MAX_RAW_BYTES else b""
    return Reject(place, code, reason or REASONS[code], kept, name.strip()[:200])


def refused(place: Place, problem: Problem, raw: bytes = b"", name: str = "") -> Reject:
    """The Reject for what the readers of vCard and JSContact raised."""
    if isinstance(problem, InvalidCard):
        if _SAME.get(problem.reason, problem.reason) in REASONS:
            return reject(place, problem.reason, raw, name)
        return reject(place, "invalid-card", raw, name, f"{problem.path or '/'}: {problem.reason}.")
    if isinstance(problem, TooLarge):
        units = {unit: slug for slug, (_, unit) in vcard.BOUNDS.items()}
        return reject(place, units.get(problem.members["unit"], "card-too-large"), raw, name)
    return reject(place, "malformed", raw, name)
