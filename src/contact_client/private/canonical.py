"""Identifiers in the one spelling in which they are compared: `tel:` + E.164, `mailto:` + an address. The service's own
rules: with another spelling the same person would have another digest and never be found.

Numbers by PyPI `phonenumbers`, addresses by `email-validator` without DNS (RFC 5321, RFC 6531, IDNA 2008).
"""

import re
import unicodedata

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

LONGEST_NUMBER = 250
"""Characters, of any spelling."""
LONGEST_ADDRESS = 254
"""Octets (RFC 5321 4.5.3.1.3)."""

_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Most addresses: plain ASCII is judged here, 20 times as fast as by the library.
_PLAIN = re.compile(
    rf"(?=.{{3,{LONGEST_ADDRESS}}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@"
    rf"(?:{_LABEL}\.)+(?![A-Za-z0-9]{{2}}--)([A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z])?)\Z"
)
_RESERVED = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
# Marks that are pasted along and never meant; the joiners mean something inside a label and go only at the ends.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_ENDS = "<>\u200c\u200d"


def canonical(text: str) -> str | None:
    """The one spelling of `tel:` + a number with its plus, or of `mailto:` + an address; None when it is neither."""
    scheme, _, rest = text.partition(":")
    match scheme.lower():
        case "tel":
            found = _number(rest)
            return None if found is None else f"tel:{found}"
        case "mailto":
            found = _address(rest)
            return None if found is None else f"mailto:{found}"
        case _:
            return None


def _number(raw: str) -> str | None:
    """E.164; None for a number not possible by its length, without a plus, or with an extension."""
    if len(raw) > LONGEST_NUMBER:
        return None
    try:
        number = phonenumbers.parse(raw, None)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE or number.extension:
        return None
    e164: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return e164 if 7 <= len(e164) <= 20 else None


def _address(raw: str) -> str | None:
    match = _PLAIN.match(raw)
    if match is not None:
        return None if match[1].lower() in _RESERVED else raw.lower()
    if "@" not in raw or len(raw) > 4 * LONGEST_ADDRESS:
        return None
    try:
        address = validate_email(_bare(raw), check_deliverability=False)
    except (EmailNotValidError, ValueError):
        return None
    local = unicodedata.normalize("NFC", address.local_part).casefold()
    found = f"{local}@{address.ascii_domain.lower()}"
    return found if len(found.encode()) <= LONGEST_ADDRESS else None


def _bare(raw: str) -> str:
    """Without what surrounds an address: spaces, `mailto:`, angle brackets, invisible marks."""
    text = _INVISIBLE.sub("", raw).strip().strip(_ENDS).strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip().strip(_ENDS).strip()
    return text
