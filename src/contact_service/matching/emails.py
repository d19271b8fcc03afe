"""E-mail addresses to the one spelling people are found by (RFC 5321, RFC 6531, IDNA 2008).

casefold(NFC(local)) + "@" + the domain's A-labels in lower case. Judged by PyPI `email-validator` without DNS; a strict
ASCII pattern answers for the plain ones. Display keeps what was typed.
"""

import re
import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

LONGEST = 254
"""Octets of an address (RFC 5321 4.5.3.1.3, RFC 3696 erratum 1690)."""

_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
# No label with "--" in its third and fourth place: punycode and its reserved likes are the library's.
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(
    rf"(?=.{{3,{LONGEST}}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@"
    rf"(?:{_LABEL}\.)+(?![A-Za-z0-9]{{2}}--)([A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z])?)\Z"
)
_RESERVED = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
# Bidi controls, zero-width space, word joiner and kin, BOM, soft hyphen: pasted along, never meant. The joiners ZWJ and
# ZWNJ carry meaning inside Indic and Persian labels and go only at the ends.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_ENDS = "<>\u200c\u200d"


def canonical(raw: str) -> str | None:
    """The canonical address, None when `raw` is no address mail can reach by the public DNS's rules.

    Idempotent. Quoted local parts and address literals are None: kept in the card, found by nobody.
    """
    match = _PLAIN.match(raw)
    if match is not None:
        lowered = raw.lower()
        if match[1].lower() not in _RESERVED:
            return lowered
        return None
    return _by_library(_bare(raw)) if "@" in raw and len(raw) <= 4 * LONGEST else None


def _bare(raw: str) -> str:
    """`raw` without what surrounds an address: spaces, `mailto:`, angle brackets, invisible marks."""
    text = _INVISIBLE.sub("", raw).strip().strip(_ENDS).strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip().strip(_ENDS).strip()
    return text


def _by_library(text: str) -> str | None:
    try:
        address = validate_email(text, check_deliverability=False)
    except (EmailNotValidError, ValueError):
        return None
    local = unicodedata.normalize("NFC", address.local_part).casefold()
    key = f"{local}@{address.ascii_domain.lower()}"
    # Folding can lengthen the local part; what would not be read back is no key.
    return key if len(key.encode()) <= LONGEST else None
